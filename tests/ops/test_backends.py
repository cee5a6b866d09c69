"""Every backend computes the same: on random geometry, for every version, forward and backward."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dcnviz.conventions import dcnv4_channels, offsets_to_torchvision
from dcnviz.geometry import Geometry
from dcnviz.ops import dcnv3, dcnv4, deform_conv2d
from dcnviz.ops.backends import BACKENDS

backends = pytest.mark.parametrize("backend", list(BACKENDS))
others = pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "reference"])
DOUBLE = {"atol": 1e-11, "rtol": 1e-10}


@dataclass(frozen=True)
class Layer:
    """A random layer, with everything that an operator takes."""

    geometry: Geometry
    size: tuple[int, int]
    groups: int
    offset_groups: int
    channels: int
    out_channels: int
    masked: bool
    spread: float

    @property
    def cells(self) -> tuple[int, int]:
        return self.geometry.output_size(self.size)


def layer(seed: int) -> Layer:
    draw = random.Random(seed)
    kernel = (draw.randint(1, 7), draw.randint(1, 7))
    stride, dilation = ((draw.randint(1, 3), draw.randint(1, 3)) for _ in range(2))
    padding = (draw.randint(0, 4), draw.randint(0, 4))
    # As large as the kernel needs, and a little more.
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    groups, offset_groups = draw.choice([(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (6, 6)])
    return Layer(
        Geometry(kernel, stride, padding, dilation),
        (least[0] + draw.randint(0, 6), least[1] + draw.randint(0, 6)),
        groups,
        offset_groups,
        channels=6,
        out_channels=6 * draw.randint(1, 2),
        masked=draw.random() < 0.7,
        spread=draw.choice([0.0, 0.5, 3.0, 50.0]),
    )


def noise(seed: int, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def conv_tensors(one: Layer, seed: int) -> dict[str, Tensor]:
    taps, g = one.geometry.taps, one.offset_groups
    tensors = {
        "input": noise(seed, 2, one.channels, *one.size),
        "offset": noise(seed + 1, 2, 2 * g * taps, *one.cells) * one.spread,
        "weight": noise(seed + 2, one.out_channels, one.channels // one.groups, *one.geometry.kernel_size),
        "bias": noise(seed + 3, one.out_channels),
    }
    if one.masked:
        tensors["mask"] = noise(seed + 4, 2, g * taps, *one.cells)
    return tensors


def sizes(geometry: Geometry) -> dict[str, tuple[int, int]]:
    return {"stride": geometry.stride, "padding": geometry.padding, "dilation": geometry.dilation}


def with_gradients(output: Tensor, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    upstream = noise(99, *output.shape).to(output.dtype)
    gradients = torch.autograd.grad((output * upstream).sum(), list(inputs.values()))
    return {"output": output.detach(), **dict(zip(inputs, gradients, strict=True))}


def assert_same(actual: dict[str, Tensor], expected: dict[str, Tensor], **tolerance: float) -> None:
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, **tolerance, msg=lambda m, n=name: f"{n}: {m}")


@backends
@pytest.mark.parametrize("seed", range(40))
def test_v1_and_v2_equal_torchvisions_operator(seed: int, backend: str) -> None:
    from torchvision import ops

    one = layer(seed)
    tensors = {name: value.requires_grad_() for name, value in conv_tensors(one, seed).items()}
    ours = deform_conv2d(**tensors, **sizes(one.geometry), backend=backend)
    theirs = ops.deform_conv2d(**tensors, **sizes(one.geometry))
    assert_same(with_gradients(ours, tensors), with_gradients(theirs, tensors), **DOUBLE)


@backends
@pytest.mark.parametrize("seed", range(4))
def test_in_float32_too(seed: int, backend: str) -> None:
    one = layer(seed)
    tensors = conv_tensors(one, seed)
    exact = deform_conv2d(**tensors, **sizes(one.geometry), backend="reference")
    narrow = {name: value.float() for name, value in tensors.items()}
    ours = deform_conv2d(**narrow, **sizes(one.geometry), backend=backend)
    assert ours.dtype == torch.float32
    scale = exact.abs().max().item() + 1
    torch.testing.assert_close(ours.double(), exact, atol=1e-4 * scale, rtol=1e-4)


def v3_by_the_formula(
    x: Tensor, offset: Tensor, mask: Tensor, g: Geometry, groups: int, scale: float, skip: bool
) -> Tensor:
    """Equation 2 of arXiv 2211.05778, in InternImage's order; F.grid_sample does the bilinear rule."""
    batch, height, width, channels = x.shape
    (kh, kw), rows, columns = g.kernel_size, *g.output_size((height, width))
    oy = (torch.arange(rows) * g.stride[0] - g.padding[0] + g.centre[0]).double().view(1, -1, 1)
    ox = (torch.arange(columns) * g.stride[1] - g.padding[1] + g.centre[1]).double().view(1, 1, -1)
    places = [(kx, ky) for kx in range(kw) for ky in range(kh)]
    if skip:
        places.remove((kw // 2, kh // 2))
    per, output = channels // groups, []
    for group in range(groups):
        part = x[..., group * per : (group + 1) * per].permute(0, 3, 1, 2)
        total = torch.zeros(batch, per, rows, columns, dtype=x.dtype)
        for t, (kx, ky) in enumerate(places):
            channel = group * len(places) + t
            dx, dy = offset[..., 2 * channel], offset[..., 2 * channel + 1]
            at_x = ox + scale * (kx * g.dilation[1] - g.centre[1] + dx)
            at_y = oy + scale * (ky * g.dilation[0] - g.centre[0] + dy)
            grid = torch.stack([(2 * at_x + 1) / width - 1, (2 * at_y + 1) / height - 1], dim=-1)
            total = total + F.grid_sample(part, grid, align_corners=False) * mask[..., channel].unsqueeze(1)
        output.append(total)
    return torch.cat(output, 1).permute(0, 2, 3, 1)


@backends
@pytest.mark.parametrize("seed", range(100, 120))
def test_v3_and_v4_equal_their_formula(seed: int, backend: str) -> None:
    draw, one = random.Random(seed), layer(seed)
    g, groups = one.geometry, one.offset_groups
    skip = seed % 4 == 0
    if skip:
        g = Geometry(draw.choice([3, 5]), g.stride, (3, 2), g.dilation)
    size = (g.dilation[0] * 5 + 3, g.dilation[1] * 7 + 2)
    scale, cells, stored = draw.choice([1.0, 0.5, 2.0]), g.output_size(size), g.taps - int(skip)
    tensors = {
        "input": noise(seed, 2, *size, 6).requires_grad_(),
        "offset": (noise(seed + 1, 2, *cells, 2 * groups * stored) * min(one.spread, 3)).requires_grad_(),
        "mask": noise(seed + 2, 2, *cells, groups * stored).requires_grad_(),
    }
    expected = v3_by_the_formula(*tensors.values(), g, groups, scale, skip)
    options = {
        "kernel_size": g.kernel_size,
        **sizes(g),
        "groups": groups,
        "offset_scale": scale,
        "remove_center": skip,
        "backend": backend,
    }
    ours = dcnv3(**tensors, **options)
    wanted = with_gradients(expected, tensors)
    if one.spread == 0:  # samples on whole pixels: grid_sample may round them into the neighbouring cell
        del wanted["offset"]
    assert_same(with_gradients(ours, tensors), wanted, **DOUBLE)

    blocks = torch.cat(
        [tensors["offset"].unflatten(-1, (groups, -1)), tensors["mask"].unflatten(-1, (groups, -1))], dim=-1
    ).flatten(-2)
    padding = dcnv4_channels(groups, stored) - blocks.shape[-1]
    v4 = dcnv4(tensors["input"], F.pad(blocks, (0, padding), value=7.0), **options)
    assert_same(with_gradients(v4, tensors), wanted, **DOUBLE)


@backends
@pytest.mark.parametrize("masked", [False, True])
def test_empty_batches_of_v1_and_v2(masked: bool, backend: str) -> None:
    tensors = {
        "input": torch.zeros(0, 4, 5, 6, requires_grad=True),
        "offset": torch.zeros(0, 36, 3, 6, requires_grad=True),
        "weight": torch.ones(2, 4, 3, 3, requires_grad=True),
        "bias": torch.ones(2, requires_grad=True),
    }
    if masked:
        tensors["mask"] = torch.zeros(0, 18, 3, 6, requires_grad=True)
    output = deform_conv2d(**tensors, stride=(2, 1), padding=1, backend=backend)
    assert output.shape == (0, 2, 3, 6)
    output.sum().backward()
    for value in tensors.values():
        assert value.grad is not None and value.grad.shape == value.shape and not value.grad.any()


@backends
@pytest.mark.parametrize("remove", [False, True])
def test_empty_batches_of_v3_and_v4(remove: bool, backend: str) -> None:
    x = torch.zeros(0, 5, 6, 4, requires_grad=True)
    stored = 9 - int(remove)
    offset = torch.zeros(0, 5, 6, 4 * stored, requires_grad=True)
    mask = torch.zeros(0, 5, 6, 2 * stored, requires_grad=True)
    options = {"kernel_size": 3, "padding": 1, "groups": 2, "remove_center": remove, "backend": backend}
    joint = torch.zeros(0, 5, 6, dcnv4_channels(2, stored), requires_grad=True)
    for output in (dcnv3(x, offset, mask, **options), dcnv4(x, joint, **options)):
        assert output.shape == (0, 5, 6, 4)
        output.sum().backward()
    assert all(value.grad is not None for value in (x, offset, mask, joint))


@backends
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_types_keep_their_type_and_come_near(dtype: torch.dtype, backend: str) -> None:
    one = Layer(Geometry(3, padding=1), (6, 7), 1, 2, 4, 4, masked=True, spread=1.0)
    tensors = {name: value.to(dtype) for name, value in conv_tensors(one, 5).items()}
    ours = deform_conv2d(**tensors, padding=1, backend=backend)
    exact = deform_conv2d(**{k: v.double() for k, v in tensors.items()}, padding=1, backend="reference")
    assert ours.dtype == dtype
    torch.testing.assert_close(ours, exact.to(dtype))  # as near as the type itself

    x = tensors["input"].permute(0, 2, 3, 1)
    offset, mask = noise(8, 2, 6, 7, 36).to(dtype), noise(9, 2, 6, 7, 18).to(dtype)
    options = {"kernel_size": 3, "padding": 1, "groups": 2, "offset_scale": 1.7, "backend": backend}
    ours = dcnv3(x, offset, mask, **options)
    assert ours.dtype == dtype
    torch.testing.assert_close(ours, dcnv3(x.double(), offset.double(), mask.double(), **options).to(dtype))


@backends
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_types_do_not_lose_columns(dtype: torch.dtype, backend: str) -> None:
    """Column 501.5 of a map whose values are its parity: a position rounded to a half type would be even."""
    parity = (torch.arange(600) % 2).to(dtype).view(1, 1, 1, -1)
    offset = torch.zeros(1, 2, 1, 600, dtype=dtype)
    offset[:, 1] = 0.5
    output = deform_conv2d(parity, offset, torch.ones(1, 1, 1, 1, dtype=dtype), backend=backend)
    assert bool((output[..., :-1] == 0.5).all())


@backends
@pytest.mark.parametrize("far", [1e4, 1e9, 1e30, 3e38])
def test_samples_far_away_give_the_bias_and_no_gradient(far: float, backend: str) -> None:
    offset = torch.full((1, 18, 4, 5), far)
    offset[:, ::4] *= -1
    offset.requires_grad_()
    bias = torch.tensor([1.0, 2.0])
    output = deform_conv2d(
        torch.rand(1, 3, 4, 5), offset, torch.rand(2, 3, 3, 3), bias, padding=1, backend=backend
    )
    assert torch.equal(output, bias.view(1, 2, 1, 1).expand_as(output))
    (gradient,) = torch.autograd.grad(output.sum(), offset)
    assert not gradient.any()


@others
@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_offset_gradients_on_whole_positions_and_borders(spread: float, backend: str) -> None:
    """Where the derivative jumps, every backend takes the same side: that of the floor cell."""
    g = Geometry(3, padding=1)
    offsets = (noise(11, 2, 2, 9, 5, 6, 2) * 3 * spread).round()
    tensors = {
        "input": noise(12, 2, 4, 5, 6).requires_grad_(),
        "offset": offsets_to_torchvision(offsets).clone().requires_grad_(),
        "weight": noise(13, 3, 4, 3, 3).requires_grad_(),
    }
    results = [
        with_gradients(deform_conv2d(**tensors, **sizes(g), backend=name), tensors)
        for name in (backend, "reference")
    ]
    assert_same(*results, **DOUBLE)


@backends
def test_any_memory_layout(backend: str) -> None:
    one = layer(3)
    tensors = conv_tensors(one, 3)
    expected = deform_conv2d(**tensors, **sizes(one.geometry), backend=backend)
    strided = {
        name: value.repeat_interleave(2, -1)[..., ::2] if value.ndim < 4 else value.mT.contiguous().mT
        for name, value in tensors.items()
    }
    last = {
        name: value.to(memory_format=torch.channels_last) if value.ndim == 4 else value
        for name, value in tensors.items()
    }
    for other in (strided, last):
        torch.testing.assert_close(
            deform_conv2d(**other, **sizes(one.geometry), backend=backend), expected, **DOUBLE
        )


@backends
def test_without_gradients_it_is_the_same(backend: str) -> None:
    one = layer(5)
    tensors = {name: value.requires_grad_() for name, value in conv_tensors(one, 5).items()}
    trained = deform_conv2d(**tensors, **sizes(one.geometry), backend=backend)
    with torch.no_grad():
        seen = deform_conv2d(**tensors, **sizes(one.geometry), backend=backend)
    assert trained.requires_grad and not seen.requires_grad
    torch.testing.assert_close(seen, trained.detach(), **DOUBLE)


@backends
def test_gradients_of_a_part_of_the_arguments_only(backend: str) -> None:
    one = layer(7)
    tensors = conv_tensors(one, 7)
    whole = {name: value.clone().requires_grad_() for name, value in tensors.items()}
    expected = with_gradients(deform_conv2d(**whole, **sizes(one.geometry), backend="reference"), whole)
    for name in tensors:
        part = tensors | {name: tensors[name].clone().requires_grad_()}
        output = deform_conv2d(**part, **sizes(one.geometry), backend=backend)
        got = with_gradients(output, {name: part[name]})
        torch.testing.assert_close(got[name], expected[name], **DOUBLE)


@backends
def test_under_autocast_the_operators_run_in_float32_and_keep_the_inputs_type(backend: str) -> None:
    one = Layer(Geometry(3, padding=1), (6, 7), 1, 1, 4, 4, masked=True, spread=1.0)
    tensors = {name: value.float() for name, value in conv_tensors(one, 5).items()}
    mixed = tensors | {name: tensors[name].bfloat16() for name in ("offset", "mask")}
    expected = deform_conv2d(
        **(mixed | {name: mixed[name].float() for name in ("offset", "mask")}), padding=1, backend=backend
    )
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = deform_conv2d(**mixed, padding=1, backend=backend)
    assert output.dtype == torch.float32
    torch.testing.assert_close(output, expected)
    with pytest.raises(ValueError, match="give both the same type"):
        deform_conv2d(**mixed, padding=1, backend=backend)
