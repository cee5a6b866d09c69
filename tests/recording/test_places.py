"""Where maps lie on the picture: traced places against the centres of what cells really see."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import product

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import deform_conv2d

from dcnviz import record
from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.layers import DeformConv2d
from dcnviz.models import Network
from dcnviz.sampling import VERSIONS, Version
from tests.recording.networks import image, shake

Way = Callable[[Tensor], Tensor]
SIZE = (48, 60)


class Probe(nn.Module):
    """A picture, some functions, and a layer that looks exactly where its cell is."""

    def __init__(self, way: Way) -> None:
        super().__init__()
        self.way = way

    def forward(self, picture: Tensor) -> Tensor:
        map = self.way(picture)
        offset = map.new_zeros(map.shape[0], 2, *map.shape[2:])
        return deform_conv2d(map, offset, map.new_ones(1, map.shape[1], 1, 1))


def place(way: Way, size: tuple[int, int] = SIZE) -> tuple[MapToPicture, bool]:
    model = Probe(way)
    with record(model) as recording:
        model(torch.rand(2, 4, *size))
    return recording.to_picture[""], "" in recording.estimated


def centre(way: Way, rows: range, columns: range) -> Tensor:
    """The mean of the centres of what some cells see, from their slopes: (y, x) in picture pixels."""
    picture = torch.rand(2, 4, *SIZE, dtype=torch.float64, requires_grad=True)
    output = way(picture)[0].sum(0)
    axes = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in SIZE), indexing="ij")
    found = []
    for i, j in product(rows, columns):
        (slope,) = torch.autograd.grad(output[i, j], picture, retain_graph=True)
        weight = slope.sum((0, 1))
        found.append(torch.stack([(weight * axis).sum() for axis in axes]) / weight.sum())
    return torch.stack(found).mean(0)


def ones(*shape: int) -> Tensor:
    return torch.ones(*shape, dtype=torch.float64)


def convolve(*kernel: int, **options: object) -> Way:
    return lambda x: F.conv2d(x, ones(3, 4, *kernel).to(x), **options)  # type: ignore[arg-type]


def upconvolve(*kernel: int, **options: object) -> Way:
    return lambda x: F.conv_transpose2d(x, ones(4, 3, *kernel).to(x), **options)  # type: ignore[arg-type]


def resize(**options: object) -> Way:
    return lambda x: F.interpolate(x, **options)  # type: ignore[arg-type]


def last(way: Way) -> Way:
    return lambda x: way(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def squeeze_and_excite(x: Tensor) -> Tensor:
    strength = F.linear(x.mean((2, 3)), ones(4, 4).to(x)).sigmoid()
    pooled = F.adaptive_avg_pool2d(x, 1).flatten(1)[:, :, None, None]
    return (x * strength.detach().view(*strength.shape, 1, 1) + 0 * pooled)[:, :, ::2]


def tokens(x: Tensor) -> Tensor:
    rows = F.layer_norm(x.flatten(2).transpose(1, 2), (4,))
    rows = rows + F.linear(x.flatten(2).transpose(1, 2), torch.eye(4).to(x))
    return rows.transpose(1, 2).reshape(x.shape)[:, :, 1:]


def joined_and_split(x: Tensor) -> Tensor:
    low = F.avg_pool2d(x, 2)
    rows = torch.cat([x.flatten(2), low.flatten(2)], dim=2).transpose(1, 2)
    first, second = rows.split([x[0, 0].numel(), low[0, 0].numel()], dim=1)
    return second.transpose(1, 2).unflatten(2, low.shape[2:]) + 0 * first.sum()


EXACT: dict[str, Way] = {
    "nothing": lambda x: x,
    "every second": lambda x: x[:, :, ::2, ::2],
    "a part": lambda x: x[..., 3:-2, 1::2],
    "one picture of the batch": lambda x: x[1:2][:, None, :, 2:].squeeze(1).repeat(2, 1, 1, 1),
    "convolution": convolve(3, 5, stride=(2, 1), padding=(1, 0), dilation=(1, 2)),
    "padded by a word": convolve(4, 2, padding="same", dilation=(1, 2)),
    "unpadded by a word": convolve(4, 2, padding="valid"),
    "even kernel": convolve(2, 4, stride=2),
    "means": lambda x: F.avg_pool2d(x, 3, 2, 1),
    "means, one more cell": lambda x: F.avg_pool2d(x, (3, 5), stride=(3, 4), ceil_mode=True)[:, :, :-1, :-1],
    "means to a size": lambda x: F.adaptive_avg_pool2d(x, (12, 15)),
    "corner on corner": resize(size=(55, 20), mode="bilinear", align_corners=True),
    "edge on edge": resize(size=(55, 20), mode="bilinear", align_corners=False),
    "by a factor": resize(scale_factor=(2.0, 1.3), mode="bilinear"),
    "by a factor of the sizes": resize(scale_factor=1.3, mode="bilinear", recompute_scale_factor=True),
    "area": resize(size=(24, 15), mode="area"),
    "repeated": resize(scale_factor=2),
    "repeated, exact": resize(size=(96, 240), mode="nearest-exact"),
    "thinned": resize(size=(24, 20)),
    "thinned, exact": resize(size=(24, 20), mode="nearest-exact"),
    "up by 4 of 2": upconvolve(4, 4, stride=2, padding=1),
    "up by 2 of 2": upconvolve(2, 2, stride=2),
    "up by 3, dilated": upconvolve(
        3, 3, stride=(2, 1), padding=(0, 2), dilation=(1, 2), output_padding=(1, 0)
    ),
    "padded on one side": lambda x: F.pad(x, (3, 0, 2, 1)),
    "padded, cut": lambda x: F.pad(x, (-3, 1, 0, -4), mode="replicate"),
    "padded batch": lambda x: F.pad(x, (1, 2, 0, 0, 0, 0, 0, 1)),
    "cells become channels": lambda x: F.pixel_unshuffle(x, 2),
    "channels become cells": lambda x: F.pixel_shuffle(x, 2),
    "channels last": last(lambda x: F.linear(x[:, 1::3], ones(5, 4).to(x))),
    "pooled strength": squeeze_and_excite,
    "rows of cells": tokens,
    "maps in one row": joined_and_split,
    "residual": lambda x: F.avg_pool2d(x[:, :, 1:-1, 1:-1] + F.avg_pool2d(x, 3, 1), 2),
    "channels joined": lambda x: torch.cat([x, F.avg_pool2d(x, 3, 1, 1), x.chunk(2, 1)[1]], 1)[:, :, ::2],
    "stacked and taken apart": lambda x: torch.cat([p.unsqueeze(0) for p in x[..., 4:].unbind(0)]),
    "mean of channels": lambda x: (x * x.mean(1, keepdim=True).detach() * 0 + x).sum(1)[:, None, 1:],
    "a sum over thirds": lambda x: resize(size=(144, 180), mode="bilinear")(x)[:, :, 1::3, 1::3] + x,
    "turned twice": lambda x: x.transpose(2, 3).contiguous()[:, :, 2:].transpose(-1, -2),
    "a picture of positions": lambda x: (
        torch.cat([x, torch.zeros_like(x)], 1)[:, :, 2:] + torch.ones(1).to(x)
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("way", EXACT.values(), ids=EXACT)
def test_a_traced_place_is_where_the_cells_see(way: Way) -> None:
    found, estimated = place(way)
    assert not estimated
    # Four by four cells together: where some are repeated or made of unequal parts, the mean is right.
    for rows, columns in ((range(6, 10), range(6, 10)), (range(5, 9), range(4, 8))):
        middle = torch.tensor([rows.start + 1.5, columns.start + 1.5], dtype=torch.float64)
        torch.testing.assert_close(found.to_picture(middle), centre(way, rows, columns), rtol=0, atol=1e-9)


def test_bicubic_lies_as_bilinear_does() -> None:
    for options in ({"align_corners": True}, {"align_corners": False}, {"antialias": True}):
        found = [place(resize(size=(60, 25), mode=mode, **options)) for mode in ("bicubic", "bilinear")]
        assert found[0] == found[1] and not found[0][1]


@pytest.mark.parametrize("ceil", [False, True])
def test_maximum_pooling_follows_the_recurrence(ceil: bool) -> None:
    found, estimated = place(
        lambda x: F.max_pool2d(x, (2, 3), stride=(2, 1), padding=(0, 1), dilation=(3, 1), ceil_mode=ceil)
    )
    assert (found, estimated) == (MapToPicture().after(Geometry((2, 3), (2, 1), (0, 1), (3, 1))), False)
    values = nn.MaxPool2d(3, 2, return_indices=True)
    assert place(lambda x: values(x)[0]) == (MapToPicture((2.0, 2.0), (1.0, 1.0)), False)


class Hidden(torch.autograd.Function):
    """What no torch function tells of."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x.roll(3, 2)


