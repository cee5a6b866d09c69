"""The authors' own extensions for v3 and v4, for whoever has built them and asks: ``backend="official"``.

They are CUDA extensions that each user compiles for himself: ``DCNv3`` from InternImage's repository, ``DCNv4``
from its own. Nothing of them is imported before a layer asks.

Both get canonical tensors in their own order again, with every tap (a removed centre has mask 0) and with the
scale already in the offsets, so one call of theirs does for all options of ours.

Sources: arXiv 2211.05778 and 2401.06197, and the call signatures of the authors' extensions.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dcnviz.conventions import to_dcnv4, to_internimage
from dcnviz.geometry import Geometry
from dcnviz.sampling import Version

Convolve = Callable[..., Tensor]
HOMES = {
    "DCNv3": "https://github.com/OpenGVLab/InternImage (folder ops_dcnv3)",
    "DCNv4": "https://github.com/OpenGVLab/DCNv4 (folder DCNv4_op)",
}


def backend(version: Version) -> Convolve:
    """The function that runs one version; arguments as in ``reference.convolve``.

    Raises:
        ValueError: if there is no such extension for the version, or it is not installed.
    """
    if version == "v3":
        package = _package("DCNv3", "dcnv3_forward", "dcnv3_backward")
        return lambda *args: _dcnv3(package, *args)
    if version == "v4":
        package = _package("DCNv4.functions", "DCNv4Function")
        return lambda *args: _dcnv4(package, *args)
    raise ValueError(
        f'backend "official" is for v3 and v4, whose authors publish extensions; got {version}: '
        'use "auto" or "torchvision".'
    )


def _package(module: str, *names: str) -> Any:
    """Imports an extension and sees that it has what is called.

    A package that cannot be loaded (another CUDA, another torch) is as good as none, and says why.
    """
    name = module.partition(".")[0]
    try:
        package = import_module(module)
    except (ImportError, OSError) as problem:
        raise ValueError(
            f'backend "official" needs the package {name}, which could not be imported ({problem}): build it '
            f'from {HOMES[name]}, or use backend "auto".'
        ) from problem
    missing = [wanted for wanted in names if not hasattr(package, wanted)]
    if missing:
        raise ValueError(
            f'backend "official" found a package {module} without {", ".join(missing)}: '
            f"it must be the one from {HOMES[name]}."
        )
    return package


def _sizes(geometry: Geometry, groups: int, channels: int) -> tuple[int, ...]:
    """What both extensions want to know after their tensors, in their order."""
    g = geometry
    return (*g.kernel_size, *g.stride, *g.padding, *g.dilation, groups, channels // groups)


def _dcnv3(
    package: Any,
    input: Tensor,
    offsets: Tensor,
    mask: Tensor,
    weight: None,
    bias: None,
    geometry: Geometry,
    groups: int = 1,
) -> Tensor:
    offset, weights = to_internimage(offsets.to(input.dtype), mask, geometry)
    tensors = (input.permute(0, 2, 3, 1).contiguous(), offset.contiguous(), weights.contiguous())
    output: Tensor = _DCNv3.apply(*tensors, package, _sizes(geometry, offsets.shape[1], input.shape[1]))
    return output.permute(0, 3, 1, 2)


def _dcnv4(
    package: Any,
    input: Tensor,
    offsets: Tensor,
    mask: Tensor,
    weight: None,
    bias: None,
    geometry: Geometry,
    groups: int = 1,
) -> Tensor:
    offset_mask = to_dcnv4(offsets.to(input.dtype), mask, geometry).contiguous()
    sizes = _sizes(geometry, offsets.shape[1], input.shape[1])
    channels_last = input.permute(0, 2, 3, 1).contiguous()
    # After the sizes: scale, pictures at a time, removed centre.
    output: Tensor = package.DCNv4Function.apply(channels_last, offset_mask, *sizes, 1.0, len(input), 0)
    return output.permute(0, 3, 1, 2)


class _DCNv3(torch.autograd.Function):
    """The extension's two functions as one differentiable one; it comes without."""

    @staticmethod
    def forward(
        ctx: Any, input: Tensor, offset: Tensor, mask: Tensor, package: Any, sizes: tuple[int, ...]
    ) -> Tensor:
        ctx.save_for_backward(input, offset, mask)
        ctx.package, ctx.sizes = package, sizes
        output: Tensor = _either(package.dcnv3_forward, input, offset, mask, *sizes, 1.0, len(input))
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        tensors, step = ctx.saved_tensors, len(grad)
        grads = _either(ctx.package.dcnv3_backward, *tensors, *ctx.sizes, 1.0, grad.contiguous(), step)
        return (*grads, None, None)


def _either(function: Callable[..., Any], *args: Any) -> Any:
    """Calls with a last argument, ``remove_center``, or without: version 1.0 of the extension has none.

    Neither is right for the other's signature, and both say so by a TypeError before they do anything.
    """
    try:
        return function(*args, 0)
    except TypeError:
        return function(*args)
