"""A recording to write and read, and when two of them are the same."""

from __future__ import annotations

import io

import torch
from torch import nn

from dcnviz import Recording, record
from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.layers import DCNv3, ModulatedDeformConv2d
from dcnviz.models.network import ChannelsLast
from dcnviz.sampling import Sampling


def recording() -> Recording:
    """Two layers of different versions, shapes and groups, one place on the picture."""
    model = nn.Sequential(
        ModulatedDeformConv2d(4, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), offset_groups=2),
        ChannelsLast(DCNv3(4, group=2)),
    )
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.4, generator=generator)
        with record(model) as made:
            model(torch.rand(2, 4, 6, 7, generator=generator))
    made.to_picture["0"] = MapToPicture((4.0, 2.0), (0.5, -1.0))
    return made


def attention() -> Recording:
    """One level of deformable attention: 2 pictures, 3 heads, 4 points, 5 queries."""
    generator, made = torch.Generator().manual_seed(5), Recording()
    shape = (2, 3, 4, 1, 5)
    fields = (torch.randn(*shape, 2, generator=generator), torch.rand(shape, generator=generator))
    anchors = 6 * torch.rand(2, 1, 5, 2, generator=generator)
    made.add("attn.level0", Sampling(*fields, Geometry((1, 4)), (6, 7), "msda", anchors))
    made.to_picture["attn.level0"] = MapToPicture((8.0, 8.0), (3.5, 3.5))
    made.estimated.add("attn.level0")
    return made


def written(made: Recording | None = None, **options: str) -> bytes:
    file = io.BytesIO()
    (recording() if made is None else made).save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()


def read(data: bytes) -> Recording:
    return Recording.load(io.BytesIO(data))


def assert_same(a: Recording, b: Recording, tolerance: float = 0.0) -> None:
    assert list(a) == list(b) and a.to_picture == b.to_picture and a.estimated == b.estimated
    for name in a:
        assert (a[name].geometry, a[name].input_size, a[name].version) == (
            b[name].geometry,
            b[name].input_size,
            b[name].version,
        )
        for x, y in ((a[name].offsets, b[name].offsets), (a[name].mask, b[name].mask)):
            assert x.dtype == y.dtype == torch.float32
            torch.testing.assert_close(x, y, atol=0, rtol=tolerance)
        first, second = a[name].anchors, b[name].anchors
        assert (first is None) == (second is None)
        assert first is None or second is None or torch.equal(first, second)
    assert (a.image is None) == (b.image is None)
    if a.image is not None and b.image is not None:
        torch.testing.assert_close(a.image, b.image, atol=0, rtol=tolerance)
