"""Mean displacement as colours: direction is hue, length is saturation, with a wheel as the key."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.geometry import MapToPicture
from dcnviz.plots.arrows import displacement
from dcnviz.plots.style import (
    Box,
    Floats,
    Picture,
    Theme,
    ThemeName,
    check_picture,
    cover,
    dimmed,
    figure_of,
    panel,
    picture_box,
    show_picture,
    side,
    subject,
    theme_of,
)
from dcnviz.sampling import Sampling

WHEEL, BESIDE, WORDS = 0.2, 0.035, 0.85
"""Side of the wheel and its distance from the picture, in shares of the picture's long side; inches of its words."""
CHROMA, LIGHT, SWING, FULL = 0.17, 0.68, 0.10, 0.9

# OKLab to the cube roots of cone responses, and those to linear sRGB (Ottosson 2020,
# bottosson.github.io/posts/oklab).
_TO_CONES = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def flow_colours(vectors: Floats) -> Floats:
    """Colours of displacements of length up to 1, to be laid over a grey picture.

    Direction is hue. Left and right are blue and yellow, the pair of hues that the common colour vision
    deficiencies leave apart; up and down are green and red, and because those two may look alike, up is also
    lighter and down darker. Length is opacity, so that over grey it becomes saturation, and nothing covers
    what does not move.

    Args:
        vectors: ``(..., 2)``, (x, y) with y downwards, in shares of the length that is fully coloured; longer
            ones keep their direction.

    Returns:
        ``(..., 4)`` sRGB and opacity in [0, 1].

    >>> red, green, blue, opacity = flow_colours(np.array([-1.0, 0.0]))      # left
    >>> bool(blue > green > red), float(opacity)
    (True, 0.9)
    """
    length = np.hypot(vectors[..., 0], vectors[..., 1])
    x, y = np.moveaxis(vectors / np.maximum(1e-9, length)[..., None], -1, 0)
    lab = np.stack([LIGHT - SWING * y + 0.06 * x, CHROMA * y, CHROMA * x], axis=-1)
    linear = ((lab @ _TO_CONES.T) ** 3 @ _TO_RGB.T).clip(0.0, 1.0)
    colours = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.concatenate([colours, FULL * length.clip(0, 1)[..., None]], axis=-1)


def displacement_flow(
    sampling: Sampling,
    picture: Picture,
    to_picture: MapToPicture,
    *,
    image: int = 0,
    group: int = 0,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Where each cell's taps have moved on average, as colours: direction is hue, length is saturation.

    Args:
        sampling: of one layer.
        picture: ``(H, W, 3)`` uint8.
        to_picture: where the layer's *input* map lies on the picture.
        image: which input of the batch.
        group: which offset group.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says version and group, "" nothing.

    Returns:
        The figure. The rim of the wheel is the 97th percentile of the lengths, in picture pixels; longer
        displacements have the colour of the rim.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8.
        IndexError: if there is no such image or group.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = regular(Geometry(3, padding=1), (8, 12))
    >>> figure = displacement_flow(still, np.zeros((32, 48, 3), np.uint8), MapToPicture(jump=(4, 4)))
    >>> figure.axes[0].images[-1].get_array().shape
    (9, 13, 4)
    """
    page = theme_of(theme)
    moved = displacement(sampling, to_picture, image=image, group=group)
    most = max(float(np.quantile(np.hypot(moved[..., 0], moved[..., 1]), 0.97)), 1e-3)
    words = subject("Mean displacement", sampling, group) if title is None else title
    ax = panel(
        picture_box(check_picture(picture).shape), theme=page, ax=ax, title=words, right=room_for(side())
    )
    show_picture(ax, dimmed(picture, page))
    colours, box = cover(flow_colours(moved / most), to_picture.after(sampling.geometry), picture)
    ax.imshow(
        colours,
        extent=box,
        interpolation="nearest",
        gid="flow",
        zorder=1,
    )
    _wheel(ax, most, page)
    return figure_of(ax)


def room_for(long: float) -> float:
    """Inches that the wheel takes beside a picture with that long side, or the words below it, if they are longer.

    >>> round(room_for(3.0), 2), round(room_for(5.2), 2)
    (0.9, 1.3)
    """
    return max((BESIDE + WHEEL) * long + 0.08, (BESIDE + WHEEL / 2) * long + WORDS / 2 + 0.07)


def _wheel(ax: Axes, most: float, theme: Theme) -> None:
    """The key: every direction and length at its place, in its colour over a mid-grey part of the picture."""
    wide, high = (abs(b - a) for a, b in (ax.get_xlim(), ax.get_ylim()))
    across = WHEEL * max(wide, high)
    box: Box = (1 + BESIDE, 0.99 - across / high, across / wide, across / high)
    wheel = ax.inset_axes(box)
    line = np.linspace(-1.04, 1.04, 129)
    x, y = np.meshgrid(line, line)
    radius = np.hypot(x, y)
    rgba = flow_colours(np.stack([x, y], axis=-1))
    colours = rgba[..., 3:] * rgba[..., :3] + (1 - rgba[..., 3:]) * theme.level
    rim = np.clip((1.0 - radius) * 64 + 0.5, 0, 1)  # a soft rim
    wheel.imshow(np.dstack([colours, rim]), extent=(-1.04, 1.04, 1.04, -1.04), gid="wheel")
    wheel.plot([0], [0], marker="+", markersize=5, color=theme.ink, markeredgewidth=0.8)
    wheel.set_axis_off()
    words: dict[str, Any] = {"transform": wheel.transAxes, "ha": "center", "va": "top", "color": theme.ink}
    wheel.text(0.5, -0.06, f"rim: {most:.3g}", fontsize=10, **words)
    wheel.text(0.5, -0.30, "picture pixels", fontsize=9, **words)
