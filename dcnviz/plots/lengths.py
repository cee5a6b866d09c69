"""How long the offsets are: a histogram for each layer, in kernel steps or picture pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.analysis.health import Health
from dcnviz.plots.charts import chart, layer_colours, name_axes
from dcnviz.plots.style import Floats, ThemeName, figure_of, theme_of

SHOWN = 0.997  # share of the samples up to which the axis reaches; what lies beyond is stated
UNITS = {"kernel": "kernel steps", "picture": "picture pixels"}


def offset_lengths(
    health: Health | Mapping[str, Health],
    *,
    unit: Literal["kernel", "picture"] = "kernel",
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Histogram of offset lengths, a line for each layer, its mean marked below.

    Args:
        health: of one layer, or of several by their paths, as
            :func:`dcnviz.analysis.recording_health` gives them.
        unit: "kernel", in steps between neighbouring taps, or "picture", in picture pixels.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over it; None says what is shown, "" nothing.

    Raises:
        ValueError: for "picture" if a layer's place on the picture is not known, or without any layer.

    >>> from dcnviz.analysis import offset_health
    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> figure = offset_lengths(offset_health(regular(Geometry(3, padding=1), (8, 8), version="v1")))
    >>> figure.axes[0].get_xlabel()
    'offset length (kernel steps)'
    """
    page = theme_of(theme)
    layers = {"": health} if isinstance(health, Health) else dict(health)
    if not layers:
        raise ValueError("there is no layer to draw.")
    drawn = {name: one.histogram(unit) for name, one in layers.items()}
    words = "Offset length" if title is None else title
    ax = chart(theme=page, ax=ax, title=words)
    colours = layer_colours(list(layers), page)
    bins = max(_shown(shares) for _, shares in drawn.values())
    for name, (edges, shares) in drawn.items():
        label = name + _beyond(shares[bins:], edges[bins])
        percent, places, colour = 100 * shares[:bins], edges[: bins + 1], colours[name]
        ax.stairs(percent, places, linewidth=1.6, color=colour, label=label, gid="lengths")
        ax.stairs(percent, places, fill=True, color=colour, alpha=0.10)
        mean = _mean(layers[name], unit)
        ax.plot(
            [mean], [0], marker="^", markersize=7, color=colours[name], clip_on=False, gid="mean", zorder=4
        )
    ax.plot([], [], marker="^", markersize=7, linestyle="", color=page.muted, label="mean")
    ax.set_xlim(0, drawn[next(iter(drawn))][0][bins])
    ax.set_ylim(bottom=0)
    width = drawn[next(iter(drawn))][0][1]
    name_axes(ax, f"offset length ({UNITS[unit]})", f"samples in bins of {width:g} (%)", page)
    ax.legend(frameon=False, fontsize=9, labelcolor=page.ink, handlelength=1.4)
    return figure_of(ax)


def _shown(shares: Floats) -> int:
    """Number of bins that hold nearly all samples."""
    return min(len(shares) - 1, int(np.searchsorted(np.cumsum(shares), SHOWN * shares.sum())) + 2)


def _beyond(shares: Floats, edge: float) -> str:
    """What the axis does not show, in words."""
    share = float(shares.sum())
    return f" ({100 * share:.2g} % beyond {edge:g})" if share > 5e-5 else ""


def _mean(health: Health, unit: str) -> float:
    t = health.tally
    steps = t.steps / max(1, t.samples)
    return steps if unit == "kernel" else steps * t.scale
