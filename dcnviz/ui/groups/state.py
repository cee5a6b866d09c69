"""A grouped look as a value: two groups of channels, each with its own offsets and raw mask numbers.

All output cells share them here, as the taps of an ordinary convolution are shared: in a network, a predictor gives
each cell its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dcnviz.geometry import Geometry
from dcnviz.ui.toy.state import Cell, Grid, Place

SIZE = 3
TAPS = SIZE**2
LARGEST = 20.0
"""Of a raw number."""
FARTHEST = 50.0
"""Of an offset."""


@dataclass(frozen=True)
class Group:
    """One group.

    Attributes:
        grids: a map for each of its channels, all of one size.
        offsets: (dy, dx) of each tap.
        raw: what the predictor would give for each tap's mask, before a softmax, if there is one.
        channel: the one whose map is shown, from 0.
    """

    grids: tuple[Grid, ...]
    offsets: tuple[Place, ...] = ((0.0, 0.0),) * TAPS
    raw: tuple[float, ...] = (0.0,) * TAPS
    channel: int = 0

    def masks(self, free: bool) -> tuple[float, ...]:
        """The raw numbers as they are, or their softmax.

        >>> group = Group((((1.0,),),), raw=(math.log(8),) + (0.0,) * 8)
        >>> [round(mask, 4) for mask in group.masks(free=False)][:2], group.masks(free=True)[1]
        ([0.5, 0.0625], 0.0)
        """
        if free:
            return self.raw
        powers = [math.exp(z - max(self.raw)) for z in self.raw]
        return tuple(power / sum(powers) for power in powers)


@dataclass(frozen=True)
class Groups:
    """The groups and the cell at which they are seen.

    Attributes:
        groups: from the first channels on.
        cell: output cell (i, j) whose taps are on the boards.
        free: whether masks are the raw numbers (v4) or their softmax (v3).
        chosen: group and tap whose numbers are shown.
    """

    groups: tuple[Group, ...]
    cell: Cell = (0, 0)
    free: bool = False
    chosen: tuple[int, int] = (0, 0)

    @property
    def geometry(self) -> Geometry:
        """A 3x3 kernel without padding."""
        return Geometry(SIZE)

    @property
    def output_size(self) -> Cell:
        """Rows and columns of the output."""
        grid = self.groups[0].grids[0]
        return self.geometry.output_size((len(grid), len(grid[0])))

    def with_group(self, number: int, **changes: Any) -> Groups:
        """The same with something of one group changed."""
        groups = list(self.groups)
        groups[number] = replace(groups[number], **changes)
        return replace(self, groups=tuple(groups))


def to_data(state: Groups) -> dict[str, Any]:
    """As the browser takes it."""
    groups = [
        {
            "grids": [[list(row) for row in grid] for grid in group.grids],
            "offsets": [list(offset) for offset in group.offsets],
            "raw": list(group.raw),
            "channel": group.channel,
        }
        for group in state.groups
    ]
    return {"groups": groups, "cell": list(state.cell), "free": state.free, "chosen": list(state.chosen)}


def believed(value: object, start: Groups) -> Groups:
    """What a browser says has become of the start; the start itself where it says anything that cannot be.

    >>> start = Groups((Group((((1.0,) * 4,) * 4,)),))
    >>> believed({"groups": [], "cell": [0, 0]}, start) == start
    True
    """
    if not isinstance(value, Mapping):
        return start
    try:
        groups = tuple(_group(said, group) for said, group in zip(value["groups"], start.groups, strict=True))
        rows, columns = start.output_size
        i, j = value["cell"]
        number, tap = value["chosen"]
        return Groups(
            groups,
            cell=(_whole(i, rows), _whole(j, columns)),
            free=value["free"] is True,
            chosen=(_whole(number, len(groups)), _whole(tap, TAPS)),
        )
    except (ValueError, TypeError, KeyError):  # whatever a stranger's JSON may lack
        return start


def _group(said: Any, start: Group) -> Group:
    offsets = tuple((_number(dy, FARTHEST), _number(dx, FARTHEST)) for dy, dx in said["offsets"])
    raw = tuple(_number(z, LARGEST) for z in said["raw"])
    if len(offsets) != TAPS or len(raw) != TAPS:
        raise ValueError(f"a kernel of {SIZE} has {TAPS} taps; got {len(offsets)} and {len(raw)} numbers.")
    return replace(start, offsets=offsets, raw=raw, channel=_whole(said["channel"], len(start.grids)))


def _whole(value: Any, count: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise ValueError(f"a whole number from 0 to {count - 1} was wanted; got {value!r}.")
    return value


def _number(value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        raise ValueError(f"a number up to {most:.0f} was wanted; got {value!r}.")
    return float(value)
