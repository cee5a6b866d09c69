"""Fields of one layer as heat maps over the picture: offset length, effective dilation.

Each value belongs to an output cell and is drawn where that cell lies on the picture, by the receptive-field
recurrence; the picture below is grey and dimmed, so that colours can be read off the bar.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from dcnviz.analysis import effective_dilation
from dcnviz.analysis.dilation import neighbour_pairs
from dcnviz.geometry import MapToPicture
from dcnviz.plots.style import (
    AMOUNT,
    OPACITY,
    Floats,
    Picture,
    Theme,
    ThemeName,
    check_picture,
    colour_bar,
    cover,
    dimmed,
    figure_of,
    panel,
    picture_box,
    show_picture,
    subject,
    theme_of,
)
from dcnviz.sampling import Sampling

BAR = 0.85  # inches beside the picture
TOP = 0.995  # the quantile at which a scale ends: one wild offset must not turn the rest into one colour


def check_indices(sampling: Sampling, image: int, group: int) -> None:
    """Raises IndexError if there is no such image or group."""
    if not (0 <= image < sampling.batch and 0 <= group < sampling.groups):
        raise IndexError(
            f"the sampling holds {sampling.batch} inputs and {sampling.groups} groups; got {image}, {group}."
        )


def offset_magnitude(
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
    """Mean length of each cell's offsets over its taps, in picture pixels.

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
        The figure. The scale begins at 0 and ends at the 99.5th percentile; a pointed bar says that some
        cells lie above.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8.
        IndexError: if there is no such image or group.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = regular(Geometry(3, padding=1), (8, 12))
    >>> figure = offset_magnitude(still, np.zeros((32, 48, 3), np.uint8), MapToPicture(jump=(4, 4)))
    >>> figure.axes[0].images[-1].get_array().shape     # one more of each, up to the picture's edge
    (9, 13)
    """
    check_indices(sampling, image, group)
    offsets = sampling.offsets[image, group]
    lengths = (offsets * offsets.new_tensor(to_picture.jump)).norm(dim=-1).mean(dim=0)
    values = lengths.detach().cpu().numpy()
    words = subject("Mean offset length", sampling, group) if title is None else title
    ax = panel(
        picture_box(check_picture(picture).shape), theme=theme_of(theme), ax=ax, title=words, right=BAR
    )
    cells = to_picture.after(sampling.geometry)
    heat(ax, picture, values, cells, theme_of(theme), AMOUNT, scale_of(values, 0.0), "picture pixels")
    return figure_of(ax)


def dilation_map(
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
    """Effective dilation of each cell (arXiv 1703.06211, table 2), in cells of the layer's input map.

    The line across the bar marks the undeformed grid: 1 for an ordinary 3x3 layer.

    Args:
        sampling: of one layer with a kernel larger than 1x1.
        picture: ``(H, W, 3)`` uint8.
        to_picture: where the layer's *input* map lies on the picture.
        image: which input of the batch.
        group: which offset group.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says version and group, "" nothing.

    Raises:
        ValueError: if the kernel is 1x1, or the picture is not ``(H, W, 3)`` uint8.
        IndexError: if there is no such image or group.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = regular(Geometry(3, padding=1), (8, 12))
    >>> figure = dilation_map(still, np.zeros((32, 48, 3), np.uint8), MapToPicture(jump=(4, 4)))
    >>> float(figure.axes[0].images[-1].get_array().max())
    1.0
    """
    check_indices(sampling, image, group)
    page = theme_of(theme)
    values = effective_dilation(sampling)[image, group].detach().cpu().numpy()
    first, second = neighbour_pairs(sampling.geometry)
    grid = sampling.geometry.tap_grid()
    undeformed = float((grid[second] - grid[first]).norm(dim=-1).mean())
    norm = scale_of(values, min(undeformed, float(values.min())), least=undeformed)
    words = subject("Effective dilation", sampling, group) if title is None else title
    ax = panel(picture_box(check_picture(picture).shape), theme=page, ax=ax, title=words, right=BAR)
    cells = to_picture.after(sampling.geometry)
    label = f"cells ({undeformed:g} = regular grid)"
    bar = heat(ax, picture, values, cells, page, AMOUNT, norm, label)
    bar.axhline(undeformed, color=page.ink, linewidth=2.2, xmin=-0.35, xmax=1.0, clip_on=False, gid="regular")
    return figure_of(ax)


def heat(
    ax: Axes,
    picture: Picture,
    values: Floats,
    cells: MapToPicture,
    theme: Theme,
    cmap: str,
    norm: Normalize,
    label: str,
) -> Axes:
    """Draws a field over the dimmed picture, each value on its cell.

    Args:
        ax: made by :func:`dcnviz.plots.style.panel`.
        picture: ``(H, W, 3)`` uint8.
        values: ``(H_out, W_out)``.
        cells: where the output cells lie on the picture.
        theme: the page.
        cmap: name of a colour map.
        norm: its scale.
        label: of the colour bar: the unit.

    Returns:
        The axes of the colour bar.
    """
    show_picture(ax, dimmed(picture, theme))
    field, box = cover(values, cells, picture)
    drawn = ax.imshow(
        field,
        extent=box,
        cmap=cmap,
        norm=norm,
        alpha=OPACITY,
        interpolation="nearest",
        gid="field",
        zorder=1,
    )
    return colour_bar(ax, drawn, label, theme, extend=extend_of(values, norm))


def scale_of(values: Floats, low: float, least: float = 0.0) -> Normalize:
    """A scale from ``low`` to the 99.5th percentile, and a little beyond ``least`` in any case."""
    high = float(np.quantile(values, TOP))
    return Normalize(low, max(high, least + 0.1, low + 1e-3))


def extend_of(values: Floats, norm: Normalize) -> str:
    """Which ends of a colour bar are pointed because values lie beyond."""
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 0.0)
    below, above = bool(values.min() < low - 1e-6), bool(values.max() > high + 1e-6)
    return {(False, False): "neither", (False, True): "max", (True, False): "min", (True, True): "both"}[
        below, above
    ]
