"""From a cell to what is drawn of it: the layers that are followed, and the points they reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dcnviz.analysis import stack_points
from dcnviz.geometry import MapToPicture, Pair
from dcnviz.plots.style import Floats, Picture
from dcnviz.recording import Recording
from dcnviz.sampling import Sampling

Sampled = Recording | Sampling | Sequence[Sampling]
Flags = npt.NDArray[np.bool_]
MOST_POINTS = 100_000


@dataclass(frozen=True, eq=False)
class Chain:
    """Layers from the first (next to the picture) to the last, and where the first one's input map lies."""

    layers: tuple[Sampling, ...]
    to_picture: MapToPicture
    name: str = ""

    @property
    def cells(self) -> MapToPicture:
        """Where the last layer's output cells lie on the picture."""
        place = self.to_picture
        for sampling in self.layers:
            place = place.after(sampling.geometry)
        return place

    @property
    def masked(self) -> bool:
        """Whether masks say anything: plain convolutions and v1 have none."""
        return any(s.version not in ("conv", "v1") for s in self.layers)


def chain_of(
    sampled: Sampled, picture: Picture, *, layer: str | None, to_picture: MapToPicture | None
) -> Chain:
    """The layers to follow.

    Raises:
        ValueError: if there is no such layer, none at all, or nothing says where the map lies on the picture.
    """
    name = ""
    if isinstance(sampled, Recording):
        if layer is not None and layer not in sampled:
            raise ValueError(f"no layer {layer!r} was recorded; there are: {', '.join(sampled) or 'none'}.")
        names = list(sampled) if layer is None else [layer]
        layers = tuple(sampled[n] for n in names)
        if to_picture is None and names:
            to_picture = sampled.to_picture.get(names[0])
        name = names[0] if len(names) == 1 else ""
    else:
        if layer is not None:
            raise ValueError(
                f"layer={layer!r} names a layer of a recording; give the one sampling itself instead."
            )
        layers = (sampled,) if isinstance(sampled, Sampling) else tuple(sampled)
    if not layers:
        raise ValueError("there is no deformable layer to draw.")
    if to_picture is None:
        if layers[0].input_size != picture.shape[:2]:
            raise ValueError(
                f"where a map of {layers[0].input_size} lies on a picture of {picture.shape[:2]} is not "
                "known: give to_picture."
            )
        to_picture = MapToPicture()
    count = math.prod(s.taps for s in layers)
    if count > MOST_POINTS:
        raise ValueError(
            f"{len(layers)} layers reach {count} points, and at most {MOST_POINTS} can be drawn: choose "
            "one layer or follow fewer."
        )
    return Chain(layers, to_picture, name)


@dataclass(frozen=True, eq=False)
class Traced:
    """What one cell shows; positions (x, y) in picture pixels.

    Attributes:
        centre: ``(2,)``, the cell itself.
        jump: distance of neighbouring cells, (x, y).
        points: ``(P, 2)``, the sampled points.
        base: the undeformed positions: ``(P, 2)`` for one layer, the distinct places of the lattice for a
            stack.
        taps: ``(K, 2)``, the taps of the last layer.
        strength: ``(P,)`` in [0, 1].
        weights: ``(P,)``, masks or products of masks.
        inside: ``(P,)``, False where a sample fell outside its map.
    """

    centre: Floats
    jump: tuple[float, float]
    points: Floats
    base: Floats
    taps: Floats
    strength: Floats
    weights: Floats
    inside: Flags


def trace_cell(chain: Chain, cell: Pair, *, image: int, group: int) -> Traced:
    """Follows one cell of the last layer's output map down to the picture.

    Raises:
        IndexError: if there is no such cell, image or group.
    """
    last = chain.layers[-1]
    if not (0 <= cell[0] < last.output_size[0] and 0 <= cell[1] < last.output_size[1]):
        rows, columns = last.output_size
        raise IndexError(f"cell {cell} is not on the layer's output map of {rows} x {columns} cells.")
    groups = max(s.groups for s in chain.layers)  # layers with fewer are followed by their last one
    if not (0 <= image < last.batch and 0 <= group < groups):
        raise IndexError(f"the layers hold {last.batch} inputs and {groups} groups; got {image}, {group}.")
    reached = stack_points(chain.layers, [cell], to_picture=chain.to_picture, image=image, group=group)
    before_last = Chain(chain.layers[:-1], chain.to_picture).cells
    taps = stack_points(
        [last], [cell], to_picture=before_last, image=image, group=min(group, last.groups - 1)
    )
    weights = reached.weights[0].detach().cpu().double().numpy()
    full = math.prod(_strong(s, image) for s in chain.layers)
    place = chain.cells
    return Traced(
        centre=to_xy(place.to_picture(torch.tensor(cell, dtype=torch.float64))),
        jump=(place.jump[1], place.jump[0]),
        points=to_xy(reached.points[0]),
        base=to_xy(chain.to_picture.to_picture(_grid(chain.layers, cell))),
        taps=to_xy(taps.points[0]),
        strength=np.minimum(1.0, np.abs(weights / full) ** (1 / len(chain.layers))),
        weights=weights,
        inside=reached.inside[0].cpu().numpy(),
    )


def to_xy(positions: torch.Tensor) -> Floats:
    """(y, x) to (x, y): the only place where figures swap them."""
    return positions.detach().cpu().double().numpy()[..., ::-1]


def _grid(layers: Sequence[Sampling], cell: Pair) -> torch.Tensor:
    """The undeformed positions (y, x) on the first map; only distinct ones for more than one layer."""
    at = torch.tensor([cell], dtype=torch.float64)
    for sampling in reversed(layers):
        g = sampling.geometry
        origin = at * at.new_tensor(g.stride) - at.new_tensor(g.padding)
        at = (origin[:, None] + g.tap_grid(dtype=at.dtype)).flatten(0, 1)
        at = at.unique(dim=0) if len(layers) > 1 else at
    return at


def _strong(sampling: Sampling, image: int) -> float:
    """The mask strength that is drawn at full size: the 95th percentile of a thin sample."""
    values: npt.NDArray[Any] = sampling.mask[image].detach().cpu().reshape(-1).numpy()
    thin = np.abs(values[:: max(1, len(values) // 4001)])
    return float(np.quantile(thin, 0.95, method="lower")) or 1.0
