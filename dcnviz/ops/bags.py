"""Bilinear samples as weighted bags of table rows: the sampler under the gather backend.

A sample is a *bag* of four rows of a table of pixels (``table.py``), the corners of its cell, and
``torch.nn.functional.embedding_bag`` sums weighted bags in one threaded pass, vectorised over the channels,
without anything in between.

All here is plain arithmetic without autograd; the backward is written by hand from :meth:`Bags.corner_dots`
and :meth:`Bags.scatter`. Nothing scatters with atomics: sums have a fixed order, whatever the number of
threads.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dcnviz.ops.table import BORDER, PixelTable

NARROW = 8  # below this many channels a row is shorter than a vector register, and row-wise products crawl

with warnings.catch_warnings():
    # The first sparse tensor of a process warns that the format is in beta: make it here, where it disturbs
    # nobody.
    warnings.simplefilter("ignore")
    torch.sparse_csr_tensor([0, 1], [0], [0.0], (1, 1), check_invariants=False)


@dataclass(frozen=True)
class Bags:
    """N samples of a table: where each one's cell is, how far into the cell, and how strong.

    The corners are always in the order upper left, upper right, lower left, lower right.

    Attributes:
        table: what is sampled.
        first: ``(N,)``, row of the upper left corner; int32, or int64 where a table is too large for that.
        near: ``(2, N)``, y and x from that corner, in [0, 1).
        mask: ``(N,)``, or None for ones.
        together: how many samples, one after the other, are summed into one: 1, or the K taps of v3 and v4.
    """

    table: PixelTable
    first: Tensor
    near: Tensor
    mask: Tensor | None
    together: int

    def split(self, count: int) -> list[Bags]:
        """The same samples as that many equal parts: views, also of what is needed of every one of them.

        On a few ten thousand samples a pass costs more for its call than for its numbers, and one thread does it.
        """
        if count == 1:
            return [self]

        def cut(values: Tensor) -> tuple[Tensor, ...]:
            return values.view(*values.shape[:-1], count, -1).unbind(-2)

        masks = (None,) * count if self.mask is None else cut(self.mask)
        parts = [
            Bags(self.table, first, near, mask, self.together)
            for first, near, mask in zip(cut(self.first), cut(self.near), masks, strict=True)
        ]
        if self.together == 1:
            for part, indices, weights in zip(parts, cut(self.indices), cut(self.weights), strict=True):
                vars(part).update(indices=indices, weights=weights)
        return parts

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """Rows of the table from the first corner to each of the four."""
        down, right = self.table.steps
        return 0, right, down, down + right

    @cached_property
    def indices(self) -> Tensor:
        """``(4N,)``: rows of all corners, sample by sample."""
        _, right, down, _ = self.corners
        out = self.first.new_empty((self.first.numel(), 4))
        if out.dtype is torch.int32 and sys.byteorder == "little":
            # Two rows of 32 bits are one number of 64, and half as many numbers are written.
            both = 1 + 2**32  # rows are not negative: no carry
            left, two = self.first.to(torch.int64).mul_(both), out.view(torch.int64)
            torch.add(left, right * 2**32, out=two[:, 0])
            torch.add(left, down * both + right * 2**32, out=two[:, 1])
        else:
            for corner, step in enumerate(self.corners):
                torch.add(self.first, step, out=out[:, corner])
        return out.view(-1)

    @cached_property
    def weights(self) -> Tensor:
        """``(4N,)``: corner weights times mask, sample by sample."""
        out = self.near.new_empty((self.first.numel(), 4))
        corner_weights(self.near, self.mask, out.unbind(1))
        return out.view(-1)

    @cached_property
    def bounds(self) -> Tensor:
        """``(N // together + 1,)``: where each bag begins in :attr:`indices`, and where the last one ends."""
        return _steps(self.first.numel() // self.together, 4 * self.together, self.first.dtype)

    def sample(self, out: Tensor | None = None) -> Tensor:
        """The masked samples, or their sums, ``(N // together, C // G)``; the sums written to ``out`` if given."""
        rows = self.table.rows
        if self.together == 1:
            return _sums(rows, self.indices, self.bounds, self.weights)
        # Sums are few and short: to add to them corner by corner, with the same rows of a table moved on by
        # a step, costs less than to write the rows and weights of all corners in the order of the samples.
        count = self.first.numel()
        bounds = _steps(count // self.together, self.together, self.first.dtype)
        weights = corner_weights(self.near, self.mask)
        total, *others, last = (
            _sums(rows[step:], self.first, bounds, weight)
            for step, weight in zip(self.corners, weights, strict=True)
        )
        for part in others:
            total.add_(part)
        return torch.add(total, last, out=out)

    def corner_dots(self, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """For each sample, the products of its gradient with its four corners: four of ``(N,)``.

        A matrix product wanted only where a sparse matrix has entries, and PyTorch has that as an operator,
        two to three times as fast as what autograd uses for a bag's weights. It has no code for rows
        shorter than a vector register; few channels are multiplied channel by channel instead, which is
        faster there.

        Args:
            grad: ``(..., C // G)``, gradient of :meth:`sample`, in any memory layout.
        """
        if grad.shape[-1] < NARROW:
            return self._corner_dots_by_channel(grad)
        rows = grad.reshape(-1, grad.shape[-1])
        size = (rows.shape[0], self.table.rows.shape[0])
        # The values are of no matter, only the places.
        values = self.weights if self.together == 1 else rows.new_zeros(self.indices.shape)
        wanted = torch.sparse_csr_tensor(self.bounds, self.indices, values, size, check_invariants=False)
        dots = torch.sparse.sampled_addmm(wanted, rows, self.table.rows.t(), beta=0.0).values().view(-1, 4)
        return dots[:, 0], dots[:, 1], dots[:, 2], dots[:, 3]

    def _corner_dots_by_channel(self, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        channels = grad.unsqueeze(-2).unbind(-1)  # each (..., 1), against (..., together) samples
        shape = (*grad.shape[:-1], self.together)

        def dots(step: int) -> Tensor:
            corner = self.first + step
            total = torch.zeros(shape, dtype=grad.dtype)
            for plane, channel in zip(self.table.planes.unbind(0), channels, strict=True):
                total.addcmul_(plane.index_select(0, corner).view(shape), channel)
            return total.view(-1)

        upper_left, upper_right, lower_left, lower_right = self.corners
        return dots(upper_left), dots(upper_right), dots(lower_left), dots(lower_right)

    def scatter(self, grad: Tensor, into: Tensor) -> None:
        """Adds each sample's weighted gradient to the rows of its corners: the transpose of :meth:`sample`.

        As a *gather*: in the order of their cells, the samples of one cell are a bag again. Four bags a
        cell, one a corner, each added one corner's step further on. No row is written by two threads.

        Args:
            grad: ``(..., C // G)``, gradient of :meth:`sample`.
            into: gradient of the table's rows, added to.
        """
        low, high = (int(bound) for bound in torch.aminmax(self.first))
        cells = self.first - low
        order = _argsort(cells, high - low)
        counts = torch.bincount(cells)
        begins = (counts.cumsum(0) - counts).to(self.first.dtype)

        mask = None if self.mask is None else self.mask.index_select(0, order)
        weights = corner_weights(self.near.index_select(1, order), mask)
        if self.together > 1:
            order = order.div(self.together, rounding_mode="floor")
        sources, rows = order.to(begins.dtype), grad.reshape(-1, grad.shape[-1])
        for step, weight in zip(self.corners, weights, strict=True):
            into[low + step : high + step + 1] += F.embedding_bag(
                sources, rows, begins, mode="sum", per_sample_weights=weight
            )


def corner_weights(
    near: Tensor, mask: Tensor | None, out: tuple[Tensor, ...] | None = None
) -> tuple[Tensor, ...]:
    """The four corner weights times the mask: the mask split in y, and each part in x.

    Args:
        near: ``(2, N)``, y and x from the upper left corner.
        mask: ``(N,)``, or None for ones.
        out: four of ``(N,)`` to write them to; else they are planes of one tensor.

    Returns:
        Four of ``(N,)``, in the order of the corners.
    """
    near_y, near_x = near.unbind(0)
    rows = torch.empty_like(near)
    upper, lower = rows.unbind(0)
    torch.mul(near_y, 1 if mask is None else mask, out=lower)
    torch.sub(1 if mask is None else mask, lower, out=upper)
    if out is None:  # both rows of corners at once
        left, right = near.new_empty((2, *near.shape)).unbind(0)
        torch.mul(rows, near_x, out=right)
        torch.sub(rows, right, out=left)
        return left[0], right[0], left[1], right[1]
    for row, left, right in ((upper, *out[:2]), (lower, *out[2:])):
        torch.mul(row, near_x, out=right)
        torch.sub(row, right, out=left)
    return out


def _sums(rows: Tensor, indices: Tensor, bounds: Tensor, weights: Tensor) -> Tensor:
    """Weighted sums of rows, a bag each. With the last bound given the library need not write bounds of its own."""
    return F.embedding_bag(
        indices, rows, bounds, mode="sum", per_sample_weights=weights, include_last_offset=True
    )


@lru_cache(maxsize=8)
def _steps(count: int, step: int, dtype: torch.dtype) -> Tensor:
    """0, step, 2 step ... count * step: the same for every block of a layer. Not to be written to."""
    return torch.arange(0, count * step + 1, step, dtype=dtype)


def _argsort(keys: Tensor, largest: int) -> Tensor:
    """The stable order of whole numbers from 0 to ``largest``, ``(N,)`` int64.

    NumPy sorts numbers of 16 bits digit by digit, ten times as fast as wider ones are sorted by comparing.
    The cells of a block of rows nearly always fit.
    """
    if largest < 2**16:
        return torch.from_numpy(np.argsort(keys.numpy().astype(np.uint16), kind="stable"))
    return torch.argsort(keys, stable=True)


def bags_of(
    table: PixelTable,
    grid: Sequence[Tensor],
    offsets: Sequence[Tensor],
    mask: Tensor | None,
    together: int = 1,
) -> Bags:
    """The samples at some places, in the order in which all that describes them has its axes.

    Args:
        table: what to sample.
        grid: undeformed y and x, in pixels, floating, and the row of the table with pixel (0, 0) of each picture and
            group, whole; each broadcastable to the samples.
        offsets: dy and dx, in pixels.
        mask: of the same shape, or None for ones.
        together: how many samples one after the other make one bag.
    """
    (height, width), (down, right) = table.size, table.steps
    (base_y, base_x, origins), (dy, dx) = grid, offsets
    position = base_y.new_empty((2, *dy.shape))
    y, x = torch.add(dy, base_y, out=position[0]), torch.add(dx, base_x, out=position[1])
    # The clamp makes an offset of 1e30 safe as an integer. A NaN passes: its index is refused, or wraps into
    # the table, and its weights are NaN.
    if height == width:
        position.clamp_(-BORDER, height)
    else:
        y.clamp_(-BORDER, height)
        x.clamp_(-BORDER, width)
    # Rounded as a recording rounds them: places counted from the corner of the border, which are never negative
    # and need no floor, would save a pass and round elsewhere.
    floor = position.floor()
    near = position.sub_(floor).view(2, -1)
    cells_y, cells_x = floor.to(origins.dtype).unbind(0)
    first = cells_x.add_(cells_y, alpha=down // right)
    torch.add(origins, first, alpha=right, out=first)
    strength = None if mask is None else mask.reshape(-1).to(base_y.dtype)
    return Bags(table, first.view(-1), near, strength, together)
