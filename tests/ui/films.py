"""Made timelines, and a host that trains nothing, for the tests of the page Train."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from dcnviz.models import Network
from dcnviz.training import Frame, LiveRecipe, Timeline, TooManyRuns

CELLS = ((2, 3), (12, 6), (12, 11), (4, 9))
SIZES = ("background", "5-8", "8-12", "12-20")


def film(version: str = "v2", frames: int = 20, *, grows: bool = True, seed: int = 0) -> Timeline:
    """A timeline in which the taps of cell n lie n + 1 cells apart at the end, and the sizes spread likewise."""
    groups = 8 if version in ("v3", "v4") else 1
    taps = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"), -1).reshape(9, 2)
    centres = 4.0 * np.array(CELLS)[:, None]
    made = []
    for n in range(frames):
        share = n / max(frames - 1, 1) if version != "conv" else 0.0
        wide = 1 + share * np.arange(len(CELLS))[:, None, None]
        places = np.tile(centres + 4 * wide * taps, (3, 1, groups, 1))
        shape = places.shape[:-1]
        masks = np.ones(shape) if version in ("conv", "v1") else np.full(shape, 0.25 + 0.5 * share)
        spread = np.ones((3, 4)) + share * np.arange(4) * (1 if grows else -0.1)
        numbers = (10 * n, 0.5 * n, np.nan if n == 0 else 2 / n, share)
        made.append(Frame(*numbers, *(each.astype(np.float32) for each in (spread, places, masks))))
    picture = np.full((64, 64, 3), 120, np.uint8)
    return Timeline(version, seed, picture, CELLS, 4, SIZES, ("a", "b", "c"), tuple(made))  # type: ignore[arg-type]


class MadeRun:
    """Like `dcnviz.training.Run`, at a standstill; a test moves it."""

    def __init__(self, recipe: LiveRecipe, alive: Callable[[], bool], number: int) -> None:
        self.recipe, self.alive, self.token = recipe, alive, f"token-number-{number:08}"
        self.state, self.error, self.diverged = "running", "", False
        self.shown, self.asked = 3, []

    def become(self, state: str, frames: int = 20) -> None:
        self.state, self.shown = state, frames

    @property
    def ended(self) -> bool:
        return self.state in ("finished", "stopped", "failed")

    @property
    def progress(self) -> float:
        return min(self.shown / 20, 1.0)

    @property
    def steps(self) -> int:
        return 10 * (self.shown - 1)

    def timeline(self) -> Timeline | None:
        return film(self.recipe.version, self.shown, seed=self.recipe.seed) if self.shown else None

    def network(self) -> Network | None:
        return Network(self.recipe.version).eval() if self.shown else None

    def pause(self) -> None:
        self.asked.append("pause")
        self.state = "paused"

    def resume(self) -> None:
        self.asked.append("resume")
        self.state = "running"

    def step_once(self) -> None:
        self.asked.append("step")
        self.state, self.shown = "paused", self.shown + 1

    def stop(self) -> None:
        self.asked.append("stop")
        self.state = "stopped"


class MadeHost:
    """Like `dcnviz.training.Host`."""

    def __init__(self, most: int = 2) -> None:
        self.most, self.count = most, 0
        self.runs: dict[str, MadeRun] = {}

    def start(self, key: str, recipe: LiveRecipe, *, alive: Callable[[], bool] = lambda: True) -> MadeRun:
        others = sum(not run.ended for name, run in self.runs.items() if name != key)
        if others >= self.most:
            raise TooManyRuns(others, self.most)
        self.count += 1
        self.runs[key] = run = MadeRun(recipe, alive, self.count)
        return run

    def get(self, key: str) -> MadeRun | None:
        return self.runs.get(key)

    def kept(self, token: str) -> Any:
        run = next((run for run in self.runs.values() if run.token == token and run.shown), None)
        return run and SimpleNamespace(load=lambda: (run.network(), run.timeline()))
