"""DeformConv2d and ModulatedDeformConv2d: drop-in for nn.Conv2d, plain convolutions until they learn."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dcnviz.conventions import offsets_from_torchvision
from dcnviz.layers import DeformConv2d, ModulatedDeformConv2d
from dcnviz.ops import deform_conv2d
from dcnviz.ops.backends import BACKENDS
from dcnviz.ops.reference import trace

kinds = pytest.mark.parametrize("kind", [DeformConv2d, ModulatedDeformConv2d])

# What the article's modules accept and get wrong, or do not know: each is an ordinary argument here.
GEOMETRIES: list[dict[str, Any]] = [
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": 1},
    {"kernel_size": 5, "padding": 2},
    {"kernel_size": 7, "padding": 3},
    {"kernel_size": 2},
    {"kernel_size": (3, 5), "padding": (0, 2)},
    {"kernel_size": 3, "padding": 0},
    {"kernel_size": 3, "padding": (2, 1)},
    {"kernel_size": 3, "padding": 2, "dilation": 2},
    {"kernel_size": 3, "padding": 1, "stride": 2},
    {"kernel_size": 4, "padding": 1, "stride": (2, 3), "dilation": (1, 2)},
    {"kernel_size": 3, "padding": 1, "groups": 2},
    {"kernel_size": 3, "padding": 1, "bias": False},
    {"kernel_size": (5, 3), "padding": "same", "dilation": (1, 2)},
    {"kernel_size": 3, "padding": "valid"},
]


def learned(layer: DeformConv2d, seed: int = 0) -> DeformConv2d:
    """The layer with a predictor that does predict something."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in layer.predictor.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * 0.3)
    return layer


def convolution(layer: DeformConv2d, x: Tensor) -> Tensor:
    g = layer.geometry
    return F.conv2d(x, layer.weight, layer.bias, g.stride, g.padding, g.dilation, layer.groups)


@pytest.mark.parametrize("arguments", GEOMETRIES, ids=str)
def test_v1_starts_as_the_plain_convolution(arguments: dict[str, Any]) -> None:
    layer, x = DeformConv2d(4, 6, **arguments).double(), torch.randn(2, 4, 13, 12, dtype=torch.float64)
    torch.testing.assert_close(layer(x), convolution(layer, x))
    plain = nn.Conv2d(4, 6, **arguments).double()
    plain.load_state_dict({k: v for k, v in layer.state_dict().items() if "predictor" not in k})
    torch.testing.assert_close(layer(x), plain(x))


@pytest.mark.parametrize("arguments", GEOMETRIES, ids=str)
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_v2_starts_as_the_plain_convolution_times_its_mask(arguments: dict[str, Any], scale: float) -> None:
    layer = ModulatedDeformConv2d(4, 6, **arguments, mask_scale=scale).double()
    x = torch.randn(2, 4, 13, 12, dtype=torch.float64)
    bias = 0 if layer.bias is None else layer.bias[:, None, None]
    torch.testing.assert_close(layer(x), (convolution(layer, x) - bias) * scale / 2 + bias)


@kinds
@pytest.mark.parametrize("arguments", GEOMETRIES, ids=str)
def test_state_dict_and_shapes(kind: type[DeformConv2d], arguments: dict[str, Any]) -> None:
    layer = kind(4, 6, **arguments, offset_groups=2)
    g, per_tap = layer.geometry, 3 if layer.modulated else 2
    expected = {
        "weight": (6, 4 // arguments.get("groups", 1), *g.kernel_size),
        "bias": (6,),
        "predictor.weight": (2 * per_tap * g.taps, 4, *g.kernel_size),
        "predictor.bias": (2 * per_tap * g.taps,),
    }
    if not arguments.get("bias", True):
        del expected["bias"]
    assert {k: tuple(v.shape) for k, v in layer.state_dict().items()} == expected
    assert learned(layer)(torch.rand(2, 4, 13, 12)).shape == (2, 6, *g.output_size((13, 12)))
    assert layer(torch.zeros(0, 4, 13, 12)).shape == (0, 6, *g.output_size((13, 12)))


@kinds
def test_weight_and_bias_are_drawn_as_torchs_convolution_draws_them(kind: type[DeformConv2d]) -> None:
    """The article leaves them as the memory happened to be."""
    layer, plain = learned(kind(4, 6, 3, groups=2)), nn.Conv2d(4, 6, 3, groups=2)
    for module in (layer, plain):
        torch.manual_seed(7)
        module.reset_parameters()
    assert plain.bias is not None and layer.bias is not None
    assert torch.equal(layer.weight, plain.weight) and torch.equal(layer.bias, plain.bias)
    assert not any(value.any() for value in layer.predictor.parameters())


@kinds
def test_the_signature_begins_with_that_of_conv2d(kind: type[DeformConv2d]) -> None:
    mine = list(inspect.signature(kind).parameters.values())
    theirs = list(inspect.signature(nn.Conv2d).parameters.values())
    for a, b in zip(mine, theirs, strict=False):
        assert (a.name, a.default, a.kind) == (b.name, b.default, b.kind)
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in mine[len(theirs) :])


