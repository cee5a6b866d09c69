"""The sampling of one cell, over the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Transform

from dcnviz.geometry import MapToPicture, Pair
from dcnviz.plots import marks
from dcnviz.plots.chain import Chain, Sampled, Traced, chain_of, trace_cell
from dcnviz.plots.legend import SWATCH, Row, legend, swatch_line
from dcnviz.plots.style import (
    PAIR,
    ROW,
    Box,
    Floats,
    Picture,
    ThemeName,
    check_picture,
    figure_of,
    panel,
    panels,
    picture_box,
    show_picture,
    subject,
    theme_of,
)

MARGIN, REACH = 0.03, 0.4  # of the picture's long side: the band round it, and how wide it may grow
NEAREST = 0.09  # the least side of a close-up, in the same shares
DOTS, SPECKS = (2.2, 4.8), (1.0, 2.0)  # radii in points of strength 0 and 1: a few taps, hundreds of points
ARMS = (4.0, 1.9)  # of a cross, likewise


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
    whole, near = _whole(traced, picture), _near(traced, picture)
    if view is None:
        view = "both" if ax is None and _width(near) < 0.6 * _width(whole) else "picture"
    rows = _legend_rows(chain, traced, cell, near if view == "points" else whole)
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
    _draw(main, chain, traced, 0.65 if view == "picture" and _width(near) < 0.35 * _width(whole) else 1.0)
    if numbers:
        _number(main, traced)
    legend(left, rows, page, columns=columns)
    return figure_of(main)


def _title(chain: Chain, group: int) -> str:
    last = chain.layers[-1]
    depth = f"stacked through {len(chain.layers)} layers" if len(chain.layers) > 1 else chain.name
    return subject("Sampling of one cell", last, group, depth)


def _whole(traced: Traced, picture: Picture) -> Box:
    """The picture and a band round it, wider where points lie beyond, up to a limit."""
    long = max(picture.shape[:2])
    left, right, bottom, top = picture_box(picture.shape)
    low, high = traced.points.min(axis=0), traced.points.max(axis=0)
    beyond = (left - low[0], high[0] - right, high[1] - bottom, top - low[1])
    a, b, c, d = (min(REACH * long, by + MARGIN * long) if by > 0 else 0.0 for by in beyond)
    return left - a, right + b, bottom + c, top - d


def _near(traced: Traced, picture: Picture) -> Box:
    """The square round all that is drawn of the cell, with enough of the picture to see what lies there."""
    every = np.concatenate([traced.points, traced.base, traced.taps])
    low, high = every.min(axis=0), every.max(axis=0)
    (x, y), extent = (low + high) / 2, float(max(high - low))
    half = max(0.58 * extent + 0.5 * max(traced.jump), NEAREST / 2 * max(picture.shape[:2]))
    return x - half, x + half, y + half, y - half


def _width(box: Box) -> float:
    return box[1] - box[0]


def _beyond(traced: Traced, box: Box) -> int:
    (x, y), (left, right, bottom, top) = traced.points.T, box
    return int(((x < left) | (x > right) | (y < top) | (y > bottom)).sum())


def _draw_overview(ax: Axes, traced: Traced, near: Box) -> None:
    """On the whole picture: the points as specks, and the frame of the close-up."""
    ones = np.ones(len(traced.points))
    specks = marks.dots(traced.points, ones, (0.9, 0.9), ax.transData, ring=False, gid="overview")
    ax.add_artist(specks)
    ax.add_artist(marks.frame(near))


def _draw(ax: Axes, chain: Chain, traced: Traced, size: float) -> None:
    """The cell's marks; their size in points is multiplied by ``size``."""
    deep, data = len(chain.layers) > 1, ax.transData
    inside, points = traced.inside, traced.points
    strength = traced.strength if chain.masked else np.ones(len(points))
    small, large = SPECKS if deep else DOTS
    drawn: list[Artist] = []
    if not deep:
        drawn.append(marks.lines(np.stack([traced.base, points], axis=1), gid="lines", zorder=2))
        drawn.append(marks.circles(traced.base, 3.0 * size, "base", 1.1, data, gid="base", zorder=3))
    drawn.append(
        marks.dots(points[inside], strength[inside], (small * size, large * size), data, ring=not deep)
    )
    if not inside.all():
        drawn.append(marks.crosses(points[~inside], ARMS[deep] * size, data))
    if deep:
        links = np.stack([np.broadcast_to(traced.centre, traced.taps.shape), traced.taps], axis=1)
        drawn.append(marks.circles(traced.base, 1.1 * size, "base", 0.8 * size, data, gid="base", zorder=4))
        drawn.append(marks.lines(links, gid="lines", zorder=5))
        drawn.append(marks.circles(traced.taps, 4.4 * size, "pinned", 1.8 * size, data, gid="taps", zorder=6))
    elif (traced.weights < 0).any():
        drawn.append(marks.minus(points[traced.weights < 0], data))
    span = max(abs(b - a) for a, b in (ax.get_xlim(), ax.get_ylim()))
    half = (max(traced.jump[0] / 2, 0.016 * span), max(traced.jump[1] / 2, 0.016 * span))
    drawn.append(marks.cell_mark(marks.brackets((traced.centre[0], traced.centre[1]), half), gid="cell"))
    for mark in drawn:
        ax.add_artist(mark)


