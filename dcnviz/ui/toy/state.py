"""What stands on the toy, as a value: the map, the kernel, and each output cell's own offsets and masks.

Python gives a start; the browser sends back what a hand made of it. A browser's word is believed only where it fits:
sliders' numbers in their ranges, other numbers up to 1,000, at most 400 cells with offsets of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from dcnviz.geometry import Geometry

Cell = tuple[int, int]
Place = tuple[float, float]
Grid = tuple[tuple[float, ...], ...]

LIMITS = {"size": (1, 5), "stride": (1, 4), "padding": (0, 3), "dilation": (1, 4)}
"""What the sliders reach, both ends included."""
FAR = 1000.0
MOST_CELLS = 400


@dataclass(frozen=True)
class Own:
    """What one output cell has to itself: an offset (dy, dx) and a mask for each tap."""

    offsets: tuple[Place, ...]
    masks: tuple[float, ...]


@dataclass(frozen=True)
class Toy:
    """A map of one channel, a kernel over it, and where its taps were moved.

    Args:
        grid: the map, rows of numbers.
        weights: of the kernel, row-major; by default all 1.
        size: of the kernel, both ways; ``stride``, ``padding`` and ``dilation`` likewise.
        cell: the output cell (i, j) whose taps are on the board.
        bias: added to every output.
        cells: offsets and masks of those output cells that have any; all others 0 and 1.
        off: taps that count as if their mask were 0.
        frozen: taps that neither hand nor learning moves.
        chosen: the tap whose numbers are shown.
        guess: the pixel (y, x) that a person marked.

    Raises:
        ValueError: if the map is no rectangle, or the numbers of taps do not agree.

    >>> toy = Toy(((1, 2), (3, 4)), size=1)
    >>> toy.weights, toy.geometry.output_size(toy.map_size)
    ((1.0,), (2, 2))
    """

    grid: Grid
    weights: tuple[float, ...] = ()
    size: int = 3
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    cell: Cell = (0, 0)
    bias: float = 0.0
    cells: Mapping[Cell, Own] = field(default_factory=dict)
    off: tuple[int, ...] = ()
    frozen: tuple[int, ...] = ()
    chosen: int = 0
    guess: Cell | None = None

    def __post_init__(self) -> None:
        taps = self.size**2
        if not self.weights:
            object.__setattr__(self, "weights", (1.0,) * taps)
        if not self.grid or len({len(row) for row in self.grid}) != 1:
            raise ValueError(f"grid must be rows of one length; got rows of {[len(r) for r in self.grid]}.")
        counts = {len(self.weights), *(len(o.offsets) for o in self.cells.values())}
        counts |= {len(o.masks) for o in self.cells.values()}
        if counts != {taps}:
            raise ValueError(f"a kernel of {self.size} has {taps} taps; got {sorted(counts)} numbers.")

    @property
    def geometry(self) -> Geometry:
        """Kernel size, stride, padding and dilation."""
        return Geometry(self.size, self.stride, self.padding, self.dilation)

    @property
    def map_size(self) -> Cell:
        """Rows and columns of the map."""
        return len(self.grid), len(self.grid[0])

    @property
    def output_size(self) -> Cell | None:
        """Rows and columns of the output, or None where the kernel does not fit even once."""
        try:
            return self.geometry.output_size(self.map_size)
        except ValueError:
            return None

    @property
    def own(self) -> Own:
        """Of the chosen cell."""
        rest = Own(((0.0, 0.0),) * self.size**2, (1.0,) * self.size**2)
        return self.cells.get(self.cell, rest)

    def moved(self, offsets: Mapping[int, Place]) -> Toy:
        """The same with some taps of the chosen cell moved.

        >>> Toy(((1, 2), (3, 4)), size=1).moved({0: (0.5, 0)}).own.offsets
        ((0.5, 0),)
        """
        now = tuple(offsets.get(k, offset) for k, offset in enumerate(self.own.offsets))
        return replace(self, cells={**self.cells, self.cell: replace(self.own, offsets=now)})


def to_data(toy: Toy) -> dict[str, Any]:
    """As the browser takes it."""
    plain = {part.name: getattr(toy, part.name) for part in fields(toy)}
    cells = {
        f"{i},{j}": {"offsets": [list(o) for o in own.offsets], "masks": list(own.masks)}
        for (i, j), own in toy.cells.items()
    }
    lists = {name: list(plain[name]) for name in ("cell", "weights", "off", "frozen")}
    guess = None if toy.guess is None else list(toy.guess)
    return {**plain, **lists, "grid": [list(row) for row in toy.grid], "cells": cells, "guess": guess}


def believed(value: object, start: Toy) -> Toy:
    """What a browser says has become of the start; the start itself where it says anything that cannot be.

    >>> believed({"size": 7}, Toy(((1, 2), (3, 4)), size=1)).size
    1
    """
    try:
        return _read(value, start)
    except (ValueError, TypeError, KeyError, AttributeError):  # whatever a stranger's JSON may lack
        return start


def _read(value: Any, start: Toy) -> Toy:
    numbers = {name: _whole(value[name], *limits) for name, limits in LIMITS.items()}
    taps = numbers["size"] ** 2
    toy = Toy(
        grid=start.grid,
        weights=tuple(_number(w) for w in value["weights"]),
        cell=_pair_of(value["cell"]),
        bias=start.bias,
        cells={_cell_name(name): _own(own) for name, own in value["cells"].items()},
        off=tuple(_whole(k, 0, taps - 1) for k in value["off"]),
        frozen=tuple(_whole(k, 0, taps - 1) for k in value["frozen"]),
        chosen=_whole(value["chosen"], 0, taps - 1),
        guess=None if value["guess"] is None else _pair_of(value["guess"]),
        **numbers,
    )
    size = toy.output_size or (1, 1)
    if len(toy.cells) > MOST_CELLS or any(not 0 <= n < m for n, m in zip(toy.cell, size, strict=True)):
        raise ValueError("the cell lies outside the output, or there are too many.")
    return toy


def _own(own: Any) -> Own:
    offsets = tuple((_number(dy), _number(dx)) for dy, dx in own["offsets"])
    return Own(offsets, tuple(_number(m) for m in own["masks"]))


def _cell_name(name: str) -> Cell:
    i, j = name.split(",")
    return _whole(int(i), 0, 99), _whole(int(j), 0, 99)


def _pair_of(value: Any) -> Cell:
    y, x = value
    return _whole(y, -99, 99), _whole(x, -99, 99)


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"a whole number from {low} to {high} was wanted; got {value!r}.")
    return value


def _number(value: Any) -> float:
    # Compared, not converted: JSON holds whole numbers that no float does. NaN is smaller than nothing.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -FAR <= value <= FAR:
        raise ValueError(f"a number up to {FAR:.0f} was wanted; got {value!r}.")
    return float(value)
