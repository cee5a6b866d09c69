"""Deformable convolution v1 and v2 as drop-in modules, each with the predictor of its own offsets.

**The article's two modules** (``DCN`` over torchvision's operator, ``DeformConv2d`` by explicit sampling) are
right for 3x3 kernels with padding 1 only; there they are reproduced by

* ``DCN(inc, out, 3, 1, 1)``: ``ModulatedDeformConv2d(inc, out, 3, padding=1)``;
* ``DeformConv2d(inc, out, modulation=True)``: ``ModulatedDeformConv2d(inc, out, 3, padding=1, bias=False)``;
* ``DeformConv2d(inc, out, modulation=False)``: ``DeformConv2d(inc, out, 3, padding=1, bias=False)``;

:mod:`dcnviz.layers.article` takes their trained weights over. Everywhere else these modules do what the
article's do not: every kernel, stride, padding, dilation and group count works, weights and biases are
initialised, the predictor starts at zero (weights *and* biases), and its learning rate really can be scaled
(:func:`dcnviz.layers.parameter_groups`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from dcnviz.geometry import Geometry, Size
from dcnviz.ops import deform_conv2d


class DeformConv2d(nn.Module):
    """Deformable convolution v1: a convolution that learns where to look. Follows :class:`torch.nn.Conv2d`.

    The predictor is a convolution with the layer's own kernel, stride, padding and dilation. It starts at
    zero, so training starts from the plain convolution (arXiv 1703.06211, section 2.1).

    Args:
        in_channels: C.
        out_channels: O.
        kernel_size: one number, or (y, x).
        stride: one number, or (y, x).
        padding: one number, (y, x), "valid" or "same".
        dilation: one number, or (y, x).
        groups: groups of the convolution.
        bias: whether the output has a bias.
        padding_mode: only "zeros": a deformable layer reads 0 outside its map.
        device: where the parameters are made.
        dtype: their type.
        offset_groups: G; contiguous blocks of C / G channels share offsets.
        backend: which code runs the operator, see :func:`dcnviz.ops.deform_conv2d`.

    Shapes: ``(B, C, H, W)`` to ``(B, O, H_out, W_out)``.

    Raises:
        ValueError: if channels, groups or padding do not fit together.

    >>> layer = DeformConv2d(4, 6, 3, padding=1)
    >>> layer(torch.rand(2, 4, 8, 8)).shape
    torch.Size([2, 6, 8, 8])
    """

    modulated = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        offset_groups: int = 1,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError(
                f'padding_mode must be "zeros": samples outside the map read 0; got {padding_mode!r}.'
            )
        for name, channels, parts in (
            ("in_channels", in_channels, groups),
            ("out_channels", out_channels, groups),
            ("in_channels", in_channels, offset_groups),
        ):
            if channels < 1 or parts < 1 or channels % parts:
                raise ValueError(f"{name} must be a positive multiple of its {parts} groups; got {channels}.")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.groups, self.offset_groups, self.backend = groups, offset_groups, backend
        self.geometry = _geometry(kernel_size, stride, padding, dilation)
        g = self.geometry
        self.weight = nn.Parameter(
            torch.empty(out_channels, in_channels // groups, *g.kernel_size, device=device, dtype=dtype)
        )
        self.bias = nn.Parameter(torch.empty(out_channels, device=device, dtype=dtype)) if bias else None
        channels = (3 if self.modulated else 2) * offset_groups * g.taps
        self.predictor = nn.Conv2d(
            in_channels, channels, g.kernel_size, g.stride, g.padding, g.dilation, device=device, dtype=dtype
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight and bias as :class:`torch.nn.Conv2d` draws them; the predictor at zero."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)
        nn.init.zeros_(self.predictor.weight)
        if self.predictor.bias is not None:
            nn.init.zeros_(self.predictor.bias)

    def predictor_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that choose offsets (and masks)."""
        return self.predictor.parameters()

    def predict(self, input: Tensor) -> tuple[Tensor, Tensor | None]:
        """The raw offset and mask tensors, in torchvision's layout, that :meth:`forward` would use."""
        return self._predictions(input), None

    def _predictions(self, input: Tensor) -> Tensor:
        """The predictor's channels, once the input is known to fit."""
        if input.ndim != 4 or input.shape[1] != self.in_channels:
            raise ValueError(f"input must be (B, {self.in_channels}, H, W); got {tuple(input.shape)}.")
        self.geometry.output_size(input.shape[2:])  # refuses a map too small for the kernel
        channels: Tensor = self.predictor(input)
        return channels

    def forward(self, input: Tensor) -> Tensor:
        """Predicts offsets (and masks) and samples there."""
        offset, mask = self.predict(input)
        g = self.geometry
        return deform_conv2d(
            input,
            offset,
            self.weight,
            self.bias,
            mask=mask,
            stride=g.stride,
            padding=g.padding,
            dilation=g.dilation,
            backend=self.backend,
        )

    def extra_repr(self) -> str:
        """Channels, geometry and groups."""
        g = self.geometry
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={g.kernel_size}, stride={g.stride}, "
            f"padding={g.padding}, dilation={g.dilation}, groups={self.groups}, "
            f"offset_groups={self.offset_groups}"
        )


