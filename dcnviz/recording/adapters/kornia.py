"""kornia's ``DeformableConv2d``, of its ALIKED: torchvision's operator written in PyTorch.

Its "offset" is clamped to a quarter of the map's longer side before it is used, so that is what is recorded. The
sparse descriptor head of ALIKED samples about keypoints, not cells: it is no deformable layer and is not read.
Source: kornia/feature/aliked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from dcnviz.conventions import (
    mask_from_torchvision,
    mask_to_torchvision,
    offsets_from_torchvision,
    offsets_to_torchvision,
)
from dcnviz.geometry import Geometry
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.adapters.adapter import Adapter, connected, is_named, register_adapter
from dcnviz.sampling import Version


@register_adapter
class Kornia(Adapter):
    """Offsets are what ``clamp`` gives, masks (where there are any) what ``sigmoid`` gives."""

    def __init__(self, module: nn.Module, path: str = "") -> None:
        super().__init__(module, path)
        kernel = self.module.regular_conv.kernel_size
        self.geometry = Geometry(
            kernel, *(getattr(module, name) for name in ("stride", "padding", "dilation"))
        )
        self.mask: Tensor | None = None
        self.offsets: Tensor | None = None

    @classmethod
    def fits(cls, module: nn.Module) -> bool:
        """By class name, from kornia."""
        return is_named(module, ["DeformableConv2d"], home="kornia")

    def before(self, part: str, arguments: dict[str, Any]) -> None:
        """The map that is sampled."""
        if part == "":
            self.input = arguments["x"]

    def function(self, name: str, arguments: tuple[Any, ...], output: Any) -> Any:
        """The first clamp is the offsets'; others follow inside the operator, on indices."""
        taps = self.geometry.taps
        if name == "clamp" and self.offsets is None:
            (self.offsets,), output = connected(
                output, lambda r: [offsets_from_torchvision(r, taps)], offsets_to_torchvision
            )
        elif name == "sigmoid":
            (self.mask,), output = connected(
                output, lambda r: [mask_from_torchvision(r, taps)], mask_to_torchvision
            )
        return output

    def calls(self, output: Any) -> Iterator[tuple[str, OperatorCall]]:
        """One call; its weight and bias are those of ``regular_conv``."""
        assert self.offsets is not None, "kornia clamps its offsets"
        convolution = self.module.regular_conv
        weights = (convolution.weight, convolution.bias, self.geometry, 1)
        version: Version = "v1" if self.mask is None else "v2"
        yield "", OperatorCall(self.input, self.offsets, self.mask, *weights, version, output, "kornia")
