"""DCNv4: its initial state, its two ways to take a map, and geometries that the original has not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from dcnviz.layers import DCNv4
from dcnviz.ops import dcnv4
from dcnviz.ops.observe import OperatorCall, observing


def randomise(layer: nn.Module, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in layer.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * 0.3)


def test_untrained_it_outputs_only_its_bias() -> None:
    layer = DCNv4(8, group=2)
    nn.init.normal_(layer.output_proj.bias)  # type: ignore[arg-type, union-attr]
    output = layer(torch.randn(1, 6, 5, 8))
    assert torch.equal(output, layer.output_proj.bias.expand_as(output))  # type: ignore[operator, union-attr]
    calls: list[OperatorCall] = []
    with observing(calls.append):
        layer(torch.randn(1, 6, 5, 8))
    assert calls[0].version == "v4" and calls[0].mask is not None
    assert not calls[0].offsets.any() and not calls[0].mask.any()


def test_masks_are_not_bounded() -> None:
    layer, calls = DCNv4(8, group=2), list[OperatorCall]()
    nn.init.constant_(layer.offset_mask.bias, -3.5)
    with observing(calls.append):
        layer(torch.randn(1, 6, 5, 8))
    assert calls[0].mask is not None and bool((calls[0].mask == -3.5).all())


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ({}, {"value_proj.weight", "value_proj.bias", "output_proj.weight", "output_proj.bias"}),
        ({"output_bias": False}, {"value_proj.weight", "value_proj.bias", "output_proj.weight"}),
        ({"without_pointwise": True}, set()),
        ({"without_pointwise": True, "dw_kernel_size": 3}, {"offset_mask_dw.weight", "offset_mask_dw.bias"}),
        (
            {"without_pointwise": True, "center_feature_scale": True},
            {"center_feature_scale_proj_weight", "center_feature_scale_proj_bias"},
        ),
    ],
    ids=lambda value: str(sorted(value)),  # (a set has another order in every process)
)
def test_state_dict_keys_are_the_official_modules(arguments: dict[str, Any], keys: set[str]) -> None:
    assert set(DCNv4(**arguments).state_dict()) == keys | {"offset_mask.weight", "offset_mask.bias"}


def test_one_linear_layer_padded_to_eight_channels() -> None:
    assert DCNv4(64, group=4).offset_mask.out_features == 112  # 4 * 9 * 3 = 108
    assert DCNv4(64, group=1, remove_center=True).offset_mask.out_features == 24  # 8 * 3


@pytest.mark.parametrize("window", [None, 3, (1, 5)])
@pytest.mark.parametrize("scale", [False, True])
def test_by_the_official_steps_at_stride_one(window: Any, scale: bool) -> None:
    """Linear or depth-wise features of the input, the operator, the centre by the operator's output."""
    layer = DCNv4(8, group=2, dw_kernel_size=window, center_feature_scale=scale).double()
    randomise(layer)
    x = torch.randn(2, 6, 5, 8, dtype=torch.float64)
    features = x
    if window is not None:
        convolution = layer.offset_mask_dw
        size = convolution.kernel_size
        features = nn.functional.conv2d(
            x.permute(0, 3, 1, 2),
            convolution.weight,
            convolution.bias,
            padding=((size[0] - 1) // 2, (size[1] - 1) // 2),
            groups=8,
        ).permute(0, 2, 3, 1)
    value = layer.value_proj(x)
    core = dcnv4(value, layer.offset_mask(features), kernel_size=3, padding=1, groups=2)
    if scale:
        share = torch.sigmoid(
            core @ layer.center_feature_scale_proj_weight.t() + layer.center_feature_scale_proj_bias
        )
        share = share.unsqueeze(-1).expand(-1, -1, -1, -1, 4).flatten(-2)
        core = core * (1 - share) + value * share
    torch.testing.assert_close(layer(x), layer.output_proj(core))


@pytest.mark.parametrize("window", [None, 3])
def test_at_stride_two_it_is_every_second_cell_of_stride_one(window: int | None) -> None:
    fine = DCNv4(8, group=2, dw_kernel_size=window, center_feature_scale=True).double()
    randomise(fine)
    coarse = DCNv4(8, group=2, stride=(2, 3), dw_kernel_size=window, center_feature_scale=True).double()
    coarse.load_state_dict(fine.state_dict())
    x = torch.randn(1, 8, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(coarse(x), fine(x)[:, ::2, ::3])


@pytest.mark.parametrize(
    "arguments",
    [
        {"stride": 2},
        {"pad": (0, 3)},
        {"kernel_size": (2, 5), "pad": (1, 0), "dilation": (1, 2), "dw_kernel_size": 4},
        {
            "kernel_size": 5,
            "pad": 0,
            "remove_center": True,
            "offset_scale": 2.0,
            "center_feature_scale": True,
        },
    ],
    ids=str,
)
def test_unusual_geometries_and_empty_batches(arguments: dict[str, Any]) -> None:
    layer = DCNv4(8, group=2, **arguments)
    randomise(layer)
    x = torch.randn(2, 9, 11, 8, requires_grad=True)
    output = layer(x)
    assert output.shape == (2, *layer.geometry.output_size((9, 11)), 8)
    output.square().sum().backward()
    for name, value in [*layer.named_parameters(), ("input", x)]:
        assert value.grad is not None and bool(value.grad.any()), name
    assert layer(torch.zeros(0, 9, 11, 8)).shape == (0, *output.shape[1:])


def test_a_map_may_come_as_a_sequence_as_in_the_official_module() -> None:
    layer = DCNv4(8, group=2)
    randomise(layer)
    x = torch.randn(2, 4, 9, 8)
    wanted = layer(x).flatten(1, 2)
    torch.testing.assert_close(layer(x.flatten(1, 2), (4, 9)), wanted)
    # 36 pixels are a square of 6 unless a shape is given.
    assert not torch.allclose(layer(x.flatten(1, 2)), wanted)
    torch.testing.assert_close(layer(x.flatten(1, 2)), layer(x.reshape(2, 6, 6, 8)).flatten(1, 2))


@pytest.mark.parametrize("window", [None, 3])
def test_predictor_parameters(window: int | None) -> None:
    layer = DCNv4(8, group=2, dw_kernel_size=window)
    predictor = {id(p) for p in layer.predictor_parameters()}
    names = {name.split(".")[0] for name, p in layer.named_parameters() if id(p) in predictor}
    assert names == ({"offset_mask"} if window is None else {"offset_mask", "offset_mask_dw"})


@pytest.mark.parametrize(
    ("shape", "given", "words"),
    [
        ((1, 8, 6, 5), None, r"input must be \(B, H, W, 8\) or \(B, H\*W, 8\).*got \(1, 8, 6, 5\)"),
        ((30, 8), None, r"got \(30, 8\)"),
        ((1, 30, 8), None, r"got \(1, 30, 8\) with shape=None"),
        ((1, 30, 8), (5, 5), r"got \(1, 30, 8\) with shape=\(5, 5\)"),
    ],
)
def test_inputs_that_do_not_fit(shape: tuple[int, ...], given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DCNv4(8, group=2)(torch.zeros(shape), given)


@pytest.mark.parametrize("window", [None, 3])
def test_a_map_too_small_for_the_kernel(window: int | None) -> None:
    with pytest.raises(ValueError, match="does not fit into an input"):
        DCNv4(8, group=2, kernel_size=5, pad=0, dw_kernel_size=window)(torch.zeros(1, 3, 9, 8))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"channels": 10}, "channels must be a multiple of group; got 10 channels, 4 groups"),
        ({"remove_center": True, "kernel_size": (3, 5)}, "remove_center needs a square kernel of odd size"),
        ({"dw_kernel_size": 1.5}, "dw_kernel_size must be one whole number or two"),
    ],
)
def test_refusals(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DCNv4(**arguments)
