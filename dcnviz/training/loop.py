"""Training of the small network on scenes: a value that takes one step at a time and can be kept in a file.

Whoever drives it (the command line, a page) decides when to step, to look and to stop.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor
from torch.nn import functional as F

from dcnviz.data.bounded import check_is_file
from dcnviz.data.scenes import CLASS_NAMES, HELD_OUT_SEED, scene_batch
from dcnviz.data.writing import replacing
from dcnviz.layers import parameter_groups
from dcnviz.models.network import STRIDE, Network
from dcnviz.sampling import Version
from dcnviz.training.metrics import to_input


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what comes out of a training.

    Attributes:
        version: "conv" to "v4".
        steps: optimizer steps.
        batch: scenes a step.
        lr: peak learning rate of AdamW under a one-cycle schedule.
        predictor_factor: the predictors' share of it.
        weight_decay: of everything but the predictors.
        foreground_weight: weight of the objects' cells in the loss at the first step; it falls to 1 evenly. Four
            fifths of a scene are background: without it, most of a short training goes into telling objects from
            background, and little into telling them apart.
        picture_share: share of the steps, the last ones, whose loss counts every pixel of the picture. Until then it
            counts the cells alone (one pixel in sixteen), which teaches the classes sooner and costs less; the rest
            teaches where exactly an object ends.
        seed: of the initial weights and of the scenes, below ``HELD_OUT_SEED``.

    Raises:
        ValueError: if there are no scenes in a step, fewer than no steps, or the scenes are held-out ones.
    """

    version: Version
    steps: int = 14_000
    batch: int = 8
    lr: float = 4e-3
    predictor_factor: float = 0.2
    weight_decay: float = 1e-4
    foreground_weight: float = 4.0
    picture_share: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 0 or self.batch < 1:
            raise ValueError(
                f"steps must be 0 or more and batch 1 or more; got {self.steps} and {self.batch}."
            )
        if not 0 <= self.seed < HELD_OUT_SEED:
            raise ValueError(f"seed must be from 0 to {HELD_OUT_SEED - 1}; got {self.seed}.")


RECIPES: dict[Version, Recipe] = {
    "conv": Recipe("conv"),
    "v1": Recipe("v1"),
    "v2": Recipe("v2"),
    "v3": Recipe("v3", steps=16_000, lr=3e-3, predictor_factor=0.5),
    "v4": Recipe("v4", lr=3e-3, predictor_factor=0.5),
}


