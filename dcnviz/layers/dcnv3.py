"""DCNv3, InternImage's operator as a module: its argument names, its state-dict keys, its results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import torch
from torch import Tensor, nn

from dcnviz.conventions import stored_taps
from dcnviz.geometry import Geometry, Size, pair
from dcnviz.layers.grouped import at_cells, mix_centre, pad_to_cells
from dcnviz.ops import dcnv3

ACTIVATIONS: dict[str, type[nn.Module]] = {"GELU": nn.GELU, "ReLU": nn.ReLU, "SiLU": nn.SiLU}


class _Permute(nn.Module):
    """Reorders axes; stands where InternImage puts its layout changes, so that keys keep their numbers."""

    def __init__(self, *order: int) -> None:
        super().__init__()
        self.order = order

    def forward(self, input: Tensor) -> Tensor:
        return input.permute(self.order)


def _norm(channels: int, name: str) -> nn.Sequential:
    """Normalisation from (B, C, H, W) to (B, H, W, C), numbered as in InternImage."""
    to_last = _Permute(0, 2, 3, 1)
    if name == "LN":
        return nn.Sequential(to_last, nn.LayerNorm(channels, eps=1e-6))
    if name == "BN":
        return nn.Sequential(nn.BatchNorm2d(channels), to_last)
    raise ValueError(f'norm_layer must be "LN" or "BN"; got {name!r}.')


class DCNv3(nn.Module):
    """Deformable convolution v3: groups with a softmax over their taps, and no kernel weight.

    Loads a state dict of InternImage's ``DCNv3`` or ``DCNv3_pytorch`` by name, and equals them; strides and
    paddings at which the original fails work too (the predictor then looks at the centre of each cell's
    kernel).

    Args:
        channels: C, input and output.
        kernel_size: one number, or (y, x).
        dw_kernel_size: kernel of the predictor's depth-wise convolution; the kernel size if None.
        stride: one number, or (y, x).
        pad: one number, or (y, x).
        dilation: one number, or (y, x).
        group: G.
        offset_scale: scales taps and offsets about the kernel's centre.
        act_layer: "GELU", "ReLU" or "SiLU".
        norm_layer: "LN" or "BN".
        center_feature_scale: mix the projected input in by a learned share per group.
        remove_center: leave the centre tap out; square kernels of odd size only.
        backend: see :func:`dcnviz.ops.dcnv3`.

    Shapes: ``(B, H, W, C)`` to ``(B, H_out, W_out, C)``: channels last, as in InternImage.

    Raises:
        ValueError: if the groups do not divide the channels, the kernel has no centre to leave
            out, or a name is unknown.

    Source: arXiv 2211.05778, section 3.1.

    >>> DCNv3(8, group=2)(torch.rand(1, 6, 6, 8)).shape
    torch.Size([1, 6, 6, 8])
    """

    def __init__(
        self,
        channels: int = 64,
        kernel_size: Size = 3,
        dw_kernel_size: Size | None = None,
        stride: Size = 1,
        pad: Size = 1,
        dilation: Size = 1,
        group: int = 4,
        offset_scale: float = 1.0,
        act_layer: str = "GELU",
        norm_layer: str = "LN",
        center_feature_scale: bool = False,
        remove_center: bool = False,
        *,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        if group < 1 or channels % group:
            raise ValueError(
                f"channels must be a multiple of group; got {channels} channels, {group} groups."
            )
        if act_layer not in ACTIVATIONS:
            raise ValueError(f"act_layer must be one of {', '.join(ACTIVATIONS)}; got {act_layer!r}.")
        self.channels, self.group, self.offset_scale = channels, group, offset_scale
        self.center_feature_scale, self.remove_center = center_feature_scale, bool(remove_center)
        self.backend = backend
        self.geometry = Geometry(kernel_size, stride, pad, dilation)
        self.window = pair(kernel_size if dw_kernel_size is None else dw_kernel_size, "dw_kernel_size")
        taps = stored_taps(self.geometry, self.remove_center)

        self.dw_conv = nn.Sequential(
            nn.Conv2d(channels, channels, self.window, self.geometry.stride, groups=channels),
            _norm(channels, norm_layer),
            ACTIVATIONS[act_layer](),
        )
        self.offset = nn.Linear(channels, group * taps * 2)
        self.mask = nn.Linear(channels, group * taps)
        self.input_proj = nn.Linear(channels, channels)
        self.output_proj = nn.Linear(channels, channels)
        if center_feature_scale:
            self.center_feature_scale_proj_weight = nn.Parameter(torch.zeros(group, channels))
            self.center_feature_scale_proj_bias = nn.Parameter(torch.zeros(group))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Offsets start at 0 and masks at 1/P; the projections as InternImage draws them."""
        for predictor in (self.offset, self.mask):
            nn.init.zeros_(predictor.weight)
            nn.init.zeros_(predictor.bias)
        for projection in (self.input_proj, self.output_proj):
            nn.init.xavier_uniform_(projection.weight)
            nn.init.zeros_(projection.bias)

    def predictor_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that choose offsets and masks."""
        return chain(self.dw_conv.parameters(), self.offset.parameters(), self.mask.parameters())

    def forward(self, input: Tensor) -> Tensor:
        """``(B, H, W, C)`` to ``(B, H_out, W_out, C)``."""
        if input.ndim != 4 or input.shape[-1] != self.channels:
            raise ValueError(
                f"input must be (B, H, W, {self.channels}), channels last; got {tuple(input.shape)}."
            )
        g = self.geometry
        value = self.input_proj(input)
        features = self.dw_conv(pad_to_cells(input.permute(0, 3, 1, 2), g, self.window))
        mask = self.mask(features).unflatten(-1, (self.group, -1)).softmax(-1).flatten(-2)
        core = dcnv3(
            value,
            self.offset(features),
            mask.to(value.dtype),
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
            core = mix_centre(core, centre, features, weight, bias)
        output: Tensor = self.output_proj(core)
        return output