def test_the_predictor_steers_the_operator() -> None:
    layer = ModulatedDeformConv2d(4, 6, (3, 2), stride=2, padding=(1, 0), offset_groups=2, mask_scale=2.0)
    learned(layer)
    x = torch.rand(2, 4, 9, 8)
    channels = layer.predictor(x)
    offset, mask = layer.predict(x)
    assert torch.equal(offset, channels[:, : 2 * 2 * 6])  # 2GK offset channels, then GK mask channels
    assert mask is not None
    torch.testing.assert_close(mask, 2 * channels[:, 2 * 2 * 6 :].sigmoid())
    expected = deform_conv2d(x, offset, layer.weight, layer.bias, mask=mask, stride=2, padding=(1, 0))
    torch.testing.assert_close(layer(x), expected)


def test_each_cell_is_predicted_where_it_looks() -> None:
    """The predictor has the layer's own geometry: cell and offsets belong to the same place at any stride."""
    layer = learned(DeformConv2d(2, 3, 5, stride=3, padding=2, dilation=2)).double()
    x = torch.randn(1, 2, 17, 19, dtype=torch.float64)
    g, cells = layer.geometry, layer.geometry.output_size((17, 19))
    offset, _ = layer.predict(x)
    assert offset.shape[2:] == cells
    positions = g.base(cells, dtype=torch.float64) + offsets_from_torchvision(offset, g.taps)
    total = trace(x, positions).contributions(layer.weight).sum(2) + layer.bias[:, None, None]  # type: ignore[index]
    torch.testing.assert_close(layer(x), total)


@kinds
@pytest.mark.parametrize("backend", list(BACKENDS))
def test_every_parameter_learns(kind: type[DeformConv2d], backend: str) -> None:
    layer = kind(4, 6, 3, padding=1, groups=2, offset_groups=2, backend=backend)
    x = torch.rand(2, 4, 8, 8, requires_grad=True)
    layer(x).square().sum().backward()
    for name, value in [*layer.named_parameters(), ("input", x)]:
        assert value.grad is not None and bool(value.grad.any()), name


def test_predictor_parameters_are_the_predictors() -> None:
    layer = DeformConv2d(3, 4, 3)
    assert [id(p) for p in layer.predictor_parameters()] == [
        id(layer.predictor.weight),
        id(layer.predictor.bias),
    ]


@kinds
def test_device_and_dtype_reach_every_parameter(kind: type[DeformConv2d]) -> None:
    layer = kind(4, 6, 3, device="meta", dtype=torch.float64)
    assert all(p.is_meta and p.dtype == torch.float64 for p in layer.parameters())


@kinds
def test_under_autocast(kind: type[DeformConv2d]) -> None:
    net = nn.Sequential(learned(kind(3, 4, 3, padding=1)), nn.Conv2d(4, 4, 1), learned(kind(4, 2, 3)))
    x = torch.rand(1, 3, 8, 8)
    exact = net(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = net(x)
    half.float().sum().backward()
    torch.testing.assert_close(half.float(), exact, atol=0.1, rtol=0.1)


def test_the_representation_names_what_matters() -> None:
    text = repr(DeformConv2d(4, 6, (3, 5), stride=2, padding="valid", offset_groups=2))
    for word in ("  4, 6, ", "kernel_size=(3, 5)", "stride=(2, 2)", "padding=(0, 0)", "offset_groups=2"):
        assert word in text


@kinds
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"padding_mode": "reflect"}, r'padding_mode must be "zeros".*got \'reflect\''),
        ({"groups": 3}, "in_channels must be a positive multiple of its 3 groups; got 4"),
        ({"groups": 4}, "out_channels must be a positive multiple of its 4 groups; got 6"),
        ({"offset_groups": 3}, "in_channels must be a positive multiple of its 3 groups; got 4"),
        ({"offset_groups": 0}, "in_channels must be a positive multiple of its 0 groups"),
        ({"in_channels": 0}, "in_channels must be a positive multiple"),
        (
            {"padding": "same", "stride": 2},
            r"padding must be numbers.*got 'same' with kernel \(3, 3\), stride \(2, 2\)",
        ),
        ({"padding": "same", "kernel_size": 4}, "padding must be numbers"),
        ({"padding": "full"}, 'padding must be numbers, "valid", or "same".*got \'full\''),
        ({"stride": 0}, "stride must be at least 1"),
        ({"kernel_size": 2.5}, "kernel_size must be one whole number or two"),
    ],
)
def test_refusals(kind: type[DeformConv2d], changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        kind(**({"in_channels": 4, "out_channels": 6, "kernel_size": 3} | changes))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_mask_scale_that_makes_no_mask(scale: float) -> None:
    with pytest.raises(ValueError, match="mask_scale must be a finite number above 0"):
        ModulatedDeformConv2d(4, 6, 3, mask_scale=scale)


@kinds
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2, 3, 8, 8), r"input must be \(B, 4, H, W\); got \(2, 3, 8, 8\)"),
        ((4, 8, 8), r"input must be \(B, 4, H, W\); got \(4, 8, 8\)"),
        ((1, 4, 2, 8), r"kernel of \(3, 3\).*does not fit into an input of \(2, 8\)"),
    ],
)
def test_inputs_that_do_not_fit(kind: type[DeformConv2d], shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        kind(4, 6, 3)(torch.zeros(shape))


@kinds
def test_a_nan_in_the_input_is_called_a_nan_in_the_input(kind: type[DeformConv2d]) -> None:
    x = torch.zeros(1, 4, 8, 8)
    x[0, 2, 3, 4] = float("nan")
    with pytest.raises(ValueError, match=r"^input has 1 NaN .* \(0, 2, 3, 4\)"):
        kind(4, 6, 3)(x)
