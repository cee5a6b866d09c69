"""The legend under a picture: each row shows its marks as they are drawn on the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerBase
from matplotlib.patches import FancyBboxPatch
from matplotlib.transforms import Affine2D, Transform

from dcnviz.plots import marks
from dcnviz.plots.style import SWATCH_GROUND, Theme

SWATCH, TALL = 28.0, 13.0  # points


@dataclass(frozen=True)
class Row:
    """One row of a legend: its text, and what draws its marks in a swatch.

    A swatch is 28 points wide and 13 high; (0, 0) is the middle of its left side.
    """

    label: str
    paint: Callable[[Transform], Sequence[Artist]]


class _Swatch(HandlerBase):
    """Marks on a mid grey, as a photograph would be: white ones must show on a white page."""

    def create_artists(
        self,
        legend: Any,
        orig_handle: Any,
        xdescent: float,
        ydescent: float,
        width: float,
        height: float,
        fontsize: float,
        trans: Transform,
    ) -> list[Artist]:
        box = FancyBboxPatch(
            (-xdescent, -ydescent),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=2.5",
            facecolor=SWATCH_GROUND,
            linewidth=0,
            transform=trans,
        )
        middle_left = Affine2D().translate(-xdescent, height / 2 - ydescent) + trans
        return [box, *orig_handle.paint(middle_left)]


def legend(ax: Axes, rows: Sequence[Row], theme: Theme, *, columns: int = 2) -> None:
    """A legend under the picture."""
    size = 9.0
    drawn: Legend = ax.legend(  # type: ignore[call-overload]  # the stubs know only artists as handles
        list(rows),
        [row.label for row in rows],
        handler_map={Row: _Swatch()},
        loc="upper left",
        bbox_to_anchor=(0.0, -0.008),
        borderaxespad=0.0,
        borderpad=0.2,
        ncols=columns,
        frameon=False,
        fontsize=size,
        labelcolor=theme.ink,
        handlelength=SWATCH / size,
        handleheight=TALL / size,
        handletextpad=0.7,
        labelspacing=0.33,
        columnspacing=1.6,
    )
    drawn.set_zorder(8)


def swatch_line(trans: Transform) -> list[Artist]:
    """A line across a swatch."""
    return [marks.lines(np.array([[[5.0, 0.0], [SWATCH - 5, 0.0]]]), transform=trans)]
