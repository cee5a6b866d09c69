"""What the soak says of memory: flat, not flat, or too short to tell. The soak itself: `make soak`."""

from __future__ import annotations

import pytest

from tests.load.server import Memory
from tests.soak import LEEWAY, SHORTEST, Soaked, growth, report


def soaked(*rests: float) -> Soaked:
    """A soak with so many megabytes at rest after its rounds."""
    return Soaked(100, [[rest, rest + 300] for rest in rests], [Memory(rest + 300, rest) for rest in rests])


@pytest.mark.parametrize(
    ("rests", "flat"),
    [
        ((500, 1000, 1040, 1049), True),
        ((500, 1000, 900, 800), True),
        ((500, 1000, 1040, 1051), False),
        ((990, 1000, 1000, 1100), False),
        ((500, 1900, 1000, 1060), False),  # half-way, work went on for longer than the rest
        ((400, 600, 800, 1000), False),
    ],
)
def test_the_second_half_decides(rests: tuple[float, ...], flat: bool) -> None:
    rows, verdict = report(soaked(*rests), 4, 2 * SHORTEST, 0)
    (said,) = [row for row in rows if "half-way" in row]
    assert verdict is flat and ("(flat" in said) is flat
    assert (growth(rests) <= LEEWAY) is flat


def test_too_short_a_soak_accuses_nobody_and_says_so() -> None:
    rows, verdict = report(soaked(400, 600, 800, 1000), 4, SHORTEST / 2, 0)
    assert verdict and any(f"takes {SHORTEST:g} minutes" in row for row in rows)
