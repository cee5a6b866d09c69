"""The toy on paper: taps, corners and arrows stand where the numbers say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from dcnviz.geometry import Geometry
from dcnviz.plots import tap_board, tap_boards
from dcnviz.sampling import Sampling, regular

GRID = np.arange(20.0).reshape(4, 5)


def moved() -> Sampling:
    """A 3 x 3 kernel on the map, tap 4 of cell (1, 2) a quarter down and half to the right."""
    made = regular(Geometry(3, padding=1), (4, 5))
    made.offsets[0, 0, 4, 1, 2] = torch.tensor([0.25, 0.5])
    return made


def taps(figure: Figure) -> dict[int, tuple[float, float]]:
    named = {p.get_gid(): p for p in figure.axes[0].patches if isinstance(p, Circle)}
    return {int(gid.split()[1]): p.center for gid, p in named.items() if gid}


def test_taps_stand_at_their_positions() -> None:
    sampling = moved()
    centres = taps(tap_board(GRID, sampling, (1, 2)))
    expected = sampling.positions[0, 0, :, 1, 2]
    assert len(centres) == 9
    for k, (x, y) in centres.items():
        assert (y, x) == pytest.approx(tuple(expected[k].tolist()))


def test_the_shares_of_the_corners_are_bilinear() -> None:
    figure = tap_board(GRID, moved(), (1, 2), chosen=4, corners=True, numbers=False)
    frames = [p for p in figure.axes[0].patches if isinstance(p, Rectangle) and p.get_gid() == "corner"]
    middles = {(p.get_y() + 0.46, p.get_x() + 0.46) for p in frames}
    assert {(round(y), round(x)) for y, x in middles} == {(1, 2), (1, 3), (2, 2), (2, 3)}
    written = [t.get_text() for t in figure.axes[0].texts]
    assert sorted(text for text in written if "." in text) == ["0.125", "0.125", "0.375", "0.375"]
    asked = tap_board(GRID, moved(), (1, 2), chosen=4, corners=True, shares=False, numbers=False).axes[0]
    assert not any("." in t.get_text() for t in asked.texts)  # a question does not give its answer away
    assert sum(p.get_gid() == "corner" for p in asked.patches) == 4


def test_arrows_point_along_the_gradient_and_flat_ground_has_none() -> None:
    arrows = np.zeros((9, 2))
    arrows[3] = (0.0, 4.0)
    figure = tap_board(GRID, moved(), (1, 2), arrows=arrows)
    (only,) = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    (x, y), (tip_x, tip_y) = only._posA_posB
    assert (x, y) == (1.0, 1.0) and (tip_x - x, tip_y - y) == (2.0, 0.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_number_of_the_map_can_be_read(theme: str) -> None:
    figure = tap_board(GRID, moved(), (0, 0), off=(2,), guess=(2, 2), theme=theme, title="a map")
    written = [t.get_text() for t in figure.axes[0].texts]
    assert {f"{value:g}" for value in GRID.ravel()} <= set(written) and "?" in written
    assert figure.axes[0].get_title(loc="left") == "a map"


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="input is"):
        tap_board(GRID[:2], moved(), (0, 0))
    with pytest.raises(ValueError, match="cannot be read"):
        tap_board(np.zeros((40, 40)), regular(Geometry(3), (40, 40)), (0, 0))
    with pytest.raises(IndexError, match="cell"):
        tap_board(GRID, moved(), (9, 0))
    with pytest.raises(IndexError, match="no tap"):
        tap_board(GRID, moved(), (0, 0), chosen=9)


def test_boards_of_groups_stand_side_by_side_and_negative_masks_have_a_sign() -> None:
    geometry = Geometry(3, padding=1)
    offsets, mask = torch.zeros(1, 2, 9, 4, 5, 2), torch.ones(1, 2, 9, 4, 5)
    offsets[0, 1, 4] = torch.tensor([0.25, 0.5])
    plain = tap_boards([GRID, GRID], Sampling(offsets, mask, geometry, (4, 5), "v4"), (1, 2), chosen=(1, 4))
    mask[0, 0, 3] = -0.5
    signed = tap_boards([GRID, GRID], Sampling(offsets, mask, geometry, (4, 5), "v4"), (1, 2))
    assert len(plain.axes) == 2 and taps(plain)[4] == (2, 1), "the first group stayed on its grid"
    second = {p.get_gid(): p for p in plain.axes[1].patches if isinstance(p, Circle)}
    assert second["tap 4"].center == (2.5, 1.25)
    assert second["tap 4"].get_linewidth() > second["tap 3"].get_linewidth()
    assert len(signed.axes[0].collections) == len(plain.axes[0].collections) + 1
    assert len(signed.axes[1].collections) == len(plain.axes[1].collections)
    with pytest.raises(ValueError, match="2 groups"):
        tap_boards([GRID], Sampling(offsets, mask, geometry, (4, 5), "v4"), (1, 2))
