"""Runs cases of one kind, and says what became of them."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.memory import grown

MOST_FAILURES = 5


@dataclass(frozen=True)
class Kind:
    """One decoder.

    Attributes:
        name: of the kind.
        make: one case from a source of chance.
        read: gives the code of the refusal, or "" if the case was accepted. It catches the decoder's own errors only.
    """

    name: str
    make: Callable[[Random], Any]
    read: Callable[[Any], str]


@dataclass
class Report:
    """What became of the cases of a kind.

    Attributes:
        name: of the kind.
        seed: that they follow from.
        tried: how many.
        codes: how often each refusal; "" stands for what was accepted.
        worst_ms: the longest time of the processor that one took, and ``worst`` its number.
        peak_mb: most memory at any time, ``left_mb`` in the end; both beyond what there was after the first cases.
        failures: number and traceback of the first few cases that ended otherwise.
    """

    name: str
    seed: int
    tried: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    worst_ms: float = 0.0
    worst: int = 0
    peak_mb: float = 0.0
    left_mb: float = 0.0
    failures: list[tuple[int, str]] = field(default_factory=list)

    def line(self) -> str:
        """For people."""
        refused = ", ".join(f"{code} {n:,}" for code, n in self.codes.most_common() if code)
        return (
            f"{self.name}: {self.tried:,} tried, {self.codes['']:,} accepted, {len(self.failures)} failed; "
            f"slowest {self.worst_ms:.0f} ms (number {self.worst}); memory +{self.left_mb:.0f} MB, "
            f"at most +{self.peak_mb:.0f} MB\n    refused: {refused or 'none'}"
        )

    def again(self, number: int) -> str:
        """The command that repeats a case."""
        return f"python -m tests.fuzz --kind {self.name} --seed {self.seed} --only {number}"


def case(kind: Kind, seed: int, number: int) -> Any:
    """The case of a number: the same at any time."""
    return kind.make(Random(f"{kind.name} {seed} {number}"))


def run(
    kind: Kind, seed: int, numbers: Iterable[int], *, seconds: float = float("inf"), last: Path | None = None
) -> Report:
    """Runs cases until there are no more, or the time is over.

    Args:
        kind: of the cases.
        seed: that they follow from.
        numbers: of the cases.
        seconds: after these, no further case is begun.
        last: a file that always says which case is being run; if the process dies, it was that.
    """
    report, end = Report(kind.name, seed), time.monotonic() + seconds
    for number in range(-20, 0):  # what is imported, cached and learned at first is no growth
        _one(kind, report, number, last)
    report.tried, report.codes, report.worst_ms = 0, Counter(), 0.0
    with grown() as memory:
        for number in numbers:
            if time.monotonic() > end or len(report.failures) >= MOST_FAILURES:
                break
            _one(kind, report, number, last)
    report.peak_mb, report.left_mb = memory.peak, memory.left
    return report


def _one(kind: Kind, report: Report, number: int, last: Path | None) -> None:
    if last is not None:
        last.write_text(report.again(number))
    given = case(kind, report.seed, number)
    begin = time.thread_time()  # of this processor, whatever others do
    try:
        report.codes[kind.read(given)] += 1
    except Exception:  # what is looked for
        report.failures.append((number, traceback.format_exc(limit=-6)))
    took = (time.thread_time() - begin) * 1000
    report.tried += 1
    if took > report.worst_ms:
        report.worst_ms, report.worst = took, number
