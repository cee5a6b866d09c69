"""One call of the gather backend, cut into blocks of output rows: its forward, and its backward by hand.

A block at a time: sample its columns (``bags.py``), then one convolution over them (``products.py``). A
block stays in a core's cache, and memory freed and taken again at the same size costs no page faults, so
small blocks are both lean and fast. The backward samples a block a second time: that takes no longer than
to write the columns to memory and read them back, and nothing as large as a batch's columns ever exists.

v3 and v4 need no columns: the masked samples of all taps of a cell and group are one bag.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.ops.bags import Bags, bags_of, spread
from dcnviz.ops.products import Product
from dcnviz.ops.table import PixelTable

# Numbers in a block: per sample its channels, if it has a column, and as much again as about 16 of them for
# its corners and weights. Measured: half or twice as many change little, an eighth costs up to twice the time,
# for its calls. Not to depend on the number of threads: the sums of a weight's gradient follow the blocks.
BLOCK = 2**21
PER_SAMPLE = 16

# The C library gives memory back to the system as soon as more of it is free than twice the largest piece
# it was given back so far, and blocks would then be paid for in page faults, at every call until someone
# has freed a large tensor. This piece, never written to, sets the mark.
torch.empty(2**25 - 2**16, dtype=torch.uint8)

# What a block covers: pictures of the batch, and rows of their outputs.
Block = tuple[slice, slice]


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
        # Samples to be summed must lie together: v3's layout.
        self.order = (1, 2, 0, 3, 4) if self.product else (0, 3, 4, 1, 2)
        self.together = 1 if self.product else geometry.taps
        base_y, base_x = _base(geometry, offsets.shape[3:5], self.dtype)
        self.base = base_y, spread(base_x, offsets.shape, self.order)

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

    def blocks(self) -> Iterator[Block]:
        """All output rows of all pictures: several pictures at a time, or several rows of one."""
        batch, groups, taps, height, width = self.offsets.shape[:5]
        columns = 0 if self.product is None else self.table.rows.shape[1]
        row = width * taps * groups * (columns + PER_SAMPLE)
        rows = max(1, BLOCK // max(1, row))
        pictures, rows = (max(1, rows // height), height) if rows >= height else (1, rows)
        for picture in range(0, batch, pictures):
            for start in range(0, height, rows):
                yield slice(picture, min(picture + pictures, batch)), slice(start, min(start + rows, height))

    def bags(self, block: Block) -> Bags:
        """The samples of a block."""
        pictures, rows = block
        base_y, base_x = self.base
        return bags_of(
            self.table,
            pictures.start,
            (spread(base_y[:, :, :, rows], self.offsets.shape, self.order), base_x),
            self.offsets[pictures, :, :, rows],
            None if self.mask is None else self.mask[pictures, :, :, rows],
            self.order,
            self.together,
        )

    def columns(self, values: Tensor) -> Tensor:
        """Sampled values as ``(G, K, n, C / G)``."""
        return values.view(self.table.groups, self.offsets.shape[2], -1, values.shape[1])

    def forward(
        self, bias: Tensor | None, memory_format: torch.memory_format, kept: list[Bags] | None
    ) -> Tensor:
        """The output ``(B, O, H, W)``; ``kept`` receives the samples of all blocks, if there."""
        batch, height, width = self.offsets.shape[0], *self.offsets.shape[3:5]
        shape = (batch, self.outputs, height, width)
        output = torch.empty(shape, dtype=self.dtype, memory_format=memory_format)
        bias = None if bias is None else bias.detach().to(self.dtype)
        for block in self.blocks():
            pictures, rows = block
            bags = self.bags(block)
            values = bags.sample()
            if self.product is not None:
                values = self.product.apply(self.columns(values), bias)
            part = output[pictures, :, rows]
            part.permute(0, 2, 3, 1).copy_(values.view(part.shape[0], part.shape[2], width, self.outputs))
            if kept is not None:
                kept.append(bags)
        if self.product is None and bias is not None:
            output += bias.view(-1, 1, 1)
        return output

    def backward(
        self, grad: Tensor, needs: tuple[bool, bool, bool, bool], kept: list[Bags] | None
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None, Tensor | None]:
        """The gradients of input, offsets, mask and weight, as far as they are needed."""
        need_input, need_offsets, need_mask, need_weight = needs
        table_grad = torch.zeros_like(self.table.rows) if need_input else None
        offsets_grad = torch.empty_like(self.offsets) if need_offsets else None
        mask_grad = torch.empty_like(self.mask) if need_mask and self.mask is not None else None
        kernel_grad = self.product.no_grad() if self.product and need_weight else None
        for number, block in enumerate(self.blocks()):
            bags = self.bags(block) if kept is None else kept[number]
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
        part = into[block[0], :, :, block[1]].permute(self.order)
        part.copy_(samples.view(part.shape))


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
