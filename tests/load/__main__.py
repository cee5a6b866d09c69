"""The load run: a class that opens the app at once, measured.

python -m tests.load --sessions 30 --minutes 3
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.load.person import Person, Seen
from tests.load.server import Memory, Server, serving

RAMP = 0.2  # seconds between two that come
SETTLE = 20  # seconds after which the server has given back what nobody uses


async def crowd(url: str, sessions: int, seconds: float, *, pause: float = 2.0, seed: int = 0) -> Seen:
    """That many sessions for a time."""
    seen = Seen()

    async def one(number: int) -> None:
        await asyncio.sleep(number * RAMP)
        await Person(number, seen, pause=pause, seed=seed).live(url, seconds)

    async with asyncio.TaskGroup() as group:
        for number in range(sessions):
            group.create_task(one(number))
    return seen


async def sampled(server: Server, over: asyncio.Event) -> Memory:
    """The most memory that the server had until the event."""
    rss = own = 0.0
    while not over.is_set():
        now = server.memory()
        rss, own = max(rss, now.rss), max(own, now.own)
        try:
            await asyncio.wait_for(over.wait(), 2)
        except TimeoutError:
            continue
    return Memory(rss, own)


async def measured(server: Server, sessions: int, seconds: float) -> tuple[Seen, list[str]]:
    """Runs the crowd, and gives the report's rows."""
    await Person(1, Seen()).live(server.url, 6.0)  # alone, so that "before" is a server that has begun
    before, began, taken, theirs = server.memory(), time.perf_counter(), server.seconds(), server.others()
    over = asyncio.Event()
    sampler = asyncio.create_task(sampled(server, over))
    seen = await crowd(server.url, sessions, seconds)
    took = time.perf_counter() - began
    busy, others = (server.seconds() - taken) / took, (server.others() - theirs) / took
    await asyncio.sleep(SETTLE)
    over.set()
    peak, after = await sampler, server.memory()
    rows = [
        f"sessions | {seen.sessions}, {seconds / 60:.1f} minutes each",
        f"clicks | {len(seen.clicks)} ({len(seen.clicks) / took:.1f} a second)",
        f"click to panel, median | {1000 * at(seen.clicks, 0.5):.0f} ms",
        f"click to panel, 90 % | {1000 * at(seen.clicks, 0.9):.0f} ms",
        f"click to panel, 99 % | {1000 * at(seen.clicks, 0.99):.0f} ms",
        f"click to panel, longest | {1000 * max(seen.clicks, default=0):.0f} ms",
        f"other version or picture to its explorer | {len(seen.changes)} times, median "
        f"{1000 * at(seen.changes, 0.5):.0f} ms, "
        f"90 % {1000 * at(seen.changes, 0.9):.0f} ms",
        f"sessions lost | {len(seen.lost)}",
        f"shown what was another's | {len(seen.wrong)}",
        f"server's memory before | {before}",
        f"server's memory, most | {peak}",
        f"server's memory after all had left | {after}",
        f"server's processor | {busy:.2f} cores",
        f"taken by other programs | {others:.2f} of {os.cpu_count()} cores",
    ]
    return seen, rows


def at(values: Sequence[float], share: float) -> float:
    """The value that a share of all does not exceed.

    >>> at([3.0, 1.0, 2.0], 0.5), at([], 0.9)
    (2.0, 0.0)
    """
    if not values:
        return 0.0
    if share == 0.5:
        return statistics.median(values)
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs and prints; 1 if a session was lost or shown what was another's."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.load", description="A class that opens the app at once."
    )
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=3.0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "log.txt") as server:
        seen, rows = asyncio.run(measured(server, options.sessions, 60 * options.minutes))
        log = server.log.read_text()
    print("| what | measured |\n|:--|--:|")
    for row in rows:
        print(f"| {row} |")
    for each in (*seen.lost, *seen.wrong):
        print(each, file=sys.stderr)
    if seen.lost or seen.wrong or "Traceback" in log:
        print(f"the server's log ends:\n{log[-4000:]}", file=sys.stderr)
    return 1 if seen.lost or seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
