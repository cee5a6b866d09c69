"""A grouped look's numbers by the operators themselves: what the lesson checks answers against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from dcnviz.ui.groups.state import SIZE, TAPS, Groups
from dcnviz.ui.toy.state import Cell, Grid

if TYPE_CHECKING:  # torch is imported when the first number is asked for
    from torch import Tensor


@dataclass(frozen=True)
class LiveGroups:
    """What dcnv3 (with a softmax) or dcnv4 (without) makes of it.

    Attributes:
        masks: of each group's taps.
        outputs: of each channel, rows of numbers.
        samples: what each tap reads, by channel and tap, rows of numbers for all cells.
    """

    masks: tuple[tuple[float, ...], ...]
    outputs: tuple[Grid, ...]
    samples: tuple[tuple[Grid, ...], ...]

    def at(self, channel: int, cell: Cell) -> tuple[float, ...]:
        """What each tap reads of a channel at a cell."""
        return tuple(grid[cell[0]][cell[1]] for grid in self.samples[channel])


@lru_cache(maxsize=64)
def live_groups(state: Groups) -> LiveGroups:
    """Runs the operator on all channels at once, in float64.

    >>> from dcnviz.ui.groups.state import Group
    >>> flat = Groups((Group((((5.0,) * 4,) * 4,)),))
    >>> [round(y, 6) for y in live_groups(flat).outputs[0][0]]    # a mean of equal numbers
    [5.0, 5.0]
    """
    import torch

    raw = torch.tensor([group.raw for group in state.groups], dtype=torch.float64)
    masks = raw if state.free else raw.softmax(1)
    outputs = _outputs(state, masks)
    each = torch.eye(TAPS, dtype=torch.float64)  # one tap alone
    samples = torch.stack([_outputs(state, one.expand_as(masks)) for one in each], dim=1)
    return LiveGroups(
        masks=_rows(masks),
        outputs=tuple(_rows(channel) for channel in outputs),
        samples=tuple(tuple(_rows(tap) for tap in channel) for channel in samples),
    )


def _outputs(state: Groups, masks: Tensor) -> Tensor:
    """``(C, H_out, W_out)`` for masks ``(G, K)``, by the operator of the state's version."""
    import torch

    from dcnviz.conventions import to_dcnv4, to_internimage
    from dcnviz.ops import dcnv3, dcnv4

    count = len(state.groups)
    maps = torch.tensor([grid for group in state.groups for grid in group.grids], dtype=torch.float64)
    places = torch.tensor([group.offsets for group in state.groups], dtype=torch.float64)
    offsets = places[None, :, :, None, None].expand(1, count, TAPS, *state.output_size, 2)
    weights = masks[None, :, :, None, None].expand(1, count, TAPS, *state.output_size)
    channels_last = maps.permute(1, 2, 0)[None]
    if state.free:
        packed = to_dcnv4(offsets, weights, state.geometry)
        output = dcnv4(channels_last, packed, kernel_size=SIZE, groups=count)
    else:
        offset, mask = to_internimage(offsets, weights, state.geometry)
        output = dcnv3(channels_last, offset, mask, kernel_size=SIZE, groups=count)
    return output[0].permute(2, 0, 1)


def _rows(table: Tensor) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in table.tolist())
