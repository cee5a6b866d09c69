"""InternImage's ``DCNv3`` and ``DCNv3_pytorch``, channels last. Source: InternImage, ops_dcnv3/modules/dcnv3.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from dcnviz.conventions import from_internimage, to_internimage
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.adapters.adapter import connected, is_named, register_adapter
from dcnviz.recording.adapters.grouped import Grouped, channels_first


@register_adapter
class InternImage(Grouped):
    """Value, offsets and output are met at three linear layers, masks at the softmax."""

    @classmethod
    def fits(cls, module: nn.Module) -> bool:
        """By class name, from a module called dcnv3, wherever a project has put it."""
        return is_named(module, ["DCNv3", "DCNv3_pytorch"], home="dcnv3")

    def before(self, part: str, arguments: dict[str, Any]) -> None:
        """The operator's output goes into ``output_proj``."""
        if part == "output_proj":
            self.met(next(iter(arguments.values())))

    def after(self, part: str, output: Any) -> Any:
        """``input_proj`` gives the map that is sampled, ``offset`` the offsets."""
        if part == "input_proj":
            self.value = output
        elif part == "offset":
            (self.offsets,), output = connected(output, self._offsets, self._raw_offsets)
        return output

    def function(self, name: str, arguments: tuple[Any, ...], output: Any) -> Any:
        """The softmax over each group's taps, ``(B, H, W, G, P)``, gives the masks."""
        if name != "softmax":
            return super().function(name, arguments, output)
        (self.mask,), same = connected(output, self._mask, self._raw_mask)
        return same

    # from_internimage takes and gives offsets and masks together, but they pass one after the other: the one
    # that is not there is stood for by something of its shape.

    def _offsets(self, raw: Tensor) -> list[Tensor]:
        masks = raw[..., : raw.shape[-1] // 2]
        return [from_internimage(raw, masks, self.geometry, self.module.group, **self.options)[0]]

    def _raw_offsets(self, offsets: Tensor) -> Tensor:
        return to_internimage(offsets, offsets[..., 0], self.geometry, **self.options)[0]

    def _mask(self, raw: Tensor) -> list[Tensor]:
        flat = raw.flatten(3)
        pairs = flat.new_zeros(*flat.shape[:-1], 2 * flat.shape[-1])
        return [from_internimage(pairs, flat, self.geometry, self.module.group, **self.options)[1]]

    def _raw_mask(self, mask: Tensor) -> Tensor:
        pairs = mask.new_zeros(*mask.shape, 2)
        flat = to_internimage(pairs, mask, self.geometry, **self.options)[1]
        masks: Tensor = flat.unflatten(3, (int(self.module.group), -1))
        return masks

    def calls(self, output: Any) -> Iterator[tuple[str, OperatorCall]]:
        """One call, of the operator alone: without the linear layers before and behind."""
        assert self.core is not None, "InternImage projects what the operator gives"
        tensors = (channels_first(self.value), self.offsets, self.mask, None, None)
        yield "", OperatorCall(*tensors, self.geometry, 1, "v3", channels_first(self.core), "InternImage")
