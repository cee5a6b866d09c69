"""The marks that stand for taps, cells and offsets, each with a dark rim.

The same shapes as in the explorer. A mark is made by one function, which draws it on the picture and in the
legend.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke
from matplotlib.transforms import IdentityTransform, Transform

from dcnviz.plots.colours import hex_table
from dcnviz.plots.style import Box, Floats

C = hex_table()
DOT = Path.unit_circle()


def rim(width: float, extra: float = 1.0) -> list[AbstractPathEffect]:
    """A dark line under a light one, wider by ``extra`` points on each side."""
    return [Stroke(linewidth=width + 2 * extra, foreground=C["halo"], alpha=0.6), Normal()]


def brackets(centre: tuple[float, float], half: tuple[float, float], arm: float = 0.5) -> Path:
    """The four corners of a box, open for the lines that leave it; all in (x, y)."""
    length, corners = arm * min(half), []
    for u, v in ((-1, -1), (-1, 1), (1, 1), (1, -1)):
        x, y = centre[0] + u * half[0], centre[1] + v * half[1]
        corners += [(x, y - v * length), (x, y), (x - u * length, y)]
    return Path(np.array(corners), [Path.MOVETO, Path.LINETO, Path.LINETO] * 4)


def cell_mark(path: Path, **kwargs: Any) -> PathPatch:
    """The pinned cell, from :func:`brackets`."""
    return PathPatch(
        path,
        fill=False,
        edgecolor=C["pinned"],
        linewidth=2,
        capstyle="round",
        path_effects=rim(2),
        zorder=6,
        **kwargs,
    )


def dots(
    xy: Floats,
    strength: Floats,
    radii: tuple[float, float],
    transform: Transform,
    *,
    ring: bool,
    gid: str = "samples",
) -> PathCollection:
    """Sampled points: size and opacity by strength, strong ones last and so on top.

    Args:
        xy: ``(N, 2)``, (x, y) in the units of ``transform``.
        strength: ``(N,)`` in [0, 1].
        radii: of strength 0 and 1, in points.
        transform: of the positions.
        gid: the collection's id.
        ring: a full ring round each point, so that a weak one is faint but not lost; for few points.
    """
    order = np.argsort(strength, kind="stable")
    xy, strength = xy[order], strength[order]
    faint = 0.12 if ring else 0.45
    faces = np.empty((len(xy), 4))
    faces[:, :3], faces[:, 3] = to_rgb(C["pinned"]), faint + (1 - faint) * strength
    radius = radii[0] + (radii[1] - radii[0]) * strength
    edge = C["pinned"] if ring else (*to_rgb(C["halo"]), 0.75)
    return PathCollection(
        [DOT],
        sizes=radius**2,
        offsets=xy,
        offset_transform=transform,
        transform=IdentityTransform(),
        facecolors=faces,
        edgecolors=[edge],
        linewidths=1.3 if ring else 0.45,
        path_effects=rim(1.3, 0.7) if ring else None,
        gid=gid,
        zorder=5 if ring else 3,
    )


def circles(
    xy: Floats, radius: float, colour: str, width: float, transform: Transform, **kwargs: Any
) -> PathCollection:
    """Hollow circles: base positions, or the first taps of a stack. The radius is in points."""
    return PathCollection(
        [DOT],
        sizes=[radius**2],
        offsets=xy,
        offset_transform=transform,
        transform=IdentityTransform(),
        facecolors="none",
        edgecolors=[C[colour]],
        linewidths=width,
        path_effects=rim(width, 0.6),
        **kwargs,
    )


def crosses(xy: Floats, arm: float, transform: Transform) -> PathCollection:
    """Samples outside the map. The arm is in points."""
    path = Path([(-1, -1), (1, 1), (-1, 1), (1, -1)], [Path.MOVETO, Path.LINETO] * 2)
    return PathCollection(
        [path],
        sizes=[arm**2],
        offsets=xy,
        offset_transform=transform,
        transform=IdentityTransform(),
        facecolors="none",
        edgecolors=[C["outside"]],
        linewidths=1.8 if arm > 2.5 else 1.0,
        path_effects=rim(1.8 if arm > 2.5 else 1.0, 0.5),
        gid="outside",
        zorder=5,
    )


def frame(box: Box) -> Rectangle:
    """The outline of a close-up."""
    left, right, bottom, top = box
    return Rectangle(
        (left, top),
        right - left,
        bottom - top,
        fill=False,
        edgecolor=C["base"],
        linewidth=1.2,
        path_effects=rim(1.2, 0.8),
        gid="close-up",
        zorder=4,
    )


def lines(pairs: Floats, **kwargs: Any) -> LineCollection:
    """Lines from base to sample, ``(N, 2, 2)`` pairs of (x, y)."""
    return LineCollection(
        list(pairs),
        colors=[C["line"]],
        linewidths=1.2,
        capstyle="round",
        path_effects=rim(1.2, 0.8),
        **kwargs,
    )


def minus(xy: Floats, transform: Transform) -> PathCollection:
    """A bar across a point whose mask is negative (v4 has such), as a minus sign."""
    return PathCollection(
        [Path([(-1, 0), (1, 0)])],
        sizes=[2.2**2],
        offsets=xy,
        offset_transform=transform,
        transform=IdentityTransform(),
        facecolors="none",
        edgecolors=[C["base"]],
        linewidths=1.4,
        path_effects=rim(1.4, 0.6),
        gid="negative",
        zorder=7,
    )


def number(ax: Axes, at: Floats, shift: tuple[float, float], label: str) -> None:
    """A number beside a mark, on a small dark chip and not with a rim, so that it stays text in SVG.

    Args:
        ax: where.
        at: (x, y) of the mark.
        shift: (x, y) in points from there.
        label: the number.
    """
    chip = {
        "boxstyle": "round,pad=0.18,rounding_size=0.35",
        "facecolor": C["halo"],
        "alpha": 0.72,
        "linewidth": 0,
    }
    ax.annotate(
        label,
        (float(at[0]), float(at[1])),
        shift,
        textcoords="offset points",
        fontsize=7.5,
        color=C["base"],
        ha="center",
        va="center",
        bbox=chip,
        zorder=8,
        annotation_clip=True,
    )
