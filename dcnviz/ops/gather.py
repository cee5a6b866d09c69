"""The fast backend on a CPU: plain PyTorch, no compiler, exact, with a backward written by hand.

A block of output rows at a time: sample its columns (``bags.py``), then one ordinary convolution over them. A block
is small enough to stay in a core's cache and, freed and taken again, costs no page faults; so nothing as large as
the columns of a whole batch ever exists, in training neither: the backward samples a block again, which is as fast
as reading it back from memory would be.

Sources: arXiv 1703.06211, eq. 2 to 6 and the gradient in its appendix; arXiv 1811.11168, eq. 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from dcnviz.geometry import Geometry
from dcnviz.ops.bags import Bags, PixelTable, bags_of

BLOCK = 2**19  # column elements in a block


class Job:
    """One call: the table, and what every block of it needs to know."""

    def __init__(self, table, offsets, mask, weight, geometry, groups):
        self.table, self.offsets, self.mask, self.geometry, self.groups = table, offsets, mask, geometry, groups
        self.sum_taps = weight is None
        self.taps = geometry.taps
        self.output_size = offsets.shape[3:5]
        kw = geometry.kernel_size[1]
        dtype = table.rows.dtype
        k = torch.arange(self.taps)
        sy, sx = geometry.stride
        y = (torch.arange(self.output_size[0]) * sy - geometry.padding[0])[:, None] + (k // kw) * geometry.dilation[0]
        x = (torch.arange(self.output_size[1]) * sx - geometry.padding[1])[:, None] + (k % kw) * geometry.dilation[1]
        y, x = y.to(dtype), x.to(dtype)
        if self.sum_taps:
            self.base = (y[:, None, None], x[:, None])
        else:
            self.base = (y.t().contiguous()[:, None, :, None], x.t().contiguous()[:, None, None])
        self.channels = table.groups * table.rows.shape[1]

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        batch, height = self.offsets.shape[0], self.output_size[0]
        row = self.output_size[1] * self.taps * (self.channels)
        rows = max(1, BLOCK // row)
        if rows >= height:
            step = rows // height
            for b in range(0, batch, step):
                yield slice(b, min(b + step, batch)), slice(0, height)
        else:
            for b in range(batch):
                for y in range(0, height, rows):
                    yield slice(b, b + 1), slice(y, min(y + rows, height))

    def bags(self, pictures: slice, rows: slice) -> Bags:
        base_y = self.base[0][rows] if self.sum_taps else self.base[0][:, :, rows]
        return bags_of(
            self.table,
            pictures.start,
            (base_y, self.base[1]),
            self.offsets[pictures, :, :, rows],
            None if self.mask is None else self.mask[pictures, :, :, rows],
            self.sum_taps,
        )

    def picture(self, columns: Tensor) -> Tensor:
        """Columns (G, K, n, C/G) as a picture (1, C/G, G*K, n), or (1, C, K, n) for groups > 1; channels last."""
        G, K, Cg = self.table.groups, self.taps, self.table.rows.shape[1]
        if self.groups > 1 and G > 1:
            columns = columns.view(G, K, -1, Cg).permute(1, 2, 0, 3).reshape(1, K, -1, G * Cg)
        else:
            columns = columns.view(1, G * K, -1, Cg)
        return columns.permute(0, 3, 1, 2)

    def kernel(self, weight):
        G, K = self.table.groups, self.taps
        if self.groups > 1 and G > 1:
            w = weight.view(weight.shape[0], -1, K, 1)
        else:
            # (O, G, Cg, K)
            w = weight.reshape(weight.shape[0], G, -1, K).transpose(1, 2).reshape(weight.shape[0], -1, G * K, 1)
        return w.to(self.table.rows.dtype).contiguous(memory_format=torch.channels_last)

    def unkernel(self, grad, weight):
        """inverse of kernel for gradient"""
        G, K = self.table.groups, self.taps
        if self.groups > 1 and G > 1:
            return grad.reshape(weight.shape)
        return grad.reshape(weight.shape[0], -1, G, K).transpose(1, 2).reshape(weight.shape)


def forward(table, offsets, mask, weight, bias, geometry, groups, channels_last, keep=None):
    job = Job(table, offsets, mask, weight, geometry, groups)
    batch, (height, width) = offsets.shape[0], job.output_size
    out_channels = job.channels if weight is None else weight.shape[0]
    dtype = table.rows.dtype
    output = torch.empty((batch, out_channels, height, width), dtype=dtype,
                         memory_format=torch.channels_last if channels_last else torch.contiguous_format)
    kernel = None if weight is None else job.kernel(weight)
    for pictures, rows in job.blocks():
        bags = job.bags(pictures, rows)
        values = bags.sample(bags.indices(), bags.weights(), bags.ends())
        if weight is not None:
            values = F.conv2d(job.picture(values), kernel, bias, groups=groups)
            values = values.permute(0, 2, 3, 1)
        values = values.reshape(pictures.stop - pictures.start, -1, width, out_channels).permute(0, 3, 1, 2)
        output[pictures, :, rows] = values
    return output


def backward(grad, table, offsets, mask, weight, geometry, groups, needs):
    need_input, need_offsets, need_mask, need_weight = needs
    job = Job(table, offsets, mask, weight, geometry, groups)
    dtype = table.rows.dtype
    width = job.output_size[1]
    K, Cg, G = job.taps, table.rows.shape[1], table.groups
    grad_table = torch.zeros_like(table.rows) if need_input else None
    grad_offsets = torch.empty_like(offsets) if need_offsets else None
    grad_mask = torch.empty_like(mask) if need_mask else None
    grad_weight = None
    if weight is not None:
        kernel = job.kernel(weight)
        O = weight.shape[0]
        back = kernel[..., 0].permute(2, 0, 1).contiguous()  # GK, O, Cg
        if need_weight:
            grad_weight = torch.zeros_like(back if groups == 1 else kernel)
    for pictures, rows in job.blocks():
        bags = job.bags(pictures, rows)
        indices, weights, ends = bags.indices(), bags.weights(), bags.ends()
        g = grad[pictures, :, rows].permute(0, 2, 3, 1).to(dtype).contiguous().view(-1, grad.shape[1])
        if weight is None:
            gcol = g.view(-1, Cg)
        else:
            if need_weight:
                columns = bags.sample(indices, weights, ends)
                if groups == 1:
                    grad_weight += torch.matmul(g.t(), columns.view(G * K, -1, Cg))
                else:
                    g4 = g.view(1, 1, -1, O).permute(0, 3, 1, 2)
                    grad_weight += torch.nn.grad.conv2d_weight(job.picture(columns), kernel.shape, g4, groups=groups)
                del columns
            if groups == 1:
                gcol = torch.matmul(g, back)
            else:
                g4 = g.view(1, 1, -1, O).permute(0, 3, 1, 2)
                gcol = torch.nn.grad.conv2d_input((1, kernel.shape[1] * groups, kernel.shape[2], g.shape[0]), kernel, g4, groups=groups)
                gcol = gcol.permute(0, 2, 3, 1)
                if G > 1:
                    gcol = gcol.view(K, -1, G, Cg).permute(2, 0, 1, 3)
            gcol = gcol.reshape(-1, Cg)
        if need_offsets or need_mask:
            d = bags.corner_dots(gcol, indices, weights, ends)
            ny, nx = bags.near
            top, bottom = torch.lerp(d[0], d[1], nx), torch.lerp(d[2], d[3], nx)
            def put(into, v):
                shape = (pictures.stop - pictures.start, rows.stop - rows.start, width)
                if job.sum_taps:
                    v = v.view(*shape, G, K).permute(0, 3, 4, 1, 2)
                else:
                    v = v.view(G, K, *shape).permute(2, 0, 1, 3, 4)
                into[pictures, :, :, rows] = v
            if need_mask:
                put(grad_mask, torch.lerp(top, bottom, ny))
            if need_offsets:
                gy = bottom - top
                gx = torch.lerp(d[1] - d[0], d[3] - d[2], ny)
                if bags.mask is not None:
                    gy *= bags.mask; gx *= bags.mask
                put(grad_offsets[..., 0], gy); put(grad_offsets[..., 1], gx)
        if need_input:
            bags.scatter(gcol, grad_table)
    if grad_weight is not None:
        grad_weight = job.unkernel(grad_weight.permute(1, 2, 0) if groups == 1 else grad_weight, weight)
    return (table.crop(grad_table) if need_input else None), grad_offsets, grad_mask, grad_weight


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input, offsets, mask, weight, bias, geometry, groups):
        wide = torch.promote_types(input.dtype, torch.float32)
        table = PixelTable.of(input, offsets.shape[1], wide)
        out = forward(table, offsets, mask, weight, bias, geometry, groups, not input.is_contiguous())
        ctx.save_for_backward(table.rows, offsets, mask, weight)
        ctx.rest = (table.batch, table.size, table.groups, geometry, groups)
        return out.to(input.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad):
        rows, offsets, mask, weight = ctx.saved_tensors
        batch, size, g, geometry, groups = ctx.rest
        table = PixelTable(rows, batch, size, g)
        n = ctx.needs_input_grad
        gi, go, gm, gw = backward(grad, table, offsets, mask, weight, geometry, groups, n[:4])
        gb = grad.sum((0, 2, 3)) if n[4] else None
        return gi, go, gm, gw, gb, None, None


def convolve(input, offsets, mask, weight, bias, geometry, groups=1):
    return _Gather.apply(input, offsets, mask, weight, bias, geometry, groups)
