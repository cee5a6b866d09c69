"""What was measured, as a table to read and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dcnviz.bench.machine import Rates
from dcnviz.bench.run import Result

BUSY = 0.5  # processes that wanted to run in the minute before
HEAD = ("case", "backend", "forward", "ratio", "of limit", "fwd+bwd", "ratio", "of limit", "extra")
NOTES = """\
Times are medians (--best: the least) of alternating runs in one process, float32, 3x3, padding 1. Shapes are
  B x C x H x W, G groups.
  A run is up to as many calls as "calls a turn" says; the first of several wakes the cores that slept during another's
  run, finds no memory that the other left, and is not counted (--turn 1: every call straight after another's).
ratio: how many times as fast as the first row of the case: torchvision's operator for v1 and v2, one grid_sample over
  all taps and a masked sum (the official Python core's way) for v3 and v4. conv2d is the plain layer: the floor.
limit: the multiplications and bytes that the operator cannot do without, at the rates below; "of limit" is how many
  times that the backend takes, forward, and forward with all gradients.
extra: the most memory that a forward without gradients takes on top, its output included."""


def as_json(
    machine: Mapping[str, Any], rates: Mapping[int, Rates], results: Sequence[Result], *, complete: bool
) -> dict[str, Any]:
    """Everything, with plain values only.

    Args:
        machine: as :func:`dcnviz.bench.machine.describe`.
        rates: by number of threads.
        results: what was measured.
        complete: False if it was stopped before the end.

    Returns:
        ``machine``, ``rates``, ``complete``, and ``rows``: one for each case, number of threads and backend, with
        seconds, ratio to ``baseline``, limit and multiple of it for each pass, and ``extra_bytes``.
    """
    return {
        "machine": dict(machine),
        "rates": {
            str(count): {"multiplications_per_second": r.multiplications, "copied_bytes_per_second": r.bytes}
            for count, r in rates.items()
        },
        "complete": complete,
        "rows": [_row(result, name, rates[result.threads]) for result in results for name in result.timings],
    }


def _row(result: Result, name: str, rates: Rates) -> dict[str, Any]:
    case, timing = result.case, result.timings[name]
    passes = {
        key: {
            "seconds": taken,
            "ratio": result.ratio(name, backward=backward),
            "multiplications": case.work(backward=backward).multiplications,
            "bytes": case.work(backward=backward).bytes,
            "limit_seconds": result.limit(rates, backward=backward),
            "times_limit": None if plain(name) else result.times_limit(name, rates, backward=backward),
        }
        for key, taken, backward in (
            ("forward", timing.forward, False),
            ("forward_and_backward", timing.both, True),
        )
    }
    return {
        "case": case.name,
        "version": case.version,
        "shape": [case.batch, case.channels, case.height, case.width],
        "out_channels": case.out_channels,
        "groups": case.groups,
        "threads": result.threads,
        "backend": name,
        "baseline": result.baseline,
        **passes,
        "extra_bytes": timing.extra_bytes,
    }


def plain(name: str) -> bool:
    """Whether a contender is no deformable layer, so that the limit of one says nothing of it."""
    return name == "conv2d"


def as_text(
    machine: Mapping[str, Any], rates: Mapping[int, Rates], results: Sequence[Result], *, complete: bool
) -> str:
    """The same to read: one table for each number of threads; arguments as in :func:`as_json`."""
    lines = [", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items()), "", NOTES]
    for count, measured in rates.items():
        rows = [row for r in results if r.threads == count for row in _lines(r, measured)]
        lines += [
            "",
            f"{count} thread{'s' if count > 1 else ''}: {measured.multiplications / 1e9:.0f} billion multiplications "
            f"and {measured.bytes / 1e9:.1f} GB copied a second",
            *aligned([HEAD, *rows]),
        ]
    if (machine.get("load_before") or 0) > BUSY:
        lines += [
            "",
            "Other programs ran at the same time: with several threads even the ratios suffer from that.",
        ]
    if not complete:
        lines += ["", "Stopped before the end: cases are missing."]
    return "\n".join(lines)


def _lines(result: Result, rates: Rates) -> list[tuple[str, ...]]:
    rows = []
    for name, timing in result.timings.items():
        cells = [result.case.name if name == result.baseline else "", name]
        for taken, backward in ((timing.forward, False), (timing.both, True)):
            times = None if plain(name) else result.times_limit(name, rates, backward=backward)
            cells += [
                "" if taken is None else f"{1e3 * taken:.2f} ms",
                _number(result.ratio(name, backward=backward)),
                _number(times),
            ]
        extra = timing.extra_bytes
        cells.append("" if extra is None else f"{extra / 1e6:.1f} MB")
        rows.append(tuple(cells))
    return rows


def _number(value: float | None) -> str:
    """Two digits that count, or more: 0.31, 3.1, 31, 310."""
    if value is None:
        return ""
    return f"{value:.2f}" if value < 0.995 else f"{value:.1f}" if value < 99.5 else f"{value:.0f}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of text: the first two to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
