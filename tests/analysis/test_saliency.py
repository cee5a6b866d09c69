"""The region keeps its promise, measured anew; bounds are nested; what has no influence is not in it."""

from __future__ import annotations

import copy
import itertools

import pytest
import torch
from torch import Tensor, nn

import dcnviz
from dcnviz import models
from dcnviz.analysis.masking import ImageCells
from dcnviz.analysis.saliency import SaliencyRegion, error_bounded_saliency
from tests.analysis.nets import VERSIONS, Tiny, image

METHODS = pytest.mark.parametrize("method", ["greedy", "fast"])
BOUNDS = (0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7)


def measured(model: nn.Module, given: Tensor, region: SaliencyRegion, mask: Tensor | None = None) -> float:
    """``1 - cosine`` for the masked picture, from plain recordings."""
    mask = region.mask if mask is None else mask
    vectors = []
    for picture in (given, torch.where(mask, given, region.fill[:, None, None])):
        with torch.no_grad(), dcnviz.record(model, plain=True, calls=True) as recording:
            model(picture)
        vectors.append(recording.calls[region.layer].output[0, :, region.cell[0], region.cell[1]].double())
    return 1 - float(torch.cosine_similarity(vectors[0], vectors[1], dim=0))


@METHODS
@pytest.mark.parametrize("version", VERSIONS)
def test_the_error_is_below_the_bound_when_measured_anew(version, method) -> None:
    model, given = Tiny(version), strong()
    region = error_bounded_saliency(model, given, (3, 6), eps=0.05, cell_size=2, method=method)
    assert (region.method, region.complete, region.layer.split(".")[0]) == (method, True, "second")
    for eps in BOUNDS:
        at = region.at(eps)
        assert at.error < eps
        assert measured(model, given, at) == pytest.approx(at.error, abs=1e-9)
        assert not bool((at.kept & ~region.rectangle).any())


@METHODS
@pytest.mark.parametrize("version", VERSIONS)
def test_a_looser_bound_needs_no_larger_region_also_in_a_search_of_its_own(version, method) -> None:
    model, given = Tiny(version), strong()
    searches = [
        error_bounded_saliency(model, given, (3, 6), eps=eps, cell_size=2, method=method) for eps in BOUNDS
    ]
    sizes = [int(search.kept.sum()) for search in searches]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1]
    assert all(torch.equal(searches[0].at(eps).kept, s.kept) for eps, s in zip(BOUNDS, searches, strict=True))


@METHODS
def test_a_bundled_network(method) -> None:
    model = models.load("v2")
    before, given = copy.deepcopy(model.state_dict()), image((48, 52), 3).float()
    with torch.inference_mode():
        region = error_bounded_saliency(model, given, (6, 5), method=method)
    assert region.cells.side == 4 and region.cells.shape == (12, 13)
    assert measured(model, given, region) == pytest.approx(region.error, abs=1e-5) and region.error < 0.1
    sizes = [int(region.at(eps).kept.sum()) for eps in BOUNDS]
    assert sizes == sorted(sizes, reverse=True)
    assert region.area == pytest.approx(float(region.mask.sum()) / (48 * 52))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def strong() -> Tensor:
    """A picture with so much contrast that the tiny nets' answers are not all biases."""
    return 30 * (image((16, 18), seed=8) - 0.5)


def plain_net() -> nn.Module:
    torch.manual_seed(0)
    return (
        nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.Tanh(), nn.Conv2d(3, 8, 3, padding=1)).double().eval()
    )


@METHODS
@pytest.mark.parametrize("eps", [0.001, 0.01])
def test_cells_that_no_value_can_pass_from_are_dropped(method, eps) -> None:
    region = error_bounded_saliency(plain_net(), image((12, 12)), (5, 6), eps=eps, cell_size=1, method=method)
    seen = torch.zeros(12, 12, dtype=torch.bool)
    seen[3:8, 4:9] = True
    assert int(region.kept.sum()) > 0 and not bool((region.kept & ~seen).any())


@METHODS
def test_cells_that_look_like_the_mask_are_dropped(method) -> None:
    given = image((12, 12))
    given[:, :, 4:6] = 0.25
    region = error_bounded_saliency(
        plain_net(), given, (5, 6), eps=0.001, cell_size=1, method=method, fill=torch.tensor([0.25, 0.25])
    )
    assert bool(region.kept.any())
    if method == "greedy":  # the fast one cannot know: it goes by the gradient alone
        assert not bool(region.kept[4:6].any())


