"""Multi-scale deformable attention (arXiv 2010.04159), as Hugging Face transformers has it in DeformableDetr and kin.

Each query reads every level's map at a few points about its reference point and weighs what it finds. Each level
becomes one call of its own: heads are groups, points are taps, queries are cells ``(1, Q)``, attention weights are
the mask. The points have no grid: they are measured from the reference points (`Sampling.anchors`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dcnviz.geometry import Geometry, Pair
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.adapters.adapter import Adapter, connected, register_adapter
from dcnviz.sampling import Sampling


@dataclass(frozen=True, eq=False)
class AttentionCall(OperatorCall):
    """What one level gave to a run of deformable attention.

    The output is that of all levels together, ``(B, C, 1, Q)``: attention sums over levels and points alike.

    Attributes:
        anchors: ``(B, 1, Q, 2)``, the queries' reference points in pixels of the level's map.
    """

    anchors: Tensor

    def sampling(self) -> Sampling:
        """Where the queries looked on this level, detached, on the CPU."""
        assert self.mask is not None
        wide = torch.promote_types(self.offsets.dtype, torch.float32)
        fields = (self.offsets.to(wide), self.mask.to(wide), self.geometry)
        size = (self.input.shape[2], self.input.shape[3])
        return Sampling(*fields, size, "msda", self.anchors.to(wide)).detach()


@register_adapter
class DeformableAttention(Adapter):
    """Reads reference points from the module's arguments, the rest from those of its ``attn``."""

    output_like = "hidden_states"

    @classmethod
    def fits(cls, module: nn.Module) -> bool:
        """Modules of transformers that hand over to a ``MultiScaleDeformableAttention``."""
        inner = type(getattr(module, "attn", None)).__name__
        return (
            type(module).__module__.startswith("transformers.") and inner == "MultiScaleDeformableAttention"
        )

    def before(self, part: str, arguments: dict[str, Any]) -> None:
        """First the module's own arguments, then those of ``attn``, where all that is read lies ready."""
        if part == "":
            self.reference = arguments["reference_points"]
        elif part == "attn":
            shapes = arguments.get("value_spatial_shapes_list")
            shapes = arguments["value_spatial_shapes"].tolist() if shapes is None else shapes
            self.sizes: list[Pair] = [(int(height), int(width)) for height, width in shapes]
            self.value = arguments["value"]
            self.anchors = self._anchors()
            self.offsets, arguments["sampling_locations"] = connected(
                arguments["sampling_locations"], self._offsets, self._locations
            )
            self.masks, arguments["attention_weights"] = connected(
                arguments["attention_weights"], _masks, _weights
            )

    def after(self, part: str, output: Any) -> Any:
        """What the attention gives, ``(B, Q, C)``, before it is projected."""
        if part == "attn":
            self.output = output
        return output

    def _anchors(self) -> list[Tensor]:
        """Reference points, ``(B, Q, levels or 1, 2 or 4)`` as (x, y[, w, h]) in [0, 1], in pixels of each level."""
        centres = self.reference[..., :2].expand(-1, -1, len(self.sizes), -1)
        return [_pixels(centres[:, :, n], size).unsqueeze(1) for n, size in enumerate(self.sizes)]

    def _offsets(self, locations: Tensor) -> list[Tensor]:
        """``(B, Q, heads, levels, points, 2)`` to ``(B, heads, points, 1, Q, 2)`` of each level."""
        levels = [_pixels(locations[:, :, :, n], size) for n, size in enumerate(self.sizes)]
        return [
            pixels.permute(0, 2, 3, 1, 4).unsqueeze(3) - anchors[:, None, None]
            for pixels, anchors in zip(levels, self.anchors, strict=True)
        ]

    def _locations(self, *offsets: Tensor) -> Tensor:
        """The inverse of :meth:`_offsets`."""
        levels = []
        for level, anchors, size in zip(offsets, self.anchors, self.sizes, strict=True):
            pixels = (level + anchors[:, None, None]).squeeze(3).permute(0, 3, 1, 2, 4)
            levels.append(((pixels + 0.5) / pixels.new_tensor(size)).flip(-1))
        return torch.stack(levels, dim=3)

    def calls(self, output: Any) -> Iterator[tuple[str, OperatorCall]]:
        """One call a level."""
        ends = [height * width for height, width in self.sizes]
        result = self.output.transpose(1, 2).unsqueeze(2)
        maps = self.value.flatten(2).split(ends, dim=1)
        for n, (size, offsets, mask) in enumerate(zip(self.sizes, self.offsets, self.masks, strict=True)):
            map = maps[n].transpose(1, 2).unflatten(2, size)
            geometry, anchors = Geometry((1, offsets.shape[2])), self.anchors[n]
            sides = (None, None, geometry, 1)
            call = AttentionCall(map, offsets, mask, *sides, "msda", result, "transformers", anchors=anchors)
            yield f"level{n}", call


def _pixels(points: Tensor, size: Pair) -> Tensor:
    """(x, y) in [0, 1], the map's outer edges, to (y, x) in pixels, centres at integers.

    It is ``grid_sample``'s ``align_corners=False`` after the attention's own ``2 * point - 1``.
    """
    return points.flip(-1) * points.new_tensor(size) - 0.5


def _masks(weights: Tensor) -> list[Tensor]:
    """``(B, Q, heads, levels, points)`` to ``(B, heads, points, 1, Q)`` of each level."""
    return [level.permute(0, 2, 3, 1).unsqueeze(3) for level in weights.unbind(3)]


def _weights(*masks: Tensor) -> Tensor:
    """The inverse of :func:`_masks`."""
    return torch.stack([mask.squeeze(3).permute(0, 3, 1, 2) for mask in masks], dim=3)
