"""The gradient by every tap's position, against taps moved by hand in each version's own raw tensor."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import dcnviz
from dcnviz import models
from dcnviz.analysis.sampling_locations import effective_sampling_locations
from dcnviz.geometry import MapToPicture
from dcnviz.layers import DeformConv2d
from tests.analysis.nets import VERSIONS, Tiny, answers, image, nudge, path_of

STEP = 1e-6


def slopes(
    model: nn.Module,
    layer: nn.Module,
    path: str,
    given: Tensor,
    cell: tuple[int, int],
    places: list[list[int]],
) -> Tensor:
    """``(N, 2)``: the node's answer to moving tap (group, tap, row, column) in y and in x, by differences."""
    moves = [(*place, axis, by) for by in (STEP, -STEP) for place in places for axis in (0, 1)]
    handle = nudge(layer, moves)  # type: ignore[arg-type]  # a star hides that these are six numbers
    ahead, behind = answers(model, given.expand(len(moves), -1, -1, -1), path, cell).chunk(2)
    handle.remove()
    return ((ahead - behind) / (2 * STEP)).view(-1, 2)


def some(strength: Tensor, strongest: int, others: int = 0) -> list[list[int]]:
    """Places (group, tap, row, column) of the strongest taps, and of some at random."""
    generator = torch.Generator().manual_seed(2)
    random = torch.randperm(strength.numel(), generator=generator)[:others]
    index = torch.cat([strength.flatten().topk(strongest).indices, random])
    return torch.stack(torch.unravel_index(index, strength.shape), dim=-1).tolist()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("which", ["first", "second"])
def test_moving_a_tap_moves_the_node_as_the_gradient_says(version, which) -> None:
    model, given, cell = Tiny(version), image(), (3, 4)
    path, layer = path_of(model, model.second), getattr(model, which)
    found = effective_sampling_locations(model, given, cell)
    assert list(found) == [path_of(model, model.first), path]
    taps = found[path_of(model, layer)]
    places = some(taps.strength, 12, 20)
    chosen = torch.tensor(places).unbind(-1)
    # At a whole number a bilinear value bends, and differences would say nothing.
    apart = (taps.positions[chosen] - taps.positions[chosen].round()).abs().amin(-1) > 10 * STEP
    assert int(apart.sum()) > 20
    expected = slopes(model, layer, path, given, cell, places)
    torch.testing.assert_close(taps.gradient[chosen][apart], expected[apart], rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(
        taps.strength[chosen][apart], expected.norm(dim=-1)[apart], rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_bundled_network_agrees_to_one_percent(version) -> None:
    model, given, cell = models.load(version).double(), image((40, 44), 3), (5, 6)
    found = effective_sampling_locations(model, given, cell)
    assert len(found) == 3
    for name, taps in found.items():
        places = some(taps.strength, 6)
        expected = slopes(model, model.get_submodule(name), list(found)[-1], given, cell, places).norm(dim=-1)
        assert float(expected.min()) > 1e-3
        torch.testing.assert_close(
            taps.strength[torch.tensor(places).unbind(-1)], expected, rtol=0.01, atol=0
        )


def test_positions_are_those_of_the_recording_and_lie_on_the_picture() -> None:
    model, given = models.load("v2"), image((40, 44), 3).float()
    found = effective_sampling_locations(model, given, (5, 6))
    with torch.no_grad(), dcnviz.record(model) as recording:
        model(given)
    assert list(found) == list(recording)
    for name, taps in found.items():
        # A forward that no backward follows adds in another order than one that keeps what it needs.
        torch.testing.assert_close(taps.positions, recording[name].positions[0], atol=1e-5, rtol=0)
        assert torch.equal(taps.inside, recording[name].inside[0])
        assert taps.on_picture is not None and taps.picture_strength is not None
        torch.testing.assert_close(taps.on_picture, 4 * taps.positions)
        torch.testing.assert_close(taps.picture_strength, taps.strength / 4)


def test_only_the_cell_itself_counts_in_its_own_layer() -> None:
    model = Tiny("v1")
    found = effective_sampling_locations(model, image(), (3, 4))
    last = found["second"].strength.amax((0, 1)).nonzero().tolist()
    assert last == [[3, 4]]
    assert len(found["first"].strength.amax((0, 1)).nonzero()) > 9
    assert found["first"].to_picture == found["second"].to_picture == MapToPicture((2.0, 2.0), (0.0, 0.0))
    assert not found["first"].estimated
    assert list(effective_sampling_locations(model, image(), (3, 4), layer="first")) == ["first"]


def test_taps_outside_the_map_count_nothing() -> None:
    layer = DeformConv2d(2, 2, 3, padding=1).double().eval()
    with torch.no_grad():
        assert layer.predictor.bias is not None
        layer.predictor.bias[:4] = -5.0  # the first two taps far up and left
    taps = effective_sampling_locations(layer, image(), (3, 4))[""]
    assert not bool(taps.inside[0, :2, 3, 4].any()) and bool(taps.inside[0, 2:, 3, 4].all())
    assert taps.strength[0, :2, 3, 4].tolist() == [0, 0]
    assert bool((taps.strength[0, 2:, 3, 4] > 0).all())


def test_what_there_is_not() -> None:
    with pytest.raises(KeyError, match="depends on no layer 'third'"):
        effective_sampling_locations(Tiny("v1"), image(), (3, 4))["third"]
    with pytest.raises(ValueError, match="no taps that could move"):
        effective_sampling_locations(nn.Conv2d(2, 2, 3).double().eval(), image(), (0, 0))
