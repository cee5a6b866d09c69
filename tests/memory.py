"""How much memory this process takes, so that a test can hold a decoder to its limit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STATUS = Path("/proc/self/status")


@dataclass
class Grown:
    """Megabytes beyond what there was: at the most, and in the end."""

    peak: float = 0.0
    left: float = 0.0


def _megabytes(field: str) -> float:
    """A field of the system's own account; where there is none, a number that never grows."""
    if not STATUS.exists():
        return 0.0
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


@contextmanager
def grown() -> Iterator[Grown]:
    """Fills in, at its end, how far the process's memory grew in between."""
    found = Grown()
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _megabytes("VmRSS")
    yield found
    found.peak, found.left = _megabytes("VmHWM") - before, _megabytes("VmRSS") - before