def _number(ax: Axes, traced: Traced) -> None:
    """Numbers k = ky * kw + kx beside the taps, on the side away from the cell."""
    away = traced.taps - traced.centre
    length = np.hypot(*away.T)
    for k, (tap, (x, y), far) in enumerate(zip(traced.taps, away, length, strict=True)):
        u, v = (x / far, y / far) if far > 1e-6 else (0.0, -1.0)
        marks.number(ax, tap, (11 * u, -11 * v), str(k))


def _legend_rows(chain: Chain, traced: Traced, cell: Pair, box: Box) -> list[Row]:
    """What the marks mean, for the marks that are there."""
    deep = len(chain.layers) > 1
    radii = SPECKS if deep else DOTS
    outside, beyond = int((~traced.inside).sum()), _beyond(traced, box)

    def some(places: Sequence[float], strength: Sequence[float]) -> Any:
        xy = np.array([(x, 0.0) for x in places])
        return lambda trans: [marks.dots(xy, np.array(strength), radii, trans, ring=not deep)]

    x, y = traced.centre
    rows = [Row(f"cell {cell}, pixel ({y:.0f}, {x:.0f})", _bracket_swatch)]
    if deep:
        rows.append(Row(f"the last layer's {len(traced.taps)} taps", _tap_swatch))
    if chain.masked:
        rows.append(Row(f"{len(traced.points)} samples, by mask", some((4.5, 12, 22), (0.1, 0.5, 1))))
    else:
        rows.append(Row(f"{len(traced.points)} samples", some((SWATCH / 2,), (1,))))
    rows.append(Row("base grid", _ring_swatch("base", 1.1 if deep else 3.0, 0.8 if deep else 1.1)))
    if not deep:
        rows.append(Row("offset from base to sample", swatch_line))
    if not deep and (traced.weights < 0).any():
        rows.append(Row("negative mask", lambda trans: [marks.minus(np.array([[SWATCH / 2, 0.0]]), trans)]))
    if outside:
        drawn = f", {beyond} beyond the frame" if beyond else ""
        place = np.array([[SWATCH / 2, 0.0]])
        rows.append(
            Row(
                f"{outside} outside the map, read 0{drawn}",
                lambda trans: [marks.crosses(place, ARMS[deep], trans)],
            )
        )
    return rows


def _bracket_swatch(trans: Transform) -> list[Artist]:
    return [marks.cell_mark(marks.brackets((SWATCH / 2, 0.0), (4.0, 4.0)), transform=trans)]


def _tap_swatch(trans: Transform) -> list[Artist]:
    ring = marks.circles(np.array([[SWATCH - 7, 0.0]]), 4.0, "pinned", 1.8, trans)
    return [marks.lines(np.array([[[3.0, 0.0], [SWATCH - 7, 0.0]]]), transform=trans), ring]


def _ring_swatch(colour: str, radius: float, width: float) -> Any:
    place: Floats = np.array([[SWATCH / 2, 0.0]])
    return lambda trans: [marks.circles(place, radius, colour, width, trans)]
