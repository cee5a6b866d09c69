"""How soon a live training shows the size law, and how good it gets: seconds, steps and accuracy for each seed.

What is looked at here, a few times a training, costs time of its own that is not counted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dcnviz.bench.machine import threads
from dcnviz.training.host import Host
from dcnviz.training.live import LiveRecipe, LiveTraining
from dcnviz.training.watched import SMALL, Watched, grows

LOOKS = 24
"""How often a training is looked at: in 60 seconds, each 2.5."""

SCENES = 128
HEAD = (
    "seed",
    "law from: computed",
    "wall",
    "step",
    "accuracy at half",
    "at the end",
    "steps",
    "steps a second: computed",
    "wall",
)
NOTES = f"""\
law: effective dilation in the last layer strictly grows over the three sizes of objects, on {SCENES} held-out scenes,
at this look and every later one; looked at {LOOKS} times, evenly over the budget. computed: time that this thread
computed (scenes made, forward, backward, optimizer, the frames that a page shows); wall: on the clock, with waiting for
a core. accuracy: of the objects' pixels. Start-up, before the first frame of a process of its own, comes on top."""


@dataclass(frozen=True)
class Look:
    """A training at one moment.

    Attributes:
        step: steps taken.
        seconds: computed.
        wall: on the clock.
        law: whether dilation grows with the size.
        accuracy: foreground.
    """

    step: int
    seconds: float
    wall: float
    law: bool
    accuracy: float


@dataclass(frozen=True)
class Outcome:
    """One seed's training.

    Attributes:
        seed: of the recipe.
        looks: in order, the last at the end.
    """

    seed: int
    looks: tuple[Look, ...]

    @property
    def law(self) -> Look | None:
        """The look from which on the law held; None if it did not at the end.

        >>> looks = [Look(n, n, n, n in (1, 3, 4), 0.5) for n in range(5)]
        >>> Outcome(0, tuple(looks)).law.step
        3
        """
        since = None
        for look in self.looks:
            since = (since or look) if look.law else None
        return since

    @property
    def half(self) -> Look:
        """At half the budget."""
        return self.looks[len(self.looks) // 2 - 1]


def live_outcomes(
    recipe: LiveRecipe,
    seeds: Sequence[int],
    threads_used: int,
    say: Callable[[int, float], None] = lambda seed, progress: None,
    *,
    looks: int = LOOKS,
    scenes: int = SCENES,
) -> Iterator[Outcome]:
    """Trains one seed after the other.

    Args:
        recipe: its seed is replaced.
        seeds: which.
        threads_used: of PyTorch.
        say: is told, after each step, how far it is.
        looks: how often to look, an even number.
        scenes: held-out ones to look at.
    """
    watched = Watched(SMALL, scenes)
    with threads(threads_used):
        for seed in seeds:
            training, wall = LiveTraining(replace(recipe, seed=seed)), 0.0
            found: list[Look] = []
            while not training.done:
                started = time.perf_counter()
                training.step()
                wall += time.perf_counter() - started
                say(seed, training.progress)
                if training.progress >= (len(found) + 1) / looks:
                    frame = watched.frame(training.network, training.step_number, training.seconds, 0.0)
                    found.append(Look(frame.step, frame.seconds, wall, grows(frame), frame.accuracy))
            yield Outcome(seed, tuple(found))


def start_up(recipe: LiveRecipe) -> float:
    """Seconds on the clock from pressing start until the first frame of a training in a process of its own."""
    host = Host(1)
    started = time.perf_counter()
    run = host.start("bench", recipe)
    while run.timeline() is None and not run.ended:
        time.sleep(0.02)
    taken = time.perf_counter() - started
    host.close()
    return taken


def live_rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """The table's cells under :data:`HEAD`, and the medians; a law that never held counts as infinitely late."""
    rows = [(str(outcome.seed), *_figures(outcome)) for outcome in outcomes]
    figures = [_numbers(outcome) for outcome in outcomes]
    return [*rows, ("median", *_cells([statistics.median(column) for column in zip(*figures, strict=True)]))]


def _figures(outcome: Outcome) -> tuple[str, ...]:
    return _cells(_numbers(outcome))


def _numbers(outcome: Outcome) -> list[float]:
    law, last, never = outcome.law, outcome.looks[-1], float("inf")
    since = [law.seconds, law.wall, float(law.step)] if law else [never] * 3
    pace = [last.step, last.step / last.seconds, last.step / last.wall]
    return [*since, outcome.half.accuracy, last.accuracy, *pace]


def _cells(numbers: Sequence[float]) -> tuple[str, ...]:
    forms = ("{:.1f} s", "{:.1f} s", "{:.0f}", "{:.3f}", "{:.3f}", "{:.0f}", "{:.1f}", "{:.1f}")
    return tuple(
        form.format(n) if n < float("inf") else "never" for form, n in zip(forms, numbers, strict=True)
    )
