"""One curve beside another, without a word: a page says in its own language what is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dcnviz.plots.charts import chart
from dcnviz.plots.marks import C
from dcnviz.plots.style import ThemeName, figure_of, theme_of

WIDE, HIGH = 2.9, 2.5  # inches


def curves(
    values: Sequence[float], beside: Sequence[float] = (), *, top: float, theme: ThemeName = "light"
) -> Figure:
    """A curve, and another one dashed.

    Args:
        values: by step, from 0; the curve in colour.
        beside: the same for the dashed one.
        top: the largest value that is shown; two figures with the same can be compared.
        theme: "light" or "dark".

    >>> len(curves([0, 1, 2], [0, 2, 4], top=5).axes[0].lines)
    2
    """
    page = theme_of(theme)
    ax = chart(theme=page, ax=None, title="", wide=WIDE, high=HIGH, left=0.42, below=0.3)
    ax.plot(values, color=C["pinned"], linewidth=4, solid_capstyle="round", gid="curve")
    ax.plot(beside, color=page.ink, linewidth=1.6, dashes=(4, 2.5), gid="beside")
    ax.set_xlim(0, max(len(values), len(beside)) - 1)
    ax.set_ylim(0, top)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    return figure_of(ax)
