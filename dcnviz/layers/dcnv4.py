"""DCNv4 as a module: v3 without the softmax, offsets and masks from one linear layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import torch
from torch import Tensor, nn

from dcnviz.conventions import dcnv4_channels, stored_taps
from dcnviz.geometry import Geometry, Pair, Size, pair
from dcnviz.layers.grouped import at_cells, mix_centre, pad_to_cells
from dcnviz.ops import dcnv4


class DCNv4(nn.Module):
    """Deformable convolution v4. Argument names and state-dict keys as in the official module.

    Masks are unbounded and start at 0, so the untrained layer outputs only its bias.

    Args:
        channels: C, input and output.
        kernel_size: one number, or (y, x).
        stride: one number, or (y, x).
        pad: one number, or (y, x).
        dilation: one number, or (y, x).
        group: G.
        offset_scale: scales taps and offsets about the kernel's centre.
        dw_kernel_size: kernel of an optional depth-wise convolution before the predictor.
        center_feature_scale: mix the projected input in by a learned share per group.
        remove_center: leave the centre tap out; square kernels of odd size only.
        output_bias: whether the output projection has a bias.
        without_pointwise: leave both projections out.
        backend: see :func:`dcnviz.ops.dcnv4`.

    Shapes: ``(B, H, W, C)`` to ``(B, H_out, W_out, C)``; or, as the official module takes it, ``(B, H*W, C)``
    with the map's ``shape=(H, W)`` (a square map if none is given), to ``(B, H_out*W_out, C)``.

    Raises:
        ValueError: if the groups do not divide the channels, the kernel has no centre to leave
            out, or the input has no such shape.

    Source: arXiv 2401.06197, section 3.1.

    >>> DCNv4(8, group=2)(torch.rand(1, 36, 8)).shape
    torch.Size([1, 36, 8])
    """

    def __init__(
        self,
        channels: int = 64,
        kernel_size: Size = 3,
        stride: Size = 1,
        pad: Size = 1,
        dilation: Size = 1,
        group: int = 4,
        offset_scale: float = 1.0,
        dw_kernel_size: Size | None = None,
        center_feature_scale: bool = False,
        remove_center: bool = False,
        output_bias: bool = True,
        without_pointwise: bool = False,
        *,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        if group < 1 or channels % group:
            raise ValueError(
                f"channels must be a multiple of group; got {channels} channels, {group} groups."
            )
        self.channels, self.group, self.offset_scale = channels, group, offset_scale
        self.center_feature_scale, self.remove_center = center_feature_scale, bool(remove_center)
        self.backend = backend
        self.geometry = Geometry(kernel_size, stride, pad, dilation)
        self.window: Pair | None = None
        if dw_kernel_size is not None:
            self.window = pair(dw_kernel_size, "dw_kernel_size")
            self.offset_mask_dw = nn.Conv2d(
                channels, channels, self.window, self.geometry.stride, groups=channels
            )
        stored = stored_taps(self.geometry, self.remove_center)
        self.offset_mask = nn.Linear(channels, dcnv4_channels(group, stored))
        self.value_proj = nn.Identity() if without_pointwise else nn.Linear(channels, channels)
        self.output_proj = (
            nn.Identity() if without_pointwise else nn.Linear(channels, channels, bias=output_bias)
        )
        if center_feature_scale:
            self.center_feature_scale_proj_weight = nn.Parameter(torch.zeros(group, channels))
            self.center_feature_scale_proj_bias = nn.Parameter(torch.zeros(group))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Offsets and masks start at 0; the projections as the official module draws them."""
        nn.init.zeros_(self.offset_mask.weight)
        nn.init.zeros_(self.offset_mask.bias)
        for projection in (self.value_proj, self.output_proj):
            if isinstance(projection, nn.Linear):
                nn.init.xavier_uniform_(projection.weight)
                if projection.bias is not None:
                    nn.init.zeros_(projection.bias)

    def predictor_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that choose offsets and masks."""
        if self.window is None:
            return self.offset_mask.parameters()
        return chain(self.offset_mask_dw.parameters(), self.offset_mask.parameters())

    def forward(self, input: Tensor, shape: tuple[int, int] | None = None) -> Tensor:
        """``(B, H, W, C)``, or ``(B, H*W, C)`` with the map's shape."""
        picture = self._as_map(input, shape)
        g = self.geometry
        value = self.value_proj(picture)
        features = picture.permute(0, 3, 1, 2)
        if self.window:
            features = self.offset_mask_dw(pad_to_cells(features, g, self.window))
        else:
            features = at_cells(features, g)
        core = dcnv4(
            value,
            self.offset_mask(features.permute(0, 2, 3, 1)),
            kernel_size=g.kernel_size,
            stride=g.stride,
            padding=g.padding,
            dilation=g.dilation,
            groups=self.group,
            offset_scale=self.offset_scale,
            remove_center=self.remove_center,
            backend=self.backend,
        )
        if self.center_feature_scale:
            centre = at_cells(value.permute(0, 3, 1, 2), g).permute(0, 2, 3, 1)
            weight, bias = self.center_feature_scale_proj_weight, self.center_feature_scale_proj_bias
            core = mix_centre(core, centre, core, weight, bias)
        output: Tensor = self.output_proj(core)
        return output if input.ndim == 4 else output.flatten(1, 2)

    def _as_map(self, input: Tensor, shape: tuple[int, int] | None) -> Tensor:
        """The input as ``(B, H, W, C)``."""
        wanted = f"(B, H, W, {self.channels}) or (B, H*W, {self.channels}) with shape=(H, W)"
        if input.ndim not in (3, 4) or input.shape[-1] != self.channels:
            raise ValueError(f"input must be {wanted}; got {tuple(input.shape)}.")
        if input.ndim == 4:
            return input
        side = math.isqrt(input.shape[1])
        height, width = shape or (side, side)
        if height * width != input.shape[1]:
            raise ValueError(f"input must be {wanted}; got {tuple(input.shape)} with shape={shape}.")
        return input.reshape(input.shape[0], height, width, self.channels)
