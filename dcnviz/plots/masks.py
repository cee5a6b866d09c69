"""Modulation masks over the picture: of one tap, or of all as one mosaic in the kernel's arrangement."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from dcnviz.geometry import MapToPicture, Pair
from dcnviz.plots.fields import BAR, TOP, check_indices, extend_of, heat
from dcnviz.plots.style import (
    AMOUNT,
    OPACITY,
    SIGNED,
    Floats,
    Picture,
    Theme,
    ThemeName,
    check_picture,
    colour_bar,
    dimmed,
    figure_of,
    panel,
    picture_box,
    subject,
    theme_of,
)
from dcnviz.sampling import Sampling

TILE = 256  # the long side of one picture of the mosaic, in its pixels
SEAM = 0.03  # the space between two of them, in shares of the long side


def mask_map(
    sampling: Sampling,
    picture: Picture,
    to_picture: MapToPicture,
    *,
    tap: int | None = None,
    image: int = 0,
    group: int = 0,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """The modulation mask, of one tap or of all of them, laid out as the kernel is.

    Args:
        sampling: of one layer.
        picture: ``(H, W, 3)`` uint8.
        to_picture: where the layer's *input* map lies on the picture.
        tap: row-major, from 0; None shows all, tap (ky, kx) in row ky and column kx.
        image: which input of the batch.
        group: which offset group.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says version, tap and group, "" nothing.

    Returns:
        The figure. The mask is without unit, and shown at the output cell that it belongs to. The scale
        begins at 0; where masks are negative (v4) it is symmetric about 0.

    Raises:
        ValueError: if the picture is not ``(H, W, 3)`` uint8.
        IndexError: if there is no such tap, image or group.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = regular(Geometry(3, padding=1), (8, 12))
    >>> figure = mask_map(still, np.zeros((32, 48, 3), np.uint8), MapToPicture(jump=(4, 4)), tap=4)
    >>> figure.axes[0].get_title(loc="left").split(" ")[:4]
    ['Mask', 'of', 'tap', '4']
    """
    check_indices(sampling, image, group)
    if tap is not None and not 0 <= tap < sampling.taps:
        raise IndexError(f"the kernel has taps 0 to {sampling.taps - 1}; there is no tap {tap}.")
    page = theme_of(theme)
    values = sampling.mask[image, group].detach().cpu().float().numpy()
    norm = _mask_scale(values)
    cmap = SIGNED if norm.vmin is not None and norm.vmin < 0 else AMOUNT
    what = "Mask of each tap" if tap is None else f"Mask of tap {tap}"
    words = subject(what, sampling, group) if title is None else title
    cells = to_picture.after(sampling.geometry)
    if tap is not None:
        ax = panel(picture_box(check_picture(picture).shape), theme=page, ax=ax, title=words, right=BAR)
        heat(ax, picture, values[tap], cells, page, cmap, norm, "mask")
        return figure_of(ax)
    tiled, ground = _mosaic(values, check_picture(picture), cells, sampling.geometry.kernel_size, page)
    ax = panel(picture_box(tiled.shape), theme=page, ax=ax, title=words, right=BAR)
    ax.set_facecolor("none")
    ax.imshow(ground, extent=picture_box(tiled.shape), gid="picture", zorder=0)
    masks = ax.imshow(
        tiled, cmap=cmap, norm=norm, alpha=OPACITY, interpolation="nearest", gid="mask", zorder=1
    )
    colour_bar(ax, masks, "mask", page, extend=extend_of(values, norm))
    return figure_of(ax)


def _mask_scale(values: Floats) -> Normalize:
    high = max(float(np.quantile(np.abs(values), TOP)), 1e-6)
    return Normalize(-high, high) if float(values.min()) < 0 else Normalize(0.0, high)


def _mosaic(
    values: Floats, picture: Picture, cells: MapToPicture, kernel: Pair, theme: Theme
) -> tuple[Floats, Picture]:
    """All taps side by side: their masks, ``(H, W)`` with NaN in the seams, and the dimmed picture, as often.

    One image instead of K axes: drawn in a fraction of the time. Each pixel of a tile takes the mask of the
    cell nearest to it on the picture.
    """
    height, width = picture.shape[:2]
    thin = max(1, round(max(height, width) / TILE))
    small = dimmed(picture[thin // 2 :: thin, thin // 2 :: thin], theme)
    nearest = [
        np.rint((np.arange(thin // 2, n, thin) - cells.start[a]) / cells.jump[a])
        .astype(int)
        .clip(0, most - 1)
        for a, (n, most) in enumerate(zip((height, width), values.shape[1:], strict=True))
    ]
    tile = values[:, nearest[0][:, None], nearest[1]]
    (rows, columns), (high, wide) = kernel, small.shape[:2]
    seam = max(2, round(SEAM * max(high, wide)))
    size = rows * (high + seam) - seam, columns * (wide + seam) - seam
    masks, ground = np.full(size, np.nan, np.float32), np.zeros((*size, 4), np.uint8)
    for tap in range(rows * columns):
        top, left = tap // columns * (high + seam), tap % columns * (wide + seam)
        masks[top : top + high, left : left + wide] = tile[tap]
        ground[top : top + high, left : left + wide, :3] = small
        ground[top : top + high, left : left + wide, 3] = 255
    return masks, ground
