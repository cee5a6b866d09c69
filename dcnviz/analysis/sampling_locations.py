"""Effective sampling locations: of all places that the layers look at, those that count for one cell.

A layer looks at thousands of places, and the drawn position alone does not say which of them matter to a cell.
The gradient of the cell's output by the position of a tap does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dcnviz.analysis.nodes import Node, gradients, node_at, pull_back
from dcnviz.geometry import MapToPicture, Pair
from dcnviz.ops.observe import OperatorCall


@dataclass(frozen=True, eq=False)
class LayerLocations:
    """The taps of one layer, and how the node answers to moving each of them. On the CPU.

    Attributes:
        gradient: ``(G, K, H_out, W_out, 2)``, the node's output (summed over its channels) by the tap's (y, x),
            per pixel of this layer's input map.
        positions: ``(G, K, H_out, W_out, 2)``, (y, x) in pixels of that map.
        inside: ``(G, K, H_out, W_out)`` bool: False where a tap lies outside the map and reads 0.
        to_picture: where that map lies on the picture, or None if that is not known.
        estimated: whether that is only estimated, as the way from the picture could not be traced.
    """

    gradient: Tensor
    positions: Tensor
    inside: Tensor
    to_picture: MapToPicture | None
    estimated: bool = False

    @property
    def strength(self) -> Tensor:
        """``(G, K, H_out, W_out)``: the gradient's length, ``||dy_q/dp||``, per pixel of the input map."""
        strength: Tensor = torch.linalg.vector_norm(self.gradient, dim=-1)
        return strength

    @property
    def on_picture(self) -> Tensor | None:
        """:attr:`positions` in picture pixels, or None if it is not known where the map lies."""
        return None if self.to_picture is None else self.to_picture.to_picture(self.positions)

    @property
    def picture_strength(self) -> Tensor | None:
        """:attr:`strength` per picture pixel, in which layers of different strides compare; None as above."""
        if self.to_picture is None:
            return None
        jump = self.gradient.new_tensor(self.to_picture.jump)
        strength: Tensor = torch.linalg.vector_norm(self.gradient / jump, dim=-1)
        return strength


@dataclass(frozen=True, eq=False)
class SamplingLocations(Mapping[str, LayerLocations]):
    """Layer path to :class:`LayerLocations`, in the order in which the layers ran.

    Attributes:
        layers: every deformable layer that the node depends on; its own is the last.
        layer: path of the node's own layer.
        cell: (i, j) on its output map.
        pixel: where the cell lies on the picture, (y, x), or None if that is not known.
    """

    layers: Mapping[str, LayerLocations]
    layer: str
    cell: Pair
    pixel: tuple[float, float] | None = None

    def __getitem__(self, name: str) -> LayerLocations:
        if name not in self.layers:
            raise KeyError(f"the node depends on no layer {name!r}; there are: {', '.join(self.layers)}.")
        return self.layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)


@gradients()
def effective_sampling_locations(
    model: nn.Module, image: Tensor, cell: tuple[int, int], *, layer: str | None = None
) -> SamplingLocations:
    """``||dy_q/dp||`` for every tap of every deformable layer, by one backward pass from the node.

    The upstream gradient is 1 in each channel of the cell's output and 0 elsewhere. Moving a tap of an early
    layer also moves, through the predictors behind it, where later layers look; the gradient holds both.

    A bilinear value bends at whole-numbered positions; there it is the derivative to the right, as the operators'
    own.

    Args:
        model: any model that can be recorded, in eval mode; it is not changed.
        image: ``(1, C, H, W)`` float, as the model takes it.
        cell: (i, j), row and column on the layer's output map.
        layer: its path as in a recording; None: the last deformable layer that ran.

    Returns:
        The layers that the node depends on, with gradient and position of each tap. A node depends on only
        one cell of its own layer, so all other cells have strength 0 there.

    Raises:
        ValueError: if the model is in train mode or has no deformable layer, the image has another shape, there
            is no such layer, or offsets are cut off from the graph.
        IndexError: if there is no such cell.

    Source: arXiv 1811.11168, section 2.2, "effective sampling locations".

    >>> from dcnviz.layers import DeformConv2d
    >>> model = nn.Sequential(DeformConv2d(3, 4, 3, padding=1), nn.ReLU(), DeformConv2d(4, 4, 3)).eval()
    >>> found = effective_sampling_locations(model, torch.rand(1, 3, 9, 9), (2, 4))
    >>> {name: tuple(taps.strength.shape) for name, taps in found.items()}
    {'0': (1, 9, 9, 9), '2': (1, 9, 7, 7)}
    >>> found["2"].strength[0, 4].nonzero().tolist()
    [[2, 4]]
    """
    node = node_at(model, image, cell, layer)
    if not node.calls:
        raise ValueError(
            f"no deformable layer ran up to {node.layer!r}, so there are no taps that could move."
        )
    _, slopes = pull_back(node)
    layers = {name: _locations(node, node.calls[name], name, slope) for name, slope in slopes.items()}
    return SamplingLocations(layers, node.layer, node.cell, node.pixel)


def _locations(node: Node, call: OperatorCall, name: str, slope: Tensor) -> LayerLocations:
    sampling = call.sampling()
    return LayerLocations(
        gradient=slope[0].detach().cpu(),
        positions=sampling.positions[0],
        inside=sampling.inside[0],
        to_picture=node.places.get(name),
        estimated=name in node.estimated,
    )
