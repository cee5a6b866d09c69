"""A map small enough to read its numbers, and the taps of one output cell on it: the lesson's toy on paper."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from dcnviz.geometry import Pair
from dcnviz.plots import marks
from dcnviz.plots.marks import C
from dcnviz.plots.style import EDGE, TITLE, Box, Floats, Theme, ThemeName, dress, figure_of, theme_of
from dcnviz.sampling import Sampling

UNIT = 0.52  # inches of one pixel of the map
DARK, BRIGHT, INK_TURNS = 26, 245, 118  # greys of the least and the largest value; from where ink is dark
MOST_CELLS = 900
STEEP = 0.005  # below it, a gradient counts as none


def tap_board(
    values: Floats | Sequence[Sequence[float]],
    sampling: Sampling,
    cell: Pair,
    *,
    chosen: int | None = None,
    corners: bool = False,
    shares: bool = True,
    arrows: Floats | Sequence[Sequence[float]] | None = None,
    off: Collection[int] = (),
    guess: Pair | None = None,
    numbers: bool = True,
    base: bool = True,
    brackets: bool = True,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str = "",
) -> Figure:
    """Draws a small map with its numbers, and where one output cell samples it.

    Args:
        values: ``(H, W)``, the input map of one channel.
        sampling: of one layer on that map; its first input and group are drawn. The opacity of a tap is its mask.
        cell: (i, j), the output cell whose taps are drawn.
        chosen: the tap that is drawn with a bright rim.
        corners: frame the four pixels round the chosen tap.
        shares: write into the corners how much each counts.
        arrows: ``(K, 2)``, (y, x): the output's gradient with respect to each tap's position.
        off: taps that are struck out.
        guess: (y, x), a pixel that somebody marked.
        numbers: write the values into the pixels.
        base: rings at the undeformed positions.
        brackets: the output cell's own brackets, about the middle of the undeformed kernel.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the map.

    Returns:
        The figure, in pixels of the map, pixel centres at integers. Taps are circles with the ids "tap 0" and so on.

    Raises:
        ValueError: if the map is not of the sampling's input size, or too large to read.
        IndexError: if there is no such cell or tap.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> figure = tap_board(np.eye(4), regular(Geometry(3, padding=1), (4, 4)), (1, 2), chosen=4)
    >>> [patch.center for patch in figure.axes[0].patches if patch.get_gid() == "tap 4"]
    [(2.0, 1.0)]
    """
    grid = np.asarray(values, dtype=np.float64)
    _check(grid, sampling, cell, chosen)
    page, (i, j) = theme_of(theme), cell
    places = sampling.positions[0, 0, :, i, j].double().numpy()
    still = sampling.base[:, i, j].double().numpy()
    box = _box(sampling, places)
    ax = _axes(box, page, title) if ax is None else dress(ax, box, page, title)
    _draw_map(ax, grid, sampling, page, numbers)
    if corners and chosen is not None:
        _draw_corners(ax, places[chosen], grid.shape, shares)
    if brackets:
        y, x = still.mean(axis=0)
        ax.add_patch(marks.cell_mark(marks.brackets((x, y), (0.47, 0.47)), gid="cell"))
    moved = np.abs(places - still).max(axis=1) > 1e-9
    lines = np.stack([still[moved, ::-1], places[moved, ::-1]], axis=1)
    ax.add_collection(_lines(lines))
    if base:
        ax.add_collection(marks.circles(still[:, ::-1], 2.6, "base", 1.1, ax.transData, gid="base", zorder=4))
    strength = np.clip(np.abs(sampling.mask[0, 0, :, i, j].double().numpy()), 0, 1)
    for k, place in enumerate(places):
        inside = bool(((place > -1) & (place < np.array(grid.shape))).all())
        if sampling.mask[0, 0, k, i, j] < 0:
            ax.add_collection(
                _lines(np.array([[(place[1] + 0.2, place[0] - 0.3), (place[1] + 0.42, place[0] - 0.3)]]))
            )
        _draw_tap(ax, k, place, strength[k], inside=inside, chosen=k == chosen, off=k in off)
    if arrows is not None:
        _draw_arrows(ax, places, np.asarray(arrows, dtype=np.float64))
    if guess is not None:
        diamond = {"boxstyle": "round,pad=0.25", "facecolor": C["base"], "edgecolor": C["halo"]}
        ax.text(
            guess[1],
            guess[0],
            "?",
            ha="center",
            va="center",
            fontsize=11,
            bbox=diamond,
            gid="guess",
            zorder=9,
        )
    return figure_of(ax)


def tap_boards(
    values: Sequence[Floats | Sequence[Sequence[float]]],
    sampling: Sampling,
    cell: Pair,
    *,
    chosen: tuple[int, int] | None = None,
    theme: ThemeName = "light",
) -> Figure:
    """Draws a board for each offset group of a sampling, side by side.

    Args:
        values: a map ``(H, W)`` for each group, of one of its channels.
        sampling: of one layer on these maps; its first input is drawn.
        cell: (i, j), the output cell whose taps are drawn.
        chosen: the group and its tap that is drawn with a bright rim.
        theme: "light" or "dark".

    Returns:
        The figure.

    Raises:
        ValueError: if there are not as many maps as groups, or as `tap_board` does.
        IndexError: as `tap_board` does.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> len(tap_boards([np.eye(4)], regular(Geometry(3, padding=1), (4, 4)), (1, 2)).axes)
    1
    """
    if len(values) != sampling.groups:
        raise ValueError(f"a map for each of the {sampling.groups} groups was wanted; got {len(values)}.")
    groups = [
        replace(sampling, offsets=sampling.offsets[:, g : g + 1], mask=sampling.mask[:, g : g + 1])
        for g in range(sampling.groups)
    ]
    places = [sampling.positions[0, g, :, *cell].double().numpy() for g in range(sampling.groups)]
    boxes = [_box(one, at) for one, at in zip(groups, places, strict=True)]
    sizes = [(UNIT * (box[1] - box[0]), UNIT * (box[2] - box[3])) for box in boxes]
    wide, high = sum(size[0] + 2 * EDGE for size in sizes), max(size[1] for size in sizes) + 2 * EDGE
    figure, left = Figure(figsize=(wide, high), dpi=100, facecolor=theme_of(theme).ground), 0.0
    for g, (grid, one, size) in enumerate(zip(values, groups, sizes, strict=True)):
        low = (high - size[1]) / 2
        ax = figure.add_axes(((left + EDGE) / wide, low / high, size[0] / wide, size[1] / high))
        tap = chosen[1] if chosen is not None and chosen[0] == g else None
        tap_board(grid, one, cell, chosen=tap, theme=theme, ax=ax)
        left += size[0] + 2 * EDGE
    return figure


def _check(grid: Floats, sampling: Sampling, cell: Pair, chosen: int | None) -> None:
    if grid.shape != sampling.input_size:
        raise ValueError(f"the map is {grid.shape}, but the layer's input is {sampling.input_size}.")
    if grid.size > MOST_CELLS:
        raise ValueError(f"a map of {grid.size} numbers cannot be read: give at most {MOST_CELLS}.")
    if not (0 <= cell[0] < sampling.output_size[0] and 0 <= cell[1] < sampling.output_size[1]):
        rows, columns = sampling.output_size
        raise IndexError(f"cell {cell} is not on the output map of {rows} x {columns} cells.")
    if chosen is not None and not 0 <= chosen < sampling.taps:
        raise IndexError(f"the kernel has taps 0 to {sampling.taps - 1}; there is no tap {chosen}.")


def _box(sampling: Sampling, places: Floats) -> Box:
    """Map, padding and taps, with a rim for the numbers of rows and columns."""
    (rows, columns), (down, along) = sampling.input_size, sampling.geometry.padding
    low, high = places.min(axis=0) - 0.4, places.max(axis=0) + 0.4
    left, top = min(-along - 0.5, low[1]), min(-down - 0.5, low[0])
    right, bottom = max(columns - 0.5 + along, high[1]), max(rows - 0.5 + down, high[0])
    return left - 0.45, right + 0.05, bottom + 0.05, top - 0.45


def _axes(box: Box, theme: Theme, title: str) -> Axes:
    wide, high = UNIT * (box[1] - box[0]), UNIT * (box[2] - box[3])
    size = wide + 2 * EDGE, high + 2 * EDGE + (TITLE if title else 0)
    figure = Figure(figsize=size, dpi=100, facecolor=theme.ground)
    ax = figure.add_axes((EDGE / size[0], EDGE / size[1], wide / size[0], high / size[1]))
    return dress(ax, box, theme, title)


def _draw_map(ax: Axes, grid: Floats, sampling: Sampling, theme: Theme, numbers: bool) -> None:
    """Pixels as greys, padding as dashed squares, numbers in them, and those of rows and columns."""
    (rows, columns), (down, along) = grid.shape, sampling.geometry.padding
    greys = DARK + (BRIGHT - DARK) * np.clip(grid / max(1e-9, float(grid.max())), 0, 1)
    for y in range(-down, rows + down):
        for x in range(-along, columns + along):
            inside = 0 <= y < rows and 0 <= x < columns
            level = greys[y, x] if inside else 0
            look = (
                {"facecolor": str(level / 255)} if inside else {"facecolor": "none", "linestyle": (0, (3, 3))}
            )
            ax.add_patch(
                Rectangle((x - 0.5, y - 0.5), 1, 1, edgecolor=theme.muted, linewidth=0.6, zorder=1, **look)
            )
            if numbers:
                ink = theme.muted if not inside else C["halo"] if level > INK_TURNS else C["base"]
                text = f"{grid[y, x]:g}" if inside else "0"
                ax.text(x + 0.43, y + 0.42, text, ha="right", va="bottom", fontsize=8, color=ink, zorder=2)
    ends: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5, "color": theme.ink}
    left, top = ax.get_xlim()[0] + 0.2, ax.get_ylim()[1] + 0.2
    for y in range(rows):
        ax.text(left, y, str(y), **ends)
    for x in range(columns):
        ax.text(x, top, str(x), **ends)


def _lines(pairs: Floats) -> LineCollection:
    return marks.lines(pairs, gid="lines", zorder=3)


def _draw_corners(ax: Axes, place: Floats, size: tuple[int, ...], shares: bool) -> None:
    """Frames round the pixels that share in a sample, and, if asked for, their shares."""
    top, left = np.floor(place).astype(int)
    fy, fx = place - (top, left)
    for y, high in ((top, 1 - fy), (top + 1, fy)):
        for x, wide in ((left, 1 - fx), (left + 1, fx)):
            if high * wide <= 0:
                continue
            colour = C["sample"] if 0 <= y < size[0] and 0 <= x < size[1] else C["outside"]
            frame = Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, fill=False, edgecolor=colour, linewidth=2)
            frame.set(path_effects=marks.rim(2, 0.6), gid="corner", zorder=3)
            ax.add_patch(frame)
            if not shares:
                continue
            chip = {"boxstyle": "round,pad=0.12", "facecolor": C["halo"], "alpha": 0.8, "linewidth": 0}
            shift = 0.4 if x > left else -0.4
            side = "right" if x > left else "left"
            share = f"{round(high * wide, 3):g}"
            ax.text(
                x + shift,
                y - 0.32,
                share,
                ha=side,
                va="center",
                fontsize=7,
                color=colour,
                bbox=chip,
                zorder=8,
            )


def _draw_tap(
    ax: Axes, k: int, place: Floats, strength: float, *, inside: bool, chosen: bool, off: bool
) -> None:
    """A numbered disc; fainter with a smaller mask, struck out where it is switched off."""
    y, x = (float(n) for n in place)
    colour = C["sample"] if inside else C["outside"]
    alpha = 0.25 if off else 0.25 + 0.75 * strength
    ax.add_patch(Circle((x, y), 0.30, facecolor=C["halo"], alpha=0.75, linewidth=0, zorder=5))
    disc = Circle((x, y), 0.27, facecolor=(colour, alpha), linewidth=2.2 if chosen else 1.6, zorder=6)
    disc.set(edgecolor=C["base"] if chosen else colour, gid=f"tap {k}")
    ax.add_patch(disc)
    if off:
        ax.plot([x - 0.2, x + 0.2], [y - 0.2, y + 0.2], color=C["base"], linewidth=1.8, zorder=7)
        ax.plot([x - 0.2, x + 0.2], [y + 0.2, y - 0.2], color=C["base"], linewidth=1.8, zorder=7)
    chip = {"boxstyle": "circle,pad=0.08", "facecolor": C["halo"], "alpha": 0.55, "linewidth": 0}
    ax.text(x, y, str(k), ha="center", va="center", fontsize=8.5, color=C["base"], bbox=chip, zorder=8)


def _draw_arrows(ax: Axes, places: Floats, arrows: Floats) -> None:
    """Half as long in pixels as the output grows by a move of one, as on the page; none on flat ground."""
    for (y, x), arrow in zip(places, arrows, strict=True):
        steep = float(np.hypot(*arrow))
        if steep < STEEP:
            continue
        dy, dx = arrow / steep * min(max(0.5 * steep, 0.55), 2.5)
        head = FancyArrowPatch(
            (x, y), (x + dx, y + dy), arrowstyle="->", mutation_scale=11, shrinkA=8, shrinkB=0
        )
        head.set(
            color=C["gradient"], linewidth=2.2, path_effects=marks.rim(2.2, 0.9), gid="gradient", zorder=9
        )
        ax.add_patch(head)
