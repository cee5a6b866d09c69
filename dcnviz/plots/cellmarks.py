"""The marks of one cell: how far they reach, how they are drawn, and what a legend says of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.transforms import Transform

from dcnviz.geometry import Pair
from dcnviz.plots import marks
from dcnviz.plots.chain import Chain, Traced
from dcnviz.plots.legend import SWATCH, Row, swatch_line
from dcnviz.plots.style import Box, Floats, Picture, picture_box

Mark = Literal["base", "lines", "masks"]
"""What can be left out: the base grid, the offsets, and the masks as size and opacity of the points."""

MARGIN, REACH = 0.03, 0.4  # of the picture's long side: the band round it, and how wide it may grow
NEAREST = 0.09  # the least side of a close-up, in the same shares
DOTS, SPECKS = (2.2, 4.8), (1.0, 2.0)  # radii in points of strength 0 and 1: a few taps, hundreds of points
ARMS = (4.0, 1.9)  # of a cross, likewise
SMALL = 0.35  # marks are drawn smaller where they fill less of the whole picture's width


def whole_picture(traced: Traced, picture: Picture) -> Box:
    """The picture and a band round it, wider where points lie beyond, up to a limit."""
    long = max(picture.shape[:2])
    left, right, bottom, top = picture_box(picture.shape)
    low, high = traced.points.min(axis=0), traced.points.max(axis=0)
    beyond = (left - low[0], high[0] - right, high[1] - bottom, top - low[1])
    a, b, c, d = (min(REACH * long, by + MARGIN * long) if by > 0 else 0.0 for by in beyond)
    return left - a, right + b, bottom + c, top - d


def close_up(traced: Traced, picture: Picture) -> Box:
    """The square round all that is drawn of the cell, with enough of the picture to see what lies there."""
    every = np.concatenate([traced.points, traced.base, traced.taps])
    low, high = every.min(axis=0), every.max(axis=0)
    (x, y), extent = (low + high) / 2, float(max(high - low))
    half = max(0.58 * extent + 0.5 * max(traced.jump), NEAREST / 2 * max(picture.shape[:2]))
    return x - half, x + half, y + half, y - half


def width(box: Box) -> float:
    """Of a box, in picture pixels."""
    return box[1] - box[0]


def beyond(traced: Traced, box: Box) -> int:
    """How many of the points a box does not hold."""
    (x, y), (left, right, bottom, top) = traced.points.T, box
    return int(((x < left) | (x > right) | (y < top) | (y > bottom)).sum())


def draw_cell(ax: Axes, chain: Chain, traced: Traced, size: float, without: Collection[Mark] = ()) -> None:
    """The cell's marks, but those in ``without``; their size in points is multiplied by ``size``."""
    deep, data = len(chain.layers) > 1, ax.transData
    inside, points = traced.inside, traced.points
    masked = chain.masked and "masks" not in without
    strength = traced.strength if masked else np.ones(len(points))
    small, large = SPECKS if deep else DOTS
    drawn: list[Artist] = []
    grid, lines = "base" not in without, "lines" not in without
    if lines and not deep:
        drawn.append(marks.lines(np.stack([traced.base, points], axis=1), gid="lines", zorder=2))
    if grid and not deep:
        drawn.append(marks.circles(traced.base, 3.0 * size, "base", 1.1, data, gid="base", zorder=3))
    drawn.append(
        marks.dots(points[inside], strength[inside], (small * size, large * size), data, ring=not deep)
    )
    if not inside.all():
        drawn.append(marks.crosses(points[~inside], ARMS[deep] * size, data))
    if deep:
        links = np.stack([np.broadcast_to(traced.centre, traced.taps.shape), traced.taps], axis=1)
        if grid:
            rings = marks.circles(traced.base, 1.1 * size, "base", 0.8 * size, data, gid="base", zorder=4)
            drawn.append(rings)
        if lines:
            drawn.append(marks.lines(links, gid="lines", zorder=5))
        drawn.append(marks.circles(traced.taps, 4.4 * size, "pinned", 1.8 * size, data, gid="taps", zorder=6))
    elif masked and (traced.weights < 0).any():
        drawn.append(marks.minus(points[traced.weights < 0], data))
    span = max(abs(b - a) for a, b in (ax.get_xlim(), ax.get_ylim()))
    half = (max(traced.jump[0] / 2, 0.016 * span), max(traced.jump[1] / 2, 0.016 * span))
    drawn.append(marks.cell_mark(marks.brackets((traced.centre[0], traced.centre[1]), half), gid="cell"))
    for mark in drawn:
        ax.add_artist(mark)


def number_taps(ax: Axes, traced: Traced) -> None:
    """Numbers k = ky * kw + kx beside the taps, on the side away from the cell."""
    away = traced.taps - traced.centre
    length = np.hypot(*away.T)
    for k, (tap, (x, y), far) in enumerate(zip(traced.taps, away, length, strict=True)):
        u, v = (x / far, y / far) if far > 1e-6 else (0.0, -1.0)
        marks.number(ax, tap, (11 * u, -11 * v), str(k))


def legend_rows(
    chain: Chain,
    traced: Traced,
    cell: Pair,
    box: Box,
    without: Collection[Mark] = (),
    *,
    counted: bool = True,
) -> list[Row]:
    """What the marks mean, for the marks that are there; ``counted``: how many samples lie outside, too."""
    deep = len(chain.layers) > 1
    radii = SPECKS if deep else DOTS
    outside, hidden = int((~traced.inside).sum()), beyond(traced, box)

    def some(places: Sequence[float], strength: Sequence[float]) -> Any:
        xy = np.array([(x, 0.0) for x in places])
        return lambda trans: [marks.dots(xy, np.array(strength), radii, trans, ring=not deep)]

    x, y = traced.centre
    rows = [Row(f"cell {cell}, pixel ({y:.0f}, {x:.0f})", _bracket_swatch)]
    if deep:
        rows.append(Row(f"the last layer's {len(traced.taps)} taps", _tap_swatch))
    masked = chain.masked and "masks" not in without
    if masked:
        rows.append(Row(f"{len(traced.points)} samples, by mask", some((4.5, 12, 22), (0.1, 0.5, 1))))
    else:
        rows.append(Row(f"{len(traced.points)} samples", some((SWATCH / 2,), (1,))))
    if "base" not in without:
        rows.append(Row("base grid", _ring_swatch("base", 1.1 if deep else 3.0, 0.8 if deep else 1.1)))
    if not deep and "lines" not in without:
        rows.append(Row("offset from base to sample", swatch_line))
    if masked and not deep and (traced.weights < 0).any():
        rows.append(Row("negative mask", lambda trans: [marks.minus(np.array([[SWATCH / 2, 0.0]]), trans)]))
    if outside:
        count = f"{outside} " if counted else ""
        drawn = f", {hidden} beyond the frame" if hidden and counted else ""
        place = np.array([[SWATCH / 2, 0.0]])
        rows.append(
            Row(
                f"{count}outside the map, read 0{drawn}",
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
