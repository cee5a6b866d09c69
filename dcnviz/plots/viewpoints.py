"""The two viewpoints of Zhang et al. (2021), side by side over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.analysis.viewpoints import regular_spread, viewpoints
from dcnviz.geometry import MapToPicture
from dcnviz.plots.fields import BAR, check_indices, heat, scale_of
from dcnviz.plots.flow import displacement_flow, room_for
from dcnviz.plots.style import (
    AMOUNT,
    EDGE,
    PAIR,
    TITLE,
    Floats,
    Picture,
    Theme,
    ThemeName,
    check_picture,
    figure_of,
    panel,
    picture_box,
    theme_of,
)
from dcnviz.sampling import Sampling

Viewpoint = Literal["feature", "kernel"]
BETWEEN = 0.25  # inches between the first key and the second picture


def viewpoint_maps(
    sampling: Sampling,
    picture: Picture,
    to_picture: MapToPicture,
    *,
    image: int = 0,
    group: int = 0,
    part: Viewpoint | None = None,
    theme: ThemeName = "light",
    ax: Sequence[Axes] | None = None,
    title: str | None = None,
) -> Figure:
    """Left, where the taps of each cell went together; right, how far they spread about their mean.

    Args:
        sampling: of one layer.
        picture: ``(H, W, 3)`` uint8.
        to_picture: where the layer's *input* map lies on the picture.
        image: which input of the batch.
        group: which offset group.
        part: "feature" or "kernel", for one of them alone; None for both.
        theme: "light" or "dark".
        ax: two axes to draw in, or one for one of them; None makes a figure.
        title: over the picture of one of them; None says which, "" nothing.

    Returns:
        The figure. Directions are hues and lengths saturation, in picture pixels; the spread is the root mean
        square distance in cells of the input map, and the line across its bar marks the undeformed grid.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8, or there are not so many axes.
        IndexError: if there is no such image or group.

    >>> import numpy as np
    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = regular(Geometry(3, padding=1), (8, 12))
    >>> figure = viewpoint_maps(still, np.zeros((32, 48, 3), np.uint8), MapToPicture(jump=(4, 4)))
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['Feature viewpoint: mean displacement', 'Kernel viewpoint: spread of the taps']
    """
    check_indices(sampling, image, group)
    page, shown = theme_of(theme), ("feature", "kernel") if part is None else (part,)
    if ax is not None and len(ax) != len(shown):
        raise ValueError(f"{len(shown)} axes are needed, one for each viewpoint; got {len(ax)}.")
    made: Sequence[Axes | None] = [None] if ax is None else ax
    if ax is None and part is None:
        made = _pair(check_picture(picture), page.ground)
    which = f", group {group + 1}" if sampling.groups > 1 else ""
    if part != "kernel":
        words = f"Feature viewpoint: mean displacement{which}" if title is None else title
        where = {"image": image, "group": group}
        figure = displacement_flow(
            sampling, picture, to_picture, **where, theme=theme, ax=made[0], title=words
        )
    if part != "feature":
        words = f"Kernel viewpoint: spread of the taps{which}" if title is None else title
        right = panel(
            picture_box(check_picture(picture).shape), theme=page, ax=made[-1], title=words, right=BAR
        )
        values = viewpoints(sampling).kernel[image, group].detach().cpu().numpy()
        _spread(right, sampling, picture, to_picture, values, page)
        figure = figure_of(right)
    return figure


def _spread(
    ax: Axes, sampling: Sampling, picture: Picture, to_picture: MapToPicture, values: Floats, page: Theme
) -> None:
    """The kernel viewpoint, and on its scale the undeformed grid."""
    usual = regular_spread(sampling)
    norm = scale_of(values, min(usual, float(values.min())), least=usual)
    label = f"cells ({usual:.3g} = regular grid)"
    bar = heat(ax, picture, values, to_picture.after(sampling.geometry), page, AMOUNT, norm, label)
    bar.axhline(usual, color=page.ink, linewidth=2.2, xmin=-0.35, xmax=1.0, clip_on=False, gid="regular")


def _pair(picture: Picture, ground: str) -> tuple[Axes, Axes]:
    """Two axes of the picture's shape in a new figure, with room for a key beside each."""
    wide, high = PAIR / 2, PAIR / 2 * picture.shape[0] / picture.shape[1]
    room = room_for(wide)
    across = 2 * wide + room + BETWEEN + BAR + 2 * EDGE
    tall = high + 2 * EDGE + TITLE
    figure = Figure(figsize=(across, tall), dpi=100, facecolor=ground)
    lefts = EDGE, EDGE + wide + room + BETWEEN
    first, second = (
        figure.add_axes((left / across, EDGE / tall, wide / across, high / tall)) for left in lefts
    )
    return first, second
