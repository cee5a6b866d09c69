"""Networks side by side: every panel shows its own network's points, all to one scale."""

from __future__ import annotations

import numpy as np
import pytest

from dcnviz.plots import sampling_points, side_by_side
from tests.plots.helpers import picture, recording
from tests.plots.test_points import drawn, ordered


def gids(figure, axes: int = -1) -> set[str | None]:
    return {artist.get_gid() for artist in figure.axes[axes].collections}


@pytest.mark.parametrize("layer", [None, 1])
@pytest.mark.parametrize("view", ["picture", "points"])
def test_each_panel_is_the_figure_of_its_network(layer, view) -> None:
    looks = {name: recording() for name in ("a", "b", "c", "d", "e")}
    figure = side_by_side(looks, picture(), (3, 5), layer=layer, view=view)
    assert [ax.get_title(loc="left") for ax in figure.axes[:-1]] == list(looks)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in figure.axes[:-1]}) == 1
    for ax, look in zip(figure.axes, looks.values(), strict=False):
        path = None if layer is None else list(look)[layer]
        alone = drawn(
            sampling_points(look, picture(), (3, 5), layer=path, view="picture"), "samples", "outside"
        )
        here = [np.asarray(c.get_offsets()) for c in ax.collections if c.get_gid() in ("samples", "outside")]
        np.testing.assert_allclose(ordered(np.concatenate(here)), ordered(alone))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_nothing_lies_outside_the_page(count: int) -> None:
    figure = side_by_side(
        {str(n): recording() for n in range(count)}, picture(), (3, 5), layer=0, numbers=True
    )
    for ax in figure.axes:
        x0, y0, x1, y1 = ax.get_position().extents
        assert -1e-6 <= x0 < x1 <= 1 + 1e-6 and -1e-6 <= y0 < y1 <= 1 + 1e-6
    (legend,) = [ax.get_legend() for ax in figure.axes if ax.get_legend()]
    figure.canvas.draw()
    assert legend.get_window_extent().y0 >= 0


def test_marks_can_be_left_out() -> None:
    look = recording()
    name = list(look)[1]
    full = sampling_points(look, picture(), (3, 5), layer=name, view="picture")
    bare = sampling_points(
        look, picture(), (3, 5), layer=name, view="picture", without=("base", "lines", "masks")
    )
    assert gids(full) - gids(bare) == {"base", "lines"}
    (samples,) = [c for c in bare.axes[-1].collections if c.get_gid() == "samples"]
    assert len(np.unique(samples.get_sizes())) == 1, "without masks, every point is drawn in full"
    (legend,) = [ax.get_legend() for ax in bare.axes if ax.get_legend()]
    said = " ".join(text.get_text() for text in legend.get_texts())
    assert "grid" not in said and "offset" not in said and "mask" not in said


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no recording"):
        side_by_side({}, picture(), (0, 0))
    with pytest.raises(IndexError, match="no layer 7"):
        side_by_side({"a": recording()}, picture(), (0, 0), layer=7)
