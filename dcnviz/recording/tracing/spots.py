"""Where the cells of a tensor lie on the picture, and how re-arranging the tensor's axes keeps track of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dcnviz.geometry import MapToPicture, Pair


@dataclass(frozen=True)
class Laid:
    """One map and where its cells lie on the picture."""

    place: MapToPicture
    size: Pair

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return self.size[0] * self.size[1]


@dataclass(frozen=True)
class Spot:
    """Which axes of a tensor run over the picture.

    Attributes:
        axes: (y, x) of one map, or (axis,) along which the cells of one map or several are laid row by row, as
            transformers do. Negative, counted from the last, so that broadcasting does not move them.
        maps: what lies on them.
    """

    axes: tuple[int, ...]
    maps: tuple[Laid, ...]

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The tensor's sizes along :attr:`axes`."""
        return self.maps[0].size if len(self.axes) == 2 else (sum(map.cells for map in self.maps),)

    def on(self, shape: Sequence[int]) -> bool:
        """Whether a tensor of that shape has these sizes along these axes."""
        if len(self.axes) == 2:  # asked of most functions: without a loop
            y, x = self.axes
            return len(shape) >= -min(y, x) and (shape[y], shape[x]) == self.sizes
        return bool(self.axes) and len(shape) >= -self.axes[0] and (shape[self.axes[0]],) == self.sizes

    def agrees(self, other: Spot) -> bool:
        """Whether the cells of both lie at the same places, to a millionth of a pixel."""
        if self.axes != other.axes or [m.size for m in self.maps] != [m.size for m in other.maps]:
            return False
        pairs = zip(self.maps, other.maps, strict=True)
        return all(
            abs(a - b) < 1e-6
            for one, two in pairs
            for a, b in zip(
                (*one.place.jump, *one.place.start), (*two.place.jump, *two.place.start), strict=True
            )
        )

    def moved(self, axes: Sequence[int]) -> Spot:
        """The same on other axes."""
        return replace(self, axes=tuple(axes))


CONSTANT = Spot((), ())
"""The spot of a tensor that the picture has no part in: parameters, and what is made of them alone."""


def grid(place: MapToPicture, size: Sequence[int], axes: tuple[int, int] = (-2, -1)) -> Spot:
    """The spot of one map."""
    return Spot(axes, (Laid(place, (int(size[0]), int(size[1]))),))


def reshaped(spot: Spot, before: Sequence[int], after: Sequence[int]) -> Spot | None:
    """The spot after ``view``, ``flatten``, ``unsqueeze`` and the like, read off the shapes alone.

    Reshaping keeps the order of the numbers. So a map of H rows and W columns is found again wherever as many
    numbers are counted before it: as two neighbouring axes H, W, or as one of H * W.

    >>> here = grid(MapToPicture(), (4, 5))
    >>> reshaped(here, (2, 3, 4, 5), (2, 3, 20)).axes, reshaped(here, (2, 3, 4, 5), (2, 12, 5))
    ((-1,), None)
    """
    first = len(before) + spot.axes[0]
    if len(spot.axes) == 2 and spot.axes[1] != spot.axes[0] + 1:
        return spot if tuple(before) == tuple(after) else None  # x before y, or channels between
    counted = math.prod(before[:first])
    for axis in range(len(after)):
        if math.prod(after[:axis]) != counted:
            continue
        if len(spot.maps) == 1 and tuple(after[axis : axis + 2]) == spot.maps[0].size:
            return spot.moved((axis - len(after), axis + 1 - len(after)))
        if after[axis] == math.prod(spot.sizes):
            return spot.moved((axis - len(after),))
    return None


def permuted(spot: Spot, order: Sequence[int]) -> Spot:
    """The spot after ``permute(order)``.

    >>> permuted(grid(MapToPicture(), (4, 5)), (0, 2, 3, 1)).axes
    (-3, -2)
    """
    ndim = len(order)
    places = [axis % ndim for axis in order]
    return spot.moved([places.index(axis % ndim) - ndim for axis in spot.axes])


def taken(spot: Spot, before: Sequence[int], index: object) -> Spot | None:
    """The spot after ``tensor[index]``, for whole numbers, slices, None and ``...``; None for anything else.

    >>> here = taken(grid(MapToPicture(), (8, 9)), (1, 3, 8, 9), (..., slice(1, None, 2), slice(None)))
    >>> here.maps[0]
    Laid(place=MapToPicture(jump=(2.0, 1.0), start=(1.0, 0.0)), size=(4, 9))
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(
        not (p is None or p is Ellipsis or isinstance(p, slice | int)) or isinstance(p, bool) for p in parts
    ):
        return None
    used = sum(p is not None and p is not Ellipsis for p in parts)
    rest: list[object] = [slice(None)] * (len(before) - used)
    at = parts.index(Ellipsis) if Ellipsis in parts else len(parts)
    parts[at : at + 1] = rest
    axes: dict[int, int] = {}  # an axis before: the same one after, both from the first
    kept, cuts = 0, {}
    axis = 0
    for part in parts:
        if part is None:
            kept += 1
            continue
        if isinstance(part, slice):
            axes[axis], cuts[axis] = kept, part
            kept += 1
        axis += 1
    wanted = [a + len(before) for a in spot.axes]
    if any(a not in axes for a in wanted):
        return None  # one row or column was taken: no map any more
    sliced = _cut(spot, [cuts[a] for a in wanted])
    return None if sliced is None else sliced.moved([axes[a] - kept for a in wanted])


def _cut(spot: Spot, slices: Sequence[slice]) -> Spot | None:
    """The spot of a part of the map, or of some of the maps that lie one behind another."""
    ranges = [range(*part.indices(n)) for part, n in zip(slices, spot.sizes, strict=True)]
    if any(len(r) == 0 for r in ranges):
        return None
    if len(spot.axes) == 2:
        (map,) = spot.maps
        jump, start = map.place.jump, map.place.start
        shifts = [start[n] + jump[n] * ranges[n].start for n in (0, 1)]
        steps = [jump[n] * ranges[n].step for n in (0, 1)]
        place = MapToPicture((steps[0], steps[1]), (shifts[0], shifts[1]))
        return grid(place, (len(ranges[0]), len(ranges[1])))
    ends = [0]
    for map in spot.maps:
        ends.append(ends[-1] + map.cells)
    first, last = ranges[0].start, ranges[0].stop
    if ranges[0].step != 1 or first not in ends or last not in ends:
        return None
    return replace(spot, maps=spot.maps[ends.index(first) : ends.index(last)])
