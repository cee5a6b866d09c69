"""A recording to write and read, and when two of them are the same."""

from __future__ import annotations

import io

import torch
from torch import nn

from dcnviz import Recording, record
from dcnviz.geometry import MapToPicture
from dcnviz.layers import DCNv3, ModulatedDeformConv2d
from dcnviz.models.network import ChannelsLast


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


def written(made: Recording | None = None, **options: str) -> bytes:
    file = io.BytesIO()
    (recording() if made is None else made).save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()


def read(data: bytes) -> Recording:
    return Recording.load(io.BytesIO(data))


def assert_same(a: Recording, b: Recording, tolerance: float = 0.0) -> None:
    assert list(a) == list(b) and a.to_picture == b.to_picture
    for name in a:
        assert (a[name].geometry, a[name].input_size, a[name].version) == (
            b[name].geometry,
            b[name].input_size,
            b[name].version,
        )
        for x, y in ((a[name].offsets, b[name].offsets), (a[name].mask, b[name].mask)):
            assert x.dtype == y.dtype == torch.float32
            torch.testing.assert_close(x, y, atol=0, rtol=tolerance)
    assert (a.image is None) == (b.image is None)
    assert a.image is None or b.image is None or torch.equal(a.image, b.image)
