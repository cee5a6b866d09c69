"""Lets somebody watch the operators run: what :func:`dcnviz.record` stands on.

An observer is called after each operator with everything that went in and came out, in canonical layout.
Observers belong to the current context (:mod:`contextvars`), so one thread never sees another's calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec

import torch
from torch import Tensor

from dcnviz.conventions import as_sampling
from dcnviz.geometry import Geometry
from dcnviz.sampling import AnyVersion, Sampling


@dataclass(frozen=True, eq=False)
class OperatorCall:
    """One run of a deformable operator, in canonical layout.

    Attributes:
        input: ``(B, C, H, W)``, the map that was sampled.
        offsets: ``(B, G, K, H_out, W_out, 2)``, (dy, dx), connected to the autograd graph if there was one.
        mask: ``(B, G, K, H_out, W_out)`` or None.
        weight: ``(O, C // groups, kh, kw)``, or None for the depth-wise sum of v3 and v4.
        bias: ``(O,)`` or None.
        geometry: kernel, stride, padding, dilation.
        groups: the convolution's groups.
        version: "v1" to "v4"; "msda" for attention of another library.
        output: ``(B, O, H_out, W_out)``.
        backend: the backend that ran.
    """

    input: Tensor
    offsets: Tensor
    mask: Tensor | None
    weight: Tensor | None
    bias: Tensor | None
    geometry: Geometry
    groups: int
    version: AnyVersion
    output: Tensor
    backend: str

    def sampling(self) -> Sampling:
        """Where the call looked, detached, on the CPU."""
        size = (self.input.shape[2], self.input.shape[3])
        return as_sampling(self.offsets, self.mask, self.geometry, size, self.version).detach()

    def detach(self) -> OperatorCall:
        """The same with every tensor cut from the graph, on the CPU."""
        tensors: dict[str, Any] = {
            name: value.detach().cpu() for name, value in vars(self).items() if isinstance(value, Tensor)
        }
        return replace(self, **tensors)


P = ParamSpec("P")
Observer = Callable[[OperatorCall], None]
_observers: ContextVar[tuple[Observer, ...]] = ContextVar("dcnviz_observers", default=())


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Calls ``observer`` after every dcnviz operator that runs inside the block."""
    token = _observers.set((*_observers.get(), observer))
    try:
        yield
    finally:
        _observers.reset(token)


def as_a_whole(operator: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Hides the torch functions inside an operator from a torch function mode, while somebody watches operators.

    Who watches is told of the operator as a whole; the functions inside are none of the model's, and to follow each
    of them, down to the shapes that are checked, would cost more than all else in a recording.
    """

    @wraps(operator)
    def run(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        if not observers():
            return operator(*args, **kwargs)
        with torch._C.DisableTorchFunction():
            return operator(*args, **kwargs)

    return run


def observers() -> tuple[Observer, ...]:
    """Those who watch the current context, oldest first."""
    return _observers.get()
