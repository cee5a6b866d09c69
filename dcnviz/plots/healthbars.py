"""Health of several layers at a glance: what share of their samples is lost, against the thresholds."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dcnviz.analysis import health as limits
from dcnviz.analysis.health import Health
from dcnviz.plots.charts import chart
from dcnviz.plots.colours import hex_table
from dcnviz.plots.style import Theme, ThemeName, figure_of, theme_of

ROWS, COLUMN, BAR = 0.34, 1.55, 0.58  # inches of a row and of a column; share of a column that 100 % takes

COLUMNS = (
    ("outside", "outside the map", "outside", limits.OUTSIDE),
    ("dead_masks", "masks next to zero", "mask", limits.DEAD_MASKS),
    ("collapsed", "cells on one point", "base", limits.COLLAPSED_CELLS),
    ("far", "longer than the map", "base", limits.FAR),
)
"""Share, heading, meaning of its colour ("base" draws in the page's ink), threshold."""


def health_summary(
    health: Mapping[str, Health],
    *,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Shares of lost samples, a row for each layer; full width of a column is 100 %.

    A tick marks where a finding begins. For samples outside the map it stands that far beyond what the
    undeformed grid has outside anyhow, which is the paler part of the bar.

    Args:
        health: by layer path, as :func:`dcnviz.analysis.recording_health` gives it.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over it; None says what is shown, "" nothing.

    Raises:
        ValueError: if there is no layer.

    >>> from dcnviz.analysis import offset_health
    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> layer = regular(Geometry(3, padding=1), (8, 8), version="v1")
    >>> figure = health_summary({"layer": offset_health(layer)})
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['layer']
    """
    if not health:
        raise ValueError("there is no layer to draw.")
    page = theme_of(theme)
    words = "Health: share of samples lost" if title is None else title
    left = 0.25 + 0.075 * max(map(len, health))
    ax = chart(
        theme=page,
        ax=ax,
        title=words,
        wide=COLUMN * len(COLUMNS) + 0.9,
        high=ROWS * len(health) + 0.3,
        left=left,
    )
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_xlim(0, len(COLUMNS) + 0.9 / COLUMN)
    ax.set_ylim(len(health) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks(range(len(health)), list(health), va="center")
    ax.tick_params(axis="y", length=0)
    for column, (_, heading, _, _) in enumerate(COLUMNS):
        ax.annotate(
            heading, (column, -0.02), xycoords=ax.get_xaxis_transform(), va="top", fontsize=9, color=page.ink
        )
    for row, one in enumerate(health.values()):
        _row(ax, row, one, page)
    return figure_of(ax)


def _row(ax: Axes, row: int, health: Health, theme: Theme) -> None:
    colours, shares = hex_table(), health.shares
    for column, (name, _, meaning, threshold) in enumerate(COLUMNS):
        share = shares[name]
        if share is None:
            ax.text(column, row, "no masks", va="center", fontsize=9, color=theme.muted)
            continue
        colour = theme.ink if meaning == "base" else colours[meaning]
        usual = (shares["outside_regular"] or 0.0) if name == "outside" else 0.0
        _bar(ax, column, row, 1.0, theme.band)
        _bar(ax, column, row, min(share, usual), colour, 0.45)
        _bar(ax, column + BAR * min(share, usual), row, max(0.0, share - usual), colour)
        at = column + BAR * min(1.0, usual + threshold)
        ax.plot([at, at], [row - 0.36, row + 0.36], color=theme.ink, linewidth=1.2, gid="threshold")
        ax.text(column + BAR + 0.03, row, _percent(share), va="center", fontsize=9, color=theme.ink)
    strong = "bold" if health.severity in ("warning", "serious") else "normal"
    ax.text(len(COLUMNS), row, health.severity, va="center", fontsize=9, color=theme.ink, fontweight=strong)


def _bar(ax: Axes, x: float, row: int, share: float, colour: str, alpha: float = 1.0) -> None:
    box = Rectangle((x, row - 0.24), BAR * share, 0.48, facecolor=colour, alpha=alpha, linewidth=0, gid="bar")
    ax.add_patch(box)


def _percent(share: float) -> str:
    """Two digits, and never a 0 for what is not.

    >>> _percent(0.0), _percent(0.00004), _percent(0.0123), _percent(0.5)
    ('0 %', '<0.1 %', '1.2 %', '50 %')
    """
    if share == 0:
        return "0 %"
    if share < 0.001:
        return "<0.1 %"
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
