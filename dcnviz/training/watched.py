"""What a training is watched on: a fixed picture with chosen cells, and a few held-out scenes.

Looking draws no chance and leaves a network as it was, so a watched training ends at the same weights as an
unwatched one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dcnviz.analysis import effective_dilation
from dcnviz.data.scenes import HELD_OUT_SEED, Scene, make_scene, scene_batch
from dcnviz.geometry import Pair
from dcnviz.models.network import STRIDE, Network
from dcnviz.recording import record
from dcnviz.sampling import Sampling
from dcnviz.training.metrics import RADII, Report, to_input
from dcnviz.training.timeline import Floats, Frame

PICTURE = (1_500_000, 235)
"""Seed of the fixed picture, chosen by eye: a small disc, a square, and a large cross, apart from each other."""


@dataclass(frozen=True)
class Field:
    """A kind of scenes: how large they are, and which sizes of objects are told apart in them.

    Attributes:
        side: height and width in pixels.
        bounds: circumscribed radii in pixels, growing: the smallest object, the bounds between, the largest.
        objects: fewest and most objects in a scene.
        photographs: whether crops of photographs join the textures.
    """

    side: int
    bounds: tuple[float, ...]
    objects: Pair = (1, 4)
    photographs: bool = True

    @property
    def radius(self) -> tuple[float, float]:
        """The smallest and the largest radius."""
        return self.bounds[0], self.bounds[-1]

    @property
    def sizes(self) -> tuple[str, ...]:
        """What the sizes are called.

        >>> SMALL.sizes
        ('background', '7-9', '9-12', '12-16')
        """
        return ("background", *(f"{a:g}-{b:g}" for a, b in pairwise(self.bounds)))

    def batch(
        self, seed: int, first: int, count: int
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], Floats]:
        """Scenes as :func:`dcnviz.data.scenes.scene_batch` makes them."""
        return scene_batch(
            seed,
            first,
            count,
            size=(self.side, self.side),
            radius=self.radius,
            objects=self.objects,
            photographs=self.photographs,
        )

    def picture(self) -> Scene:
        """The fixed picture: three objects, one of each third of the sizes."""
        rng = np.random.default_rng(PICTURE)
        return make_scene(rng, size=(self.side, self.side), radius=self.radius, objects=(3, 3))


SMALL = Field(64, (7.0, 9.0, 12.0, 16.0), objects=(3, 4), photographs=False)
"""Of the live trainings: three sizes, and much to learn from in each scene, for there is a minute only.

With radii from 5 to 20 and two to four objects, accuracy after 1,350 steps was 0.60; with radii from 6, 0.786 after a
minute (median of five seeds), and with these 0.822.
"""

LARGE = Field(96, (*RADII, 34.0))
"""Of the shipped networks, :func:`dcnviz.training.evaluate`'s scenes and sizes."""


def chosen_cells(scene: Scene) -> tuple[Pair, ...]:
    """One cell on each object, from small to large, and one on the background.

    On an object it is the cell nearest to the middle of what is seen of it; on the background, the one farthest from
    every object and from the border.

    >>> chosen_cells(SMALL.picture())
    ((3, 4), (12, 6), (13, 11), (5, 10))
    """
    sizes = scene.sizes[::STRIDE, ::STRIDE]
    grid = np.stack(np.meshgrid(*map(np.arange, sizes.shape), indexing="ij"), axis=-1)
    chosen = []
    for radius in np.unique(scene.sizes[scene.sizes > 0]):
        on = grid[sizes == radius]
        if len(on):
            middle = np.argwhere(scene.sizes == radius).mean(axis=0) / STRIDE
            chosen.append(on[np.square(on - middle).sum(axis=1).argmin()])
    walls = np.pad(scene.sizes > 0, 1, constant_values=True)
    away = np.argwhere(walls) - 1
    ground = grid[sizes == 0]
    distances = np.square(STRIDE * ground[:, None] - away[None]).sum(axis=2).min(axis=1)
    if len(ground):
        chosen.append(ground[distances.argmax()])
    return tuple((int(i), int(j)) for i, j in chosen)


class Watched:
    """The picture, the cells and the held-out scenes that every frame of one training is measured on.

    Attributes:
        field: the kind of scenes.
        picture: ``(H, W, 3)`` uint8.
        cells: see :func:`chosen_cells`.
    """

    def __init__(self, field: Field, scenes: int, *, batch: int = 16) -> None:
        self.field = field
        scene = field.picture()
        self.picture, self.cells = scene.picture, chosen_cells(scene)
        pictures, classes, sizes = field.batch(HELD_OUT_SEED, 0, scenes)
        self._image = to_input(self.picture[None])
        self._batches = to_input(pictures).to(memory_format=torch.channels_last).split(batch)
        self._classes = torch.from_numpy(classes).split(batch)
        bins = np.digitize(sizes[:, ::STRIDE, ::STRIDE], field.bounds[:-1])
        self._bins = torch.from_numpy(bins).split(batch)

    def frame(self, network: Network, step: int, seconds: float, loss: float) -> Frame:
        """Looks at a network as it stands. It may be in train mode, and is left in it."""
        mode = network.training
        network.eval()
        try:
            with torch.inference_mode():
                accuracy, dilation = self._measured(network)
                places, masks = self._looks(network)
        finally:
            network.train(mode)
        return Frame(step, seconds, loss, accuracy, dilation, places, masks)

    def _measured(self, network: Network) -> tuple[float, Floats]:
        """Foreground accuracy, and ``(layers, sizes)`` effective dilation."""
        count, report, sums = len(self.field.sizes), Report(), torch.zeros(0)
        cells = torch.zeros(count, dtype=torch.double)
        for pictures, classes, bins in zip(self._batches, self._classes, self._bins, strict=True):
            with record(network, plain=network.version == "conv", calls=False) as recording:
                logits = network(pictures)
            report.add(classes, logits.argmax(1))
            spread = [effective_dilation(s).mean(1).flatten().double() for s in recording.values()]
            where = bins.flatten()
            cells += torch.bincount(where, minlength=count)
            found = torch.stack([torch.bincount(where, weights=d, minlength=count) for d in spread])
            sums = found if not len(sums) else sums + found
        return report.foreground_accuracy, (sums / cells).numpy().astype(np.float32)

    def _looks(self, network: Network) -> tuple[Floats, Floats]:
        """``(layers, cells, K, 2)`` places on the picture and ``(layers, cells, K)`` masks."""
        with record(network, plain=network.version == "conv", calls=False) as recording:
            network(self._image)
        samplings: list[Sampling] = [*recording.values()]
        i, j = (torch.tensor(axis) for axis in zip(*self.cells, strict=True))
        places = torch.stack([s.positions[0, :, :, i, j].flatten(0, 1).movedim(0, 1) for s in samplings])
        masks = torch.stack([s.mask[0, :, :, i, j].flatten(0, 1).movedim(0, 1) for s in samplings])
        return (STRIDE * places).numpy().astype(np.float32), masks.numpy().astype(np.float32)


def grows(frame: Frame) -> bool:
    """Whether the last layer spreads its taps wider on larger objects: the law of arXiv 1703.06211, table 2.

    Strictly growing effective dilation over the sizes, background left out.
    """
    last: Tensor = torch.from_numpy(frame.dilation[-1, 1:])
    return bool((last.diff() > 0).all())
