"""How every figure looks: page and ink of the two themes, layout in inches, colour maps, colour bars.

The hexadecimal values here are only the neutrals of a page (ground, ink); colours that mean something are in
:mod:`dcnviz.plots.colours`. Nothing here touches Matplotlib's global settings or pyplot, so figures can be
made from several threads at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from dcnviz.geometry import MapToPicture, Pair
from dcnviz.sampling import Sampling

ThemeName = Literal["light", "dark"]
Picture = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Theme:
    """Neutrals of one theme.

    Attributes:
        ground: colour of the page.
        band: colour of the band round a picture, where samples beyond its edge are drawn.
        ink: titles and labels.
        muted: ticks and outlines.
        level: grey value in [0, 1] to which a dimmed picture tends.
    """

    ground: str
    band: str
    ink: str
    muted: str
    level: float


THEMES: dict[str, Theme] = {  # dark: Streamlit's own page
    "light": Theme("#FFFFFF", "#E4E7EB", "#1B1F24", "#5B6570", 0.60),
    "dark": Theme("#171614", "#2B2A27", "#EEEDEA", "#ABA8A1", 0.34),
}

SWATCH_GROUND = "#70767C"  # below the marks of a legend: a mid grey, as a photograph would be
CONTRAST = 0.40  # what is left of the picture's own contrast below a heat map
OPACITY = 0.80  # of a heat map over the picture
SIDE = 5.2  # inches: the long side of a picture
PAIR = 7.0  # two pictures side by side: the width of two columns of a journal
TITLE, EDGE, GAP, ROW = 0.28, 0.10, 0.12, 0.195  # title, rim, space between pictures, one row of a legend

AMOUNT, SIGNED = "viridis", "PuOr_r"
"""Colour maps of amounts from 0, and of values on both sides of 0: readable with every common colour vision
deficiency. (Cividis is too, but its middle is the grey of the picture below.)"""


_side = ContextVar("side", default=SIDE)
_room = ContextVar("room", default=0.0)


@contextmanager
def of_side(inches: float, room: float = 0.0) -> Iterator[None]:
    """Figures that are made meanwhile are small: where they are shown as wide as others, their words are larger.

    Args:
        inches: the long side of a picture, and the width of a chart.
        room: what there is at least beside a picture, in inches. With the same room, figures of one picture are of
            one width, with a colour bar or without.

    >>> with of_side(2.6, room=1.0):
    ...     small = panel((0, 10, 10, 0), theme=theme_of("light"), ax=None, title="")
    >>> round(float(small.get_window_extent().width)), float(figure_of(small).get_figwidth().round(2))
    (260, 3.8)
    """
    tokens = _side.set(inches), _room.set(room)
    try:
        yield
    finally:
        _side.reset(tokens[0])
        _room.reset(tokens[1])


def side() -> float:
    """The long side of a picture that is made now, in inches.

    >>> side()
    5.2
    """
    return _side.get()


def theme_of(name: str) -> Theme:
    """The theme of that name.

    Raises:
        ValueError: if there is none.

    >>> theme_of("dark").ground
    '#171614'
    """
    if name not in THEMES:
        raise ValueError(f"theme must be {' or '.join(THEMES)}; got {name!r}.")
    return THEMES[name]


def check_picture(picture: Picture) -> Picture:
    """The picture itself, if it is ``(H, W, 3)`` uint8.

    Raises:
        ValueError: if it is anything else.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise ValueError(f"picture must be (H, W, 3) uint8 RGB; got {picture.shape} {picture.dtype}.")
    return picture


def panel(
    box: Box, *, theme: Theme, ax: Axes | None, title: str, right: float = 0.0, below: float = 0.0
) -> Axes:
    """Axes for one picture, without ticks, y downwards.

    Args:
        box: (left, right, bottom, top) of the data to show, in picture pixels.
        theme: the page.
        ax: axes to draw in; if None, a figure is made whose size follows from the picture's shape.
        title: over the picture, at the left.
        right: room beside the picture, in inches (colour bar); only for a figure that is made.
        below: room under it (legend).
    """
    if ax is None:
        high = side() * min(1.0, (box[2] - box[3]) / (box[1] - box[0]))
        right = max(right, _room.get())
        return panels([box], high, theme=theme, title=title, right=right, below=below)[0]
    dress(ax, box, theme, title)
    return ax


def panels(
    boxes: Sequence[Box], high: float, *, theme: Theme, title: str, right: float = 0.0, below: float = 0.0
) -> list[Axes]:
    """A new figure with pictures side by side, all ``high`` inches high; arguments as in :func:`panel`."""
    widths = [high * (b[1] - b[0]) / (b[2] - b[3]) for b in boxes]
    wide = sum(widths) + GAP * (len(boxes) - 1) + 2 * EDGE + right
    tall = high + 2 * EDGE + below + (TITLE if title else 0)
    figure = Figure(figsize=(wide, tall), dpi=100, facecolor=theme.ground)
    made, left = [], EDGE
    for n, (box, width) in enumerate(zip(boxes, widths, strict=True)):
        ax = figure.add_axes((left / wide, (EDGE + below) / tall, width / wide, high / tall))
        dress(ax, box, theme, title if n == 0 else "")
        made.append(ax)
        left += width + GAP
    return made


