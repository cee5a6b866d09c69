"""The operator written to be read: floor, four corners, four weights, sum. Slow, exact, any device.

A sample at ``(y, x)`` lies in the cell whose upper left corner is ``(floor y, floor x)``. Its value is the
mean of the cell's four corners, each weighted by how near it is. A corner outside the map counts 0, and each
corner is tested on its own, so a sample half a pixel outside still sees half of the border pixel.

Sources: arXiv 1703.06211, eq. 2 to 4 (v1); arXiv 1811.11168, eq. 1 (v2, the mask).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dcnviz.geometry import Geometry


@dataclass(frozen=True)
class Trace:
    """Every intermediate of one deformable layer, for whoever asks.

    B inputs, G offset groups, K taps, C input channels (G contiguous blocks), an output of H x W cells; the
    four corners in the order upper left, upper right, lower left, lower right.

    Attributes:
        positions: ``(B, G, K, H, W, 2)``, (y, x) in pixels of the input map.
        corners: ``(B, G, K, H, W, 4, 2)``, the integer neighbours (y, x), also those outside the map.
        corner_weights: ``(B, G, K, H, W, 4)``; 0 for a corner outside the map.
        values: ``(B, C, K, H, W)``, the bilinear value of each channel, before mask and weight.
        mask: ``(B, G, K, H, W)``; ones where the layer has none.
    """

    positions: Tensor
    corners: Tensor
    corner_weights: Tensor
    values: Tensor
    mask: Tensor

    @property
    def masked(self) -> Tensor:
        """``(B, C, K, H, W)``: the values, each times the mask of its offset group."""
        groups = self.mask.shape[1]
        blocks: Tensor = self.values.unflatten(1, (groups, -1)) * self.mask.unsqueeze(2).to(self.values.dtype)
        return blocks.flatten(1, 2)

    def contributions(self, weight: Tensor | None, groups: int = 1) -> Tensor:
        """What each tap adds to each output channel: ``a_k = m_k * sum_c w[o, c, k] * v[k, c]``.

        Args:
            weight: ``(O, C // groups, kh, kw)``, or None for the depth-wise sum of v3 and v4 (ones, O = C).
            groups: the convolution's groups (independent of the offset groups).

        Returns:
            ``(B, O, K, H, W)``. Summed over K, plus the bias, it is the operator's output.
        """
        if weight is None:
            return self.masked
        blocks = self.masked.unflatten(1, (groups, -1))
        kernels = weight.unflatten(0, (groups, -1)).flatten(3)
        return torch.einsum("bgckhw,gock->bgokhw", blocks, kernels).flatten(1, 2)


def trace(input: Tensor, positions: Tensor, mask: Tensor | None = None) -> Trace:
    """Samples a map at given positions, and keeps every step.

    Args:
        input: ``(B, C, H_in, W_in)``.
        positions: ``(B, G, K, H, W, 2)``, (y, x) in pixels of the map; finite.
        mask: ``(B, G, K, H, W)`` or None for ones.

    >>> picture = torch.arange(12.0).view(1, 1, 3, 4)
    >>> t = trace(picture, torch.tensor([0.5, 1.25]).view(1, 1, 1, 1, 1, 2))
    >>> t.values.item(), t.corner_weights.flatten().tolist()
    (3.25, [0.375, 0.125, 0.375, 0.125])
    """
    height, width = input.shape[2:]
    groups = positions.shape[1]

    floor = positions.detach().floor()
    near = positions - floor  # how far past the upper left corner; the floor is a constant to the gradient
    far = 1 - near
    weights = torch.stack(
        [
            far[..., 0] * far[..., 1],
            far[..., 0] * near[..., 1],
            near[..., 0] * far[..., 1],
            near[..., 0] * near[..., 1],
        ],
        dim=-1,
    )

    # A position may be as far as 1e30: bring the cell to just outside the map before it becomes an integer.
    limit = floor.new_tensor([height, width])
    origin = torch.minimum(floor.clamp(min=-2), limit).long()
    corners = origin.unsqueeze(-2) + origin.new_tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    y, x = corners.unbind(-1)
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    weights = weights * inside  # each corner is tested on its own

    pixels = input.flatten(2).unflatten(1, (groups, -1))  # (B, G, C/G, H_in*W_in)
    index = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).unsqueeze(2)  # (B, G, 1, K, H, W, 4)
    shape = index.shape[3:6]
    values = torch.zeros((), dtype=weights.dtype, device=input.device)
    for corner in range(4):
        flat = index[..., corner].flatten(3).expand(-1, -1, pixels.shape[2], -1)
        picked = pixels.gather(3, flat).unflatten(3, shape)
        values = values + picked * weights[..., corner].unsqueeze(2)
    ones = torch.ones_like(positions[..., 0])
    return Trace(positions, corners, weights, values.flatten(1, 2), ones if mask is None else mask)


def convolve(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
    groups: int = 1,
) -> Tensor:
    """One deformable layer, step by step. The signature is the same for every backend.

    Args:
        input: ``(B, C, H_in, W_in)``.
        offsets: ``(B, G, K, H, W, 2)``, (dy, dx) in pixels of the input map, taps row-major.
        mask: ``(B, G, K, H, W)`` or None for ones.
        weight: ``(O, C // groups, kh, kw)`` or None for the depth-wise sum of v3 and v4.
        bias: ``(O,)`` or None.
        geometry: kernel, stride, padding, dilation.
        groups: the convolution's groups.

    Returns:
        ``(B, O, H, W)`` in the input's type. Half types are computed in float32: their coordinates would lose
        whole pixels.
    """
    wide = torch.promote_types(input.dtype, torch.float32)
    base = geometry.base(offsets.shape[3:5], dtype=wide, device=offsets.device)
    sampled = trace(input.to(wide), base + offsets.to(wide), None if mask is None else mask.to(wide))
    if weight is None:
        output = sampled.masked.sum(dim=2)
    else:
        columns = sampled.masked.unflatten(1, (groups, -1))
        kernels = weight.to(wide).unflatten(0, (groups, -1)).flatten(3)
        output = torch.einsum("bgckhw,gock->bgohw", columns, kernels).flatten(1, 2)
    if bias is not None:
        output = output + bias.to(wide)[:, None, None]
    return output.to(input.dtype)
