"""One call of the gather backend, cut into blocks of output rows: its forward, and its backward by hand.

A block at a time: sample its columns (``bags.py``), then one convolution over them (``products.py``). A
block stays in a core's cache, and memory freed and taken again at the same size costs no page faults, so
small blocks are both lean and fast. The backward samples a block a second time: that takes no longer than
to write the columns to memory and read them back, and nothing as large as a batch's columns ever exists.

v3 and v4 need no columns: the masked samples of all taps of a cell and group are one bag.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.ops.bags import Bags, Order, bags_of, spread
from dcnviz.ops.products import Product
from dcnviz.ops.table import PixelTable

# Numbers in a block: per sample its channels, if it has a column, and as much again as about 16 of them for
# its corners and weights. Measured: half or twice as many change little, an eighth costs up to twice the time,
# for its calls. Not to depend on the number of threads: the sums of a weight's gradient follow the blocks.
BLOCK = 2**22
PER_SAMPLE = 16

# Samples whose corners and weights are worked out in one go, for several blocks: 12 MB while that is done.
SPAN = 2**18

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h

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


class Layer:
    """One call of the operator, cut into blocks.

    Args:
        table: the input's pixels.
        offsets: ``(B, G, K, H, W, 2)``.
        mask: ``(B, G, K, H, W)`` or None.
        weight: ``(O, C // groups, kh, kw)`` or None for the depth-wise sum.
        geometry: kernel, stride, padding, dilation.
        groups: the convolution's groups.
    """

    def __init__(
        self,
        table: PixelTable,
        offsets: Tensor,
        mask: Tensor | None,
        weight: Tensor | None,
        geometry: Geometry,
        groups: int,
    ) -> None:
        self.table, self.offsets, self.mask = table, offsets, mask
        self.dtype = table.rows.dtype
        self.product = None if weight is None else Product(weight, table.groups, groups, self.dtype)
        self.outputs = table.groups * table.rows.shape[1] if weight is None else weight.shape[0]
        # Columns run tap by tap: torchvision's layout, so that its planes are read straight through.
        # Samples to be summed must lie together: v3's layout. Blocks come first in either.
        self.order: Order = (0, 2, 3, 1, 4, 5) if self.product else (0, 1, 4, 5, 2, 3)
        self.together = 1 if self.product else geometry.taps
        self.base_y, base_x = _base(geometry, offsets.shape[3:5], self.dtype)
        self.base_x = spread(base_x.unsqueeze(0), torch.Size((1, *offsets.shape)), self.order)
        self.origins = table.origins[:, :, None, None, None]

    @classmethod
    def of(
        cls,
        input: Tensor,
        offsets: Tensor,
        mask: Tensor | None,
        weight: Tensor | None,
        geometry: Geometry,
        groups: int,
    ) -> Layer:
        """The same from the input itself, ``(B, C, H, W)``; computed in float32 at least."""
        dtype = torch.promote_types(input.dtype, torch.float32)
        return cls(PixelTable.of(input, offsets.shape[1], dtype), offsets, mask, weight, geometry, groups)

    def spans(self) -> Iterator[Span]:
        """All output rows of all pictures: blocks of several pictures, or of several rows of one."""
        batch, groups, taps, height, width = self.offsets.shape[:5]
        columns = 0 if self.product is None else self.table.rows.shape[1]
        samples = width * taps * groups  # of a row
        rows = max(1, BLOCK // max(1, samples * (columns + PER_SAMPLE)))
        if rows >= height:
            for start, stop, count in _cut(batch, rows // height, samples * height):
                yield Span(slice(start, stop), slice(0, height), count)
        else:
            for picture in range(batch):
                for start, stop, count in _cut(height, rows, samples):
                    yield Span(slice(picture, picture + 1), slice(start, stop), count)

    def bags(self, span: Span) -> list[Bags]:
        """The samples of a span, block by block."""
        offsets = span.of(self.offsets)
        base_y = spread(span.of(self.base_y), offsets.shape, self.order)
        mask = None if self.mask is None else span.of(self.mask)
        base, origins = (base_y, self.base_x), span.of(self.origins)
        return bags_of(self.table, origins, base, offsets, mask, self.order, self.together).split(span.count)

    def blocks(self) -> Iterator[tuple[Block, Bags]]:
        """Every block with its samples."""
        for span in self.spans():
            yield from zip(span.blocks(), self.bags(span), strict=True)

    def columns(self, values: Tensor) -> Tensor:
        """Sampled values as ``(G, K, n, C / G)``."""
        return values.view(self.table.groups, self.offsets.shape[2], -1, values.shape[1])

    def forward(
        self, bias: Tensor | None, memory_format: torch.memory_format, kept: list[tuple[Block, Bags]] | None
    ) -> Tensor:
        """The output ``(B, O, H, W)``; ``kept`` receives the samples of all blocks, if there."""
        batch, height, width = self.offsets.shape[0], *self.offsets.shape[3:5]
        shape = (batch, self.outputs, height, width)
        output = torch.empty(shape, dtype=self.dtype, memory_format=memory_format)
        bias = None if bias is None else bias.detach().to(self.dtype)
        for (pictures, rows), bags in self.blocks():
            values = bags.sample()
            if self.product is not None:
                values = self.product.apply(self.columns(values), bias)
            part = output[pictures, :, rows]
            part.permute(0, 2, 3, 1).copy_(values.view(part.shape[0], part.shape[2], width, self.outputs))
            if kept is not None:
                kept.append(((pictures, rows), bags))
        if self.product is None and bias is not None:
            output += bias.view(-1, 1, 1)
        return output

    def backward(
        self, grad: Tensor, needs: tuple[bool, bool, bool, bool], kept: list[tuple[Block, Bags]] | None
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None, Tensor | None]:
        """The gradients of input, offsets, mask and weight, as far as they are needed."""
        need_input, need_offsets, need_mask, need_weight = needs
        table_grad = torch.zeros_like(self.table.rows) if need_input else None
        offsets_grad = torch.empty_like(self.offsets) if need_offsets else None
        mask_grad = torch.empty_like(self.mask) if need_mask and self.mask is not None else None
        kernel_grad = self.product.no_grad() if self.product and need_weight else None
        for block, bags in self.blocks() if kept is None else kept:
            outputs_grad = _cells(grad[block[0], :, block[1]].to(self.dtype))
            if self.product is None:
                values_grad = outputs_grad.view(-1, self.table.rows.shape[1])
            else:
                if kernel_grad is not None:
                    kernel_grad += self.product.kernel_grad(self.columns(bags.sample()), outputs_grad)
                values_grad = self.product.columns_grad(outputs_grad)
            if offsets_grad is not None or mask_grad is not None:
                self._position_grads(block, bags, values_grad, offsets_grad, mask_grad)
            if table_grad is not None:
                bags.scatter(values_grad, table_grad)
        input_grad = None if table_grad is None else self.table.crop(table_grad)
        weight_grad = (
            self.product.weight_grad(kernel_grad) if self.product and kernel_grad is not None else None
        )
        return input_grad, offsets_grad, mask_grad, weight_grad

    def _position_grads(
        self,
        block: Block,
        bags: Bags,
        values_grad: Tensor,
        offsets_grad: Tensor | None,
        mask_grad: Tensor | None,
    ) -> None:
        """Writes a block of the gradients of offsets and mask.

        With d the products of a sample's gradient and its corners, the mask's gradient is d read
        bilinearly, and that of dy and dx its slope in the cell: on a lattice line the right-hand
        derivative, as torchvision's.
        """
        upper_left, upper_right, lower_left, lower_right = bags.corner_dots(values_grad)
        near_y, near_x = bags.near
        upper = torch.lerp(upper_left, upper_right, near_x)
        lower = torch.lerp(lower_left, lower_right, near_x)
        if mask_grad is not None:
            self._put(mask_grad, block, torch.lerp(upper, lower, near_y))
        if offsets_grad is not None:
            slope_y = lower.sub_(upper) if mask_grad is None else lower - upper
            slope_x = torch.lerp(upper_right - upper_left, lower_right - lower_left, near_y)
            if bags.mask is not None:
                slope_y, slope_x = slope_y.mul_(bags.mask), slope_x.mul_(bags.mask)
            self._put(offsets_grad[..., 0], block, slope_y)
            self._put(offsets_grad[..., 1], block, slope_x)

    def _put(self, into: Tensor, block: Block, samples: Tensor) -> None:
        part = into[block[0], :, :, block[1]].permute([axis - 1 for axis in self.order[1:]])
        part.copy_(samples.view(part.shape))


def _keep_freed_memory() -> None:
    """Asks the C library not to give freed memory back to the system at once.

    It does so as soon as 64 MB (at most) are free at the end of its heap, after any larger tensor was freed. Every
    block is then paid for in page faults, at every call: measured at 1x64x64x64, 11.3 ms instead of 4.0. So it may
    keep 256 MB. Only glibc is asked; others have no such function.
    """
    with suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, 2**25)
        mallopt(M_TRIM_THRESHOLD, 2**28)


_keep_freed_memory()


def _cut(length: int, size: int, samples: int) -> Iterator[tuple[int, int, int]]:
    """Pictures or rows as spans of blocks: start, stop and number of blocks.

    The blocks are made alike, and what is left over is a block of its own.

    Args:
        length: how many pictures or rows.
        size: how many of them a block may have.
        samples: of one of them.

    >>> list(_cut(11, 4, SPAN // 8)), list(_cut(7, 3, 1))
    ([(0, 8, 2), (8, 11, 1)], [(0, 6, 2), (6, 7, 1)])
    """
    size = -(-length // -(-length // size)) if length else 1
    step = size * max(1, SPAN // max(1, size * samples))
    for start in range(0, length, step):
        stop = min(length, start + step)
        whole = (stop - start) // size
        if whole:
            yield start, start + whole * size, whole
        if start + whole * size < stop:
            yield start + whole * size, stop, 1


def _base(geometry: Geometry, size: torch.Size, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """The undeformed y ``(1, 1, K, H, 1)`` and x ``(1, 1, K, 1, W)``: one row and one column of the grid."""
    row = geometry.base((1, size[1]), dtype=dtype)[None, None, ..., 1]
    column = geometry.base((size[0], 1), dtype=dtype)[None, None, ..., 0]
    return column, row


def _cells(grad: Tensor) -> Tensor:
    """``(b, O, h, W)`` as ``(b * h * W, O)``."""
    outputs, width = grad.shape[1], grad.shape[3]
    if grad.stride(1) % 1024 == 0 and grad.shape[0] * grad.shape[2] > 1:
        # Planes a multiple of 4 KB apart share the lines of the cache: a copy a little apart pays for itself.
        grad = F.pad(grad, (0, 16))
    return grad.permute(0, 2, 3, 1)[:, :, :width].reshape(-1, outputs).contiguous()
