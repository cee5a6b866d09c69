"""Recordings for the tests of the page Your model."""

from __future__ import annotations

import io

import torch

from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.recording import Recording
from dcnviz.sampling import Sampling


def grid(
    kernel: tuple[int, int] = (3, 3),
    *,
    batch: int = 1,
    groups: int = 1,
    stride: int = 1,
    size: tuple[int, int] = (12, 16),
    version: str = "v2",
) -> Sampling:
    """A layer with random offsets and masks."""
    geometry = Geometry(kernel, stride=stride, padding=(kernel[0] // 2, kernel[1] // 2))
    shape = (batch, groups, geometry.taps, *geometry.output_size(size))
    chance = torch.Generator().manual_seed(3)
    mask = torch.ones(shape) if version == "v1" else torch.rand(shape, generator=chance)
    return Sampling(torch.randn(*shape, 2, generator=chance), mask, geometry, size, version)  # type: ignore[arg-type]


def attention(queries: int = 30, *, batch: int = 1, heads: int = 2, points: int = 4) -> Sampling:
    """One level of deformable attention over an 8 x 10 map."""
    chance = torch.Generator().manual_seed(4)
    anchors = torch.rand(batch, 1, queries, 2, generator=chance) * torch.tensor([7.0, 9.0])
    shape = (batch, heads, points, 1, queries)
    offsets, mask = torch.randn(*shape, 2, generator=chance), torch.rand(shape, generator=chance)
    return Sampling(offsets, mask, Geometry((1, points)), (8, 10), "msda", anchors)


def recording(batch: int = 2, *, image: bool = True) -> Recording:
    """Four layers of all kinds: a traced one with groups, an odd kernel, one without a place, and attention."""
    made = Recording()
    if image:
        made.image = torch.rand(batch, 3, 48, 64, generator=torch.Generator().manual_seed(5))
    four = MapToPicture((4.0, 4.0))
    made.add("body.0", grid(batch=batch, groups=2))
    made.add("body.1", grid((1, 5), batch=batch, stride=2, version="v1"))
    made.add("<b>*odd*</b>", grid(batch=batch, size=(9, 7)))
    made.add("decoder", attention(batch=batch))
    made.to_picture = {"body.0": four, "body.1": four, "decoder": MapToPicture((6.0, 6.4), (2.5, 2.7))}
    return made


def saved(made: Recording) -> bytes:
    """As a file."""
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()
