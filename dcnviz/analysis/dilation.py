"""Effective dilation: how far apart neighbouring taps of one cell really are."""

from __future__ import annotations

import torch
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.sampling import Sampling


def neighbour_pairs(geometry: Geometry) -> tuple[Tensor, Tensor]:
    """The horizontal and vertical pairs of neighbouring taps, as two index vectors.

    Raises:
        ValueError: for a 1x1 kernel, which has no neighbours.
    """
    kh, kw = geometry.kernel_size
    if kh * kw == 1:
        raise ValueError("a 1x1 kernel has no neighbouring taps, so it has no effective dilation.")
    index = torch.arange(kh * kw).view(kh, kw)
    first = torch.cat([index[:, :-1].flatten(), index[:-1, :].flatten()])
    second = torch.cat([index[:, 1:].flatten(), index[1:, :].flatten()])
    return first, second


def effective_dilation(sampling: Sampling) -> Tensor:
    """Mean distance between neighbouring taps of each cell (arXiv 1703.06211, table 2).

    Args:
        sampling: any layer's.

    Returns:
        ``(B, G, H_out, W_out)``, in pixels of the layer's input map. Undeformed it is the mean of the layer's
        own dilations over the pairs: 1 for an ordinary 3x3 layer.

    Raises:
        ValueError: for a 1x1 kernel, and for deformable attention, whose points have no neighbours.

    >>> from dcnviz.sampling import regular
    >>> effective_dilation(regular(Geometry(3, padding=2, dilation=2), (5, 5)))[0, 0, 0, 0]
    tensor(2.)
    """
    sampling.refuse_anchors("effective dilation")
    first, second = neighbour_pairs(sampling.geometry)
    # Distances of offsets plus a constant step, so that far positions lose no digits to a large common base.
    grid = sampling.geometry.tap_grid(dtype=sampling.offsets.dtype, device=sampling.offsets.device)
    step = (grid[second] - grid[first])[:, None, None, :]
    difference = sampling.offsets[:, :, second] - sampling.offsets[:, :, first] + step
    distances: Tensor = torch.linalg.vector_norm(difference, dim=-1)
    return distances.mean(dim=2)
