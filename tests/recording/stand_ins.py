"""Stand-ins for layers of libraries that need a compiler and a GPU to install: mmcv, InternImage, DCNv4.

They have the originals' class names, module names, attributes, steps and call signatures, and nothing of their code;
their compiled operators are stood for by dcnviz's, hidden in an autograd function with torch functions switched off, so
that nothing but the module itself can be seen, as in the originals. Sources: mmcv/ops/deform_conv.py and
modulated_deform_conv.py; InternImage ops_dcnv3/modules/dcnv3.py; DCNv4 DCNv4_op/DCNv4/modules/dcnv4.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dcnviz.ops import dcnv3, dcnv4, deform_conv2d


class Compiled(torch.autograd.Function):
    """An operator that no torch function tells of, with gradients for its tensors."""

    @staticmethod
    def forward(ctx: Any, operator: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
        ctx.operator = operator
        ctx.save_for_backward(*tensors)
        with torch._C.DisableTorchFunction(), Unseen():
            return operator(*tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        tensors = [t.detach().requires_grad_() for t in ctx.saved_tensors]
        with torch.enable_grad(), Unseen():
            output = ctx.operator(*tensors)
        return (None, *torch.autograd.grad(output, tensors, grads[0]))


class Unseen:
    """dcnviz's operators tell their observers; a library's would not."""

    def __enter__(self) -> None:
        from dcnviz.ops import observe

        self.token = observe._observers.set(())

    def __exit__(self, *error: object) -> None:
        from dcnviz.ops import observe

        observe._observers.reset(self.token)


def of(module: str) -> Callable[[type[nn.Module]], type[nn.Module]]:
    """Says that a class is defined in that module."""

    def name(kind: type[nn.Module]) -> type[nn.Module]:
        kind.__module__ = module
        return kind

    return name


# --- mmcv -------------------------------------------------------------------------------------------------------


@of("mmcv.ops.deform_conv")
class DeformConv2d(nn.Module):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        deform_groups: int = 1,
    ) -> None:
        super().__init__()
        self.in_channels, self.kernel_size = in_channels, kernel_size
        self.stride, self.padding, self.dilation = (stride, stride), (padding, padding), (dilation, dilation)
        self.groups, self.deform_groups = groups, deform_groups
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels // groups, *kernel_size))

    def operator(self, x: Tensor, offset: Tensor, mask: Tensor | None = None) -> Tensor:
        sides = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        bias = getattr(self, "bias", None)

        def run(x: Tensor, offset: Tensor, weight: Tensor, *rest: Tensor) -> Tensor:
            given = list(rest)
            options = {
                "mask": given.pop(0) if mask is not None else None,
                "bias": given[0] if given else None,
            }
            return deform_conv2d(x, offset, weight, **sides, **options)  # type: ignore[arg-type]

        tensors = [t for t in (x, offset, self.weight, mask, bias) if t is not None]
        result: Tensor = Compiled.apply(run, *tensors)
        return result

    def forward(self, x: Tensor, offset: Tensor) -> Tensor:
        return self.operator(x, offset)


@of("mmcv.ops.deform_conv")
class DeformConv2dPack(DeformConv2d):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conv_offset = _predictor(self, 2)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return self.operator(x, self.conv_offset(x))


@of("mmcv.ops.modulated_deform_conv")
class ModulatedDeformConv2d(DeformConv2d):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bias = nn.Parameter(torch.randn(len(self.weight)))

    def forward(self, x: Tensor, offset: Tensor, mask: Tensor) -> Tensor:  # type: ignore[override]
        return self.operator(x, offset, mask)


@of("mmcv.ops.modulated_deform_conv")
class ModulatedDeformConv2dPack(ModulatedDeformConv2d):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conv_offset = _predictor(self, 3)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        first, second, mask = torch.chunk(self.conv_offset(x), 3, dim=1)
        return self.operator(x, torch.cat((first, second), dim=1), torch.sigmoid(mask))


def _predictor(layer: DeformConv2d, values: int) -> nn.Conv2d:
    channels = layer.deform_groups * values * math.prod(layer.kernel_size)
    sides = (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    return nn.Conv2d(layer.in_channels, channels, *sides)  # type: ignore[arg-type]


# --- InternImage, DCNv4 -----------------------------------------------------------------------------------------


class CenterFeatureScaleModule(nn.Module):
    def forward(self, query: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return F.linear(query, weight=weight, bias=bias).sigmoid()


class Grouped(nn.Module):
    """What both have."""

    def __init__(
        self,
        channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        pad: int = 1,
        dilation: int = 1,
        group: int = 2,
        offset_scale: float = 1.0,
        center_feature_scale: bool = False,
        remove_center: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.kernel_size, self.stride, self.pad = channels, kernel_size, stride, pad
        self.dilation, self.group, self.offset_scale = dilation, group, offset_scale
        self.center_feature_scale, self.remove_center = center_feature_scale, int(remove_center)
        self.output_proj = nn.Linear(channels, channels)
        if center_feature_scale:
            self.center_feature_scale_proj_weight = nn.Parameter(torch.randn(group, channels))
            self.center_feature_scale_proj_bias = nn.Parameter(torch.randn(group))
            self.center_feature_scale_module = CenterFeatureScaleModule()

    @property
    def stored(self) -> int:
        return self.group * (self.kernel_size**2 - self.remove_center)

    def options(self) -> dict[str, Any]:
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.pad,
            "dilation": self.dilation,
            "groups": self.group,
            "offset_scale": self.offset_scale,
            "remove_center": bool(self.remove_center),
        }

    def mixed(self, core: Tensor, projected: Tensor, query: Tensor) -> Tensor:
        if not self.center_feature_scale:
            return core
        weights = (self.center_feature_scale_proj_weight, self.center_feature_scale_proj_bias)
        scale = self.center_feature_scale_module(query, *weights)
        scale = scale[..., None].repeat(1, 1, 1, 1, self.channels // self.group).flatten(-2)
        return core * (1 - scale) + projected * scale


class ChannelsLast(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


@of("ops_dcnv3.modules.dcnv3")
class DCNv3(Grouped):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        c = self.channels
        norm = nn.Sequential(ChannelsLast(), nn.LayerNorm(c, eps=1e-6))
        self.dw_conv = nn.Sequential(nn.Conv2d(c, c, 3, padding=1, groups=c), norm, nn.GELU())
        self.offset, self.mask = nn.Linear(c, 2 * self.stored), nn.Linear(c, self.stored)
        self.input_proj = nn.Linear(c, c)

    def core(self, x: Tensor, offset: Tensor, mask: Tensor) -> Tensor:
        result: Tensor = Compiled.apply(lambda *t: dcnv3(*t, **self.options()), x, offset, mask)
        return result

    def forward(self, input: Tensor) -> Tensor:
        n, h, w, _ = input.shape
        x = projected = self.input_proj(input)
        query = self.dw_conv(input.permute(0, 3, 1, 2))
        offset = self.offset(query)
        mask = F.softmax(self.mask(query).reshape(n, h, w, self.group, -1), -1)
        mask = mask.reshape(n, h, w, -1).type(x.dtype)
        output: Tensor = self.output_proj(self.mixed(self.core(x, offset, mask), projected, query))
        return output


@of("models.ops_dcnv3.modules.dcnv3")
class DCNv3_pytorch(DCNv3):
    """Its operator is made of torch functions, all of them to be seen."""

    def core(self, x: Tensor, offset: Tensor, mask: Tensor) -> Tensor:
        n, h, w, c = x.shape
        side, g, p = self.kernel_size, self.group, self.pad
        padded = F.pad(x, [0, 0, p, p, p, p])
        size = x.new_tensor([padded.shape[2], padded.shape[1]])
        ys, xs = torch.meshgrid(torch.arange(h) + p, torch.arange(w) + p, indexing="ij")
        centre = torch.stack([xs, ys], -1).reshape(1, h, w, 1, 2) + 0.5
        taps = torch.arange(side) - side // 2
        grid = torch.stack(torch.meshgrid(taps, taps, indexing="ij"), -1).reshape(1, 1, 1, -1, 2)
        where = centre.repeat(1, 1, 1, g, 1).unsqueeze(4) + self.offset_scale * (
            grid.unsqueeze(3) + offset.reshape(n, h, w, g, -1, 2)
        )
        where = (2 * (where / size) - 1).reshape(n, h * w, g, -1, 2).transpose(1, 2).flatten(0, 1)
        maps = padded.reshape(n, -1, g, c // g).permute(0, 2, 3, 1)
        maps = maps.reshape(n * g, c // g, padded.shape[1], padded.shape[2])
        values = F.grid_sample(maps, where, align_corners=False)
        mask = mask.reshape(n, h * w, g, 1, -1).transpose(1, 2).reshape(n * g, 1, h * w, -1)
        return (values * mask).sum(-1).view(n, c, h * w).transpose(1, 2).reshape(n, h, w, c)


@of("DCNv4.modules.dcnv4")
class DCNv4(Grouped):
    def __init__(
        self, *args: Any, dw_kernel_size: int | None = None, without_pointwise: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        c = self.channels
        self.dw_kernel_size, self.without_pointwise = dw_kernel_size, without_pointwise
        if dw_kernel_size is not None:
            self.offset_mask_dw = nn.Conv2d(c, c, dw_kernel_size, padding=(dw_kernel_size - 1) // 2, groups=c)
        self.offset_mask = nn.Linear(c, math.ceil(self.stored * 3 / 8) * 8)
        if without_pointwise:
            del self.output_proj
        else:
            self.value_proj = nn.Linear(c, c)

    def forward(self, input: Tensor, shape: tuple[int, int] | None = None) -> Tensor:
        n, rows, c = input.shape
        h, w = shape if shape is not None else (int(rows**0.5), int(rows**0.5))
        x = (input if self.without_pointwise else self.value_proj(input)).reshape(n, h, w, -1)
        query = input
        if self.dw_kernel_size is not None:
            query = self.offset_mask_dw(input.view(n, h, w, c).permute(0, 3, 1, 2))
            query = query.permute(0, 2, 3, 1).view(n, rows, c)
        raw = self.offset_mask(query).reshape(n, h, w, -1)
        core = Compiled.apply(lambda *t: dcnv4(*t, **self.options()), x, raw)
        output: Tensor = self.mixed(core, x, core).view(n, rows, -1)
        return output if self.without_pointwise else self.output_proj(output)
