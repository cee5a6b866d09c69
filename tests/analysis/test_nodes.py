"""A node is taken without a trace in the model, whatever the caller's mode, or refused in a sentence."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from dcnviz import models
from dcnviz.analysis.receptive_field import effective_receptive_field
from dcnviz.analysis.saliency import error_bounded_saliency
from dcnviz.analysis.sampling_locations import effective_sampling_locations
from dcnviz.layers import DeformConv2d, ModulatedDeformConv2d
from dcnviz.ops import deform_conv2d
from tests.analysis.nets import Tiny, image
from tests.recording.networks import hooks

BOTH = pytest.mark.parametrize("analysis", [effective_receptive_field, effective_sampling_locations])


@BOTH
def test_the_model_is_left_as_it_was(analysis) -> None:
    model = models.load("v2")
    before, number = copy.deepcopy(model.state_dict()), hooks(model)
    given = torch.rand(1, 3, 32, 32)
    kept = given.clone()
    analysis(model, given, (3, 4))
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.training and hooks(model) == number
    assert torch.equal(given, kept) and given.grad is None and not given.requires_grad


@BOTH
def test_gradients_that_the_model_holds_already_stay(analysis) -> None:
    model = Tiny("v2")
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    analysis(model, image(), (2, 2))
    assert all(
        bool((parameter.grad == 7).all()) for parameter in model.parameters() if parameter.grad is not None
    )


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_works_whatever_the_callers_mode(mode) -> None:
    model, given = Tiny("v2"), image()
    field = effective_receptive_field(model, given, (2, 3))
    found = effective_sampling_locations(model, given, (2, 3))
    with mode():
        within = effective_receptive_field(model, given.clone(), (2, 3))
        taps = effective_sampling_locations(model, given.clone(), (2, 3))
        assert torch.equal(within.total, field.total) and torch.equal(within.content, field.content)
        assert torch.equal(taps["first"].gradient, found["first"].gradient)
    assert not within.total.is_inference() and not within.total.requires_grad


def test_frozen_parameters_change_nothing() -> None:
    model, given = Tiny("v3"), image()
    free = effective_receptive_field(model, given, (2, 3))
    frozen = effective_receptive_field(model.requires_grad_(False), given, (2, 3))
    torch.testing.assert_close(frozen.total, free.total)
    torch.testing.assert_close(frozen.content, free.content)


def test_an_activation_in_place_behind_the_layer_is_not_looked_through() -> None:
    layer = DeformConv2d(2, 4, 3, padding=1).double().eval()
    model = nn.Sequential(layer, nn.ReLU(inplace=True)).eval()
    alone = effective_receptive_field(layer, image(), (5, 5))
    behind = effective_receptive_field(model, image(), (5, 5))
    assert float(alone.total.abs().sum()) > 0
    torch.testing.assert_close(behind.total, alone.total)


def test_a_layer_that_runs_twice_has_two_nodes() -> None:
    layer = ModulatedDeformConv2d(2, 2, 3, padding=1).double().eval()
    model = nn.Sequential(layer, layer).eval()
    once = effective_receptive_field(model, image(), (5, 5), layer="0")
    twice = effective_receptive_field(model, image(), (5, 5))
    assert (once.layer, twice.layer) == ("0", "0#2")
    assert (once.pixels(share=1), twice.pixels(share=1)) == (9, 25)
    assert list(effective_sampling_locations(model, image(), (5, 5))) == ["0", "0#2"]


@BOTH
@pytest.mark.parametrize("cell", [(6, 0), (0, 7), (-1, 0)])
def test_a_cell_that_is_not_there(analysis, cell) -> None:
    with pytest.raises(IndexError, match="6 x 7 output map"):
        analysis(Tiny("v1"), image(), cell)


@BOTH
def test_a_layer_that_is_not_there(analysis) -> None:
    with pytest.raises(ValueError, match=r"no layer 'third' ran; there are: first, second"):
        analysis(Tiny("v1"), image(), (0, 0), layer="third")
    with pytest.raises(ValueError, match="no deformable layer ran"):
        analysis(nn.Identity().eval(), image(), (0, 0))


@BOTH
def test_train_mode_is_refused(analysis) -> None:
    model = Tiny("v1")
    model.head.train()
    with pytest.raises(ValueError, match="'head' is in train mode"):
        analysis(model, image(), (0, 0))
    with pytest.raises(ValueError, match="the model itself is in train mode"):
        analysis(Tiny("v1").train(), image(), (0, 0))


@BOTH
@pytest.mark.parametrize(
    "given",
    [
        torch.rand(2, 2, 12, 14),
        torch.rand(2, 12, 14),
        torch.zeros(1, 2, 0, 14),
        torch.zeros(1, 2, 12, 14, dtype=torch.uint8),
    ],
)
def test_images_that_are_no_picture(analysis, given) -> None:
    with pytest.raises(ValueError, match="one picture as the model takes it"):
        analysis(Tiny("v1"), given, (0, 0))


class Detached(nn.Module):
    """Offsets that somebody cut off, as a frozen predictor under no_grad would be."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = nn.Conv2d(2, 18, 3, padding=1)
        self.weight = nn.Parameter(torch.rand(2, 2, 3, 3))

    def forward(self, picture: Tensor) -> Tensor:
        return deform_conv2d(picture, self.offset(picture).detach(), self.weight, padding=1)