class Trainer:
    """A training in progress.

    Attributes:
        recipe: what is being done.
        network: in train mode while stepping.
        step_number: steps taken.
        losses: the loss of each step.
        seconds: time that steps took this thread to compute; on a busy machine, waiting for a core does not count.

    >>> trainer = Trainer(Recipe("conv", steps=1, batch=1))
    >>> trainer.step() > 0, trainer.done
    (True, True)
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        with torch.random.fork_rng(devices=[]):  # the caller's own chance stays as it is
            torch.manual_seed(recipe.seed)
            self.network = Network(recipe.version, len(CLASS_NAMES))
        self.network.to(memory_format=torch.channels_last)  # 10 % of a step on a CPU
        groups = parameter_groups(
            self.network,
            recipe.lr,
            predictor_factor=recipe.predictor_factor,
            weight_decay=recipe.weight_decay,
        )
        groups = [group for group in groups if group["params"]]
        self.optimizer = torch.optim.AdamW(groups)
        self._peaks = [group["lr"] for group in groups]
        self.schedule = self._schedule()
        self.step_number = 0
        self.losses: list[float] = []
        self.seconds = 0.0

    def _schedule(self, taken: int = 0) -> torch.optim.lr_scheduler.OneCycleLR:
        """Learning rate and momentum after some steps: they follow from that number alone."""
        return torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, self._peaks, total_steps=max(self.recipe.steps, 1), last_epoch=taken - 1
        )

    @property
    def done(self) -> bool:
        """Whether all steps were taken."""
        return self.step_number >= self.recipe.steps

    def step(self) -> float:
        """Takes one step on fresh scenes and returns its loss.

        Raises:
            RuntimeError: if the training is over.
        """
        if self.done:
            raise RuntimeError(f"all {self.recipe.steps} steps were taken.")
        started = time.thread_time()
        self.network.train()
        first = self.step_number * self.recipe.batch
        pictures, classes, _ = scene_batch(self.recipe.seed, first, self.recipe.batch)
        loss = self._loss(
            to_input(pictures).to(memory_format=torch.channels_last), torch.from_numpy(classes).long()
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.step_number += 1
        self.losses.append(loss.item())
        self.seconds += time.thread_time() - started
        return self.losses[-1]

    def _loss(self, pictures: Tensor, truth: Tensor) -> Tensor:
        """Of the cells alone at first, of every pixel towards the end."""
        if self.step_number < (1 - self.recipe.picture_share) * self.recipe.steps:
            logits, truth = (
                self.network.cells(pictures),
                truth[:, ::STRIDE, ::STRIDE],
            )  # cell (i, j): pixel (4i, 4j)
        else:
            logits = self.network(pictures)
        return F.cross_entropy(logits, truth, weight=self._class_weights())

    def _class_weights(self) -> Tensor:
        """Background 1, every object class the same, falling from ``foreground_weight`` to 1."""
        left = 1 - self.step_number / self.recipe.steps
        weights = torch.full((len(CLASS_NAMES),), 1 + (self.recipe.foreground_weight - 1) * left)
        weights[0] = 1
        return weights

    def save(self, path: Path) -> None:
        """Writes all it takes to go on: weights, optimizer, losses. The file appears whole or not at all."""
        tensors = {f"network.{k}": v.contiguous() for k, v in self.network.state_dict().items()}
        for n, moments in self.optimizer.state_dict()["state"].items():
            tensors.update({f"optimizer.{n}.{k}": v.contiguous() for k, v in moments.items()})
        tensors["losses"] = torch.tensor(self.losses, dtype=torch.float64)
        tensors["seconds"] = torch.tensor(self.seconds, dtype=torch.float64)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(save(tensors, {k: str(v) for k, v in asdict(self.recipe).items()}))

    def resume(self, path: Path) -> None:
        """Goes on where :meth:`save` was called.

        Raises:
            ValueError: if the file is of another recipe, or no such file, or damaged; nothing is changed then.
        """
        wanted = {k: str(v) for k, v in asdict(self.recipe).items()}
        refused = f"{path.name} is not a training that can be gone on with."
        try:
            check_is_file(path)
            with safe_open(path, framework="pt") as file:
                found = file.metadata()
            tensors = load_file(path)
        except (
            SafetensorError,
            OSError,
            KeyError,
        ) as error:  # KeyError: a type of numbers that torch has not
            raise ValueError(refused) from error
        if found != wanted:
            raise ValueError(f"{path.name} is of another training: {found}; asked for {wanted}.")
        if not self._fits(tensors):
            raise ValueError(refused)
        self.losses = tensors.pop("losses").tolist()
        self.seconds = float(tensors.pop("seconds"))
        self.step_number = len(self.losses)
        self.network.load_state_dict({k[8:]: v for k, v in tensors.items() if k.startswith("network.")})
        state: dict[str, Any] = self.optimizer.state_dict()
        state["state"] = _moments(tensors)
        self.optimizer.load_state_dict(state)
        self.schedule = self._schedule(self.step_number)

    def _fits(self, tensors: dict[str, Tensor]) -> bool:
        """Whether a file's tensors are, by names, shapes, types and finiteness, what :meth:`save` writes."""
        losses = tensors.get("losses", torch.empty(0, 0))
        if losses.dim() != 1 or len(losses) > self.recipe.steps:
            return False
        wanted = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        wanted |= {"losses": losses.double(), "seconds": torch.zeros((), dtype=torch.float64)}
        if len(losses):
            parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
            for n, p in enumerate(parameters):
                wanted |= {f"optimizer.{n}.{k}": p for k in ("exp_avg", "exp_avg_sq")}
                wanted[f"optimizer.{n}.step"] = torch.zeros(())
        return tensors.keys() == wanted.keys() and all(
            value.shape == wanted[name].shape and value.dtype == wanted[name].dtype and _finite(value)
            for name, value in tensors.items()
        )


def _finite(value: Tensor) -> bool:
    return bool(torch.isfinite(value).all())


def _moments(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """AdamW's running means, by parameter number."""
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, number, key = name.split(".")
            moments.setdefault(int(number), {})[key] = value
    return moments
