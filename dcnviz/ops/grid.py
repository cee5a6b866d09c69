"""The undeformed grid of a layer, in the order in which its samples lie in memory.

The same for every call of a layer at one shape: made once and kept (0.2 ms of a call else).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from dcnviz.geometry import Geometry, Pair
from dcnviz.ops.table import BORDER

# The axes (n, b, G, K, h, W) of the samples, n blocks of b pictures and h rows each, as they lie in memory.
Order = tuple[int, int, int, int, int, int]
BY_TAP: Order = (0, 2, 3, 1, 4, 5)  # as torchvision's planes, which are read straight through; for a backward
# A cell's taps side by side, as v3 keeps them; for a forward alone, and for sums.
BY_CELL: Order = (0, 1, 4, 5, 2, 3)

WIDE = 2**18  # up to this many samples a grid in v3's order is kept whole: 1 MB


@lru_cache(maxsize=32)
def grid_of(
    geometry: Geometry,
    sizes: tuple[Pair, Pair],
    counts: tuple[int, int],
    types: tuple[torch.dtype, torch.dtype],
    order: Order,
    summed: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Undeformed y and x in pixels, and the row of the table with pixel (0, 0).

    Args:
        geometry: kernel, stride, padding, dilation.
        sizes: of the input's maps and of the output's.
        counts: B and G.
        types: of positions and of rows.
        order: of the samples.
        summed: whether taps come column by column, for the sums of v3 and v4. Their offsets lie as their samples do,
            and are read in long runs where the grid is written out along whole rows of a picture, or all of them.

    Returns:
        Each along ``(B, G, K, H, W)``, an axis being 1 where nothing depends on it; not to be written to.
    """
    (height, width), size = sizes
    batch, groups = counts
    y = geometry.base((size[0], 1), dtype=types[0])[None, None, ..., 0]
    x = geometry.base((1, size[1]), dtype=types[0])[None, None, ..., 1]
    wide = width + 2 * BORDER
    area, corner = (height + 2 * BORDER) * wide, BORDER * (wide + 1)
    rows = torch.arange(batch * groups, dtype=types[1]).view(batch, groups, 1, 1, 1)
    rows = rows.div(groups, rounding_mode="floor") * (area - 1) * groups + rows + corner * groups
    if summed:
        y, x = (taps.unflatten(2, geometry.kernel_size).transpose(2, 3).flatten(2, 3) for taps in (y, x))
    if order == BY_TAP:
        return y, x, rows
    samples = geometry.taps * groups * size[0] * size[1]
    along, whole = (size[1] if summed else 1), (size[1] if summed and samples <= WIDE else 1)
    shape = groups, geometry.taps
    return (
        _by_cell(y.expand(1, *shape, size[0], whole)),
        _by_cell(x.expand(1, *shape, 1, size[1])),
        _by_cell(rows.expand(batch, *shape, 1, along)),
    )


def _by_cell(values: Tensor) -> Tensor:
    """The same values, those of a cell side by side in memory."""
    return values.permute(0, 3, 4, 1, 2).contiguous().permute(0, 3, 4, 1, 2)
