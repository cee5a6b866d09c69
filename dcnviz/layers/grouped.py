"""What v3 and v4 share: features that line up with cells at every stride, and the mixed-in centre."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dcnviz.geometry import Geometry, Pair


def pad_to_cells(input: Tensor, geometry: Geometry, window: Pair) -> Tensor:
    """Pads (or crops) a map so that a window of its own stride has exactly one place per output cell.

    The window's centre falls on the centre of the layer's kernel. The official modules run their depth-wise
    convolution at stride 1 with padding ``(window - 1) // 2``, which fits the operator's output only if the
    layer has stride 1 and "same" padding; for these this is the same thing.

    Args:
        input: ``(B, C, H, W)``.
        geometry: the layer's geometry.
        window: rows and columns of the window.

    Returns:
        A map on which a window of that size, moved by the layer's stride without padding, gives the layer's
        output size.

    Raises:
        ValueError: if the layer's kernel does not fit into the map.
    """
    geometry.output_size(input.shape[2:])  # refuses a map that is too small, in words
    padding: list[int] = []
    for axis in (1, 0):  # F.pad counts from the last axis
        centre = geometry.centre[axis]
        reach = geometry.dilation[axis] * (geometry.kernel_size[axis] - 1)
        before = (window[axis] - 1) // 2
        padding += [
            geometry.padding[axis] - centre + before,
            geometry.padding[axis] - (reach - centre) + window[axis] - 1 - before,
        ]
    return F.pad(input, padding)


def at_cells(input: Tensor, geometry: Geometry) -> Tensor:
    """The map's value at the kernel centre of each output cell, 0 outside: ``(B, C, H_out, W_out)``."""
    aligned = pad_to_cells(input, geometry, (1, 1))
    return aligned[:, :, :: geometry.stride[0], :: geometry.stride[1]]


def mix_centre(core: Tensor, centre: Tensor, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``core * (1 - s) + centre * s`` with one ``s = sigmoid(linear(features))`` per group.

    Args:
        core: ``(B, H, W, C)``, the operator's output.
        centre: ``(B, H, W, C)``, the projected input at each cell.
        features: ``(B, H, W, C)``, what decides.
        weight: ``(G, C)``.
        bias: ``(G,)``.
    """
    scale = torch.sigmoid(F.linear(features, weight, bias))
    scale = scale.repeat_interleave(core.shape[-1] // weight.shape[0], dim=-1)
    return core * (1 - scale) + centre * scale
