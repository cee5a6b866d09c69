"""Which code runs an operator: a table of backends, and the rule of "auto".

Every backend is one function ``convolve(input, offsets, mask, weight, bias, geometry, groups)`` in canonical
layout; ``reference.convolve`` documents it. A new backend is one row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.ops import gather, official, reference, vision
from dcnviz.sampling import Version

Convolve = Callable[
    [Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None, Geometry, int],
    Tensor,
]

BACKENDS: dict[str, Convolve] = {
    "reference": reference.convolve,
    "gather": gather.convolve,
    "torchvision": vision.convolve,
}
"""The backends that are always there. "official" is there for whoever has built it."""

log = logging.getLogger("dcnviz")


def choose(backend: str, input: Tensor, version: Version) -> tuple[str, Convolve]:
    """The backend that a name stands for on this input.

    "auto" is the gather backend on a CPU (several times faster there) and torchvision's compiled operator on every
    other device. An empty batch goes to the reference, which needs no special case for it. The log of "dcnviz"
    says once for each backend and device that it runs.

    Returns:
        Its name and its function.

    Raises:
        ValueError: if there is no backend of that name, or it is "official" and not installed.
    """
    if backend not in ("auto", "official", *BACKENDS):
        raise ValueError(
            f'backend must be "auto", {", ".join(map(repr, BACKENDS))} or "official"; got {backend!r}.'
        )
    function = official.backend(version) if backend == "official" else None  # refused for an empty batch too
    if input.shape[0] == 0:
        backend, function = "reference", None
    elif backend == "auto":
        backend = "gather" if input.device.type == "cpu" else "torchvision"
    if not torch.compiler.is_compiling():  # a log would break the graph
        _say(backend, input.device.type)
    return backend, function or BACKENDS[backend]


@cache
def _say(backend: str, device: str) -> None:
    log.info("deformable layers on %s run by backend %r", device, backend)
