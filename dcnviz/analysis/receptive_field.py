"""The effective receptive field of one cell, and which part of it comes from where the layers look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from dcnviz.analysis.nodes import Node, gradients, node_at, pull_back
from dcnviz.geometry import Pair

Part = Literal["total", "content", "geometry"]


@dataclass(frozen=True, eq=False)
class ReceptiveField:
    """How the output of one cell answers to each pixel: signed gradients, ``(C, H, W)``, on the CPU.

    Unit: output (summed over the layer's channels) per unit of the image.

    Attributes:
        total: the gradient of the cell's output by the image.
        content: the part with every layer's offsets and masks held fixed: what the cell reads at the places
            where it looks.
        layer: path of the layer.
        cell: (i, j) on its output map.
        pixel: where the cell lies on the picture, (y, x), or None if that is not known.
    """

    total: Tensor
    content: Tensor
    layer: str
    cell: Pair
    pixel: tuple[float, float] | None = None

    @property
    def geometry(self) -> Tensor:
        """The rest, ``total - content``: how it looks elsewhere (or weighs differently) when a pixel changes."""
        return self.total - self.content

    @property
    def geometry_share(self) -> float:
        """Magnitude of the geometry part, as a share of both parts' magnitudes; 0 for a plain convolution."""
        content, geometry = (float(self.magnitude(part).sum()) for part in ("content", "geometry"))
        return geometry / (content + geometry) if content + geometry > 0 else 0.0

    def magnitude(self, part: Part = "total") -> Tensor:
        """``(H, W)``: the absolute gradient, summed over the image's channels.

        The parts are signed and may cancel each other, so their magnitudes need not add up to the total's.

        Raises:
            ValueError: on another word.
        """
        if part not in get_args(Part):
            raise ValueError(f"part must be {', '.join(get_args(Part))}; got {part!r}.")
        gradient: Tensor = getattr(self, part)
        return gradient.abs().sum(0)

    def pixels(self, part: Part = "total", share: float = 0.95) -> int:
        """The least number of pixels that together hold a share of the magnitude; 0 if there is none at all.

        Raises:
            ValueError: if the share is not between 0 and 1.
        """
        if not 0 < share <= 1:
            raise ValueError(f"share must be above 0 and at most 1; got {share}.")
        magnitude = self.magnitude(part).double()
        held = magnitude[magnitude > 0].sort(descending=True).values.cumsum(0)  # most pixels have none
        if not len(held):
            return 0
        return int((held < share * held[-1]).sum()) + 1

    def area(self, part: Part = "total", share: float = 0.95) -> float:
        """:meth:`pixels` as a share of the picture, in [0, 1]: one number to compare networks by."""
        return self.pixels(part, share) / self.total[0].numel()


@gradients()
def effective_receptive_field(
    model: nn.Module, image: Tensor, cell: tuple[int, int], *, layer: str | None = None
) -> ReceptiveField:
    """Which pixels move the output of one cell, and how much of that goes through the offsets and masks.

    The gradient of the cell's output by the image: upstream 1 in each channel at the cell, 0 elsewhere (Luo et
    al., arXiv 1701.04128, section 2). A deformable layer reads the image in two ways: as content, at the places
    where it looks, and as what tells it where to look. The content part is the same gradient with the offsets
    and masks of *every* layer held fixed; the geometry part is what is left. One forward pass, two backward.

    The model is not changed: no parameter's gradient, no buffer, no mode. It works under ``torch.no_grad()`` too.

    Args:
        model: any model that can be recorded, in eval mode.
        image: ``(1, C, H, W)`` float, as the model takes it.
        cell: (i, j), row and column on the layer's output map.
        layer: its path as in a recording, also of an ordinary convolution; None: the last deformable layer that
            ran (the last convolution in a model that has no other).

    Raises:
        ValueError: if the model is in train mode, the image has another shape, there is no such layer, or
            something on the way is cut off from the graph.
        IndexError: if there is no such cell.

    >>> from dcnviz.layers import DeformConv2d
    >>> field = effective_receptive_field(DeformConv2d(3, 4, 3).eval(), torch.rand(1, 3, 9, 9), (2, 4))
    >>> field.magnitude().shape, field.pixels(share=1.0)     # a new layer looks at its own grid: 3 x 3
    (torch.Size([9, 9]), 9)
    """
    node = node_at(model, image, cell, layer)
    total, _ = pull_back(node, keep_graph=bool(node.calls))
    content = _with_fixed_sampling(node) if node.calls else total
    return ReceptiveField(total.cpu(), content.cpu(), node.layer, node.cell, node.pixel)


def _with_fixed_sampling(node: Node) -> Tensor:
    """The gradient at the image, ``(C, H, W)``, if nothing flows back into offsets and masks."""
    tensors = [tensor for call in node.calls.values() for tensor in (call.offsets, call.mask)]
    handles = [
        tensor.register_hook(torch.zeros_like)
        for tensor in tensors
        # A leaf is a constant, or a parameter of the model: nothing flows through it to the image.
        if tensor is not None and tensor.requires_grad and not tensor.is_leaf
    ]
    try:
        (content,) = torch.autograd.grad(node.vector.sum(), node.image)
    finally:
        for handle in handles:
            handle.remove()
    return content[0]
