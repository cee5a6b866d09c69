"""The sampling of one cell, over the picture."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.geometry import MapToPicture, Pair
from dcnviz.plots import marks
from dcnviz.plots.cellmarks import (
    SMALL,
    Mark,
    close_up,
    draw_cell,
    legend_rows,
    number_taps,
    whole_picture,
    width,
)
from dcnviz.plots.chain import Chain, Sampled, Traced, chain_of, trace_cell
from dcnviz.plots.legend import legend
from dcnviz.plots.style import (
    PAIR,
    ROW,
    Box,
    Picture,
    ThemeName,
    check_picture,
    figure_of,
    panel,
    panels,
    show_picture,
    subject,
    theme_of,
)


def sampling_points(
    sampled: Sampled,
    picture: Picture,
    cell: Pair,
    *,
    layer: str | None = None,
    to_picture: MapToPicture | None = None,
    image: int = 0,
    group: int = 0,
    view: Literal["both", "picture", "points"] | None = None,
    numbers: bool = False,
    without: Collection[Mark] = (),
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Where one cell looked: base grid, offsets, sampled points with their strength, samples outside the map.

    Through one layer, lines join the taps' base positions to their samples, and size and opacity of a point
    are its mask. Through several layers (729 points for three of 3x3), rings are the last layer's own taps,
    and the strength of a point is the geometric mean of the masks on its way. Full strength is the 95th
    percentile of a layer's masks, as in the explorer.

    Args:
        sampled: a recording, one sampling, or samplings from the first layer (next to the picture) to the
            last.
        picture: ``(H, W, 3)`` uint8, what the model was shown.
        cell: (i, j), row and column on the output map of the layer, or of the last one.
        layer: of a recording, the one layer to show; None: all, stacked down to the picture.
        to_picture: where the input map of the first shown layer lies on the picture; a recording knows it.
        image: which input of the batch.
        group: which offset group.
        view: the whole picture, a close-up of the points, or both side by side; None: both in a new figure if
            the points lie close together, else the picture.
        numbers: write the taps' numbers, row-major from 0, beside them.
        without: marks to leave out: "base" (the grid), "lines" (the offsets), "masks" (every point full).
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says layer, version and group, "" nothing.

    Returns:
        The figure. Positions are drawn in picture pixels, pixel centres at integers. The collections have the
        ids "samples", "outside", "base", "lines" and "taps", in SVG too.

    Raises:
        ValueError: if picture or layers do not fit, or the stack has more than 100,000 points.
        IndexError: if there is no such cell, image or group.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> grid = regular(Geometry(3, padding=1), (32, 48))
    >>> figure = sampling_points(grid, np.zeros((32, 48, 3), np.uint8), (9, 20))
    >>> [c.get_gid() for c in figure.axes[-1].collections]
    ['lines', 'base', 'samples']
    """
    page = theme_of(theme)
    if view == "both" and ax is not None:
        raise ValueError('one pair of axes cannot hold both views: ask for view="picture" or view="points".')
    chain = chain_of(sampled, check_picture(picture), layer=layer, to_picture=to_picture)
    traced = trace_cell(chain, cell, image=image, group=group)
    whole, near = whole_picture(traced, picture), close_up(traced, picture)
    if view is None:
        view = "both" if ax is None and width(near) < 0.6 * width(whole) else "picture"
    rows = legend_rows(chain, traced, cell, near if view == "points" else whole, without)
    words = _title(chain, group) if title is None else title
    columns = 3 if view == "both" else 2
    below = ROW * math.ceil(len(rows) / columns) + 0.08
    if view == "both":
        shape = (whole[1] - whole[0]) / (whole[2] - whole[3])
        left, main = panels([whole, near], PAIR / (shape + 1), theme=page, title=words, below=below)
        show_picture(left, picture)
        _draw_overview(left, traced, near)
    else:
        left = main = panel(near if view == "points" else whole, theme=page, ax=ax, title=words, below=below)
    show_picture(main, picture, smooth=view != "picture")
    small = view == "picture" and width(near) < SMALL * width(whole)
    draw_cell(main, chain, traced, 0.65 if small else 1.0, without)
    if numbers:
        number_taps(main, traced)
    legend(left, rows, page, columns=columns)
    return figure_of(main)


def _title(chain: Chain, group: int) -> str:
    last = chain.layers[-1]
    depth = f"stacked through {len(chain.layers)} layers" if len(chain.layers) > 1 else chain.name
    return subject("Sampling of one cell", last, group, depth)


def _draw_overview(ax: Axes, traced: Traced, near: Box) -> None:
    """On the whole picture: the points as specks, and the frame of the close-up."""
    ones = np.ones(len(traced.points))
    specks = marks.dots(traced.points, ones, (0.9, 0.9), ax.transData, ring=False, gid="overview")
    ax.add_artist(specks)
    ax.add_artist(marks.frame(near))
