"""mmcv and mmdetection: ``DeformConv2d``, ``ModulatedDeformConv2d`` and their ``Pack``s.

Their compiled operators are no torch functions, so they are read at the modules' arguments and predictors. In
channels and results they are torchvision's. Source: mmcv/ops/deform_conv.py, modulated_deform_conv.py.
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

HOMES = ("mmcv", "mmdet")
# The names of mmcv 1.x and 2.x, and of mmdetection before mmcv took the operators over.
NAMES = [f"{kind}{pack}" for kind in ("DeformConv2d", "DeformConv") for pack in ("", "Pack")]
NAMES += [f"Modulated{name}" for name in NAMES]


@register_adapter
class MMCV(Adapter):
    """Plain ones are given offset and mask; packs predict both by ``conv_offset``."""

    def __init__(self, module: nn.Module, path: str = "") -> None:
        super().__init__(module, path)
        self.geometry = Geometry(
            *(getattr(module, n) for n in ("kernel_size", "stride", "padding", "dilation"))
        )
        self.modulated = type(module).__name__.startswith("Modulated")
        self.pack = type(module).__name__.endswith("Pack")
        self.mask: Tensor | None = None

    @classmethod
    def fits(cls, module: nn.Module) -> bool:
        """By class name and library."""
        return any(is_named(module, NAMES, home=home) for home in HOMES)

    def before(self, part: str, arguments: dict[str, Any]) -> None:
        """The module's own arguments."""
        if part:
            return
        self.input = arguments["x"]
        if not self.pack:
            arguments["offset"] = self._offset(arguments["offset"])
            if self.modulated:
                arguments["mask"] = self._mask(arguments["mask"])

    def after(self, part: str, output: Any) -> Any:
        """A pack without masks uses its predictor's output as it is."""
        return self._offset(output) if part == "conv_offset" and not self.modulated else output

    def function(self, name: str, arguments: tuple[Any, ...], output: Any) -> Any:
        """A pack with masks splits it: the first two thirds joined again are offsets, sigmoid makes masks."""
        if self.pack and self.modulated and name == "cat":
            return self._offset(output)
        if self.pack and self.modulated and name == "sigmoid":
            return self._mask(output)
        return output

    def _offset(self, raw: Tensor) -> Tensor:
        taps = self.geometry.taps
        (self.offsets,), same = connected(
            raw, lambda r: [offsets_from_torchvision(r, taps)], offsets_to_torchvision
        )
        return same

    def _mask(self, raw: Tensor) -> Tensor:
        taps = self.geometry.taps
        (self.mask,), same = connected(raw, lambda r: [mask_from_torchvision(r, taps)], mask_to_torchvision)
        return same

    def calls(self, output: Any) -> Iterator[tuple[str, OperatorCall]]:
        """One call; its weight and bias are the module's."""
        m = self.module
        weights = (m.weight, getattr(m, "bias", None), self.geometry, m.groups)
        version: Version = "v2" if self.modulated else "v1"
        yield "", OperatorCall(self.input, self.offsets, self.mask, *weights, version, output, "mmcv")