@BOTH
def test_offsets_that_are_cut_off_are_refused(analysis) -> None:
    with pytest.raises(ValueError, match="offsets of layer '' are not connected"):
        analysis(Detached().eval(), torch.rand(1, 2, 8, 8), (3, 3))


class Frozen(nn.Module):
    """A layer that runs under no_grad, as a frozen backbone does."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = DeformConv2d(2, 2, 3, padding=1)

    def forward(self, picture: Tensor) -> Tensor:
        with torch.no_grad():
            result: Tensor = self.layer(picture)
        return result


@BOTH
def test_a_layer_under_no_grad_is_refused(analysis) -> None:
    with pytest.raises(ValueError, match="'layer' is not connected to the image"):
        analysis(Frozen().eval(), torch.rand(1, 2, 8, 8), (3, 3))


class Aside(nn.Module):
    """Two branches, so that neither's node depends on the other's layer; and one that sees no image at all."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = DeformConv2d(2, 2, 3), DeformConv2d(2, 2, 3)
        self.constant = nn.Parameter(torch.rand(1, 2, 8, 8))

    def forward(self, picture: Tensor) -> Tensor:
        result: Tensor = self.left(picture) + self.right(self.constant)
        return result


def test_branches_that_the_node_does_not_depend_on() -> None:
    model = Aside().eval()
    assert list(effective_sampling_locations(model, torch.rand(1, 2, 8, 8), (3, 3), layer="left")) == ["left"]
    with pytest.raises(ValueError, match="'right' does not depend on the image"):
        effective_receptive_field(model, torch.rand(1, 2, 8, 8), (3, 3))


class Theirs(nn.Module):
    """The same layer as a v2 one of dcnviz, written over torchvision's function, as people do."""

    def __init__(self, ours: ModulatedDeformConv2d) -> None:
        super().__init__()
        self.predictor, self.weight, self.bias = ours.predictor, ours.weight, ours.bias

    def forward(self, picture: Tensor) -> Tensor:
        from torchvision.ops import deform_conv2d as theirs

        channels = self.predictor(picture)
        offset, mask = channels[:, :18], channels[:, 18:].sigmoid()
        result: Tensor = theirs(picture, offset, self.weight, self.bias, padding=1, mask=mask)
        return result


def test_torchvisions_function_gives_the_same_as_ours() -> None:
    ours = ModulatedDeformConv2d(2, 4, 3, padding=1).double()
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(4))
    ours, theirs, given = ours.eval(), Theirs(ours).eval(), image()
    fields = [effective_receptive_field(model, given, (5, 6)) for model in (ours, theirs)]
    assert fields[0].geometry_share > 0.1
    torch.testing.assert_close(fields[0].total, fields[1].total)
    torch.testing.assert_close(fields[0].content, fields[1].content)
    (left,), (right,) = (
        effective_sampling_locations(model, given, (5, 6)).values() for model in (ours, theirs)
    )
    assert float(left.strength.max()) > 0.1
    torch.testing.assert_close(left.gradient, right.gradient)
    regions = [
        error_bounded_saliency(model, given, (5, 6), cell_size=2, eps=0.01) for model in (ours, theirs)
    ]
    assert torch.equal(regions[0].order, regions[1].order) and len(regions[0].order) > 3
    torch.testing.assert_close(regions[0].errors, regions[1].errors)
