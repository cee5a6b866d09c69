"""The matrix products of the gather backend: sampled columns times kernel, and the two gradients of it.

Columns of n output cells come tap by tap, ``(G, K, n, C / G)``: to a product, G offset groups are just G times
as many taps, of fewer channels. Seen as a picture of G * K rows, n columns and C / G channels, an ordinary
convolution with a kernel of G * K rows does it all. For a forward alone they come cell by cell,
``(n, G, K, C / G)``: a picture of one row, which a kernel of G * K columns steps over, and one matrix as well.

What is large is convolved: oneDNN compiles its convolutions for the processor that it finds, while the matrix
products are of MKL, which off Intel's processors keeps to half of the vector registers.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.grad import conv2d_input, conv2d_weight

from dcnviz.ops.bags import NARROW

# Multiplications from which a convolution is faster than the matrix product that it is: it costs 10 to 50 us a call
# before it begins. Measured on an AMD EPYC, 2048 cells of 32 channels: forward 107 us instead of 194 on two threads,
# 179 instead of 373 on one; the columns' gradient 162 instead of 231, 257 instead of 398; of an eighth of the cells,
# forward, 37 us and 27. On an Intel Xeon the two differed by 3 to 5 %, each way. The kernel's gradient gains nothing.
LARGE = 2**22


class Product:
    """One layer's kernel, in the layouts that its products want.

    T taps of w channels: T = G * K and w = C / G, or, where the convolution is grouped as well, T = K and w
    = C.

    Args:
        weight: ``(O, C // groups, kh, kw)``.
        offset_groups: G.
        groups: the convolution's groups.
        dtype: the type to compute in.
        by_cell: whether columns come cell by cell; then there is :meth:`apply` and no gradient.
    """

    def __init__(
        self, weight: Tensor, offset_groups: int, groups: int, dtype: torch.dtype, by_cell: bool = False
    ) -> None:
        self.groups, self.offset_groups = groups, offset_groups
        self.outputs, self.shape = weight.shape[0], weight.shape
        self.taps = weight.shape[2] * weight.shape[3]
        # Two kinds of groups cut the channels in two ways: then the columns are put in order of channels
        # first.
        self.regroup = groups > 1 and offset_groups > 1
        self.by_cell = by_cell
        # Only of float32 has the library convolutions of its own.
        self.convolves = dtype is torch.float32 and torch.backends.mkldnn.is_available()
        split = 1 if self.regroup else offset_groups
        kernel = weight.detach().to(dtype).reshape(self.outputs, split, -1, self.taps).transpose(1, 2)
        area = (1, split * self.taps) if by_cell else (split * self.taps, 1)
        # (O, w / groups, T, 1), or (O, w / groups, 1, T)
        self.kernel = kernel.reshape(self.outputs, -1, *area).contiguous(memory_format=torch.channels_last)

    def _large(self, cells: int) -> bool:
        """Whether a convolution of so many cells is worth its call."""
        return self.convolves and cells * self.kernel.numel() >= LARGE

    def _picture(self, columns: Tensor) -> Tensor:
        """``(N, C / G)`` as ``(1, w, T, n)``, channels last."""
        if self.regroup:
            columns = columns.view(self.offset_groups, -1, columns.shape[1]).transpose(0, 1).flatten(1)
        return columns.view(1, self.kernel.shape[2], -1, columns.shape[1]).permute(0, 3, 1, 2)

    def _columns(self, picture: Tensor) -> Tensor:
        """The inverse of :meth:`_picture`."""
        rows = picture.permute(0, 2, 3, 1)[0]
        if self.regroup:
            return rows.reshape(*rows.shape[:2], self.offset_groups, -1).permute(2, 0, 1, 3)
        return rows.reshape(self.offset_groups, self.taps, *rows.shape[1:])

    def apply(self, columns: Tensor) -> Tensor:
        """Columns ``(N, C / G)`` to outputs ``(n, O)``, without the bias."""
        kernel, width = self.kernel, columns.shape[1]
        if not self.by_cell:
            picture = self._picture(columns)
        elif self.groups == 1:
            cells = columns.view(-1, kernel[0].numel())
            if not self._large(cells.shape[0]):
                return torch.mm(cells, kernel.permute(0, 2, 3, 1).flatten(1).t())
            picture = columns.view(1, 1, -1, width).permute(0, 3, 1, 2)
        else:
            cells = columns.view(-1, self.offset_groups, self.taps, width)
            cells = cells.transpose(1, 2).reshape(1, 1, cells.shape[0] * self.taps, -1)
            picture = cells.permute(0, 3, 1, 2)
        outputs = F.conv2d(picture, kernel, stride=(1, kernel.shape[3]), groups=self.groups)
        return outputs.permute(0, 2, 3, 1).reshape(-1, self.outputs)

    def columns_grad(self, grad: Tensor) -> Tensor:
        """Gradient of the outputs ``(n, O)`` to that of the columns, ``(G, K, n, C / G)`` in any strides."""
        if self.groups > 1 or (self.kernel.shape[1] >= NARROW and self._large(grad.shape[0])):
            shape = [1, self.kernel.shape[1] * self.groups, self.kernel.shape[2], grad.shape[0]]
            picture: Tensor = conv2d_input(shape, self.kernel, self._outputs(grad), groups=self.groups)
            return self._columns(picture)
        taps = self.kernel[..., 0].permute(2, 1, 0)  # (T, w, O)
        shape = [self.offset_groups, self.taps, taps.shape[1], -1]
        if taps.shape[1] < NARROW:  # one product with channels first, where a product a tap would be too thin
            return torch.mm(taps.reshape(-1, self.outputs), grad.t()).view(shape).transpose(2, 3)
        return torch.matmul(grad, taps.transpose(1, 2).contiguous()).view(*shape[:2], -1, shape[2])

    def kernel_grad(self, columns: Tensor, grad: Tensor) -> Tensor:
        """Gradient of the kernel from columns ``(N, C / G)``: a summand for :meth:`weight_grad`."""
        if self.groups > 1:
            picture, outputs = self._picture(columns), self._outputs(grad)
            kernel: Tensor = conv2d_weight(picture, self.kernel.shape, outputs, groups=self.groups)
            return kernel
        columns = columns.view(self.kernel.shape[2], -1, columns.shape[1])
        return torch.matmul(columns.transpose(1, 2), grad)  # (T, w, O)

    def no_grad(self) -> Tensor:
        """A sum of no :meth:`kernel_grad` at all."""
        kernel = self.kernel if self.groups > 1 else self.kernel[..., 0].permute(2, 1, 0)
        return torch.zeros_like(kernel)

    def weight_grad(self, total: Tensor) -> Tensor:
        """The sum of all :meth:`kernel_grad` in the layout of the weight, ``(O, C // groups, kh, kw)``."""
        if self.groups == 1:
            total = total.permute(2, 1, 0)
        split = 1 if self.regroup else self.offset_groups
        return total.reshape(self.outputs, -1, split, self.taps).transpose(1, 2).reshape(self.shape)

    def _outputs(self, grad: Tensor) -> Tensor:
        return grad.view(1, 1, -1, self.outputs).permute(0, 3, 1, 2)
