"""The two viewpoints of Zhang et al. (2021): where a cell's taps went together, and how far they spread."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dcnviz.sampling import Sampling


@dataclass(frozen=True, eq=False)
class Viewpoints:
    """Both viewpoints of every cell, in pixels of the layer's input map.

    Attributes:
        feature: ``(B, G, H_out, W_out, 2)``, the mean displacement (dy, dx) of a cell's taps: the cell as a
            whole looks elsewhere.
        kernel: ``(B, G, H_out, W_out)``, the spread of its taps about their mean: the kernel grows or shrinks.
    """

    feature: Tensor
    kernel: Tensor


def present_taps(sampling: Sampling) -> Tensor:
    """The taps that the operator really has, as an index vector: all, but for a removed centre.

    v3 and v4 may leave the centre out (``remove_center``); in canonical layout it is a tap whose offset and
    mask are 0 in every cell. Where *every* mask is 0, as in an untrained v4, nothing tells it apart, and all
    count.
    """
    kh, kw = sampling.geometry.kernel_size
    everything = torch.arange(sampling.taps, device=sampling.offsets.device)
    if sampling.version not in ("v3", "v4") or kh != kw or kh % 2 == 0 or kh == 1:
        return everything
    centre = sampling.taps // 2
    empty = not (bool(sampling.mask[:, :, centre].any()) or bool(sampling.offsets[:, :, centre].any()))
    return everything[everything != centre] if empty and bool(sampling.mask.any()) else everything


def viewpoints(sampling: Sampling) -> Viewpoints:
    """Takes each cell's offsets apart into a common movement and a spread.

    With ``p_k`` the positions of a cell's K taps, ``p`` their mean and ``d_k`` their offsets::

        feature = mean_k d_k                            kernel = sqrt(mean_k |p_k - p|^2)

    The spread is the root mean square distance: 1.155 for an undeformed 3x3 kernel (``sqrt(12 / 9)``), whatever
    the cell. Moving all taps alike changes only the first, scaling the kernel about its mean only the second. A
    removed centre (v3, v4) is no tap.

    Args:
        sampling: any layer's.

    Returns:
        Both, in the sampling's own floating type.

    Source: Zhang et al. 2021, who name the two viewpoints; they draw the spread, this formula measures it.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = viewpoints(regular(Geometry(3, padding=1), (5, 5)))
    >>> still.feature.shape, round(float(still.kernel[0, 0, 2, 2]), 3)
    (torch.Size([1, 1, 5, 5, 2]), 1.155)
    """
    taps = present_taps(sampling)
    offsets = sampling.offsets[:, :, taps]
    feature = offsets.mean(dim=2)
    # Base and offsets are centred apart, so that far positions lose no digits to a large common base.
    about_mean = _about_mean(sampling, taps) + (offsets - feature.unsqueeze(2))
    return Viewpoints(feature, about_mean.square().sum(dim=-1).mean(dim=2).sqrt())


def regular_spread(sampling: Sampling) -> float:
    """The kernel viewpoint of the same layer, undeformed: the mean over its cells.

    It is 0 for deformable attention, whose points all start on one.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> round(regular_spread(regular(Geometry((1, 3), dilation=2), (4, 9))), 4)      # sqrt(8 / 3)
    1.633
    """
    about_mean = _about_mean(sampling, present_taps(sampling))
    return float(about_mean.square().sum(dim=-1).mean(dim=-3).sqrt().mean())


def _about_mean(sampling: Sampling, taps: Tensor) -> Tensor:
    """The undeformed taps as seen from their mean; zero where all start on one point (deformable attention)."""
    base = sampling.base if sampling.base.shape[-4] == 1 else sampling.base.index_select(-4, taps)
    return base - base.mean(dim=-4, keepdim=True)
