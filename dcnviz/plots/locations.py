"""Effective sampling locations of one cell, over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import PowerNorm, to_rgba
from matplotlib.figure import Figure
from matplotlib.transforms import IdentityTransform, Transform

from dcnviz.analysis.sampling_locations import SamplingLocations
from dcnviz.plots import marks
from dcnviz.plots.chain import to_xy
from dcnviz.plots.fields import BAR
from dcnviz.plots.legend import Row, legend
from dcnviz.plots.nodes import cell_row, close_up, mark_cell, scale_bar
from dcnviz.plots.style import (
    AMOUNT,
    ROW,
    Floats,
    Picture,
    ThemeName,
    check_picture,
    colour_bar,
    dimmed,
    figure_of,
    panel,
    picture_box,
    show_picture,
    theme_of,
)

HELD = 0.98  # the share of all strength that the drawn taps hold
MOST = 6000  # dots
RADII = (0.9, 3.4)  # in points, of the weakest and the strongest


def sampling_locations(
    found: SamplingLocations,
    picture: Picture,
    *,
    layer: str | None = None,
    whole: bool = False,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """The taps that count for one cell, each a dot whose colour and size say how much.

    Drawn are the strongest taps that hold 98 % of the strength; the figure says how many these are, of how many.
    Strength is the change of the node's output per picture pixel that the tap moves, as a share of the
    strongest tap's, so layers of different strides compare. The scale is a square root.

    Args:
        found: from :func:`dcnviz.analysis.effective_sampling_locations`.
        picture: ``(H, W, 3)`` uint8, what the model was shown.
        layer: taps of this layer only; None: of all that the node depends on.
        whole: show the whole picture, not a close-up.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says what it is, "" nothing.

    Returns:
        The figure; the dots are a collection of id "samples", the strongest on top.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8, or it is not known where a layer lies on it.
        KeyError: if the node depends on no such layer.
    """
    page, size = theme_of(theme), check_picture(picture).shape[:2]
    points, strength = _taps(found, layer)
    drawn = strongest(strength)
    points, shares = points[drawn], strength[drawn] / max(float(strength.max(initial=0)), 1e-30)
    name = layer or (f"{len(found)} layers" if len(found) > 1 else found.layer)
    words = f"Effective sampling locations \N{MIDDLE DOT} {name}" if title is None else title
    box = picture_box(size) if whole or not len(points) else close_up(points, (size[0], size[1]))
    ax = panel(box, theme=page, ax=ax, title=words, right=BAR, below=2 * ROW + 0.08)
    show_picture(ax, dimmed(picture, page), smooth=True)
    dots = _dots(points, shares, ax.transData, gid="samples", zorder=3)
    ax.add_artist(dots)
    mark_cell(ax, found.pixel)
    scale_bar(ax)
    colour_bar(ax, dots, "|d output / d position|, share of the strongest tap's", page)
    legend(ax, [cell_row(found.cell, found.pixel), _count(len(points), len(strength))], page, columns=1)
    return figure_of(ax)


def _count(drawn: int, every: int) -> Row:
    """The legend's row for the dots: how few taps hold nearly all."""

    def paint(trans: Transform) -> Sequence[Artist]:
        places, sizes = np.array([[4.5, 0.0], [12, 0], [22, 0]]), np.array([0.0, 0.4, 1.0])
        return [_dots(places, sizes, trans)]

    words = f"{drawn:,} of {every:,} taps, which hold {HELD:.0%} of the strength"
    return Row(words if drawn else "no tap counts for this cell", paint)


def _dots(points: Floats, shares: Floats, transform: Transform, **how: Any) -> PathCollection:
    """Dots at (x, y), coloured and sized by their share of the strongest."""
    return PathCollection(
        [marks.DOT],
        sizes=(RADII[0] + (RADII[1] - RADII[0]) * np.sqrt(shares)) ** 2,
        offsets=points,
        offset_transform=transform,
        transform=IdentityTransform(),
        array=shares,
        cmap=AMOUNT,
        norm=PowerNorm(0.5, 0, 1),
        edgecolors=[to_rgba(marks.C["halo"], 0.55)],
        linewidths=0.35,
        **how,
    )


def strongest(strength: Floats, held: float = HELD) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Indices of the fewest values that hold a share of the sum, the strongest last.

    >>> strongest(np.array([0.0, 5.0, 1.0, 4.0]), 0.9).tolist()
    [3, 1]
    """
    order = np.argsort(-strength, kind="stable")
    total = np.cumsum(strength[order])
    if not len(total) or total[-1] <= 0:
        return order[:0]
    return order[: min(int((total < held * total[-1]).sum()) + 1, MOST)][::-1]


def _taps(found: SamplingLocations, layer: str | None) -> tuple[Floats, Floats]:
    """Places (x, y) on the picture, ``(N, 2)``, and strengths, ``(N,)``, of all taps."""
    points, strength = [], []
    for name in found if layer is None else [layer]:
        taps = found[name]
        if taps.on_picture is None or taps.picture_strength is None:
            raise ValueError(f"where the input map of layer {name!r} lies on the picture is not known.")
        points.append(to_xy(taps.on_picture.reshape(-1, 2)))
        strength.append(taps.picture_strength.reshape(-1).double().numpy())
    return np.concatenate(points), np.concatenate(strength)