class ModulatedDeformConv2d(DeformConv2d):
    """Deformable convolution v2: v1, and a mask that says how strongly each sample counts.

    The predictor gives 2GK offset channels, then GK mask channels that go through a sigmoid
    (arXiv 1811.11168, section 2.2; there the mask starts at 0.5).

    Args:
        in_channels: this and all up to ``backend`` as in :class:`DeformConv2d`.
        out_channels: O.
        kernel_size: one number, or (y, x).
        stride: one number, or (y, x).
        padding: one number, (y, x), "valid" or "same".
        dilation: one number, or (y, x).
        groups: groups of the convolution.
        bias: whether the output has a bias.
        padding_mode: only "zeros".
        device: where the parameters are made.
        dtype: their type.
        offset_groups: G.
        backend: which code runs the operator.
        mask_scale: the mask is ``mask_scale * sigmoid(...)``. 1 is the paper's; 2 lets training start at a
            mask of 1, that is from the plain convolution itself (the authors' first code).

    Raises:
        ValueError: as :class:`DeformConv2d`, or if ``mask_scale`` is not a finite number above 0.

    >>> layer = ModulatedDeformConv2d(4, 6, 3, padding=1, mask_scale=2.0)
    >>> x = torch.rand(1, 4, 8, 8)
    >>> torch.allclose(layer(x), nn.functional.conv2d(x, layer.weight, layer.bias, padding=1), atol=1e-5)
    True
    """

    modulated = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        offset_groups: int = 1,
        backend: str = "auto",
        mask_scale: float = 1.0,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
            offset_groups=offset_groups,
            backend=backend,
        )
        if not 0 < mask_scale < math.inf:
            raise ValueError(f"mask_scale must be a finite number above 0; got {mask_scale}.")
        self.mask_scale = float(mask_scale)

    def predict(self, input: Tensor) -> tuple[Tensor, Tensor | None]:
        """Offsets, and masks between 0 and ``mask_scale``."""
        channels = self._predictions(input)
        split = 2 * self.offset_groups * self.geometry.taps
        return channels[:, :split], self.mask_scale * channels[:, split:].sigmoid()


def _geometry(kernel_size: Size, stride: Size, padding: Size | str, dilation: Size) -> Geometry:
    """The geometry, with nn.Conv2d's words for padding turned into numbers."""
    if not isinstance(padding, str):
        return Geometry(kernel_size, stride, padding, dilation)
    plain = Geometry(kernel_size, stride, 0, dilation)
    if padding == "valid":
        return plain
    total = [d * (k - 1) for d, k in zip(plain.dilation, plain.kernel_size, strict=True)]
    if padding != "same" or plain.stride != (1, 1) or any(t % 2 for t in total):
        raise ValueError(
            'padding must be numbers, "valid", or "same" with stride 1 and kernels that have a centre; '
            f"got {padding!r} with kernel {plain.kernel_size}, stride {plain.stride}, "
            f"dilation {plain.dilation}."
        )
    return Geometry(kernel_size, stride, (total[0] // 2, total[1] // 2), dilation)
