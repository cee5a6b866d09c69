"""A training in front of a class: small scenes, a budget in seconds, and a frame to look at again and again.

The network is the bundled one, on scenes of 64 x 64 pixels. Compared with :class:`dcnviz.training.Trainer`, whose
recipe is a number of steps, the learning rate here follows the share of the budget that is used up, whatever the
machine: a slow one takes fewer steps, but ends with the same small rate.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dcnviz.conventions import offsets_to_torchvision, to_dcnv4, to_internimage
from dcnviz.data.scenes import CLASS_NAMES, HELD_OUT_SEED
from dcnviz.geometry import Geometry
from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, parameter_groups
from dcnviz.models.network import STRIDE, Network
from dcnviz.sampling import VERSIONS, Version
from dcnviz.training.metrics import to_input
from dcnviz.training.timeline import Frame, Timeline
from dcnviz.training.watched import SMALL, Watched

Bytes = npt.NDArray[np.uint8]
Start = Literal["zero", "random", "spread"]
STARTS: tuple[Start, ...] = ("zero", "random", "spread")

BATCH = 8
RATE = 6e-3
WARM = 0.1  # share of the budget in which the rate rises
FOREGROUND = (4.0, 2.5)  # weight of the objects' cells at first and at the end; see Recipe.foreground_weight
SCENES = 32  # held-out scenes a frame is measured on
MOST_SECONDS, MOST_STEPS, MOST_FRAMES = 600.0, 20_000, 400
LIMITS = {"seconds": MOST_SECONDS, "steps": MOST_STEPS, "frames": MOST_FRAMES}


class Diverged(ArithmeticError):
    """Loss or sampled places are no longer numbers: this training cannot go on."""


@dataclass(frozen=True)
class LiveRecipe:
    """Everything that decides what comes out of a live training.

    Attributes:
        version: "conv" to "v4".
        seed: of the initial weights and of the scenes, below ``HELD_OUT_SEED``.
        predictor_factor: the predictors' share of the learning rate.
        start: of the offsets. "zero": the regular grid, as in the papers. "random": each tap a normal deviation of
            one cell off, everywhere the same. "spread": the regular grid twice as wide.
        seconds: of computing after which it ends; None: only ``steps`` count.
        steps: after which it ends; None: only ``seconds`` count. With steps alone, the same recipe gives the same
            network.
        frames: how many the budget is told in, about; close together at first.

    Raises:
        ValueError: if there is no budget or one beyond the limits, or a value is unknown.

    >>> LiveRecipe("v2").seconds
    60.0
    """

    version: Version = "v2"
    seed: int = 0
    predictor_factor: float = 0.2
    start: Start = "zero"
    seconds: float | None = 60.0
    steps: int | None = None
    frames: int = 80

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ValueError(f"version must be one of {', '.join(VERSIONS)}; got {self.version!r}.")
        if self.start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)}; got {self.start!r}.")
        if not 0 <= self.seed < HELD_OUT_SEED:
            raise ValueError(f"seed must be from 0 to {HELD_OUT_SEED - 1}; got {self.seed}.")
        if not 0 <= self.predictor_factor <= 100:
            raise ValueError(f"predictor_factor must be from 0 to 100; got {self.predictor_factor}.")
        if self.seconds is None and self.steps is None:
            raise ValueError("a training needs a budget: seconds, steps, or both.")
        for name, most in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not 0 < value <= most:
                raise ValueError(f"{name} must be above 0 and at most {most:g}; got {value}.")


class LiveTraining:
    """A live training in progress. Whoever drives it calls :meth:`step` until it is :attr:`done`.

    Attributes:
        recipe: what is being done.
        network: in train mode.
        losses: the loss of each step.
        frames: what was seen, the untrained network first.
        seconds: of computing so far, looking included; waiting for a core does not count.

    >>> training = LiveTraining(LiveRecipe("conv", seconds=None, steps=2, frames=2))
    >>> while not training.done:
    ...     _ = training.step()
    >>> [frame.step for frame in training.timeline().frames]
    [0, 1, 2]
    """

    def __init__(self, recipe: LiveRecipe, watched: Watched | None = None) -> None:
        self.recipe = recipe
        self.watched = watched or Watched(SMALL, SCENES)
        with torch.random.fork_rng(devices=[]):  # the caller's own chance stays as it is
            torch.manual_seed(recipe.seed)
            self.network = Network(recipe.version, len(CLASS_NAMES)).train()
            start_offsets(self.network, recipe.start)
        self.network.to(memory_format=torch.channels_last)
        groups = parameter_groups(
            self.network, RATE, predictor_factor=recipe.predictor_factor, weight_decay=1e-4
        )
        groups = [group for group in groups if group["params"]]
        self.optimizer = torch.optim.AdamW(groups)
        self._peaks = [group["lr"] for group in groups]
        self.losses: list[float] = []
        self.frames: list[Frame] = []
        self.seconds = 0.0
        self.frame()

    @property
    def step_number(self) -> int:
        """Steps taken."""
        return len(self.losses)

    @property
    def progress(self) -> float:
        """Share of the budget that is used up, 0 to 1."""
        used = 0.0
        if self.recipe.seconds is not None:
            used = self.seconds / self.recipe.seconds
        if self.recipe.steps is not None:
            used = max(used, self.step_number / self.recipe.steps)
        return min(used, 1.0)

    @property
    def done(self) -> bool:
        """Whether the budget is used up."""
        return self.progress >= 1

    def step(self) -> float:
        """Takes one step, looks if a frame is due or this was the last step, and returns the loss.

        Raises:
            RuntimeError: if the training is over.
            Diverged: if the loss is no longer a number (the network is then what it was before the step), or what
                a frame shows.
        """
        if self.done:
            raise RuntimeError("the budget of this training is used up.")
        started = time.thread_time()
        self._set_rates()
        pictures, classes, _ = self.watched.field.batch(self.recipe.seed, self.step_number * BATCH, BATCH)
        try:
            loss = self._loss(pictures, classes)
        except ValueError as problem:  # the operators refuse offsets that are no numbers; all else fits
            raise self._diverged() from problem
        value = loss.item()
        if not math.isfinite(value):
            raise self._diverged()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.losses.append(value)
        self.seconds += time.thread_time() - started
        if self.done or self.progress >= _due(len(self.frames), self.recipe.frames):
            self.frame()
        return value

    def frame(self) -> Frame:
        """Looks now, or gives what was seen after this step already.

        Raises:
            Diverged: if a place or a mask is not a number.
        """
        started = time.thread_time()
        if self.frames and self.frames[-1].step == self.step_number:
            return self.frames[-1]
        since = self.losses[self.frames[-1].step if self.frames else 0 :]
        mean = float(np.mean(since)) if since else math.nan
        try:
            frame = self.watched.frame(self.network, self.step_number, self.seconds, mean)
        except ValueError as problem:  # as in a step
            raise self._diverged() from problem
        if not (np.isfinite(frame.places).all() and np.isfinite(frame.masks).all()):
            raise self._diverged()
        self.frames.append(frame)
        self.seconds += time.thread_time() - started
        return frame

    def timeline(self) -> Timeline:
        """The frames so far, as a value of its own."""
        layers = tuple(self.network.maps_to_picture())
        return Timeline(
            version=self.recipe.version,
            seed=self.recipe.seed,
            picture=self.watched.picture,
            cells=self.watched.cells,
            stride=STRIDE,
            sizes=self.watched.field.sizes,
            layers=layers,
            frames=tuple(self.frames),
            about={"recipe": asdict(self.recipe), "batch": BATCH, "held_out_scenes": SCENES},
        )

    def _diverged(self) -> Diverged:
        return Diverged(
            f"the network's numbers became infinite after {self.step_number} steps; a smaller predictor learning rate "
            f"than {self.recipe.predictor_factor:g} may help."
        )

    def _set_rates(self) -> None:
        """Up evenly at first, then down along a cosine."""
        used = self.progress
        share = (used / WARM) if used < WARM else (1 + math.cos(math.pi * (used - WARM) / (1 - WARM))) / 2
        for group, peak in zip(self.optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = peak * max(share, 0.01)

    def _loss(self, pictures: Bytes, classes: Bytes) -> Tensor:
        """Cross-entropy of the cells."""
        first, last = FOREGROUND
        weights = torch.full((len(CLASS_NAMES),), first + (last - first) * self.progress)
        weights[0] = 1
        logits = self.network.cells(to_input(pictures).to(memory_format=torch.channels_last))
        truth = torch.from_numpy(classes[:, ::STRIDE, ::STRIDE]).long()
        return F.cross_entropy(logits, truth, weight=weights)


def _due(count: int, most: int) -> float:
    """The progress at which another frame is due when there are ``count`` already."""
    return float((count / most) ** 1.5)


@torch.no_grad()
def start_offsets(network: nn.Module, start: Start) -> None:
    """Where the taps of every deformable layer start, by the predictors' biases.

    Args:
        network: with predictors at zero, as they are made.
        start: see :class:`LiveRecipe`; "random" draws from torch's chance.
    """
    if start == "zero":
        return
    for layer in network.modules():
        if not isinstance(layer, DeformConv2d | DCNv3 | DCNv4):
            continue
        geometry: Geometry = layer.geometry
        groups = layer.offset_groups if isinstance(layer, DeformConv2d) else layer.group
        if start == "random":
            offsets = torch.randn(1, groups, geometry.taps, 1, 1, 2)
        else:
            outward = geometry.tap_grid() - torch.tensor(geometry.centre)
            offsets = outward.view(1, 1, -1, 1, 1, 2).repeat(1, groups, 1, 1, 1, 1)
        _add_offsets(layer, offsets, geometry)


def _add_offsets(layer: DeformConv2d | DCNv3 | DCNv4, offsets: Tensor, geometry: Geometry) -> None:
    """Adds canonical offsets of one cell to a predictor's bias, in the order of its channels."""
    masks = torch.zeros(offsets.shape[:-1])
    if isinstance(layer, DeformConv2d):
        raw, bias = offsets_to_torchvision(offsets).flatten(), layer.predictor.bias
    elif isinstance(layer, DCNv3):
        raw, bias = to_internimage(offsets, masks, geometry)[0].flatten(), layer.offset.bias
    else:
        raw, bias = to_dcnv4(offsets, masks, geometry).flatten(), layer.offset_mask.bias
    assert bias is not None, "the predictors of this package have one"
    bias[: len(raw)] += raw
