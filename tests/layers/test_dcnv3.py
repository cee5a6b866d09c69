"""DCNv3: InternImage's module by name and number, and the geometries at which the original fails."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dcnviz.conventions import mask_from_torchvision
from dcnviz.geometry import Geometry
from dcnviz.layers import DCNv3
from dcnviz.layers.grouped import at_cells, pad_to_cells
from dcnviz.ops.backends import BACKENDS
from dcnviz.ops.observe import OperatorCall, observing
from tests.golden_cases import Case, ids, load


def module(case: Case, **changes: Any) -> DCNv3:
    layer = DCNv3(**(case.params | changes)).to(case.dtype).eval()
    layer.load_state_dict(case.state())
    return layer


def randomise(layer: torch.nn.Module, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in layer.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * 0.3)


@pytest.mark.parametrize("backend", list(BACKENDS))
@pytest.mark.parametrize("name", ids("v3_module"))
def test_equals_internimages_module(name: str, backend: str) -> None:
    case = load(name)
    case.assert_close("out", module(case, backend=backend)(case.need("x")))


@pytest.mark.parametrize("name", ids("v3_module"))
def test_each_step_equals_internimages(name: str) -> None:
    case = load(name)
    layer, x = module(case), case.need("x")
    seen: dict[str, Tensor] = {}
    layer.offset.register_forward_hook(lambda _m, _i, out: seen.update(offset=out))
    layer.input_proj.register_forward_hook(lambda _m, _i, out: seen.update(value=out))
    layer.dw_conv.register_forward_hook(lambda _m, _i, out: seen.update(features=out))
    layer.mask.register_forward_hook(lambda _m, _i, out: seen.update(logits=out))
    layer(x)
    case.assert_close("offset", seen["offset"])
    case.assert_close("value", seen["value"])
    groups = case.params["group"]
    case.assert_close("mask", seen["logits"].unflatten(-1, (groups, -1)).softmax(-1).flatten(-2))
    if "center_scale" in case.arrays:
        scale = F.linear(
            seen["features"], layer.center_feature_scale_proj_weight, layer.center_feature_scale_proj_bias
        )
        case.assert_close("center_scale", scale.sigmoid())


LINEARS = {
    f"{name}.{part}"
    for name in ("offset", "mask", "input_proj", "output_proj")
    for part in ("weight", "bias")
}
DEPTHWISE = {"dw_conv.0.weight", "dw_conv.0.bias"}


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        ({}, {"dw_conv.1.1.weight", "dw_conv.1.1.bias"}),
        (
            {"norm_layer": "BN"},
            {
                "dw_conv.1.0.weight",
                "dw_conv.1.0.bias",
                "dw_conv.1.0.running_mean",
                "dw_conv.1.0.running_var",
                "dw_conv.1.0.num_batches_tracked",
            },
        ),
        (
            {"center_feature_scale": True},
            {
                "dw_conv.1.1.weight",
                "dw_conv.1.1.bias",
                "center_feature_scale_proj_weight",
                "center_feature_scale_proj_bias",
            },
        ),
    ],
    ids=["LN", "BN", "center_feature_scale"],
)
def test_state_dict_keys_are_internimages(arguments: dict[str, Any], extra: set[str]) -> None:
    assert set(DCNv3(**arguments).state_dict()) == LINEARS | DEPTHWISE | extra


@pytest.mark.parametrize("remove", [False, True])
def test_it_starts_with_offsets_zero_and_even_masks(remove: bool) -> None:
    layer, calls = DCNv3(8, group=2, remove_center=remove), list[OperatorCall]()
    with observing(calls.append):
        layer(torch.randn(1, 6, 5, 8))
    (call,) = calls
    stored = 8 if remove else 9
    assert call.version == "v3" and not call.offsets.any() and call.mask is not None
    used = [k for k in range(9) if not (remove and k == 4)]
    torch.testing.assert_close(call.mask[:, :, used], torch.full((1, 2, stored, 6, 5), 1 / stored))
    if remove:
        assert not call.mask[:, :, 4].any()


def test_untrained_it_is_a_mean_between_two_projections() -> None:
    layer = DCNv3(8, group=2).double()
    x = torch.randn(1, 6, 5, 8, dtype=torch.float64)
    value = layer.input_proj(x).permute(0, 3, 1, 2)
    mean = F.avg_pool2d(value, 3, stride=1, padding=1).permute(0, 2, 3, 1)
    torch.testing.assert_close(layer(x), layer.output_proj(mean))


def test_the_centre_feature_starts_at_a_half() -> None:
    layer = DCNv3(8, group=2, center_feature_scale=True).double()
    x = torch.randn(1, 6, 5, 8, dtype=torch.float64)
    value = layer.input_proj(x)
    mean = F.avg_pool2d(value.permute(0, 3, 1, 2), 3, stride=1, padding=1).permute(0, 2, 3, 1)
    torch.testing.assert_close(layer(x), layer.output_proj(mean / 2 + value / 2))


UNUSUAL: list[dict[str, Any]] = [
    {"stride": 2},
    {"stride": (1, 2), "pad": (0, 2)},
    {"pad": 0},
    {"pad": (0, 3)},
    {"kernel_size": (3, 5), "pad": (2, 1), "dilation": (2, 1)},
    {"kernel_size": 4, "pad": 2},
    {"kernel_size": 2, "pad": 0, "stride": 3, "dw_kernel_size": 5},
    {"kernel_size": 3, "pad": 2, "dilation": 2, "dw_kernel_size": (1, 4), "center_feature_scale": True},
    {"stride": 2, "center_feature_scale": True, "remove_center": True, "norm_layer": "BN"},
]


@pytest.mark.parametrize("arguments", UNUSUAL, ids=str)
def test_strides_pads_and_kernels_at_which_the_original_fails(arguments: dict[str, Any]) -> None:
    layer = DCNv3(8, group=2, **arguments)
    randomise(layer)
    x = torch.randn(2, 9, 11, 8, requires_grad=True)
    output = layer(x)
    assert output.shape == (2, *layer.geometry.output_size((9, 11)), 8)
    output.square().sum().backward()
    for name, value in [*layer.named_parameters(), ("input", x)]:
        assert value.grad is not None and bool(value.grad.any()), name
    assert layer.eval()(torch.zeros(0, 9, 11, 8)).shape == (0, *output.shape[1:])


@pytest.mark.parametrize("scale", [False, True])
def test_at_stride_two_it_is_every_second_cell_of_stride_one(scale: bool) -> None:
    """The same weights with the same windows: a stride only leaves cells out."""
    fine = DCNv3(8, group=2, center_feature_scale=scale, offset_scale=1.5).double()
    randomise(fine)
    coarse = DCNv3(8, group=2, stride=(2, 3), center_feature_scale=scale, offset_scale=1.5).double()
    coarse.load_state_dict(fine.state_dict())
    x = torch.randn(1, 8, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(coarse(x), fine(x)[:, ::2, ::3])


def test_a_smaller_pad_leaves_the_border_cells_out() -> None:
    padded = DCNv3(8, group=2, center_feature_scale=True).double()
    randomise(padded)
    bare = DCNv3(8, group=2, pad=(0, 1), center_feature_scale=True).double()
    bare.load_state_dict(padded.state_dict())
    x = torch.randn(1, 8, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(bare(x), padded(x)[:, 1:-1])


@pytest.mark.parametrize("window", [(1, 1), (3, 3), (2, 5)])
@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(3, padding=1),
        Geometry((3, 5), (2, 1), (0, 4), (2, 1)),
        Geometry((4, 1), (3, 2), (1, 0)),
        Geometry(7, 1, 0),
        Geometry(1, 2, 3),
    ],
)
def test_a_window_has_one_place_per_cell_at_the_kernels_centre(
    geometry: Geometry, window: tuple[int, int]
) -> None:
    rows = torch.arange(1.0, 10).view(1, 1, 9, 1).expand(1, 1, 9, 10)
    size = geometry.output_size((9, 10))
    delta = torch.zeros(1, 1, *window)
    delta[0, 0, (window[0] - 1) // 2, (window[1] - 1) // 2] = 1
    for axis, picture in ((0, rows), (1, torch.arange(1.0, 11).expand(1, 1, 9, 10))):
        seen = F.conv2d(pad_to_cells(picture, geometry, window), delta, stride=geometry.stride)
        assert seen.shape[2:] == size
        assert torch.equal(seen, at_cells(picture, geometry))
        for cell in range(size[axis]):
            at = cell * geometry.stride[axis] - geometry.padding[axis] + geometry.centre[axis]
            inside = 0 <= at < (9, 10)[axis]
            assert seen.select(2 + axis, cell).max().item() == (at + 1 if inside else 0)


def test_under_autocast_it_runs() -> None:
    layer = DCNv3(8, group=2, center_feature_scale=True)
    randomise(layer)
    x = torch.randn(1, 6, 5, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = layer(x)
    half.float().sum().backward()
    torch.testing.assert_close(half.float(), layer(x), atol=0.2, rtol=0.1)


def test_predictor_parameters() -> None:
    layer = DCNv3(8, group=2, center_feature_scale=True)
    predictor = {id(p) for p in layer.predictor_parameters()}
    names = {name for name, p in layer.named_parameters() if id(p) in predictor}
    assert names == DEPTHWISE | {
        "dw_conv.1.1.weight",
        "dw_conv.1.1.bias",
        "offset.weight",
        "offset.bias",
        "mask.weight",
        "mask.bias",
    }


def test_groups_do_not_share_their_softmax() -> None:
    layer, calls = DCNv3(8, group=4), list[OperatorCall]()
    randomise(layer)
    with observing(calls.append):
        layer(torch.randn(1, 6, 5, 8))
    mask = calls[0].mask
    assert mask is not None
    torch.testing.assert_close(mask.sum(2), torch.ones(1, 4, 6, 5))
    wrong = mask_from_torchvision(mask.flatten(1, 2), 4)  # taps and groups swapped
    assert not torch.allclose(wrong.sum(2), torch.ones(()))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"channels": 10}, "channels must be a multiple of group; got 10 channels, 4 groups"),
        ({"group": 0}, "channels must be a multiple of group"),
        ({"act_layer": "Tanh"}, "act_layer must be one of GELU, ReLU, SiLU; got 'Tanh'"),
        ({"norm_layer": "GN"}, 'norm_layer must be "LN" or "BN"; got \'GN\''),
        ({"remove_center": True, "kernel_size": 4}, "remove_center needs a square kernel of odd size"),
        ({"dw_kernel_size": "3"}, "dw_kernel_size must be one whole number or two"),
    ],
)
def test_refusals(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DCNv3(**arguments)


@pytest.mark.parametrize("shape", [(1, 8, 6, 5), (6, 5, 8), (1, 30, 8)])
def test_an_input_that_is_not_channels_last(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"input must be \(B, H, W, 8\), channels last; got"):
        DCNv3(8, group=2)(torch.zeros(shape))


def test_a_map_too_small_for_the_kernel() -> None:
    with pytest.raises(ValueError, match="does not fit into an input"):
        DCNv3(8, group=2, kernel_size=5, pad=0)(torch.zeros(1, 3, 9, 8))