def test_greedy_comes_near_the_smallest_of_all_subsets() -> None:
    model, given = plain_net(), image((9, 9))
    region = error_bounded_saliency(model, given, (4, 4), eps=0.05, cell_size=3)
    least = 9
    for keep in itertools.product([False, True], repeat=9):
        mask = region.cells.pixels(torch.tensor(keep).view(3, 3))
        if sum(keep) < least and measured(model, given, region, mask) < 0.05:
            least = sum(keep)
    assert 0 < least <= int(region.kept.sum()) <= least + 1


def test_a_picture_in_one_colour_needs_nothing() -> None:
    region = error_bounded_saliency(plain_net(), torch.full_like(image((12, 12)), 0.3), (5, 6), cell_size=1)
    assert int(region.kept.sum()) == 0 and region.area == 0 and region.error < 1e-12


def test_progress_is_told_and_ends_at_its_total() -> None:
    told: list[tuple[int, int]] = []
    region = error_bounded_saliency(
        Tiny("v2"), image((16, 18)), (4, 5), cell_size=2, progress=lambda *n: told.append(n)
    )
    done = [n for n, _ in told]
    assert len(told) > 5 and done == sorted(done)
    assert all(0 < n <= total for n, total in told)
    assert told[-1] == (region.evaluations, region.evaluations)
    assert told[len(told) // 2][1] < 1.6 * region.evaluations


@pytest.mark.parametrize("after", [1, 4, 12])
def test_a_search_that_is_stopped_gives_a_valid_region(after) -> None:
    model, given, asked = Tiny("v2"), image((16, 18)), iter(range(1000))
    region = error_bounded_saliency(model, given, (4, 5), cell_size=1, stop=lambda: next(asked) >= after)
    assert not region.complete and region.error < 0.1
    assert measured(model, given, region) == pytest.approx(region.error, abs=1e-9)


def test_what_progress_raises_comes_through() -> None:
    def refuse(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        error_bounded_saliency(Tiny("v1"), image(), (3, 4), progress=refuse)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"eps": 0.0}, "eps must be above 0 and below 1"),
        ({"eps": 1.5}, "eps must be above 0 and below 1"),
        ({"method": "slow"}, "method must be 'greedy' or 'fast'"),
        ({"cell_size": 0}, "cell_size must be"),
        ({"fill": torch.zeros(3)}, "fill must be"),
        ({"layer": "third"}, "no layer 'third'"),
    ],
)
def test_arguments_that_do_not_fit(given, words) -> None:
    with pytest.raises(ValueError, match=words):
        error_bounded_saliency(Tiny("v1"), image(), (3, 4), **given)
    with pytest.raises(IndexError, match="6 x 7 output map"):
        error_bounded_saliency(Tiny("v1"), image(), (6, 4))
    with pytest.raises(ValueError, match="eval mode"):
        error_bounded_saliency(Tiny("v1").train(), image(), (3, 4))


def test_a_vector_of_zeros_has_no_direction() -> None:
    silent = nn.Conv2d(2, 3, 3, padding=1).double().eval()
    nn.init.zeros_(silent.weight)
    assert silent.bias is not None
    nn.init.zeros_(silent.bias)
    with pytest.raises(ValueError, match="feature vector of cell \\(3, 4\\)"):
        error_bounded_saliency(silent, image(), (3, 4))


def test_a_bound_below_what_was_searched_is_refused() -> None:
    region = error_bounded_saliency(Tiny("v2"), image((16, 18)), (4, 5), cell_size=2)
    assert 0 < float(region.errors[0]) < 0.002
    with pytest.raises(ValueError, match="search again"):
        region.at(float(region.errors[0]) / 2)


@pytest.mark.parametrize(
    ("size", "stride", "side"), [(30, 2, 2), (40, 2, 2), (41, 2, 4), (100, 2, 6), (32, 8, 2), (4, 2, 1)]
)
def test_image_cells_follow_the_layers_where_they_are_small(size, stride, side) -> None:
    model = nn.Sequential(nn.Conv2d(2, 2, 3, stride, 1), nn.Conv2d(2, 2, 3, padding=1)).double().eval()
    region = error_bounded_saliency(model, image((size, size // 2)), (0, 0), method="fast")
    assert region.cells.side == side and max(region.cells.shape) <= 20
    assert region.pixel == (0, 0)


def test_cells_of_a_picture_that_they_do_not_fill() -> None:
    cells = ImageCells((5, 7), 3)
    assert cells.shape == (2, 3)
    numbered = torch.arange(6).view(2, 3)
    pixels = cells.pixels(numbered)
    assert pixels.shape == (5, 7) and pixels[4, 6] == 5 and pixels[2, 3] == 1
    assert cells.sums(torch.ones(5, 7)).tolist() == [[9, 9, 3], [6, 6, 2]]
