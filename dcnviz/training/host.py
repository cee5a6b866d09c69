"""Runs live trainings outside whoever looks at them, and not more than a server can bear.

A page's script starts a run, forgets it, and asks for its timeline whenever it draws. One run a session, a stated
number a server, each in a process of its own (:mod:`dcnviz.training.worker`); a run ends when its session does, or
when nobody has asked for a while.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import dcnviz
from dcnviz.models.network import Network
from dcnviz.training import kept as keeping
from dcnviz.training.live import LiveRecipe
from dcnviz.training.timeline import Timeline
from dcnviz.training.worker import receive

State = Literal["starting", "running", "paused", "finished", "stopped", "failed"]
ENDED: tuple[State, ...] = ("finished", "stopped", "failed")
MOST, IDLE = 2, 120.0
LOOK = 0.5  # seconds between two looks at whether the sessions are alive
PATIENCE = 20.0  # seconds that a run asked to stop may take for it before its process is killed
REMEMBERED = 32  # ended runs of other sessions whose timelines stay in memory


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
        error: what went wrong; "" unless the state is "failed".
        diverged: whether that was a loss that is no number.
        progress: share of the budget that is used up, 0 to 1.
        steps: taken so far.
    """

    def __init__(
        self, recipe: LiveRecipe, alive: Callable[[], bool], idle: float, folder: Path | None, threads: int
    ) -> None:
        self.recipe, self.token = recipe, secrets.token_urlsafe(16)
        self.state: State = "starting"
        self.error, self.diverged = "", False
        self.progress, self.steps = 0.0, 0
        self._alive, self._idle, self._folder = alive, idle, folder
        self._asked, self._stop_by = time.monotonic(), float("inf")
        self._timeline: Timeline | None = None
        self._process = _launch()
        self._say(
            json.dumps(
                {
                    "recipe": asdict(recipe),
                    "folder": str(folder) if folder else None,
                    "token": self.token,
                    "threads": threads,
                }
            )
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def pause(self) -> None:
        """Stands still after the step at work."""
        self._say("pause")

    def resume(self) -> None:
        """Goes on."""
        self._say("run")

    def step_once(self) -> None:
        """One step and a frame, then a pause."""
        self._say("step")

    def stop(self) -> None:
        """Ends for good; timeline and network stay."""
        self._stop_by = min(self._stop_by, time.monotonic() + PATIENCE)
        self._say("stop")

    def kill(self) -> None:
        """Ends at once, in the middle of a step; what was kept before stays."""
        self._stop_by = 0.0
        self._process.kill()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    def timeline(self) -> Timeline | None:
        """What was seen so far, whole and never changed afterwards; None before the first frame."""
        self._asked = time.monotonic()
        return self._timeline

    def network(self) -> Network | None:
        """The network as it was kept last (at a pause and at the end: as it is now), in eval mode.

        None before the first was kept, or if nothing is kept on this server.
        """
        self._asked = time.monotonic()
        found = keeping.kept(self._folder, self.token) if self._folder else None
        return found.load()[0] if found else None

    def wait(self, seconds: float) -> bool:
        """Waits for the end, and says whether it came."""
        self._reader.join(seconds)
        return not self._reader.is_alive()

    def _say(self, order: str) -> None:
        self._asked = time.monotonic()
        with suppress(OSError, ValueError):  # the process has ended, and that is told otherwise
            assert self._process.stdin is not None
            self._process.stdin.write(order.encode() + b"\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        """Takes in what the process says until it ends."""
        assert self._process.stdout is not None
        with self._process.stdout as messages:
            while (message := receive(messages)) is not None:
                self._take(*message)
        code = self._process.wait()
        if not self.ended:
            if self._stop_by < float("inf"):
                self.state = "stopped"
            else:
                self.error = f"the training's process ended unexpectedly (code {code})."
                self.state = "failed"

    def _take(self, about: dict[str, Any], packed: bytes) -> None:
        if packed:
            fresh = Timeline.load(io.BytesIO(packed))
            before = self._timeline.frames if self._timeline else ()
            self._timeline = replace(fresh, frames=before + fresh.frames)
        self.progress, self.steps = about.get("progress", self.progress), about.get("steps", self.steps)
        self.error, self.diverged = about.get("error", ""), about.get("diverged", False)
        self.state = about["state"]  # last: whoever sees an end sees the rest as well

    def _check(self) -> None:
        """Stops it if nobody wants it any more, and kills it if it does not stop."""
        now = time.monotonic()
        if now > self._stop_by:
            self.kill()
        elif self._stop_by == float("inf") and (not self._alive() or now - self._asked > self._idle):
            self.stop()


def _launch() -> subprocess.Popen[bytes]:
    """The process, which finds this package wherever it was imported from."""
    home = str(Path(dcnviz.__file__).parents[1])
    path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; from dcnviz.training.worker import main; sys.exit(main())"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, "OMP_WAIT_POLICY": "PASSIVE"},
    )


class Host:
    """The trainings of one server.

    Args:
        most: at a time. Each takes half a gigabyte and a processor.
        idle: seconds after which a run that nobody asks about is stopped.
        folder: where results are kept, bounded; None: :func:`dcnviz.training.kept.default_folder`.
        threads: of PyTorch, for each.
    """

    def __init__(
        self, most: int = MOST, *, idle: float = IDLE, folder: Path | None = None, threads: int = 1
    ) -> None:
        self.most, self.idle, self.threads = most, idle, threads
        self.folder = folder or keeping.default_folder()
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None

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
                self._runs.pop(key).kill()
            self._forget()
            keeping.prune(self.folder)
            self._runs[key] = run = Run(recipe, alive, self.idle, self.folder, self.threads)
            if self._watch is None or not self._watch.is_alive():
                self._watch = threading.Thread(target=self._look_after, daemon=True)
                self._watch.start()
            return run

    def get(self, key: str) -> Run | None:
        """The last run of a session, ended or not."""
        return self._runs.get(key)

    def running(self) -> int:
        """How many have not ended."""
        return sum(not run.ended for run in list(self._runs.values()))

    def kept(self, token: str) -> keeping.Kept | None:
        """What a training left, by its token, also of one before the server was started."""
        return keeping.kept(self.folder, token)

    def close(self) -> None:
        """Stops all and waits for them."""
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.stop()
        for run in runs:
            if not run.wait(PATIENCE):
                run.kill()

    def _forget(self) -> None:
        """Lets go of the oldest ended runs, if there are many."""
        ended = [name for name, run in self._runs.items() if run.ended]
        for name in ended[: max(0, len(ended) - REMEMBERED)]:
            del self._runs[name]

    def _look_after(self) -> None:
        while True:
            with self._lock:
                runs = [run for run in self._runs.values() if not run.ended]
                if not runs:
                    self._watch = None
                    return
            for run in runs:
                run._check()
            time.sleep(LOOK)
