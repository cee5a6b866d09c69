"""Runs live trainings outside whoever looks at them, and not more than a server can bear.

A page's script starts a run, forgets it, and asks for its timeline whenever it draws. One run a session, a stated
number a server; a run ends when its session does, or when nobody has asked for a while.
"""

from __future__ import annotations

import copy
import secrets
import threading
import time
from collections.abc import Callable
from typing import Literal

from dcnviz.models.network import Network
from dcnviz.training.live import Diverged, LiveRecipe, LiveTraining
from dcnviz.training.timeline import Timeline

State = Literal["starting", "running", "paused", "finished", "stopped", "failed"]
ENDED: tuple[State, ...] = ("finished", "stopped", "failed")
MOST, IDLE = 2, 120.0
PAUSE = 0.05  # seconds between two looks at what was asked for


class TooManyRuns(RuntimeError):
    """A server trains no more at a time; the one who asked shall try again.

    Attributes:
        running: how many run.
        most: how many may.
    """

    def __init__(self, running: int, most: int) -> None:
        super().__init__(
            f"{running} trainings run on this server already, and at most {most} may; try again later."
        )
        self.running, self.most = running, most


class Run:
    """One live training. Every method may be called from any thread, and returns at once.

    Attributes:
        recipe: what is trained.
        token: an unguessable name under which the result is kept for a while.
        state: "starting", "running", "paused", "finished", "stopped" or "failed".
        error: what went wrong, "" unless the state is "failed".
        diverged: whether that was a loss that is no number.
    """

    def __init__(self, recipe: LiveRecipe, alive: Callable[[], bool], idle: float) -> None:
        self.recipe = recipe
        self.token = secrets.token_urlsafe(16)
        self.state: State = "starting"
        self.error, self.diverged = "", False
        self._alive, self._idle = alive, idle
        self._wanted: Literal["run", "pause", "step", "stop"] = "run"
        self._asked = time.monotonic()
        self._timeline: Timeline | None = None
        self._network: Network | None = None
        self._progress, self._steps = 0.0, 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Stands still after the step at work."""
        self._want("pause")

    def resume(self) -> None:
        """Goes on."""
        self._want("run")

    def step_once(self) -> None:
        """One step and a frame, then a pause."""
        self._want("step")

    def stop(self) -> None:
        """Ends for good; timeline and network stay."""
        self._want("stop")

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    @property
    def progress(self) -> float:
        """Share of the budget that is used up, 0 to 1."""
        return self._progress

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self._steps

    def timeline(self) -> Timeline | None:
        """What was seen so far; None before the first frame."""
        self._asked = time.monotonic()
        return self._timeline

    def network(self) -> Network | None:
        """A copy of the network at the last frame, in eval mode; None before the first."""
        self._asked = time.monotonic()
        return copy.deepcopy(self._network)

    def _want(self, what: Literal["run", "pause", "step", "stop"]) -> None:
        self._asked = time.monotonic()
        self._wanted = what

    def _work(self) -> None:
        try:
            training = LiveTraining(self.recipe)
            self._publish(training)
            while not training.done and self._wanted != "stop":
                if not self._alive() or time.monotonic() - self._asked > self._idle:
                    break
                if self._wanted == "pause":
                    self.state = "paused"
                    time.sleep(PAUSE)
                    continue
                self.state = "running"
                once, frames = self._wanted == "step", len(training.frames)
                training.step()
                if once:
                    self._wanted = "pause"
                    training.frame()
                self._progress, self._steps = training.progress, training.step_number
                if len(training.frames) > frames:
                    self._publish(training)
            training.frame()
            self._publish(training)
            self.state = "finished" if training.done else "stopped"
        except Diverged as problem:
            self.error, self.diverged, self.state = str(problem), True, "failed"
        except (
            Exception
        ) as problem:  # a training that dies must not take the server down, whatever it died of
            self.error, self.state = f"{type(problem).__name__}: {problem}", "failed"

    def _publish(self, training: LiveTraining) -> None:
        network = copy.deepcopy(training.network).eval()
        network.unit_scale()
        self._timeline, self._network = training.timeline(), network


class Host:
    """The trainings of one server.

    Args:
        most: at a time.
        idle: seconds after which a run that nobody asks about is stopped.

    >>> host = Host()
    >>> run = host.start("a session", LiveRecipe("conv", steps=1000))
    >>> host.close()
    >>> run.state
    'stopped'
    """

    def __init__(self, most: int = MOST, *, idle: float = IDLE) -> None:
        self.most, self.idle = most, idle
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()

    def start(self, key: str, recipe: LiveRecipe, *, alive: Callable[[], bool] = lambda: True) -> Run:
        """Starts a training; one that runs under the same key is stopped for it.

        Args:
            key: of the session.
            recipe: what to train.
            alive: asked again and again, from another thread, whether the session is still there.

        Raises:
            TooManyRuns: if as many run as may, those of other keys.
        """
        with self._lock:
            others = sum(not run.ended for name, run in self._runs.items() if name != key)
            if others >= self.most:
                raise TooManyRuns(others, self.most)
            if key in self._runs:
                self._runs[key].stop()
            self._runs[key] = run = Run(recipe, alive, self.idle)
            return run

    def get(self, key: str) -> Run | None:
        """The last run of a session, ended or not."""
        return self._runs.get(key)

    def running(self) -> int:
        """How many have not ended."""
        return sum(not run.ended for run in self._runs.values())

    def close(self) -> None:
        """Stops all and waits for them."""
        for run in self._runs.values():
            run.stop()
        for run in self._runs.values():
            run._thread.join(10)
