"""replace_convolutions: other people's networks keep their outputs, their weights and their shared layers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dcnviz.layers import DCNv3, DeformConv2d, ModulatedDeformConv2d, replace_convolutions


class Block(nn.Module):
    """A residual block as people write them: nested, strided, grouped, with a 1x1 beside the main path."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            OrderedDict(
                first=nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False),
                norm=nn.BatchNorm2d(8),
                second=nn.Conv2d(8, 8, (5, 3), padding=(4, 1), dilation=(2, 1), groups=4),
            )
        )
        self.beside = nn.Conv2d(4, 8, 1, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.beside(x))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding="same"), Block(), nn.Conv2d(8, 2, 1)).eval()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_output_does_not_change(version: str) -> None:
    net, x = network(), torch.rand(2, 3, 17, 15)
    with torch.no_grad():
        before = net(x)
        assert replace_convolutions(net, version) is net
        torch.testing.assert_close(net(x), before, atol=1e-5, rtol=0)


def test_a_v2_mask_that_starts_at_a_half_halves_the_layer() -> None:
    layer, x = nn.Conv2d(3, 4, 3, bias=False), torch.rand(1, 3, 9, 9)
    new = replace_convolutions(layer, "v2", mask_scale=1.0)
    torch.testing.assert_close(new(x), layer(x) / 2)


def test_what_is_replaced_and_what_is_not() -> None:
    net = replace_convolutions(network(), "v1")
    kinds = {n: type(m) for n, m in net.named_modules() if isinstance(m, nn.Conv2d | DeformConv2d)}
    assert {n: k for n, k in kinds.items() if "predictor" not in n} == {
        "0": DeformConv2d,
        "1.body.first": DeformConv2d,
        "1.body.second": DeformConv2d,
        "1.beside": nn.Conv2d,
        "2": nn.Conv2d,
    }
    new = net.get_submodule("1.body.second")
    assert isinstance(new, DeformConv2d)
    assert new.geometry.kernel_size == (5, 3) and new.geometry.padding == (4, 1)
    assert new.geometry.dilation == (2, 1) and new.groups == 4
    assert net.get_submodule("1.body.first").bias is None


def test_the_weights_are_the_very_same_parameters() -> None:
    net = network()
    kept = dict(net.named_parameters())
    kept["0.weight"].requires_grad_(False)
    replace_convolutions(net)
    now = dict(net.named_parameters())
    assert all(now[name] is value for name, value in kept.items())
    assert not now["0.weight"].requires_grad and now["0.predictor.weight"].requires_grad


def test_where_chooses_by_path_and_layer() -> None:
    asked: list[str] = []

    def where(name: str, layer: nn.Conv2d) -> bool:
        asked.append(name)
        return name.endswith("second")

    net = replace_convolutions(network(), where=where)
    assert asked == ["0", "1.body.first", "1.body.second", "1.beside", "2"]
    found = [n for n, m in net.named_modules() if isinstance(m, ModulatedDeformConv2d)]
    assert found == ["1.body.second"]


def test_a_layer_used_in_several_places_stays_one_layer() -> None:
    shared = nn.Conv2d(3, 3, 3, padding=1)
    net = nn.Sequential(shared, nn.ReLU(), shared, nn.Sequential(shared))
    x = torch.rand(1, 3, 6, 6)
    before = net(x)
    replace_convolutions(net)
    assert isinstance(net[0], ModulatedDeformConv2d)
    assert net[0] is net[2] and net[0] is net[3][0]
    torch.testing.assert_close(net(x), before, atol=1e-5, rtol=0)


def test_a_network_that_is_one_convolution() -> None:
    layer = nn.Conv2d(3, 4, 3)
    new = replace_convolutions(layer, "v1")
    assert isinstance(new, DeformConv2d) and new.weight is layer.weight


def test_predictors_of_layers_that_are_deformable_already_are_left_alone() -> None:
    net = nn.Sequential(DeformConv2d(3, 4, 3, padding=1), DCNv3(4, group=2), nn.Conv2d(4, 4, 3))
    net = replace_convolutions(net)
    assert type(net[0].predictor) is nn.Conv2d and type(net[1].dw_conv[0]) is nn.Conv2d
    assert isinstance(net[2], ModulatedDeformConv2d)
    with pytest.raises(ValueError, match="no convolution to replace"):
        replace_convolutions(net)


def test_mode_type_and_backend_are_taken_over() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3).double().eval())
    new = replace_convolutions(net, backend="reference")[0]  # type: ignore[index]
    assert not new.training and not new.predictor.training
    assert all(p.dtype == torch.float64 for p in new.parameters())
    assert new.backend == "reference"


@pytest.mark.parametrize(
    ("layer", "replaced"),
    [
        (nn.Conv2d(2, 2, 3), True),
        (nn.Conv2d(2, 2, (1, 2)), True),
        (nn.Conv2d(2, 2, 1), False),
        (nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), False),
        (nn.Conv2d(2, 2, 4, padding="same"), False),
        (nn.Conv2d(2, 2, 4, padding="valid"), True),
        (nn.ConvTranspose2d(2, 2, 3), False),
        (nn.Conv1d(2, 2, 3), False),
    ],
    ids=str,
)
def test_the_default_choice(layer: nn.Module, replaced: bool) -> None:
    net = nn.Sequential(nn.Conv2d(2, 2, 3), layer)
    replace_convolutions(net)
    assert isinstance(net[1], DeformConv2d) == replaced


def test_it_trains_after_the_swap() -> None:
    net = replace_convolutions(network().train(), "v2")
    net(torch.rand(2, 3, 17, 15)).square().sum().backward()
    predictors = [p for n, p in net.named_parameters() if "predictor" in n]
    assert len(predictors) == 6
    assert all(p.grad is not None and bool(p.grad.any()) for p in predictors)


@pytest.mark.parametrize(
    ("model", "arguments", "words"),
    [
        (nn.Conv2d(2, 2, 3), {"version": "v3"}, 'version must be "v1" or "v2".*got \'v3\''),
        (nn.Linear(2, 2), {}, "no convolution to replace"),
        (nn.Conv2d(2, 2, 1), {}, "no convolution to replace"),
        (
            nn.Sequential(nn.Conv2d(2, 2, 3), nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular")),
            {"where": lambda name, layer: True},
            'padding_mode must be "zeros"',
        ),
    ],
)
def test_refusals_leave_the_model_as_it_was(model: nn.Module, arguments: dict[str, Any], words: str) -> None:
    before = list(model.modules())
    with pytest.raises(ValueError, match=words):
        replace_convolutions(model, **arguments)
    assert list(model.modules()) == before


@pytest.mark.filterwarnings("ignore")
def test_a_weight_that_is_computed_is_refused() -> None:
    net = nn.Sequential(nn.utils.weight_norm(nn.Conv2d(2, 2, 3)))
    with pytest.raises(ValueError, match="computes its weight"):
        replace_convolutions(net)
