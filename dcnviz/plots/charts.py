"""Axes for numbers rather than pictures: quiet frame, faint grid, one colour a layer."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from dcnviz.plots.style import AMOUNT, EDGE, TITLE, Theme, side

LEFT, BELOW = 0.62, 0.50  # inches for the ticks and the name of an axis
SHADES = {True: (0.08, 0.66), False: (0.42, 0.98)}  # of the colour map on a light and on a dark page
FLAT = 0.58  # height of a chart's axes, of their width
GRID = 0.22  # opacity


def chart(
    *,
    theme: Theme,
    ax: Axes | None,
    title: str,
    wide: float | None = None,
    high: float | None = None,
    right: float = 0.0,
    left: float = LEFT,
    below: float = BELOW,
) -> Axes:
    """Axes with a frame at the left and below.

    Args:
        theme: the page.
        ax: axes to draw in; None makes a figure.
        title: over them, at the left; may be empty.
        wide: inches of the axes, for a figure that is made; None: the long side of a picture.
        high: the same; None: as the width asks for.
        right: room beside them, for labels.
        left: room at the left.
        below: room under them.
    """
    if ax is None:
        wide = side() if wide is None else wide
        high = FLAT * wide if high is None else high
        across, tall = left + wide + right + EDGE, below + high + EDGE + (TITLE if title else 0)
        figure = Figure(figsize=(across, tall), dpi=100, facecolor=theme.ground)
        ax = figure.add_axes((left / across, below / tall, wide / across, high / tall))
    ax.set_facecolor(theme.ground)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(theme.muted)
    ax.tick_params(colors=theme.muted, labelcolor=theme.ink, labelsize=9, length=3)
    ax.grid(axis="y", color=theme.muted, alpha=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    if title:
        ax.set_title(title, loc="left", fontsize=11, color=theme.ink, pad=6)
    return ax


def name_axes(ax: Axes, along: str, up: str, theme: Theme) -> None:
    """What is drawn along and up, with units."""
    ax.set_xlabel(along, fontsize=10, color=theme.ink)
    ax.set_ylabel(up, fontsize=10, color=theme.ink)


def layer_colours(layers: Sequence[str], theme: Theme) -> dict[str, str]:
    """A colour for each layer, in order of depth; lightness alone tells them apart too.

    >>> from dcnviz.plots.style import theme_of
    >>> list(layer_colours(["a", "b"], theme_of("light")))
    ['a', 'b']
    """
    low, high = SHADES[theme.level > 0.5]
    last = max(1, len(layers) - 1)
    places = [low + (high - low) * n / last for n in range(len(layers))]
    colours = matplotlib.colormaps[AMOUNT]
    return {name: to_hex(colours(place)) for name, place in zip(layers, places, strict=True)}


def short_names(layers: Sequence[str]) -> dict[str, str]:
    """Layer paths without the parts that all of them share.

    >>> short_names(["blocks.0.layer", "blocks.1.layer"])
    {'blocks.0.layer': '0', 'blocks.1.layer': '1'}
    >>> short_names(["backbone.layer4.conv2"])
    {'backbone.layer4.conv2': 'backbone.layer4.conv2'}
    """
    parts = [name.split(".") for name in layers]
    if len(parts) < 2:
        return {name: name for name in layers}
    least = min(map(len, parts)) - 1
    front = next((n for n in range(least) if len({p[n] for p in parts}) > 1), least)
    back = next((n for n in range(least - front) if len({p[-1 - n] for p in parts}) > 1), least - front)
    return {name: ".".join(p[front : len(p) - back]) for name, p in zip(layers, parts, strict=True)}
