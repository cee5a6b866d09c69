"""Stacked points: the taps of the taps, through every deformable layer down to the picture.

A 3x3 layer looks at 9 places of the map before it. If that map came from a 3x3 layer, each of the 9 places
looked at 9 places itself: 81, and 729 with a third layer. A tap seldom falls on a cell of the layer before,
so that layer's offsets are interpolated between its four nearest cells, as the operator interpolates its
values; rounding to the nearest cell, as published visualisers do, moves points by up to half a cell a layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from dcnviz.geometry import MapToPicture
from dcnviz.sampling import Sampling


@dataclass(frozen=True, eq=False)
class StackedPoints:
    """The points that some cells of the last layer reach on the picture.

    N cells, P = the product of the layers' taps; the tap of the last layer varies slowest.

    Attributes:
        points: ``(N, P, 2)``, (y, x) in pixels of the picture (of the first layer's input map, if no map to
            the picture was given).
        weights: ``(N, P)``, the product of the masks along the way.
        inside: ``(N, P)`` bool; False if any sample of the chain fell outside its map, where it reads 0.
    """

    points: Tensor
    weights: Tensor
    inside: Tensor


def stack_points(
    samplings: Sequence[Sampling],
    cells: Sequence[tuple[int, int]] | Tensor | None = None,
    *,
    to_picture: MapToPicture | None = None,
    image: int = 0,
    group: int = 0,
) -> StackedPoints:
    """The taps of the taps, from cells of the last layer down to the picture.

    Layers in between that keep the grid (residual sums, 1x1 convolutions, activations) change nothing.

    Args:
        samplings: first layer (next to the picture) to last; each one's input map is the one before's output
            map.
        cells: (i, j) on the last layer's output map, whole or between; all of them if None.
        to_picture: where the first layer's input map lies on the picture.
        image: which input of the batch.
        group: the offset group that is followed in every layer (layers with one group have only that).

    Raises:
        ValueError: if there are no layers, their maps do not fit together, one of them is deformable attention,
            or the cells are not pairs.
        IndexError: if there is no such cell, image or group.

    Source: arXiv 1703.06211, figure 6.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> layers = [regular(Geometry(3, padding=1), (9, 9))] * 3
    >>> reached = stack_points(layers, [(4, 4)])
    >>> reached.points.shape, reached.points[0].min(0).values, reached.points[0].max(0).values
    (torch.Size([1, 729, 2]), tensor([1., 1.]), tensor([7., 7.]))
    """
    _check_chain(samplings)
    last = samplings[-1]
    # In float64: each layer multiplies a rounding error by how steep its offset field is.
    points = _cells(cells, last).unsqueeze(1)
    weights = points.new_ones(points.shape[:2])
    inside = torch.ones_like(weights, dtype=torch.bool)
    for sampling in reversed(samplings):
        followed = group if sampling.groups > 1 else min(group, 0)
        points, masks = taps_at(sampling, points, image=image, group=followed)
        limit = points.new_tensor(sampling.input_size)
        here = ((points > -1) & (points < limit)).all(-1)
        weights = (weights.unsqueeze(-1) * masks).flatten(1)
        inside = (inside.unsqueeze(-1) & here).flatten(1)
        points = points.flatten(1, 2)
    if to_picture is not None:
        points = to_picture.to_picture(points)
    return StackedPoints(points.to(last.offsets.dtype), weights.to(last.mask.dtype), inside)


def taps_at(sampling: Sampling, points: Tensor, *, image: int = 0, group: int = 0) -> tuple[Tensor, Tensor]:
    """Where a layer would look from places between its cells.

    The base grid is linear, so it needs no interpolation; offsets and masks are interpolated bilinearly
    between the four nearest cells, and continue unchanged beyond the border of the map.

    Args:
        sampling: the layer's.
        points: ``(N, P, 2)``, (i, j) on the layer's output map, fractional; computed in their type.
        image: which input of the batch.
        group: which offset group.

    Returns:
        Positions ``(N, P, K, 2)`` on the layer's input map, and masks ``(N, P, K)``.

    Raises:
        ValueError: for deformable attention, which has no grid between whose cells to look.
        IndexError: if there is no such image or group.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> positions, masks = taps_at(regular(Geometry(3, padding=1), (9, 9)), torch.tensor([[[4.0, 4.5]]]))
    >>> positions[0, 0, 0], masks.shape     # the first tap: one up, one to the left
    (tensor([3.0000, 3.5000]), torch.Size([1, 1, 9]))
    """
    sampling.refuse_anchors("taps_at")
    if not (0 <= image < sampling.batch and 0 <= group < sampling.groups):
        raise IndexError(
            f"the sampling holds {sampling.batch} inputs and {sampling.groups} groups; got {image}, {group}."
        )
    geometry, (rows, columns) = sampling.geometry, sampling.output_size
    at = torch.minimum(points.clamp(min=0), points.new_tensor([rows - 1, columns - 1])).reshape(-1, 2)
    low = torch.minimum(at.floor(), at.new_tensor([rows - 2, columns - 2])).clamp(min=0)
    (y, x), (far_y, far_x) = (at - low).unbind(-1), (1 - (at - low)).unbind(-1)
    shares = torch.stack([far_y * far_x, far_y * x, y * far_x, y * x], dim=-1)
    # A map of one row or column has no second one, and its share is 0.
    right, down = min(columns - 1, 1), columns * min(rows - 1, 1)
    first = (low[:, :1] * columns + low[:, 1:]).long()
    corners = first + first.new_tensor([0, right, down, down + right])
    offsets, masks = sampling.offsets[image, group].flatten(1, 2), sampling.mask[image, group].flatten(1)
    if corners.numel() < rows * columns:  # of a few points, only the cells round them
        cells, corners = corners.unique(return_inverse=True)
        offsets, masks = offsets[:, cells], masks[:, cells]
    field = torch.cat([offsets, masks.unsqueeze(-1)], dim=-1)
    table = field.transpose(0, 1).to(points).flatten(1)  # per cell and tap: dy, dx, mask
    # One pass over the four cells of each point, several times faster than picking them one by one.
    mixed = F.embedding_bag(corners, table, mode="sum", per_sample_weights=shares)
    values = mixed.view(*points.shape[:2], geometry.taps, 3)

    origin = points * points.new_tensor(geometry.stride) - points.new_tensor(geometry.padding)
    grid = geometry.tap_grid(dtype=points.dtype, device=points.device)
    return origin.unsqueeze(2) + grid + values[..., :2], values[..., 2]


def _cells(cells: Sequence[tuple[int, int]] | Tensor | None, sampling: Sampling) -> Tensor:
    """The cells asked for as ``(N, 2)`` float64, all on the layer's output map."""
    rows, columns = sampling.output_size
    device = sampling.offsets.device
    if cells is None:
        every = torch.cartesian_prod(torch.arange(rows), torch.arange(columns))
        return every.to(device, torch.float64)
    chosen = torch.as_tensor(cells, dtype=torch.float64, device=device)
    if chosen.numel() and chosen.shape[-1] != 2:
        raise ValueError(f"cells must be pairs (i, j); got a shape of {tuple(chosen.shape)}.")
    chosen = chosen.reshape(-1, 2)
    off = ~((chosen >= 0) & (chosen <= chosen.new_tensor([rows - 1, columns - 1]))).all(-1)
    if bool(off.any()):
        i, j = chosen[off][0].tolist()
        raise IndexError(f"cell ({i:g}, {j:g}) is not on the last layer's {rows} x {columns} output map.")
    return chosen


def _check_chain(samplings: Sequence[Sampling]) -> None:
    if not samplings:
        raise ValueError("stack_points needs at least one layer.")
    for sampling in samplings:
        sampling.refuse_anchors("stack_points")
    for before, after in pairwise(samplings):
        if after.input_size != before.output_size:
            raise ValueError(
                f"a layer that reads a map of {after.input_size} cannot follow one that gives "
                f"{before.output_size}: the layers must be in order, with nothing between them that changes "
                "the size."
            )
