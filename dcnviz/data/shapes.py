"""The six shapes of the made scenes, as anti-aliased coverage.

Each shape is a signed distance (negative inside) on the unit disc: its circumscribed circle has radius 1, so
"radius" means the same thing for all six. Coordinates are (y, x), pixel centres at integers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

CLASS_NAMES: tuple[str, ...] = ("background", "disc", "square", "triangle", "star", "ring", "cross")
"""Names of the labels in a class map; the index is the label, 0 is the background."""

RING_HOLE = 0.5
STAR_WAIST = 0.45
CROSS_ARM = 0.32


def _disc(y: Floats, x: Floats) -> Floats:
    return np.hypot(y, x) - 1


def _square(y: Floats, x: Floats) -> Floats:
    return np.maximum(abs(y), abs(x)) - np.float32(0.5**0.5)


def _triangle(y: Floats, x: Floats) -> Floats:
    slanted = np.float32(0.75**0.5) * abs(x) - y * np.float32(0.5)
    return np.maximum(y, slanted) - np.float32(0.5)


def _star(y: Floats, x: Floats) -> Floats:
    # Five mirror-symmetric points: fold the plane onto half a point, whose outline is one straight edge.
    half = np.float32(np.pi / 5)
    angle = abs((np.arctan2(x, y) + half) % (2 * half) - half)
    distance = np.hypot(y, x)
    along, across = distance * np.cos(angle), distance * np.sin(angle)
    edge = np.array([STAR_WAIST * np.cos(half) - 1, STAR_WAIST * np.sin(half)], dtype=np.float32)
    normal_along, normal_across = np.array([edge[1], -edge[0]]) / np.float32(np.hypot(*edge))
    folded: Floats = (along - 1) * normal_along + across * normal_across
    return folded


def _ring(y: Floats, x: Floats) -> Floats:
    middle, half_width = np.float32((1 + RING_HOLE) / 2), np.float32((1 - RING_HOLE) / 2)
    band: Floats = abs(np.hypot(y, x) - middle) - half_width
    return band


def _cross(y: Floats, x: Floats) -> Floats:
    length, arm = np.float32((1 - CROSS_ARM**2) ** 0.5), np.float32(CROSS_ARM)
    tall = np.maximum(abs(y) - length, abs(x) - arm)
    wide = np.maximum(abs(y) - arm, abs(x) - length)
    union: Floats = np.minimum(tall, wide)
    return union


_DISTANCES: tuple[Callable[[Floats, Floats], Floats], ...] = (_disc, _square, _triangle, _star, _ring, _cross)


def coverage(label: int, radius: float, angle: float, centre: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """Draw one shape into the smallest odd box that holds it in any rotation.

    Args:
        label: class of the shape, 1 to 6 as in :data:`CLASS_NAMES`.
        radius: radius of the circumscribed circle in pixels, positive.
        angle: rotation in radians.
        centre: (y, x) of the shape's centre relative to the box's middle pixel, each within half a pixel.

    Returns:
        (S, S) float32, S odd: the share of each pixel that the shape covers, 0 to 1, exact for edges along
        the pixel grid.

    Raises:
        ValueError: the label names no shape, or the radius is not positive.

    Example:
        >>> share = coverage(1, 10.0, 0.0)
        >>> share.shape, abs(float(share.sum()) - 100 * 3.1416) < 2
        ((23, 23), True)
    """
    if not 1 <= label < len(CLASS_NAMES):
        raise ValueError(f"label must be 1 to {len(CLASS_NAMES) - 1} (one of {CLASS_NAMES[1:]}), got {label}")
    if not radius > 0:
        raise ValueError(f"radius must be a positive number of pixels, got {radius}")
    reach = int(np.ceil(radius)) + 1
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    down, right = (steps - np.float32(centre[0]))[:, None], (steps - np.float32(centre[1]))[None, :]
    cos, sin = np.float32(np.cos(angle) / radius), np.float32(np.sin(angle) / radius)
    distance = _DISTANCES[label - 1](cos * down - sin * right, sin * down + cos * right)
    share: Floats = np.clip(np.float32(0.5) - distance * np.float32(radius), 0, 1)
    return share
