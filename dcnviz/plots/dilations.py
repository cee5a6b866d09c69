"""Effective dilation by the size or the class of what a cell lies on: table 2 of the first paper, as lines."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.plots.charts import BELOW, chart, layer_colours, name_axes
from dcnviz.plots.style import SIDE, ThemeName, figure_of, theme_of

GROUND = "background"
LETTER = 0.08  # inches that a letter of a label takes


def dilation_by_size(
    layers: Mapping[str, Mapping[str, float]],
    *,
    along: str = "object radius (picture pixels)",
    ordered: bool = True,
    regular: float = 1.0,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Mean effective dilation on objects of each size, a line for each layer.

    Args:
        layers: layer path -> name of the size (or class) -> effective dilation, in cells of the input map. The
            names of the first layer give the order; "background" stands apart from the sizes.
        along: what the names are.
        ordered: join them by a line; False for classes, which have no order.
        regular: effective dilation of the undeformed grid, drawn as a dashed line.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over it; None says what is shown, "" nothing.

    Raises:
        ValueError: if there is nothing to draw.

    Source: arXiv 1703.06211, table 2.

    >>> figure = dilation_by_size({"layer 1": {"background": 1.2, "small": 0.9, "large": 1.5}})
    >>> [text.get_text() for text in figure.axes[0].get_xticklabels()]
    ['background', 'small', 'large']
    """
    page = theme_of(theme)
    names = list(next(iter(layers.values()), {}))
    if not names:
        raise ValueError("there is no size or class to draw: labels are needed.")
    words = "Effective dilation" if title is None else title
    longest = max(map(len, names))
    slanted = len(names) * (longest + 2) * LETTER > SIDE
    ax = chart(
        theme=page,
        ax=ax,
        title=words,
        wide=max(SIDE, 0.28 * len(names)),
        right=0.25 + LETTER * max(12, *map(len, layers)),
        below=BELOW + (0.7 * LETTER * longest if slanted else 0),
    )
    colours = layer_colours(list(layers), page)
    ax.axhline(regular, color=page.muted, linewidth=1.0, linestyle=(0, (4, 3)), gid="regular")
    ends = {}
    for layer, values in layers.items():
        known = [(n, values[name]) for n, name in enumerate(names) if name in values]
        joined = [point for point in known if names[point[0]] != GROUND] if ordered else []
        ax.plot(*_apart(known), "o", markersize=5, color=colours[layer], gid="values")
        ax.plot(*_apart(joined), "-", linewidth=1.6, color=colours[layer], gid="line")
        if known:
            ends[layer] = known[-1][1]
    ax.set_xticks(range(len(names)), names)
    if slanted:
        for text in ax.get_xticklabels():
            text.set(rotation=45, ha="right", rotation_mode="anchor")
    ax.set_xlim(-0.4, len(names) - 0.6)
    top = max(max(values.values(), default=regular) for values in layers.values())
    low = min(min(values.values(), default=regular) for values in layers.values())
    ax.set_ylim(min(0.0, low), 1.08 * max(top, regular))
    _label_ends(ax, ends, colours, regular, page.muted)
    name_axes(ax, along, "cells of the input map", page)
    return figure_of(ax)


def _apart(points: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _label_ends(
    ax: Axes, ends: Mapping[str, float], colours: Mapping[str, str], regular: float, muted: str
) -> None:
    """Names at the right ends of the lines, moved apart where they would overlap."""
    least = 0.055 * (ax.get_ylim()[1] - ax.get_ylim()[0])
    wanted = sorted(
        [*((y, name, colours[name]) for name, y in ends.items()), (regular, "regular grid", muted)]
    )
    places: list[float] = []
    for y, _, _ in wanted:
        places.append(max(y, places[-1] + least) if places else y)
    for (_, name, colour), place in zip(wanted, places, strict=True):
        ax.annotate(
            name,
            (1.015, place),
            xycoords=ax.get_yaxis_transform(),
            va="center",
            fontsize=9,
            color=colour,
            annotation_clip=False,
        )