def written_into(x: Tensor) -> Tensor:
    canvas = torch.zeros_like(x)
    canvas[:, :, 4:].copy_(x[:, :, :-4])
    return x + canvas


def assigned(x: Tensor) -> Tensor:
    canvas = torch.zeros_like(x)
    canvas[:, :, 4:] = x[:, :, :-4]
    return x + canvas


def added_into(x: Tensor) -> Tensor:
    canvas = torch.zeros_like(x)
    canvas[:, :, 4:].add_(x[:, :, :-4])
    return x + canvas


UNKNOWN: dict[str, Way] = {
    "rolled": lambda x: x.roll(1, 2),
    "flipped": lambda x: x.flip(3),
    "resampled": lambda x: F.grid_sample(x, torch.rand(2, 9, 9, 2) - 0.5, align_corners=False),
    "repeated unevenly": resize(size=(72, 60)),
    "means of unequal parts": lambda x: F.adaptive_avg_pool2d(x, (7, 9)),
    "a sum of two places": lambda x: x[:, :, 1:] + x[:, :, :-1],
    "two places as channels": lambda x: torch.cat([x[:, :, 1:], x[:, :, :-1]], 1),
    "a sum with something unknown": lambda x: x + x.roll(1, 2),
    "picked": lambda x: x[:, :, torch.arange(10)],
    "windows": lambda x: x.view(2, 4, 24, 2, 30, 2).transpose(3, 4).reshape(2, 4, 24, 120),
    "rows not told apart": lambda x: x.flatten(2)[:, :, 5 : 5 + 20 * 60].reshape(2, 4, 20, 60),
    "turned": lambda x: x.transpose(2, 3),
    "hidden": lambda x: Hidden.apply(x),
    "a sum with something hidden": lambda x: x + Hidden.apply(x),
    "constant": lambda x: torch.ones_like(x),
    "a norm over the map": lambda x: (
        x[:, :, :4, :4] * x.norm(1, (2, 3))[:, :, None, None] + x.norm(1, (1, 0))[:4, :4]
    ),
    "written into": written_into,
    "assigned": assigned,
    "added into": added_into,
}


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode], ids=["no_grad", "inference_mode"])
@pytest.mark.parametrize("way", UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_traced_is_estimated_and_said_to_be(
    way: Way, mode: Callable[[], AbstractContextManager[None]]
) -> None:
    with mode():
        found, estimated = place(way)
        rows, columns = way(torch.rand(2, 4, *SIZE)).shape[2:]
    jump = (SIZE[0] / rows, SIZE[1] / columns)
    assert estimated and found == MapToPicture(jump, ((jump[0] - 1) / 2, (jump[1] - 1) / 2))


def test_without_a_picture_there_is_no_place() -> None:
    class Lists(nn.Module):
        def forward(self, pictures: list[Tensor]) -> Tensor:
            return deform_conv2d(pictures[0], torch.zeros(1, 2, 6, 7), torch.ones(1, 4, 1, 1))

    model = Lists()
    with record(model) as recording:
        model([image()])
    assert len(recording) == 1 and recording.to_picture == {} and recording.estimated == set()


@pytest.mark.parametrize("size", [(64, 64), (37, 50), (5, 1)])
@pytest.mark.parametrize("version", VERSIONS)
def test_bundled_networks_are_traced_to_what_they_say_themselves(
    version: Version, size: tuple[int, int]
) -> None:
    network = Network(version).eval()
    with torch.inference_mode(), record(network, plain=version == "conv") as recording:
        network(torch.rand(1, 3, *size))
    assert recording.to_picture == network.maps_to_picture() and recording.estimated == set()


def test_a_second_picture_starts_anew() -> None:
    model = nn.Sequential(nn.AvgPool2d(2), DeformConv2d(4, 4, 3))
    with record(model) as recording, torch.no_grad():
        model(image(size=(8, 8)))
        model(image(size=(20, 12)))
    expected = MapToPicture((2.0, 2.0), (0.5, 0.5))
    assert list(recording.to_picture.values()) == [expected, expected] and not recording.estimated


def test_a_deformable_layer_moves_the_place_as_its_undeformed_kernel_does() -> None:
    layers = [
        DeformConv2d(4, 4, 3, stride=2),
        nn.ReLU(inplace=True),
        DeformConv2d(4, 4, (2, 3), padding=(0, 2)),
    ]
    model = shake(nn.Sequential(*layers, DeformConv2d(4, 4, 1)))
    with record(model) as recording, torch.no_grad():
        model(image(size=(20, 21)))
    here = MapToPicture()
    for name, sampling in recording.items():
        assert recording.to_picture[name] == here and name not in recording.estimated
        here = here.after(sampling.geometry)


def test_tensors_are_not_kept_alive() -> None:
    import gc
    import weakref

    held: list[weakref.ref[Tensor]] = []

    def way(x: Tensor) -> Tensor:
        y = x * 2
        held.append(weakref.ref(y))
        return y + 1

    model = Probe(way)
    with torch.no_grad(), record(model, calls=False):
        model(torch.rand(1, 4, 8, 8))
        gc.collect()
        assert held[0]() is None