def dress(ax: Axes, box: Box, theme: Theme, title: str) -> Axes:
    """Makes axes one picture's: a band as ground, no ticks, y downwards, a title at the left; returns them."""
    ax.set_facecolor(theme.band)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.set_xlim(box[0], box[1])
    ax.set_ylim(box[2], box[3])
    ax.set_aspect("equal")
    if title:
        ax.set_title(title, loc="left", fontsize=11, color=theme.ink, pad=6)
    return ax


def picture_box(size: tuple[int, ...], margin: float = 0.0) -> Box:
    """(left, right, bottom, top) of a picture whose pixel centres are at integers.

    >>> picture_box((10, 20))
    (-0.5, 19.5, 9.5, -0.5)
    """
    return -0.5 - margin, size[1] - 0.5 + margin, size[0] - 0.5 + margin, -0.5 - margin


def cells_box(size: Pair, cells: MapToPicture) -> Box:
    """(left, right, bottom, top) of a map's cells: cell (i, j) is centred at ``start + jump * (i, j)``.

    Args:
        size: rows and columns of the map.
        cells: where its cells lie; for an output map, ``to_picture.after(sampling.geometry)``.

    >>> cells_box((2, 3), MapToPicture(jump=(4, 4), start=(0, 0)))
    (-2.0, 10.0, 6.0, -2.0)
    """
    (top, left), (down, along) = cells.start, cells.jump
    return (
        left - along / 2,
        left + along * (size[1] - 0.5),
        top + down * (size[0] - 0.5),
        top - down / 2,
    )


def cover(values: Floats, cells: MapToPicture, picture: Picture) -> tuple[Floats, Box]:
    """A field and its box, continued by its border cells as far as the picture goes.

    Args:
        values: ``(H_out, W_out, ...)``.
        cells: where the output cells lie on the picture.
        picture: ``(H, W, 3)``.

    Returns:
        The field with whole cells added at its sides, so that no cell moves, and (left, right, bottom, top).

    >>> field, box = cover(np.ones((2, 3)), MapToPicture(jump=(4, 4)), np.zeros((8, 12, 3), np.uint8))
    >>> field.shape, box
    ((3, 4), (-2.0, 14.0, 10.0, -2.0))
    """
    left, right, bottom, top = cells_box((values.shape[0], values.shape[1]), cells)
    edges = picture_box(picture.shape)
    down, along = cells.jump
    missing = (
        (top - edges[3]) / down,
        (edges[2] - bottom) / down,
        (left - edges[0]) / along,
        (edges[1] - right) / along,
    )
    above, below, before, after = (max(0, math.ceil(n - 1e-9)) for n in missing)
    sides = [(above, below), (before, after)] + [(0, 0)] * (values.ndim - 2)
    box = left - before * along, right + after * along, bottom + below * down, top - above * down
    return np.pad(values, sides, mode="edge"), box


def dimmed(picture: Picture, theme: Theme) -> Picture:
    """The picture in grey and with little contrast, ``(H, W, 3)``: ground for heat maps."""
    grey = picture @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    level = 255 * theme.level + CONTRAST * (grey - 127.5)
    return np.repeat(level.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def show_picture(ax: Axes, picture: Picture, *, smooth: bool = False) -> None:
    """Draws a picture at its pixels, smoothly if it is much enlarged; the limits of the axes stay."""
    how = "bicubic" if smooth else None
    ax.imshow(picture, extent=picture_box(picture.shape), interpolation=how, gid="picture", zorder=0)


def colour_bar(
    ax: Axes, mappable: ScalarMappable, label: str, theme: Theme, *, extend: str = "neither"
) -> Axes:
    """A colour bar beside the picture; its colours are those on a mid-grey place of the picture."""
    beside = ax.inset_axes((1.025, 0.0, 0.035, 1.0))
    beside.set_facecolor(str(theme.level))
    beside.patch.set_visible(True)
    bar = ax.figure.colorbar(mappable, cax=beside, extend=extend, extendfrac=0.03)
    bar.outline.set_visible(False)
    bar.set_label(label, color=theme.ink, fontsize=10, labelpad=6)
    beside.tick_params(colors=theme.muted, labelcolor=theme.ink, labelsize=9, length=3)
    return beside


def figure_of(ax: Axes) -> Figure:
    """The figure that axes belong to, also from within a subfigure.

    Raises:
        ValueError: if they have been removed from it.
    """
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise ValueError("the axes given belong to no figure.")
    return figure


def subject(what: str, sampling: Sampling, group: int, detail: str = "") -> str:
    """A title: what is shown, of which version, layer and group; that is counted from 1, as people do.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> subject("Offset magnitude", regular(Geometry(3), (5, 5), version="v1"), 0).split(" ")[-1]
    'v1'
    """
    parts = [what, "plain convolution" if sampling.version == "conv" else sampling.version, detail]
    if sampling.groups > 1:
        parts.append(f"group {group + 1} of {sampling.groups}")
    return " \N{MIDDLE DOT} ".join(part for part in parts if part)
