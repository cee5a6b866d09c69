"""The two viewpoints of Zhang et al. (2021), side by side over the picture."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.analysis.viewpoints import regular_spread, viewpoints
from dcnviz.geometry import MapToPicture
from dcnviz.plots.fields import BAR, check_indices, heat, scale_of
from dcnviz.plots.flow import ROOM, displacement_flow
from dcnviz.plots.style import (
    AMOUNT,
    EDGE,
    PAIR,
    TITLE,
    Picture,
    ThemeName,
    check_picture,
    figure_of,
    panel,
    picture_box,
    theme_of,
)
from dcnviz.sampling import Sampling

BETWEEN = 0.25  # inches between the first key and the second picture


def viewpoint_maps(
    sampling: Sampling,
    picture: Picture,
    to_picture: MapToPicture,
    *,
    image: int = 0,
    group: int = 0,
    theme: ThemeName = "light",
    ax: Sequence[Axes] | None = None,
) -> Figure:
    """Left, where the taps of each cell went together; right, how far they spread about their mean.

    Args:
        sampling: of one layer.
        picture: ``(H, W, 3)`` uint8.
        to_picture: where the layer's *input* map lies on the picture.
        image: which input of the batch.
        group: which offset group.
        theme: "light" or "dark".
        ax: two axes to draw in; None makes a figure.

    Returns:
        The figure. Directions are hues and lengths saturation, in picture pixels; the spread is the root mean
        square distance in cells of the input map, and the line across its bar marks the undeformed grid.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8, or there are not two axes.
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
    page = theme_of(theme)
    left, right = _pair(check_picture(picture), page.ground) if ax is None else _two(ax)
    which = f", group {group}" if sampling.groups > 1 else ""
    displacement_flow(
        sampling,
        picture,
        to_picture,
        image=image,
        group=group,
        theme=theme,
        ax=left,
        title=f"Feature viewpoint: mean displacement{which}",
    )
    words = f"Kernel viewpoint: spread of the taps{which}"
    panel(picture_box(picture.shape), theme=page, ax=right, title=words)
    values = viewpoints(sampling).kernel[image, group].detach().cpu().numpy()
    usual = regular_spread(sampling)
    norm = scale_of(values, min(usual, float(values.min())), least=usual)
    label = f"cells of the input map ({usual:.3g} = regular grid)"
    bar = heat(right, picture, values, to_picture.after(sampling.geometry), page, AMOUNT, norm, label)
    bar.axhline(usual, color=page.ink, linewidth=2.2, xmin=-0.35, xmax=1.0, clip_on=False, gid="regular")
    return figure_of(left)


def _two(ax: Sequence[Axes]) -> tuple[Axes, Axes]:
    if len(ax) != 2:
        raise ValueError(f"two axes are needed, one for each viewpoint; got {len(ax)}.")
    return ax[0], ax[1]


def _pair(picture: Picture, ground: str) -> tuple[Axes, Axes]:
    """Two axes of the picture's shape in a new figure, with room for a key beside each."""
    wide, high = PAIR / 2, PAIR / 2 * picture.shape[0] / picture.shape[1]
    across = 2 * wide + ROOM + BETWEEN + BAR + 2 * EDGE
    tall = high + 2 * EDGE + TITLE
    figure = Figure(figsize=(across, tall), dpi=100, facecolor=ground)
    lefts = EDGE, EDGE + wide + ROOM + BETWEEN
    first, second = (
        figure.add_axes((left / across, EDGE / tall, wide / across, high / tall)) for left in lefts
    )
    return first, second
