"""The operators under torch.autocast: positions keep their precision, whatever type it prefers.

The rules, the same on every device:

* tensors in a half type are widened, the operator runs in float32 with autocast off, forward and backward;
* the output has the type that ``input`` had: float32 for a float32 map, whatever the predictor answered in;
* each gradient has its tensor's own type;
* float64 stays float64, and is still refused in a mixture;
* without autocast mixed types are refused, and half types are computed in float32 by every backend anyway.

In a layer the predictor and the projections run in autocast's type, as all convolutions and linears do: offsets
are as coarse as that type makes them (bfloat16 steps by 1/32 from 4 pixels on), but the place they are added to is
not.
"""

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
        if not isinstance(input, Tensor) or not _autocast(input.device.type):
            return operator(*args, **kwargs)
        wide: list[Any] = [_widen(value) for value in args]
        named: dict[str, Any] = {name: _widen(value) for name, value in kwargs.items()}
        with torch.autocast(input.device.type, enabled=False):
            return operator(*wide, **named).to(input.dtype)

    return run


def _autocast(device: str) -> bool:
    """Whether it is on; "meta" and others know of none, and must not be asked."""
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)


def _widen(value: object) -> object:
    """A half-precision tensor as float32; anything else as it is."""
    if isinstance(value, Tensor) and value.dtype in (torch.float16, torch.bfloat16):
        return value.float()
    return value
