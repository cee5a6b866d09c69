"""How one call of the gather backend is cut: blocks of output rows or pictures, and spans of blocks.

What is done block by block stays in a core's cache; what costs more for its calls than for its numbers is done
once a span.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

# Numbers in a block: per sample its channels, if it has a column, and as much again as about 16 of them for
# its corners and weights. Measured: twice as many cost one thread a sixth more at 16x32x32x32 (they
# leave its cache), half as many change little. A forward alone runs best with three quarters of it: with all of
# it one thread takes a sixth more there, and with half of it two threads 7 % more at 1x64x64x64 with 4 groups.
# Not to depend on the number of threads: the sums of a weight's gradient follow the blocks.
BLOCK = 2**21
PER_SAMPLE = 16

# Samples whose corners and weights are worked out in one go, for several blocks: 12 MB while that is done.
SPAN = 2**18

# What a block covers: pictures of the batch, and rows of their outputs.
Block = tuple[slice, slice]


@dataclass(frozen=True)
class Span:
    """Neighbouring blocks of one size: so many pictures each, or so many rows of one picture.

    Attributes:
        pictures: of the batch, all blocks together.
        rows: of their outputs, all blocks together.
        count: number of blocks.
    """

    pictures: slice
    rows: slice
    count: int

    @property
    def by_rows(self) -> bool:
        """Whether it is rows, of a single picture, that make a block."""
        return len(range(self.pictures.start, self.pictures.stop)) == 1

    def blocks(self) -> Iterator[Block]:
        """What each block covers."""
        cut = self.rows if self.by_rows else self.pictures
        size = (cut.stop - cut.start) // self.count
        for start in range(cut.start, cut.stop, size):
            part = slice(start, start + size)
            yield (self.pictures, part) if self.by_rows else (part, self.rows)

    def of(self, values: Tensor) -> Tensor:
        """Its part of values along (B, G, K, H, W, ...), cut into blocks: (n, b, G, K, h, W, ...).

        An axis of length 1 stands for all pictures or rows and stays.
        """
        if values.shape[0] > 1:
            values = values[self.pictures]
        if values.shape[3] > 1:
            values = values[:, :, :, self.rows]
        axis = 3 if self.by_rows else 0
        if values.shape[axis] == 1 or self.count == 1:
            return values.unsqueeze(0)
        cut: Tensor = values.unflatten(axis, (self.count, -1))
        return cut.movedim(axis, 0)


def spans_of(shape: torch.Size, columns: int, alone: bool = False) -> Iterator[Span]:
    """All output rows of all pictures: blocks of several pictures, or of several rows of one.

    Args:
        shape: of the offsets, ``(B, G, K, H, W, 2)``.
        columns: numbers in the column of one sample; 0 where samples are summed at once: there a block is a span.
        alone: whether no backward follows, where blocks may be smaller.
    """
    batch, groups, taps, height, width = shape[:5]
    samples = width * taps * groups  # of a row
    numbers = BLOCK * 3 // 4 if alone else BLOCK
    block = numbers // (columns + PER_SAMPLE) if columns else SPAN
    rows = max(1, block // max(1, samples))
    if rows >= height:
        for start, stop, count in _cut(batch, rows // height, samples * height):
            yield Span(slice(start, stop), slice(0, height), count)
    else:
        for picture in range(batch):
            for start, stop, count in _cut(height, rows, samples):
                yield Span(slice(picture, picture + 1), slice(start, stop), count)


def _cut(length: int, size: int, samples: int) -> Iterator[tuple[int, int, int]]:
    """Pictures or rows as spans of blocks: start, stop and number of blocks.

    The blocks are made alike, with up to twice as many of them if then nothing is left over; else what is left over is
    a block and a span of its own, whose calls cost as much as those of a whole one.

    Args:
        length: how many pictures or rows.
        size: how many of them a block may have.
        samples: of one of them.

    >>> list(_cut(11, 4, SPAN // 8)), list(_cut(64, 28, 1))
    ([(0, 8, 2), (8, 11, 1)], [(0, 64, 4)])
    """
    least = max(1, -(-length // size))
    count = next((count for count in range(least, 2 * least) if length % count == 0), least)
    size = max(1, -(-length // count))
    step = size * max(1, SPAN // max(1, size * samples))
    for start in range(0, length, step):
        stop = min(length, start + step)
        whole = (stop - start) // size
        if whole:
            yield start, start + whole * size, whole
        if start + whole * size < stop:
            yield start + whole * size, stop, 1
