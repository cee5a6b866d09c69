"""``DCNv4``, channels last, cells in one row. Source: DCNv4_op/DCNv4/modules/dcnv4.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from dcnviz.conventions import from_dcnv4, to_dcnv4
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.adapters.adapter import connected, is_named, register_adapter
from dcnviz.recording.adapters.grouped import Grouped, channels_first


@register_adapter
class DCNv4(Grouped):
    """Value, offsets with masks, and output are met at three linear layers."""

    @classmethod
    def fits(cls, module: nn.Module) -> bool:
        """By class name, from a module called dcnv4, wherever a project has put it."""
        return is_named(module, ["DCNv4"], home="dcnv4")

    def before(self, part: str, arguments: dict[str, Any]) -> None:
        """The module's rows of cells and their ``(H, W)``; a square if that is not given."""
        if part == "":
            rows = arguments["input"]
            side = int(rows.shape[1] ** 0.5)
            height, width = arguments.get("shape") or (side, side)
            self.size = (int(height), int(width))
            self.value = rows  # if no value_proj comes before the operator
        elif part == "output_proj":
            self.met(next(iter(arguments.values())))

    def after(self, part: str, output: Any) -> Any:
        """``value_proj`` gives the map that is sampled, ``offset_mask`` offsets and masks."""
        if part == "value_proj":
            self.value = output
        elif part == "offset_mask":
            (self.offsets, self.mask), output = connected(output, self._canonical, self._raw)
        return output

    def _canonical(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        return from_dcnv4(self._map(raw), self.geometry, self.module.group, **self.options)

    def _raw(self, offsets: Tensor, mask: Tensor) -> Tensor:
        return to_dcnv4(offsets, mask, self.geometry, **self.options).flatten(1, 2)

    def _map(self, rows: Tensor) -> Tensor:
        return rows.reshape(rows.shape[0], *self.size, -1)

    def calls(self, output: Any) -> Iterator[tuple[str, OperatorCall]]:
        """One call, of the operator alone: without the linear layers before and behind."""
        if self.core is None:  # no output_proj
            self.met(output)
        assert self.core is not None
        value, core = (channels_first(self._map(rows)) for rows in (self.value, self.core))
        tensors = (value, self.offsets, self.mask, None, None)
        yield "", OperatorCall(*tensors, self.geometry, 1, "v4", core, "DCNv4")
