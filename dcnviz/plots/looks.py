"""Where a few cells look, without a word in the picture: a page says beside it, in its own language, what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.geometry import MapToPicture, Pair
from dcnviz.plots import marks
from dcnviz.plots.cellmarks import ARMS, DOTS
from dcnviz.plots.chain import Chain, trace_cell
from dcnviz.plots.nodes import name_part
from dcnviz.plots.style import (
    Box,
    Picture,
    ThemeName,
    check_picture,
    figure_of,
    panels,
    picture_box,
    show_picture,
    theme_of,
)
from dcnviz.sampling import Sampling

HIGH = 3.2  # inches


def looks(
    sampling: Sampling,
    picture: Picture,
    cells: Iterable[Pair],
    *,
    to_picture: MapToPicture | None = None,
    box: Box | None = None,
    group: int = 0,
    grid: bool = True,
    numbers: bool = False,
    dot: float = 1.0,
    theme: ThemeName = "light",
    ax: Axes | None = None,
) -> Figure:
    """The taps of one or several cells of a layer, over the picture.

    Args:
        sampling: of the layer.
        picture: ``(H, W, 3)`` uint8.
        cells: (i, j), rows and columns on the layer's output map.
        to_picture: where the layer's input map lies on the picture; None: pixel on pixel.
        box: (left, right, bottom, top) in picture pixels, what is shown; None: the picture and a band round it.
        group: offset group.
        grid: draw the undeformed grid, and the offsets as lines from there.
        numbers: write the taps' numbers beside them.
        dot: factor on the size of the dots.
        theme: "light" or "dark".
        ax: axes to draw in, made for that box; None makes a figure.

    Returns:
        The figure. A tap whose mask is exactly 0 is not drawn: it is not read.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8.
        IndexError: if there is no such cell or group.
    """
    check_picture(picture)
    if ax is None:
        (ax,) = panels([banded(picture) if box is None else box], HIGH, theme=theme_of(theme), title="")
    show_picture(ax, picture, smooth=to_picture is not None)
    radii = (DOTS[0] * dot, DOTS[1] * dot)
    chain = Chain((sampling,), MapToPicture() if to_picture is None else to_picture)
    for cell in cells:
        traced = trace_cell(chain, cell, image=0, group=group)
        read = traced.weights != 0
        inside, points, data = traced.inside & read, traced.points, ax.transData
        if grid:
            pairs = np.stack([traced.base, points], axis=1)[read]
            ax.add_artist(marks.lines(pairs, gid="lines", zorder=2))
            ax.add_artist(marks.circles(traced.base, 2.4 * dot, "base", 0.9, data, gid="base", zorder=3))
        strength = traced.strength[inside] if chain.masked else np.ones(int(inside.sum()))
        ax.add_artist(marks.dots(points[inside], strength, radii, data, ring=True))
        outside = ~traced.inside & read
        if outside.any():
            ax.add_artist(marks.crosses(points[outside], ARMS[0] * dot, data))
        half = (max(traced.jump) / 2,) * 2
        x, y = traced.centre
        ax.add_artist(marks.cell_mark(marks.brackets((float(x), float(y)), half), gid="cell"))
        if numbers:
            for k in np.flatnonzero(read):
                marks.number(ax, points[k], (8, 8), str(k))
    return figure_of(ax)


def banded(picture: Picture) -> Box:
    """A picture and a band round it."""
    return picture_box(picture.shape, 0.06 * max(picture.shape[:2]))


def lettered(boxes: Mapping[str, Box], theme: ThemeName = "light") -> dict[str, Axes]:
    """Axes side by side for :func:`looks`, each with its letter in the corner, by letter."""
    made = panels(list(boxes.values()), HIGH, theme=theme_of(theme), title="")
    for ax, letter in zip(made, boxes, strict=True):
        name_part(ax, letter)
    return dict(zip(boxes, made, strict=True))
