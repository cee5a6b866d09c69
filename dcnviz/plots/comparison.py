"""What several networks sampled from one cell, side by side."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.geometry import Pair
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
from dcnviz.plots.chain import Chain, Traced, chain_of, trace_cell
from dcnviz.plots.legend import Row, legend
from dcnviz.plots.style import (
    EDGE,
    GAP,
    ROW,
    TITLE,
    Box,
    Picture,
    Theme,
    ThemeName,
    check_picture,
    dress,
    show_picture,
    theme_of,
)
from dcnviz.recording import Recording

ACROSS, WIDE = 3, 3.1  # pictures in a row at most, and inches of one


def side_by_side(
    recordings: Mapping[str, Recording],
    picture: Picture,
    cell: Pair,
    *,
    layer: int | None = None,
    image: int = 0,
    group: int = 0,
    view: Literal["picture", "points"] = "picture",
    numbers: bool = False,
    without: Collection[Mark] = (),
    theme: ThemeName = "light",
    title: str | None = None,
) -> Figure:
    """Where several networks looked from one cell of one picture, all drawn to the same scale.

    Args:
        recordings: by the title of each picture, in their order.
        picture: ``(H, W, 3)`` uint8, what all of them were shown.
        cell: (i, j), row and column on the output map of the layer, or of the last one.
        layer: number of the one layer to show, from 0; None: all, stacked down to the picture.
        image: which input of the batch.
        group: which offset group; a network with fewer shows its last one.
        view: the whole picture, or a close-up that holds the points of all.
        numbers: write the taps' numbers, row-major from 0, beside them.
        without: marks to leave out, as in :func:`dcnviz.plots.sampling_points`.
        theme: "light" or "dark".
        title: over all; None says cell and depth, "" nothing.

    Returns:
        The figure, one pair of axes a network, and one for the legend. Positions are drawn in picture pixels.

    Raises:
        ValueError: if there is no recording, or picture or layers do not fit.
        IndexError: if there is no such layer, cell, image or group.

    >>> import numpy as np
    >>> from dcnviz.geometry import Geometry, MapToPicture
    >>> from dcnviz.sampling import regular
    >>> look = Recording()
    >>> look.add("layer", regular(Geometry(3, padding=1), (8, 12)))
    'layer'
    >>> look.to_picture["layer"] = MapToPicture()
    >>> figure = side_by_side({"plain": look, "same": look}, np.zeros((8, 12, 3), np.uint8), (4, 5), layer=0)
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['plain', 'same', '']
    """
    if not recordings:
        raise ValueError("there is no recording to draw: give at least one.")
    page, picture = theme_of(theme), check_picture(picture)
    chains = [
        chain_of(each, picture, layer=_name(each, layer), to_picture=None) for each in recordings.values()
    ]
    traces = [_trace(chain, cell, image, group) for chain in chains]
    near = _union([close_up(traced, picture) for traced in traces])
    whole = _union([whole_picture(traced, picture) for traced in traces])
    pairs = list(zip(chains, traces, strict=True))
    box = near if view == "points" else whole
    small = view == "picture" and width(near) < SMALL * width(whole)
    rows = _all_rows([legend_rows(*drawn, cell, box, without, counted=False) for drawn in pairs])
    depth = "stacked through all layers" if layer is None else f"layer {layer + 1}"
    words = f"Sampling of cell {cell} \N{MIDDLE DOT} {depth}" if title is None else title
    axes = _places(list(recordings), box, rows, page, words)
    for ax, (chain, traced) in zip(axes, pairs, strict=True):
        show_picture(ax, picture, smooth=view == "points")
        draw_cell(ax, chain, traced, 0.65 if small else 0.8, without)
        if numbers:
            number_taps(ax, traced)
    figure = axes[0].figure
    assert isinstance(figure, Figure), "made here"
    return figure


def _name(recording: Recording, layer: int | None) -> str | None:
    names = list(recording)
    if layer is not None and not 0 <= layer < len(names):
        raise IndexError(f"a recording has layers 0 to {len(names) - 1}; there is no layer {layer}.")
    return None if layer is None else names[layer]


def _trace(chain: Chain, cell: Pair, image: int, group: int) -> Traced:
    groups = max(sampling.groups for sampling in chain.layers)
    return trace_cell(chain, cell, image=image, group=min(group, groups - 1))


def _union(boxes: Sequence[Box]) -> Box:
    left, right, bottom, top = zip(*boxes, strict=True)
    return min(left), max(right), max(bottom), min(top)


def _all_rows(legends: Sequence[Sequence[Row]]) -> list[Row]:
    """Each row once: those of the network with most marks, then what only others have."""
    found = {row.label: row for rows in sorted(legends, key=len, reverse=True) for row in rows}
    return list(found.values())


def _places(titles: Sequence[str], box: Box, rows: Sequence[Row], theme: Theme, title: str) -> list[Axes]:
    """Axes in rows, and the legend: in the last row's free place, or below where there is none."""
    across = min(ACROSS, len(titles))
    down, free = -(-len(titles) // across), -len(titles) % across
    high = WIDE * (box[2] - box[3]) / (box[1] - box[0])
    columns = 1 if free else across
    legend_high = ROW * math.ceil(len(rows) / columns) + 0.08
    below = max(0.0, legend_high - high) if free else legend_high
    head = TITLE + 0.06 if title else 0.0
    wide = across * WIDE + (across - 1) * GAP + 2 * EDGE
    tall = down * (high + TITLE) + (down - 1) * GAP + 2 * EDGE + head + below
    figure = Figure(figsize=(wide, tall), dpi=100, facecolor=theme.ground)

    def corner(number: int) -> tuple[float, float]:
        row, column = divmod(number, across)
        return EDGE + column * (WIDE + GAP), tall - EDGE - head - (row + 1) * (high + TITLE) - row * GAP

    made = []
    for number, words in enumerate(titles):
        left, bottom = corner(number)
        ax = figure.add_axes((left / wide, bottom / tall, WIDE / wide, high / tall))
        dress(ax, box, theme, words)
        made.append(ax)
    left, bottom = corner(len(titles)) if free else (EDGE, corner(len(titles) - 1)[1] - high)
    place = figure.add_axes((left / wide, (bottom + high) / tall, WIDE / wide, 1e-3))
    place.set_axis_off()
    legend(place, rows, theme, columns=columns)
    if title:
        figure.text(EDGE / wide, 1 - EDGE / tall, title, color=theme.ink, fontsize=12, va="top")
    return made
