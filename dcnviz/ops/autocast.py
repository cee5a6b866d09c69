"""The operators under torch.autocast: positions keep their precision, whatever type it prefers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import torch
from torch import Tensor

P = ParamSpec("P")


def autocast_to_float32(operator: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Makes an operator run in float32 under autocast, and return the type its input had.

    There predictors answer in a half type while weights stay float32, which the operators would refuse as a
    mixture of types. torchvision's operator does the same. Without autocast nothing changes.

    Args:
        operator: a function whose first argument is the tensor ``input``.
    """

    @wraps(operator)
    def run(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        input = args[0] if args else kwargs.get("input")
        if not isinstance(input, Tensor) or not torch.is_autocast_enabled(input.device.type):
            return operator(*args, **kwargs)
        wide: list[Any] = [_widen(value) for value in args]
        named: dict[str, Any] = {name: _widen(value) for name, value in kwargs.items()}
        with torch.autocast(input.device.type, enabled=False):
            return operator(*wide, **named).to(input.dtype)

    return run


def _widen(value: object) -> object:
    """A half-precision tensor as float32; anything else as it is."""
    if isinstance(value, Tensor) and value.dtype in (torch.float16, torch.bfloat16):
        return value.float()
    return value
