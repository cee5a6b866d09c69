"""In numbers: what a cell of a shipped network reaches on a made scene, through one, two or three layers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dcnviz.data.scenes import gallery_scene
from dcnviz.ui import networks
from dcnviz.ui.networks import Trained
from dcnviz.ui.view import STRIDE

if TYPE_CHECKING:  # torch is imported when the first number is asked for
    from torch import Tensor

Cell = tuple[int, int]
SCENE = 1
LAYERS = 3


@dataclass(frozen=True)
class Reached:
    """The points of one cell.

    Attributes:
        points: how many chains of taps there are.
        places: how many different places they end at, to a thousandth of a pixel.
        reach: root mean square distance of the points from their middle, in pixels of the picture.
        on_object: share of the points on the cell's own object, or on the background if it is on none.
        object_read: share of that object's cells that are read at all.
    """

    points: int
    places: int
    reach: float
    on_object: float
    object_read: float


@cache
def radii() -> npt.NDArray[np.float32]:
    """Of the object that each pixel of the scene belongs to; no two have the same, and the background has 0."""
    return gallery_scene(SCENE).sizes


def on_object(cell: Cell) -> bool:
    """Whether a cell's middle lies on an object.

    >>> on_object((12, 14)), on_object((0, 0))
    (True, False)
    """
    return bool(radii()[STRIDE * cell[0], STRIDE * cell[1]])


@lru_cache(maxsize=600)
def reached(version: str, depth: int, cell: Cell) -> Reached:
    """The points of a cell of the last layer, through that many layers.

    Raises:
        dcnviz.models.CheckpointError: if the network's file is missing or damaged.
        dcnviz.ui.queue.Full: if others' work takes too long.
    """
    recording = networks.recording(Trained(version, version), networks.from_gallery(f"scene-{SCENE}", "en"))
    import torch

    from dcnviz.analysis import stack_points

    followed = list(recording)[-depth:]
    place = recording.to_picture[followed[0]]
    (cells,) = stack_points([recording[name] for name in followed], [cell]).points  # on the map
    points = place.to_picture(cells).double()
    same = torch.from_numpy(radii() == radii()[STRIDE * cell[0], STRIDE * cell[1]])
    read = _cells_read(cells, recording[followed[0]].input_size) & same[::STRIDE, ::STRIDE]
    return Reached(
        points=len(points),
        places=len({(y, x) for y, x in (1000 * points).round().tolist()}),
        reach=float((points - points.mean(0)).square().sum(1).mean().sqrt()),
        on_object=float(_at(same, points.round().long()).double().mean()),
        object_read=float(read.sum() / same[::STRIDE, ::STRIDE].sum()),
    )


def _cells_read(points: Tensor, size: Cell) -> Tensor:
    """``(H, W)`` bool: the cells of a map that have a share in a value read at any of the points ``(P, 2)``."""
    import torch

    read = torch.zeros(size, dtype=torch.bool)
    low = points.floor()
    for step in torch.cartesian_prod(torch.arange(2), torch.arange(2)):
        corner = low + step
        shares = (1 - (points - corner).abs()).prod(1)
        used = corner[shares > 1e-6].long()
        inside = ((used >= 0) & (used < torch.tensor(size))).all(1)
        read[tuple(used[inside].T)] = True
    return read


def _at(field: Tensor, pixels: Tensor) -> Tensor:
    """Of a field ``(H, W)`` of bool at pixels ``(P, 2)``; False outside."""
    size = pixels.new_tensor(field.shape)
    inside = ((pixels >= 0) & (pixels < size)).all(1)
    rows, columns = pixels.clamp(min=0).minimum(size - 1).T
    return field[rows, columns] & inside
