"""What the figures of one node share: the close-up about it, its mark, and colours that fade to nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle
from matplotlib.transforms import Transform

from dcnviz.geometry import Pair
from dcnviz.plots import marks
from dcnviz.plots.legend import SWATCH, Row
from dcnviz.plots.style import AMOUNT, Box, Floats, Picture, check_picture, picture_box

NEAREST = 0.12  # the least side of a close-up, as a share of the picture's long side
MARK = 0.028  # half the side of the cell's mark, as a share of what is shown


def check_fits(picture: Picture, size: Pair) -> Picture:
    """The picture, if it is the one that was analysed, by its size.

    Raises:
        ValueError: if it is not ``(H, W, 3)`` uint8 of that size.
    """
    if check_picture(picture).shape[:2] != size:
        raise ValueError(
            f"picture must be the one that the model was shown, {size[0]} x {size[1]} pixels; got "
            f"{picture.shape[0]} x {picture.shape[1]}."
        )
    return picture


def close_up(points: Floats, size: Pair) -> Box:
    """A square about points ``(N, 2)`` (x, y) with a rim, kept on the picture as far as it fits there."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(1.16 * float((high - low).max()) + 2, NEAREST * max(size))
    if side >= 0.8 * min(size):
        return picture_box(size)
    left, top = (
        float(np.clip(middle - side / 2, -0.5, n - 0.5 - side))
        for middle, n in zip((low + high) / 2, size[::-1], strict=True)
    )
    return left, left + side, top + side, top


def mark_cell(ax: Axes, pixel: tuple[float, float] | None) -> None:
    """Brackets about the node's cell, at (y, x)."""
    if pixel is None:
        return
    half = MARK * max(abs(b - a) for a, b in (ax.get_xlim(), ax.get_ylim()))
    ax.add_artist(marks.cell_mark(marks.brackets((pixel[1], pixel[0]), (half, half)), gid="cell"))


def cell_row(cell: Pair, pixel: tuple[float, float] | None) -> Row:
    """The legend's row for the mark."""
    where = "" if pixel is None else f", pixel ({pixel[0]:.0f}, {pixel[1]:.0f})"

    def paint(trans: Transform) -> Sequence[Artist]:
        return [marks.cell_mark(marks.brackets((SWATCH / 2, 0.0), (4.0, 4.0)), transform=trans)]

    return Row(f"cell {cell}{where}", paint)


def fading() -> ListedColormap:
    """The colours of amounts, from transparent at 0 to opaque: weak values leave the picture to be seen."""
    colours = colormaps[AMOUNT](np.linspace(0, 1, 256))
    colours[:, 3] = np.clip(np.linspace(0, 1, 256) * 3.2, 0, 0.92)
    return ListedColormap(colours, name="fading")


def scale_bar(ax: Axes) -> None:
    """A bar of a round number of picture pixels in the lower right corner."""
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    wide, high = right - left, bottom - top
    length = next(n for n in (200, 100, 50, 20, 10, 5, 2, 1) if n <= 0.3 * wide or n == 1)
    x, y = right - 0.05 * wide - length, bottom - 0.05 * high
    bar = Rectangle(
        (x, y - 0.008 * high), length, 0.012 * high, facecolor=marks.C["base"], edgecolor=marks.C["halo"],
        linewidth=0.8, zorder=8, gid="scale",
    )  # fmt: skip
    ax.add_patch(bar)
    _chip(ax, x + length / 2, y - 0.022 * high, f"{length} pixels", ha="center", va="bottom")


def name_part(ax: Axes, name: str) -> None:
    """A name in the upper left corner of a picture."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    _chip(ax, left + 0.035 * (right - left), top + 0.035 * (bottom - top), name, ha="left", va="top")


def _chip(ax: Axes, x: float, y: float, words: str, **how: str) -> None:
    box = {"boxstyle": "round,pad=0.25", "facecolor": marks.C["halo"], "alpha": 0.72, "linewidth": 0}
    # (the stubs want each property's own type, and how is of words alone: ha and va)
    ax.text(x, y, words, color=marks.C["base"], fontsize=9, bbox=box, zorder=8, **how)  # type: ignore[arg-type]
