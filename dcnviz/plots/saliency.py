"""The error-bounded saliency region of one cell: what of the picture it needs."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcnviz.analysis.saliency import SaliencyRegion
from dcnviz.plots import marks
from dcnviz.plots.legend import Row, legend, swatch_line
from dcnviz.plots.nodes import cell_row, check_fits, mark_cell, scale_bar
from dcnviz.plots.style import (
    ROW,
    Floats,
    Picture,
    ThemeName,
    dimmed,
    figure_of,
    panel,
    picture_box,
    show_picture,
    theme_of,
)


def saliency_region(
    region: SaliencyRegion,
    picture: Picture,
    *,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """The image cells that a node needs in their colours, the rest dimmed, and the node's cell marked.

    Args:
        region: from :func:`dcnviz.analysis.error_bounded_saliency`.
        picture: ``(H, W, 3)`` uint8, what the model was shown.
        theme: "light" or "dark".
        ax: axes to draw in; None makes a figure.
        title: over the picture; None says what it is, "" nothing.

    Returns:
        The figure; the region's outline is a collection of id "outline".

    Raises:
        ValueError: if the picture is not the one analysed, by its size.
    """
    page, mask = theme_of(theme), region.mask.numpy()
    check_fits(picture, (mask.shape[0], mask.shape[1]))
    parts = ["Error-bounded saliency", region.layer]
    parts += ["fast approximation"] if region.method == "fast" else []
    parts += [] if region.complete else ["stopped early"]
    words = " \N{MIDDLE DOT} ".join(part for part in parts if part) if title is None else title
    ax = panel(picture_box(picture.shape), theme=page, ax=ax, title=words, below=3 * ROW + 0.08)
    show_picture(ax, np.where(mask[..., None], picture, dimmed(picture, page)))
    edges = outline(region.kept.numpy(), region.cells.side, (mask.shape[0], mask.shape[1]))
    ax.add_artist(marks.lines(edges, gid="outline", zorder=4))
    mark_cell(ax, region.pixel)
    scale_bar(ax)
    found = f"1 \N{MINUS SIGN} cosine = {region.error:.3f} < {region.eps:g}"
    kept = f"kept: {int(region.kept.sum())} image cells, {region.area:.1%} of the picture\n{found}"
    legend(ax, [cell_row(region.cell, region.pixel), Row(kept, swatch_line)], page, columns=1)
    return figure_of(ax)


def outline(kept: Floats, side: int, size: tuple[int, int]) -> Floats:
    """The border of a set of cells, ``(N, 2, 2)`` lines of (x, y), in pixels, along the cells' edges.

    >>> outline(np.array([[True]]), 4, (4, 4)).shape
    (4, 2, 2)
    """
    padded = np.pad(np.asarray(kept, dtype=bool), 1)
    across = np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1])  # borders between a cell and the one above it
    down = np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1])  # and the one to its left
    x, y = across[:, 1], across[:, 0]
    flat = np.stack([np.stack([x, y], -1), np.stack([x + 1, y], -1)], 1)
    x, y = down[:, 1], down[:, 0]
    upright = np.stack([np.stack([x, y], -1), np.stack([x, y + 1], -1)], 1)
    corners = np.concatenate([flat, upright]).astype(float) * side
    limit: Floats = np.minimum(corners, [size[1], size[0]]) - 0.5
    return limit
