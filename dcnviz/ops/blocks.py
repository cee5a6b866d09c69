"""One call of the gather backend, cut into blocks of output rows: its forward, and its backward by hand.

A block at a time: sample its columns (``bags.py``), then one convolution over them (``products.py``). A
block (``spans.py``) stays in a core's cache, and memory freed and taken again at the same size costs no page
faults, so small blocks are both lean and fast. The backward samples a block a second time: that takes no longer
than to write the columns to memory and read them back, and nothing as large as a batch's columns ever exists.

v3 and v4 need no columns: the masked samples of all taps of a cell and group are one bag.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.ops.bags import Bags, bags_of
from dcnviz.ops.grid import BY_CELL, BY_TAP, grid_of
from dcnviz.ops.products import Product
from dcnviz.ops.spans import Block, Span, spans_of
from dcnviz.ops.table import PixelTable

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


class Layer:
    """One call of the operator, cut into blocks.

    Args:
        table: the input's pixels.
        offsets: ``(B, G, K, H, W, 2)``.
        mask: ``(B, G, K, H, W)`` or None.
        weight: ``(O, C // groups, kh, kw)``, or None for the depth-wise sum: then offsets and mask are as v3 keeps
            them (``conventions.kept``), for in the order of memory they cost least.
        geometry: kernel, stride, padding, dilation.
        groups: the convolution's groups.
        alone: no backward will want these samples. Then the taps of a cell lie side by side: neighbours in the
            picture are read one after the other, and the product reads a cell's columns in one run. Measured at
            16x32x32x32, samples 1.30 to 0.93 ms, product 3.1 to 2.5. A backward would lose a tenth by it.
    """

    def __init__(
        self,
        table: PixelTable,
        offsets: Tensor,
        mask: Tensor | None,
        weight: Tensor | None,
        geometry: Geometry,
        groups: int,
        alone: bool = False,
    ) -> None:
        self.table, self.offsets, self.mask = table, offsets, mask
        self.dtype = table.rows.dtype
        self.order, self.together, self.outputs = BY_CELL, geometry.taps, table.groups * table.rows.shape[1]
        self.product, self.alone = None, alone
        self.y, self.x = (1, 0) if weight is None else (0, 1)  # where offsets have them
        if weight is not None:
            self.order, self.together, self.outputs = BY_CELL if alone else BY_TAP, 1, weight.shape[0]
            self.product = Product(weight, table.groups, groups, self.dtype, alone)
        size = offsets.shape[3], offsets.shape[4]
        large = max(table.rows.shape[0], 2 * offsets.numel()) >= 2**31
        types = self.dtype, torch.int64 if large else torch.int32
        counts = table.batch, table.groups
        self.grid = grid_of(geometry, (table.size, size), counts, types, self.order, weight is None)

    @classmethod
    def of(
        cls,
        input: Tensor,
        offsets: Tensor,
        mask: Tensor | None,
        weight: Tensor | None,
        geometry: Geometry,
        groups: int,
        alone: bool = False,
    ) -> Layer:
        """The same from the input itself, ``(B, C, H, W)``; computed in float32 at least."""
        dtype = torch.promote_types(input.dtype, torch.float32)
        table = PixelTable.of(input, offsets.shape[1], dtype)
        return cls(table, offsets, mask, weight, geometry, groups, alone)

    def bags(self, span: Span) -> list[Bags]:
        """The samples of a span, block by block."""
        # Cell by cell a span's blocks follow each other as they are.
        whole = replace(span, count=1) if span.count > 1 and self.order == BY_CELL else span

        def ordered(values: Tensor) -> Tensor:
            return whole.of(values).permute(self.order)

        pairs = whole.of(self.offsets).permute(*self.order, -1)
        grid = [ordered(values) for values in self.grid]
        if self.product is None:
            grid[0] = grid[0].expand(*grid[0].shape[:3], *pairs.shape[3:6]).contiguous()
        mask = None if self.mask is None else ordered(self.mask)
        offsets = pairs[..., self.y], pairs[..., self.x]
        return bags_of(self.table, grid, offsets, mask, self.together).split(span.count)

    def blocks(self) -> Iterator[tuple[Block, Bags]]:
        """Every block with its samples."""
        columns = 0 if self.product is None else self.table.rows.shape[1]
        for span in spans_of(self.offsets.shape, columns, self.alone):
            yield from zip(span.blocks(), self.bags(span), strict=True)

    def forward(
        self, bias: Tensor | None, memory_format: torch.memory_format, kept: list[tuple[Block, Bags]] | None
    ) -> Tensor:
        """The output ``(B, O, H, W)``; ``kept`` receives the samples of all blocks, if there."""
        batch, height, width = self.offsets.shape[0], *self.offsets.shape[3:5]
        shape = (batch, self.outputs, height, width)
        output = torch.empty(shape, dtype=self.dtype, memory_format=memory_format)
        bias = None if bias is None else bias.detach().to(self.dtype)
        for (pictures, rows), bags in self.blocks():
            part = output[pictures, :, rows].permute(0, 2, 3, 1)
            if self.product is None and part.is_contiguous():  # sums go where they belong
                values = bags.sample(out=part.view(-1, self.table.rows.shape[1]))
            else:
                values = bags.sample() if self.product is None else self.product.apply(bags.sample())
            values = values.view(part.shape)
            if bias is not None:
                torch.add(values, bias, out=part)
            elif values.data_ptr() != part.data_ptr():
                part.copy_(values)
            if kept is not None:
                kept.append(((pictures, rows), bags))
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
                    kernel_grad += self.product.kernel_grad(bags.sample(), outputs_grad)
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
            self._put(offsets_grad[..., self.y], block, slope_y)
            self._put(offsets_grad[..., self.x], block, slope_x)

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


def _cells(grad: Tensor) -> Tensor:
    """``(b, O, h, W)`` as ``(b * h * W, O)``."""
    outputs, width = grad.shape[1], grad.shape[3]
    if grad.stride(1) % 1024 == 0 and grad.shape[0] * grad.shape[2] > 1:
        # Planes a multiple of 4 KB apart share the lines of the cache: a copy a little apart pays for itself.
        grad = F.pad(grad, (0, 16))
    return grad.permute(0, 2, 3, 1)[:, :, :width].reshape(-1, outputs).contiguous()
