"""Which code runs an operator: a table of backends, and the rule of "auto".

Every backend is one function ``convolve(input, offsets, mask, weight, bias, geometry, groups)`` in canonical
layout; ``reference.convolve`` documents it. A new backend is one row.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.ops import gather, reference, vision

Convolve = Callable[
    [Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None, Geometry, int],
    Tensor,
]

BACKENDS: dict[str, Convolve] = {
    "reference": reference.convolve,
    "gather": gather.convolve,
    "torchvision": vision.convolve,
}


def choose(backend: str, input: Tensor, weight: Tensor | None) -> tuple[str, Convolve]:
    """The backend that a name stands for on this input.

    "auto" is the gather backend on a CPU (several times faster there) and torchvision's compiled operator on every
    other device. An empty batch goes to the reference, which needs no special case for it.

    Returns:
        Its name and its function.

    Raises:
        ValueError: if there is no backend of that name.
    """
    if backend != "auto" and backend not in BACKENDS:
        raise ValueError(f'backend must be "auto", {", ".join(map(repr, BACKENDS))}; got {backend!r}.')
    if input.shape[0] == 0:
        backend = "reference"
    elif backend == "auto":
        backend = "gather" if input.device.type == "cpu" else "torchvision"
    return backend, BACKENDS[backend]
