"""parameter_groups: predictors learn at their share of the rate, really, and nothing is counted twice."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d, parameter_groups


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3),
        DeformConv2d(4, 4, 3),
        nn.Sequential(ModulatedDeformConv2d(4, 4, 3, bias=False)),
        DCNv3(4, group=2),
        DCNv4(4, group=2),
    )


def test_every_parameter_is_in_one_group() -> None:
    net = network()
    rest, predictor = parameter_groups(net, 0.01)
    given = [id(p) for group in (rest, predictor) for p in group["params"]]
    assert len(given) == len(set(given))
    assert set(given) == {id(p) for p in net.parameters()}


def test_predictors_are_those_of_all_versions() -> None:
    net = network()
    chosen = {id(p) for p in parameter_groups(net, 0.01)[1]["params"]}
    names = {n.rsplit(".", 1)[0] for n, p in net.named_parameters() if id(p) in chosen}
    assert names == {
        "1.predictor",
        "2.0.predictor",
        "3.dw_conv.0",
        "3.dw_conv.1.1",
        "3.offset",
        "3.mask",
        "4.offset_mask",
    }


def test_rates_and_decay() -> None:
    rest, predictor = parameter_groups(network(), 0.02, predictor_factor=0.5, weight_decay=1e-4)
    assert (rest["name"], rest["lr"], rest["weight_decay"]) == ("rest", 0.02, 1e-4)
    assert (predictor["name"], predictor["lr"], predictor["weight_decay"]) == ("predictor", 0.01, 0.0)
    assert parameter_groups(network(), 0.02)[1]["lr"] == pytest.approx(0.002)


def test_the_factor_scales_the_step_that_is_taken() -> None:
    """The article's hook scales nothing; here a step of plain descent is shorter by exactly the factor."""
    steps = []
    for factor in (1.0, 0.1):
        torch.manual_seed(0)
        layer = DeformConv2d(3, 4, 3)
        optimizer = torch.optim.SGD(parameter_groups(layer, 0.5, predictor_factor=factor))
        layer(torch.rand(1, 3, 6, 6)).square().sum().backward()
        weight = layer.weight.detach().clone()
        optimizer.step()
        steps.append((layer.predictor.weight.detach().clone(), layer.weight.detach() - weight))
    assert bool(steps[0][0].any())
    torch.testing.assert_close(steps[1][0], steps[0][0] * 0.1)
    torch.testing.assert_close(steps[1][1], steps[0][1])


def test_frozen_parameters_are_left_out() -> None:
    net = nn.Sequential(DeformConv2d(3, 4, 3))
    net[0].weight.requires_grad_(False)
    net[0].predictor.bias.requires_grad_(False)
    rest, predictor = parameter_groups(net, 0.01)
    assert [id(p) for p in rest["params"]] == [id(net[0].bias)]
    assert [id(p) for p in predictor["params"]] == [id(net[0].predictor.weight)]


def test_a_network_without_deformable_layers_trains_too() -> None:
    torch.optim.AdamW(parameter_groups(nn.Conv2d(3, 4, 3), 0.01)).step()


@pytest.mark.parametrize(("lr", "factor"), [(-0.1, 0.1), (0.1, -0.1)])
def test_negative_rates_are_refused(lr: float, factor: float) -> None:
    with pytest.raises(ValueError, match="lr and predictor_factor must not be negative"):
        parameter_groups(nn.Conv2d(3, 4, 3), lr, predictor_factor=factor)
