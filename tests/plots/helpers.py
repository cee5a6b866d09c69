"""Small samplings with known numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.recording import Recording
from dcnviz.sampling import Sampling, Version

PLACE = MapToPicture(jump=(4.0, 4.0), start=(1.0, 2.0))
SIZE = (10, 14)


def picture(size: tuple[int, int] = (40, 56), seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def layer(
    seed: int = 0, *, groups: int = 1, version: Version = "v2", reach: float = 0.7, signed: bool = False
) -> Sampling:
    generator = torch.Generator().manual_seed(seed)
    shape = (1, groups, 9, *SIZE)
    offsets = reach * torch.randn(*shape, 2, generator=generator)
    mask = torch.rand(shape, generator=generator) - (0.5 if signed else 0.0)
    return Sampling(offsets, mask, Geometry(3, padding=1), SIZE, version)


def recording(layers: int = 2, **how: int) -> Recording:
    made = Recording()
    for n in range(layers):
        made.add(f"block.{n}", layer(n, **how))
        made.to_picture[f"block.{n}"] = PLACE
    return made
