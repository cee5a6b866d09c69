"""Bilinear samples as weighted bags of table rows: the sampler under the gather backend.

The pixels of a map, channels last, with a border of two zero pixels, are the rows of a table. A sample is a *bag* of
four rows, the corners of its cell, and ``torch.nn.functional.embedding_bag`` sums bags faster than any other
operator of PyTorch reads scattered rows: one threaded pass, no intermediate, vectorised over the channels.

The border spares every test for "outside": positions are clamped to ``[-2, H] x [-2, W]`` before they become
integers, so a sample beyond the map has zero rows for its corners, and a corner outside counts 0 on its own.
With G offset groups a pixel is G rows in a row, of C / G channels each; no copy is needed for that.

Everything here is plain arithmetic on plain tensors, without autograd: the backward is written by hand from
:meth:`Bags.corner_dots` and :meth:`Bags.scatter`. No function scatters with atomics, so sums have a fixed order.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

BORDER = (
    2  # zero pixels around the map: a clamped sample at H needs rows H and H + 1, one at -2 rows -2 and -1
)

with warnings.catch_warnings():
    # The first sparse tensor of a process warns that CSR is in beta. Make it here, where nobody is disturbed.
    warnings.simplefilter("ignore")
    torch.sparse_csr_tensor([0, 1], [0], [0.0], (1, 1), check_invariants=False)


@dataclass(frozen=True)
class PixelTable:
    """The pixels of a map as rows of a table.

    Attributes:
        rows: ``(B * (H + 4) * (W + 4) * G, C // G)``, contiguous; the border rows are 0.
        batch: B.
        size: ``(H, W)`` of the map, without the border.
        groups: G.
    """

    rows: Tensor
    batch: int
    size: tuple[int, int]
    groups: int

    @classmethod
    def of(cls, input: Tensor, groups: int, dtype: torch.dtype) -> PixelTable:
        """The table of a map ``(B, C, H, W)`` of any strides, converted to ``dtype`` on the way.

        >>> PixelTable.of(torch.rand(1, 6, 3, 4), 2, torch.float32).rows.shape
        torch.Size([112, 3])
        """
        batch, channels, height, width = input.shape
        # Padded first, then transposed: a plane of 64 x 64 has rows that all fall on the same lines of a cache.
        padded = F.pad(input.detach().to(dtype), (BORDER,) * 4).permute(0, 2, 3, 1).contiguous()
        return cls(padded.view(-1, channels // groups), batch, (height, width), groups)

    @property
    def stride(self) -> tuple[int, int]:
        """Rows of the table from a pixel to the one below it, and to the one right of it."""
        return (self.size[1] + 2 * BORDER) * self.groups, self.groups

    @property
    def picture_rows(self) -> int:
        """Rows of the table that one picture of the batch takes."""
        return (self.size[0] + 2 * BORDER) * self.stride[0]

    def crop(self, rows: Tensor) -> Tensor:
        """Rows of such a table back as a map ``(B, C, H, W)``: a view, channels last, without the border."""
        height, width = self.size
        padded = rows.view(self.batch, height + 2 * BORDER, width + 2 * BORDER, -1)
        return padded[:, BORDER:-BORDER, BORDER:-BORDER].permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Bags:
    """Samples of a table: for each its cell's upper left row, how far past it, and how strong.

    Attributes:
        table: what they sample.
        first: ``(N,)`` row of the upper left corner, int32 (int64 for tables too large for that).
        near: two of ``(N,)``: how far past that corner, y and x, in [0, 1).
        mask: ``(N,)`` or None for ones.
        together: samples per output row: 1, or K where the masked samples of all taps are summed.
    """

    table: PixelTable
    first: Tensor
    near: tuple[Tensor, Tensor]
    mask: Tensor | None
    together: int

    @property
    def _steps(self) -> tuple[int, int, int, int]:
        """Rows from the first corner to each of the four: upper left, upper right, lower left, lower right."""
        down, right = self.table.stride
        return 0, right, down, down + right

    def indices(self) -> Tensor:
        """``(4N,)``: the rows of all corners, bag by bag."""
        out = self.first.new_empty((self.first.numel(), 4))
        for corner, step in enumerate(self._steps):
            torch.add(self.first, step, out=out[:, corner])
        return out.view(-1)

    def weights(self) -> Tensor:
        """``(4N,)``: corner weight times mask, bag by bag."""
        out = self.near[0].new_empty((self.first.numel(), 4))
        corner_weights(self.near, self.mask, out.unbind(1))
        return out.view(-1)

    def ends(self) -> Tensor:
        """Where each output row's corners begin, and at last where they end."""
        step = 4 * self.together
        return torch.arange(0, 4 * self.first.numel() + 1, step, dtype=self.first.dtype)

    def sample(self, indices: Tensor, weights: Tensor, ends: Tensor) -> Tensor:
        """The masked samples (or their sums over ``together``), ``(N // together, C // G)``."""
        return F.embedding_bag(indices, self.table.rows, ends[:-1], mode="sum", per_sample_weights=weights)

    def corner_dots(self, grad: Tensor, indices: Tensor, weights: Tensor, ends: Tensor) -> tuple[Tensor, ...]:
        """The product of each sample's gradient with each of its corners, four of ``(N,)``, strided.

        A dense matrix product wanted only where a sparse matrix has entries: ``sampled_addmm`` does just this,
        two to three times faster than the library's own backward of ``embedding_bag``.

        Args:
            grad: ``(N // together, C // G)``, the gradient of :meth:`sample`.
            indices: of :meth:`indices`.
            weights: anything of its length.
            ends: of :meth:`ends`.
        """
        wanted = torch.sparse_csr_tensor(
            ends, indices, weights, (grad.shape[0], self.table.rows.shape[0]), check_invariants=False
        )
        dots = torch.sparse.sampled_addmm(wanted, grad, self.table.rows.t(), beta=0.0)
        return dots.values().view(-1, 4).unbind(1)

    def scatter(self, grad: Tensor, into: Tensor) -> None:
        """Adds each sample's gradient, weighted, to the rows of its four corners: the transpose of :meth:`sample`.

        As a *gather*: sort the samples by cell, and each row's sum is a bag of samples. One bag per corner, shifted
        by the corner's step. Nothing is written by two threads, and sums have the same order at any thread count.

        Args:
            grad: ``(N // together, C // G)``, the gradient of :meth:`sample`.
            into: the gradient of the table, to add to.
        """
        low, high = (int(bound) for bound in self.first.aminmax())
        first = self.first - low
        order = _argsort(first, high - low)
        counts = torch.bincount(first, minlength=high - low + 1)
        begins = (counts.cumsum(0) - counts).to(self.first.dtype)
        near = (self.near[0].index_select(0, order), self.near[1].index_select(0, order))
        mask = None if self.mask is None else self.mask.index_select(0, order)
        weights = near[0].new_empty((4, order.numel())).unbind(0)
        corner_weights(near, mask, weights)
        source = order.to(self.first.dtype)
        if self.together > 1:
            source = source.div_(self.together, rounding_mode="floor")
        for step, weight in zip(self._steps, weights, strict=True):
            sums = F.embedding_bag(source, grad, begins, mode="sum", per_sample_weights=weight)
            into[low + step : high + 1 + step] += sums


def _argsort(keys: Tensor, largest: int) -> Tensor:
    """The stable order of whole numbers from 0 to ``largest``.

    NumPy sorts 16-bit numbers by their digits, ten times as fast as it, or PyTorch, sorts wider ones by comparing;
    and the cells of a block mostly fit into 16 bits.
    """
    if largest < 2**16:
        return torch.from_numpy(np.argsort(keys.numpy().astype(np.uint16), kind="stable"))
    return torch.argsort(keys, stable=True)


def corner_weights(near: tuple[Tensor, Tensor], mask: Tensor | None, out: tuple[Tensor, ...]) -> None:
    """Writes the four corner weights times the mask: each product split once in y, once in x."""
    near_y, near_x = near
    lower = near_y if mask is None else near_y * mask
    upper = 1 - near_y if mask is None else mask - lower
    torch.mul(upper, near_x, out=out[1])
    torch.sub(upper, out[1], out=out[0])
    torch.mul(lower, near_x, out=out[3])
    torch.sub(lower, out[3], out=out[2])


def bags_of(
    table: PixelTable,
    picture: int,
    base: tuple[Tensor, Tensor],
    offsets: Tensor,
    mask: Tensor | None,
    sum_taps: bool,
) -> Bags:
    """The samples of a block of output rows.

    Args:
        table: what to sample.
        picture: index in the batch of the block's first picture.
        base: undeformed y ``(h, 1, K)`` and x ``(W, K)``, in the computing type.
        offsets: ``(b, G, K, h, W, 2)``, (dy, dx).
        mask: ``(b, G, K, h, W)`` or None.
        sum_taps: order the samples (b, h, W, G, K), to be summed over K; else (G, K, b, h, W), columns of a product.
    """
    count, groups, taps, rows, columns, _ = offsets.shape
    order = (0, 3, 4, 1, 2) if sum_taps else (1, 2, 0, 3, 4)
    down, right = table.stride
    wide = base[0].dtype
    size = mask_size = offsets.numel() // 2
    large = table.rows.shape[0] + down >= 2**31 or 4 * size >= 2**31
    integer = torch.int64 if large else torch.int32

    dy, dx = offsets.permute(5, *order).unbind(0)
    position = torch.empty((2, *dy.shape), dtype=wide)
    torch.add(dy, base[0], out=position[0]).clamp_(-BORDER, table.size[0])
    torch.add(dx, base[1], out=position[1]).clamp_(-BORDER, table.size[1])
    floor = position.floor()
    position.sub_(floor)
    cells = floor.to(integer)
    first = cells[1]
    if right > 1:
        first *= right
    first.add_(cells[0], alpha=down)
    pictures = torch.arange(picture, picture + count, dtype=integer) * table.picture_rows + BORDER * (down + right)
    group = torch.arange(groups, dtype=integer)
    if sum_taps:
        first += pictures.view(-1, 1, 1, 1, 1) + group.view(-1, 1)
    else:
        first += pictures.view(-1, 1, 1) + group.view(-1, 1, 1, 1, 1)
    strength = None
    if mask is not None:
        strength = torch.empty(dy.shape, dtype=wide).copy_(mask.permute(order)).view(-1)
    return Bags(table, first.view(-1), (position[0].view(-1), position[1].view(-1)), strength, taps if sum_taps else 1)
