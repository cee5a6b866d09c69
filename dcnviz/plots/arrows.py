"""Mean displacement of each cell's taps, as arrows over the picture."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from dcnviz.geometry import MapToPicture
from dcnviz.plots.chain import to_xy
from dcnviz.plots.colours import hex_table
from dcnviz.plots.fields import check_indices
from dcnviz.plots.style import (
    Floats,
    Picture,
    Theme,
    ThemeName,
    check_picture,
    dimmed,
    figure_of,
    panel,
    picture_box,
    show_picture,
    subject,
    theme_of,
)
from dcnviz.sampling import Sampling

KEY = 0.3  # inches below the picture, for the key


def displacement(sampling: Sampling, to_picture: MapToPicture, *, image: int, group: int) -> Floats:
    """Mean displacement of each cell's taps, ``(H_out, W_out, 2)``, (x, y) in picture pixels."""
    check_indices(sampling, image, group)
    mean = sampling.offsets[image, group].mean(dim=0)
    return to_xy(mean * mean.new_tensor(to_picture.jump))


def mean_displacement(
    sampling: Sampling,
    picture: Picture,
    to_picture: MapToPicture,
    *,
    image: int = 0,
    group: int = 0,
    arrows: int = 24,
    scale: float | None = None,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Where each cell's taps have moved on average, as arrows: Zhang et al.'s feature viewpoint (2021).

    Args:
        sampling: of one layer.
        picture: ``(H, W, 3)`` uint8.
        to_picture: where the layer's *input* map lies on the picture.
        image: which input of the batch.
        group: which offset group.
        arrows: about how many along the picture's long side; every n-th cell has one, the others none.
        scale: how much longer than the displacement arrows are drawn; None: 1 (true length) if that can be
            read, else the round number that makes it so. It is written beside the key.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says version and group, "" nothing.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8.
        IndexError: if there is no such image or group.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = regular(Geometry(3, padding=1), (8, 12))
    >>> figure = mean_displacement(still, np.zeros((32, 48, 3), np.uint8), MapToPicture(jump=(4, 4)))
    >>> figure.axes[0].collections[0].get_gid()
    'arrows'
    """
    page, colours = theme_of(theme), hex_table()
    moved = displacement(sampling, to_picture, image=image, group=group)
    cells = to_picture.after(sampling.geometry)
    step = max(1, -(-max(sampling.output_size) // arrows))
    rows, columns = (np.arange((n - 1) % step // 2, n, step) for n in sampling.output_size)
    x, y = cells.start[1] + cells.jump[1] * columns, cells.start[0] + cells.jump[0] * rows
    vectors = moved[np.ix_(rows, columns)]
    typical = float(np.quantile(np.hypot(vectors[..., 0], vectors[..., 1]), 0.95))
    if scale is None:
        scale = _readable(typical, step * max(cells.jump))

    words = subject("Mean displacement", sampling, group) if title is None else title
    ax = panel(picture_box(check_picture(picture).shape), theme=page, ax=ax, title=words, below=KEY)
    show_picture(ax, dimmed(picture, page))
    drawn = ax.quiver(
        x,
        y,
        vectors[..., 0],
        vectors[..., 1],
        angles="xy",
        scale_units="xy",
        scale=1 / scale,
        units="inches",
        width=0.022,
        headwidth=3.6,
        headlength=4.2,
        headaxislength=3.7,
        minlength=0.6,
        facecolor=colours["line"],
        edgecolor=colours["halo"],
        linewidth=0.55,
        gid="arrows",
        zorder=3,
    )
    _draw_key(ax, drawn, typical, scale, page)
    return figure_of(ax)


def _draw_key(ax: Axes, drawn: Quiver, typical: float, scale: float, theme: Theme) -> None:
    """An arrow of a round length below the picture, with that length and the factor it is drawn with."""
    if typical <= 0:
        ax.text(
            0,
            -0.03,
            "no cell's taps have moved",
            transform=ax.transAxes,
            va="top",
            color=theme.ink,
            fontsize=10,
        )
        return
    length = round_number(typical)
    how = "true length" if scale == 1 else f"arrows drawn {scale:g} times as long"
    wide, high = (abs(b - a) for a, b in (ax.get_xlim(), ax.get_ylim()))
    drop = 0.035 * max(wide, high) / high
    end = length * scale / wide
    ax.quiverkey(
        drawn,
        end + 0.005,
        -drop,
        length,
        f"{length:g} picture pixel{'' if length == 1 else 's'} ({how})",
        labelpos="E",
        coordinates="axes",
        labelcolor=theme.ink,
        fontproperties={"size": 10},
    )


def round_number(value: float) -> float:
    """1, 2 or 5 times a power of ten, the nearest in ratio.

    >>> round_number(0.17), round_number(13), round_number(40)
    (0.2, 10.0, 50.0)
    """
    power = math.floor(math.log10(value))
    nearest = min((1, 2, 5, 10), key=lambda n: abs(math.log(value / 10.0**power / n)))
    return float(nearest * 10**power if power >= 0 else nearest / 10**-power)


def _readable(typical: float, spacing: float) -> float:
    """1 if arrows of that length can be told apart at that spacing, else the factor that makes them so."""
    if typical <= 0 or 0.35 * spacing <= typical <= 2.0 * spacing:
        return 1.0
    return round_number(spacing / typical)
