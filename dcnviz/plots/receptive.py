"""The effective receptive field of one cell, over the picture."""

from __future__ import annotations

from typing import get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from dcnviz.analysis.receptive_field import Part, ReceptiveField
from dcnviz.plots.fields import BAR
from dcnviz.plots.legend import legend
from dcnviz.plots.nodes import cell_row, check_fits, close_up, fading, mark_cell, name_part, scale_bar
from dcnviz.plots.style import (
    ROW,
    Box,
    Floats,
    Picture,
    Theme,
    ThemeName,
    colour_bar,
    dimmed,
    figure_of,
    panel,
    panels,
    picture_box,
    show_picture,
    theme_of,
)

WEAK = 0.02  # what is weaker than this share of the strongest pixel does not widen the close-up
HIGH = 2.6  # inches: the height of each of three pictures
LABEL = "share of the strongest gradient"
NAMES = {"total": "total", "content": "content: what it reads", "geometry": "geometry: where it looks"}


def receptive_field(
    field: ReceptiveField,
    picture: Picture,
    *,
    part: Part | None = None,
    whole: bool = False,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Which pixels move one cell's output: the gradient's magnitude, over the dimmed picture.

    Colours are a share of the strongest pixel of the whole gradient, on a square-root scale, so that weak pixels
    show; the three parts share one scale and may be compared.

    Args:
        field: from :func:`dcnviz.analysis.effective_receptive_field`.
        picture: ``(H, W, 3)`` uint8, what the model was shown.
        part: "total", "content" or "geometry"; None: all three side by side in a new figure, else the total.
        whole: show the whole picture, not a close-up.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says what it is, "" nothing.

    Returns:
        The figure; its images have the ids "picture" and "field", also in SVG.

    Raises:
        ValueError: if the picture is not the one analysed, by its size, or there is no such part.

    >>> import torch
    >>> one = torch.zeros(3, 16, 20)
    >>> one[:, 4:9, 6:11] = 1
    >>> drawn = receptive_field(ReceptiveField(one, one, "layer", (1, 2)), np.zeros((16, 20, 3), np.uint8))
    >>> [image.get_gid() for image in drawn.axes[0].images]
    ['picture', 'field']
    """
    page, size = theme_of(theme), (field.total.shape[1], field.total.shape[2])
    check_fits(picture, size)
    parts: tuple[Part, ...] = get_args(Part) if part is None and ax is None else (part or "total",)
    values = {name: field.magnitude(name).double().numpy() for name in parts}
    strongest = max(float(field.magnitude().max()), 1e-30)
    box = box_of(field, size, whole=whole)
    words = f"Effective receptive field \N{MIDDLE DOT} {field.layer}" if title is None else title
    below = ROW + 0.08
    if len(parts) > 1:
        made = panels([box] * len(parts), HIGH, theme=page, title=words, right=BAR, below=below)
    else:
        made = [panel(box, theme=page, ax=ax, title=words, right=BAR, below=below)]
    for one, name in zip(made, parts, strict=True):
        _draw(one, picture, values[name] / strongest, page)
        mark_cell(one, field.pixel)
        if name != "total" or len(parts) > 1:
            name_part(one, NAMES[name])
    scale_bar(made[0])
    colour_bar(made[-1], made[-1].images[-1], LABEL, page, extend=_extend(values, strongest))
    legend(made[0], [cell_row(field.cell, field.pixel)], page)
    figure = figure_of(made[0])
    if ax is None:
        figure.suppressComposite = True  # else picture and field become one image in SVG and PDF
    return figure


def _draw(ax: Axes, picture: Picture, shares: Floats, theme: Theme) -> None:
    show_picture(ax, dimmed(picture, theme), smooth=True)
    ax.imshow(
        shares,
        extent=picture_box(picture.shape),
        cmap=fading(),
        norm=PowerNorm(0.5, 0, 1, clip=True),
        interpolation="nearest",
        gid="field",
        zorder=1,
    )


def _extend(values: dict[Part, Floats], strongest: float) -> str:
    """Pointed if a part is somewhere stronger than the whole, which its counterpart there cancels."""
    return "max" if max(float(v.max()) for v in values.values()) > strongest * (1 + 1e-6) else "neither"


def box_of(field: ReceptiveField, size: tuple[int, int], *, whole: bool) -> Box:
    """The part of a picture of this size that is shown: the whole, or a close-up of what is not weak."""
    magnitude = field.magnitude()
    strong = (magnitude > WEAK * magnitude.max()).nonzero().double().numpy()[:, ::-1]
    return picture_box(size) if whole or not len(strong) else close_up(np.asarray(strong), size)
