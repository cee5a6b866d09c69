"""Times every contender of every case: by turns, in one process, medians.

A turn is a few calls, and its first is not counted. torchvision's operator runs on one core, the others meanwhile fall
asleep, and the next contender would be timed while they wake: 5.7 ms instead of 4.2 at 16x32x32x32 on two virtual
cores, where what it finds in the caches makes no difference. In a network the layers before it have kept them awake.
Nor does it find memory that others have left (``memory.give_back``), and the uncounted call pays for its own.
``Budget.turn = 1`` (``--turn 1``) times every call as it comes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dcnviz.bench.cases import Case
from dcnviz.bench.contenders import Contender, contenders
from dcnviz.bench.machine import Rates, seconds, threads
from dcnviz.bench.memory import give_back, peak_bytes


@dataclass(frozen=True)
class Budget:
    """How long to go on: at least so many rounds, then until the time is up or the rounds are.

    Attributes:
        least: rounds.
        most: rounds.
        seconds: for all rounds.
        turn: calls of each contender a round, one of them uncounted if there are several.
        best: the least time of each contender instead of the median, for a machine that its host stops now and then.
    """

    least: int
    most: int
    seconds: float
    turn: int = 1
    best: bool = False


THOROUGH = Budget(3, 60, 3.0, turn=5)
SHORT = 0.05  # seconds of counted calls after which a turn ends
SLOW = 0.25  # seconds from which a first call is counted: whatever slept has woken early in it
QUICK = Budget(2, 3, 0.1)


@dataclass(frozen=True)
class Timing:
    """One contender at one case.

    Attributes:
        forward: seconds of a forward without gradients.
        both: seconds of a forward with the gradients of everything, or None if not run.
        extra_bytes: the most memory a forward takes on top, or None if unknown.
    """

    forward: float
    both: float | None
    extra_bytes: int | None


@dataclass(frozen=True)
class Result:
    """All contenders at one case, with one number of threads; the baseline is the first."""

    case: Case
    threads: int
    timings: dict[str, Timing]

    @property
    def baseline(self) -> str:
        """Whose time the ratios are of."""
        return next(iter(self.timings))

    def ratio(self, name: str, *, backward: bool) -> float | None:
        """How many times as fast as the baseline; None if either did not run."""
        mine, base = (self._seconds(key, backward) for key in (name, self.baseline))
        return None if mine is None or base is None else base / mine

    def limit(self, rates: Rates, *, backward: bool) -> float:
        """Seconds that the machine needs for the least work: its multiplications, or its bytes if they take longer.

        A bound from below for large tensors. What fits into a cache moves faster than the copy that was measured.
        """
        work = self.case.work(backward=backward)
        return max(work.multiplications / rates.multiplications, work.bytes / rates.bytes)

    def times_limit(self, name: str, rates: Rates, *, backward: bool) -> float | None:
        """How many times the limit a contender takes; None if it did not run."""
        mine = self._seconds(name, backward)
        return None if mine is None else mine / self.limit(rates, backward=backward)

    def _seconds(self, name: str, backward: bool) -> float | None:
        timing = self.timings[name]
        return timing.both if backward else timing.forward


def measure(
    cases: Sequence[Case],
    thread_counts: Sequence[int],
    budget: Budget = THOROUGH,
    say: Callable[[Case, int], None] = lambda case, count: None,
) -> Iterator[Result]:
    """Measures one case after the other, each with every number of threads.

    Args:
        cases: what to measure.
        thread_counts: of PyTorch; set for each result, and put back.
        budget: for each case, number of threads and pass.
        say: is told before each what comes.
    """
    for case in cases:
        entrants = contenders(case)
        memory = {c.name: peak_bytes(c.forward) for c in entrants}
        for count in thread_counts:
            say(case, count)
            with threads(count):
                forward = by_turns([c.forward for c in entrants], budget)
                both = [None] * len(entrants) if case.lean else _both(entrants, budget)
            timings = {
                c.name: Timing(f, b, memory[c.name]) for c, f, b in zip(entrants, forward, both, strict=True)
            }
            yield Result(case, count, timings)


def _both(entrants: Sequence[Contender], budget: Budget) -> list[float | None]:
    return [*by_turns([c.both for c in entrants], budget)]


def by_turns(functions: Sequence[Callable[[], object]], budget: Budget) -> list[float]:
    """The median time of each function, or the least, in seconds.

    One turn of each a round: whatever else the machine does meanwhile, it does to all of them.

    >>> slow, fast = by_turns([lambda: time.sleep(0.02), lambda: None], Budget(3, 3, 0))
    >>> slow > fast
    True
    """
    for function in functions:
        function()
    taken: list[list[float]] = [[] for _ in functions]
    start, rounds = time.perf_counter(), 0
    while rounds < budget.least or (rounds < budget.most and time.perf_counter() - start < budget.seconds):
        for times, function in zip(taken, functions, strict=True):
            times.extend(_turn(function, budget.turn))
        rounds += 1
    return [min(times) if budget.best else statistics.median(times) for times in taken]


def _turn(function: Callable[[], object], calls: int) -> list[float]:
    if calls > 1:
        give_back()
    first = seconds(function)
    if calls == 1 or first > SLOW:
        return [first]
    again = [seconds(function)]
    while len(again) < calls - 1 and sum(again) < SHORT:
        again.append(seconds(function))
    return again
