"""The points on the figure are the points of the analysis, in (x, y)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from matplotlib.collections import Collection, LineCollection
from matplotlib.figure import Figure

from dcnviz.analysis import stack_points
from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.plots import sampling_points
from dcnviz.plots.chain import MOST_POINTS
from dcnviz.sampling import regular
from tests.plots.helpers import PLACE, SIZE, layer, picture, recording


def collection(figure: Figure, gid: str) -> Collection:
    (found,) = [c for c in figure.axes[-1].collections if c.get_gid() == gid]
    return found


def drawn(figure: Figure, *gids: str) -> npt.NDArray[np.float64]:
    """Positions (x, y) of all marks with these ids."""
    there = [np.asarray(c.get_offsets()) for c in figure.axes[-1].collections if c.get_gid() in gids]
    return np.concatenate(there)


def ordered(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return points[np.lexsort(points.T)]


@pytest.mark.parametrize("view", ["both", "picture", "points"])
@pytest.mark.parametrize("name", [None, "block.1"])
def test_points_are_where_the_analysis_says(view, name) -> None:
    look = recording()
    chain = list(look.values()) if name is None else [look[name]]
    expected = stack_points(chain, [(3, 5)], to_picture=PLACE)
    figure = sampling_points(look, picture(), (3, 5), layer=name, view=view)
    points = drawn(figure, "samples", "outside")
    np.testing.assert_allclose(ordered(points), ordered(expected.points[0].numpy()[:, ::-1]), atol=1e-4)


def test_a_swap_of_axes_would_show() -> None:
    """One tap moved down by 2 cells is 8 picture pixels lower, and not further right."""
    still = regular(Geometry(3, padding=1), SIZE, version="v1")
    still.offsets[0, 0, 4, 3, 5, 0] = 2.0
    figure = sampling_points(still, picture(), (3, 5), to_picture=PLACE)
    x, y = 2 + 4 * 5, 1 + 4 * (3 + 2)
    assert [x, y] in drawn(figure, "samples").tolist()
    lines = collection(figure, "lines")
    assert isinstance(lines, LineCollection)
    np.testing.assert_allclose(lines.get_segments()[4], [[x, y - 8], [x, y]])


def test_outside_of_the_map_has_its_own_mark() -> None:
    far = layer()
    far.offsets[0, 0, 2, 3, 5] = torch.tensor([-20.0, 0.0])
    figure = sampling_points(far, picture(), (3, 5), to_picture=PLACE)
    assert drawn(figure, "outside").shape == (1, 2)
    assert drawn(figure, "samples").shape == (8, 2)
    assert any("1 outside the map" in text for text in legend(figure))


def test_what_does_not_fit_on_the_figure_is_said() -> None:
    far = layer()
    far.offsets[0, 0, 2, 3, 5] = torch.tensor([-500.0, 0.0])
    figure = sampling_points(far, picture(), (3, 5), to_picture=PLACE)
    assert any("1 beyond the frame" in text for text in legend(figure))
    bottom, top = figure.axes[0].get_ylim()
    assert bottom - top < 2 * 40


def test_every_sample_near_the_picture_is_within_the_axes() -> None:
    look = recording(layers=2)
    figure = sampling_points(look, picture(), (0, 0), view="picture")
    (left, right), (bottom, top) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    x, y = drawn(figure, "samples", "outside").T
    assert (x > left).all() and (x < right).all() and (y > top).all() and (y < bottom).all()


def test_size_and_opacity_grow_with_the_mask() -> None:
    one = layer()
    figure = sampling_points(one, picture(), (3, 5), to_picture=PLACE)
    samples = collection(figure, "samples")
    at = {tuple(np.round(p, 3)): k for k, p in enumerate(np.asarray(samples.get_offsets()).tolist())}
    positions = PLACE.to_picture(one.positions[0, 0, :, 3, 5]).numpy()[:, ::-1]
    order = [
        at[tuple(np.round(p, 3).tolist())]
        for p in positions[one.mask[0, 0, :, 3, 5].argsort().numpy()].astype(float)
    ]
    sizes, alphas = np.asarray(samples.get_sizes())[order], np.asarray(samples.get_facecolor())[order, 3]
    assert (np.diff(sizes) >= 0).all() and sizes[-1] > sizes[0]
    assert (np.diff(alphas) >= 0).all() and alphas[-1] > alphas[0]


def test_without_masks_all_points_are_alike() -> None:
    figure = sampling_points(layer(version="v1"), picture(), (3, 5), to_picture=PLACE)
    assert len(set(np.asarray(collection(figure, "samples").get_sizes()).tolist())) == 1


def test_negative_masks_carry_a_minus() -> None:
    signed = layer(version="v4", signed=True)
    figure = sampling_points(signed, picture(), (3, 5), to_picture=PLACE)
    assert len(drawn(figure, "negative")) == int((signed.mask[0, 0, :, 3, 5] < 0).sum()) > 0
    assert "negative mask" in legend(figure)


def test_a_stack_shows_the_lattice_and_the_last_layers_taps() -> None:
    look = recording(layers=2)
    figure = sampling_points(look, picture(), (4, 6))
    lattice = drawn(figure, "base")
    assert lattice.shape == (25, 2)
    np.testing.assert_allclose(lattice.mean(axis=0), [2 + 4 * 6, 1 + 4 * 4])
    last = look["block.1"]
    taps = PLACE.to_picture(last.positions[0, 0, :, 4, 6]).numpy()[:, ::-1]
    np.testing.assert_allclose(drawn(figure, "taps"), taps, atol=1e-4)


def test_the_group_is_followed() -> None:
    look = recording(layers=2, groups=2)
    expected = (
        stack_points(list(look.values()), [(3, 5)], to_picture=PLACE, group=1).points[0].numpy()[:, ::-1]
    )
    points = drawn(sampling_points(look, picture(), (3, 5), group=1), "samples", "outside")
    np.testing.assert_allclose(ordered(points), ordered(expected), atol=1e-4)


def test_numbers_are_those_of_the_taps() -> None:
    figure = sampling_points(layer(), picture(), (3, 5), to_picture=PLACE, numbers=True)
    assert [text.get_text() for text in figure.axes[-1].texts] == [str(k) for k in range(9)]


def test_given_axes_are_drawn_in() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert sampling_points(layer(), picture(), (3, 5), to_picture=PLACE, ax=right) is figure
    assert not left.collections and right.collections and len(figure.axes) == 2
    with pytest.raises(ValueError, match="cannot hold both"):
        sampling_points(layer(), picture(), (3, 5), to_picture=PLACE, ax=right, view="both")


def legend(figure: Figure) -> list[str]:
    shown = figure.axes[0].get_legend()
    assert shown is not None
    return [text.get_text() for text in shown.get_texts()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": "nope"}, "no layer 'nope' was recorded; there are: block.0, block.1"),
        ({"picture": np.zeros((40, 56), np.uint8)}, "picture must be"),
        ({"theme": "sepia"}, "theme must be light or dark"),
        ({"sampled": layer()}, "give to_picture"),
        ({"sampled": layer(), "layer": "block.0"}, "names a layer of a recording"),
        ({"sampled": []}, "no deformable layer"),
    ],
)
def test_errors_say_what_is_wrong(change, message) -> None:
    arguments = {"sampled": recording(), "picture": picture(), "cell": (3, 5)} | change
    with pytest.raises(ValueError, match=message):
        sampling_points(**arguments)


def test_a_cell_or_group_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="10 x 14 cells"):
        sampling_points(recording(), picture(), (10, 0))
    with pytest.raises(IndexError, match="groups"):
        sampling_points(layer(), picture(), (1, 1), to_picture=PLACE, group=1)


def test_a_stack_that_cannot_be_drawn_is_refused_before_it_is_computed() -> None:
    layers = [regular(Geometry(3, padding=1), SIZE)] * 9
    assert MOST_POINTS < 9**9
    with pytest.raises(ValueError, match="choose one layer"):
        sampling_points(layers, picture(), (3, 5), to_picture=MapToPicture())
