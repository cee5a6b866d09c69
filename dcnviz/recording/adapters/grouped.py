"""What the adapters of InternImage and DCNv4 share: maps with channels last, and where their operator's output is."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from dcnviz.geometry import Geometry
from dcnviz.recording.adapters.adapter import Adapter


class Grouped(Adapter):
    """A module whose operator has no torch function of its own: its output is met on its way out.

    It is the input of ``output_proj``. But with ``center_feature_scale`` the module mixes it before, by
    ``core * (1 - scale) + projected * scale``: then it is the first factor of the last but one product.
    """

    output_like = "input"

    def __init__(self, module: nn.Module, path: str = "") -> None:
        super().__init__(module, path)
        m = self.module
        self.geometry = Geometry(m.kernel_size, m.stride, m.pad, m.dilation)
        self.options: Any = {"offset_scale": float(m.offset_scale), "remove_center": bool(m.remove_center)}
        self.core: Tensor | None = None  # (B, H, W, C)
        self.factors: list[Tensor] = []

    def function(self, name: str, arguments: tuple[Any, ...], output: Any) -> Any:
        """Products of the module itself."""
        if name == "mul" and self.module.center_feature_scale:
            self.factors = [*self.factors[-1:], arguments[0]]
        return output

    def met(self, output: Tensor) -> None:
        """The tensor that leaves the operator, or the mixture."""
        self.core = self.factors[0] if self.module.center_feature_scale else output


def channels_first(map: Tensor) -> Tensor:
    """``(B, H, W, C)`` to ``(B, C, H, W)``: a view."""
    return map.permute(0, 3, 1, 2)
