"""A soak: random hands on every page for a long time, and the server's memory meanwhile.

python -m tests.soak --minutes 20
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.browser import Drawn
from tests.load.server import Memory, Server, serving
from tests.load.visitor import Lost, Visitor

STAY = 60  # actions, after which a session is closed and another comes
EVERY = 5.0  # seconds between two looks at the memory
PAUSE = 1.0  # most seconds between two actions
ROUNDS = 4
REST = 60.0  # seconds after a round: work that nobody waits for is dropped after 15, or ends; then memory goes back
LEEWAY = 0.05  # of the least at rest since half-way: as much may be more at the end
SHORTEST = (
    20.0  # minutes; ten end before the shelves are full (2,551 actions: they still filled), and tell nothing
)


@dataclass
class Soaked:
    """What a soak saw.

    Attributes:
        actions: how many.
        rounds: the server's own megabytes, every few seconds, round by round.
        rests: its memory after each round, when all have left and their work has ended.
        lost: what went wrong.
    """

    actions: int = 0
    rounds: list[list[float]] = field(default_factory=list)
    rests: list[Memory] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def growth(rests: Sequence[float]) -> float:
    """How much more is kept at the end than at rests before, the least of them since half-way; as a share.

    The first half is for warming up, by rule and whatever it shows: the shelves fill until they drop as much as they
    take. Memory is compared at rest because a single search or field holds some hundred megabytes while it runs.

    >>> round(growth([900.0, 1000.0, 1020.0, 1040.0]), 3)
    0.04
    """
    return rests[-1] / min(rests[len(rests) // 2 - 1 : -1]) - 1


class Hand:
    """Takes hold of anything on the page that can be changed."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    async def act(self, visitor: Visitor) -> None:
        """One thing: a page, a cell, or a widget."""
        if self._dice.random() < 0.06:
            await visitor.go(self._dice.choice(sorted(visitor.pages)))
            return
        kinds = ("button_group", "selectbox", "slider", "button", "bidi_component")
        there = [drawn for kind in kinds for drawn in visitor.all(kind) if self._wanted(drawn)]
        clicked = [drawn for drawn in there if drawn.kind == "bidi_component"]
        drawn = self._dice.choice(clicked if clicked and self._dice.random() < 0.6 else there)
        if drawn.kind == "bidi_component":
            cell = self._dice.randrange(40), self._dice.randrange(40)
            await visitor.pin(cell, drawn.body.id.rpartition("-")[2])
        else:
            await visitor.set(drawn, **self._value(drawn))

    @staticmethod
    def _wanted(drawn: Drawn) -> bool:
        if drawn.kind == "bidi_component":
            return drawn.body.component_name.endswith("dcnviz_explorer") and "-legend" not in drawn.body.id
        return not drawn.body.disabled

    def _value(self, drawn: Drawn) -> dict[str, object]:
        body = drawn.body
        if drawn.kind == "button_group":
            return {"string_array_value": [self._dice.choice(body.options).content]}
        if drawn.kind == "selectbox":
            return {"string_value": self._dice.choice(body.options)}
        if drawn.kind == "slider" and body.options:
            return {"string_array_value": [self._dice.choice(body.options)]}
        if drawn.kind == "slider":
            return {"double_array_value": [self._dice.uniform(body.min, body.max)]}
        return {"trigger_value": True}


async def hand(url: str, number: int, ends: float, soaked: Soaked) -> None:
    """Sessions, one after another, until the end."""
    dice = random.Random(number)
    while time.monotonic() < ends:
        try:
            async with Visitor(url, dice.choice(("", "lang=zh"))) as visitor:
                await visitor.settled()
                for _ in range(STAY):
                    if time.monotonic() > ends:
                        return
                    await Hand(dice).act(visitor)
                    soaked.actions += 1
                    await asyncio.sleep(dice.uniform(0.05, PAUSE))
                    await visitor.settled()
        except Lost as lost:
            soaked.lost.append(f"hand {number}, action {soaked.actions}: {lost}")
            await asyncio.sleep(1)


async def soak(server: Server, hands: int, seconds: float, rest: float) -> Soaked:
    """That many hands for a time, in rounds; after each all leave, and the server rests."""
    soaked = Soaked()
    for round_ in range(ROUNDS):
        ends = time.monotonic() + seconds / ROUNDS
        own: list[float] = []
        soaked.rounds.append(own)
        async with asyncio.TaskGroup() as group:
            for number in range(hands):
                group.create_task(hand(server.url, hands * round_ + number, ends, soaked))
            while time.monotonic() < ends:
                own.append(server.memory().own)
                await asyncio.sleep(min(EVERY, seconds / 80))
        soaked.rests.append(await at_rest(server, rest))
    return soaked


async def at_rest(server: Server, seconds: float) -> Memory:
    """The least that it has in a time when nobody is there; what was begun before may go on for some of it."""
    looks, ends = [server.memory()], time.monotonic() + seconds
    while time.monotonic() < ends:
        await asyncio.sleep(min(EVERY, seconds / 4))
        looks.append(server.memory())
    return min(looks, key=lambda look: look.own)


def report(soaked: Soaked, hands: int, minutes: float, errors: int) -> tuple[list[str], bool]:
    """The table's rows, and whether memory was flat, as far as so short a time can tell."""
    more = growth([memory.own for memory in soaked.rests])
    flat = more <= LEEWAY
    rows = [
        f"hands, minutes | {hands}, {minutes:g}",
        f"actions | {soaked.actions:,}",
        *(
            f"round {n}: own memory meanwhile, median, most; at rest | "
            f"{statistics.median(own):.0f}, {max(own):.0f} MB; {rest}"
            for n, (own, rest) in enumerate(zip(soaked.rounds, soaked.rests, strict=True), 1)
        ),
        f"own memory at rest, at the end against the least since half-way | {100 * more:+.1f} % "
        f"({'flat' if flat else 'not flat'}: at most {100 * LEEWAY:+.0f} %)",
        f"errors | {errors}",
    ]
    if minutes < SHORTEST:
        rows.append(f"to tell whether memory is flat | takes {SHORTEST:g} minutes or more")
    return rows, flat or minutes < SHORTEST


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs and prints; 1 if something went wrong, or memory was not flat."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Random hands on every page.")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--hands", type=int, default=4)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "log.txt") as server:
        rest = min(REST, 15 * options.minutes)
        soaked = asyncio.run(soak(server, options.hands, 60 * options.minutes, rest))
        log = server.log.read_text()
    rows, flat = report(soaked, options.hands, options.minutes, len(soaked.lost) + log.count("Traceback"))
    print("| what | measured |\n|:--|--:|")
    for row in rows:
        print(f"| {row} |")
    for each in soaked.lost:
        print(each, file=sys.stderr)
    if "Traceback" in log:
        print(log[-4000:], file=sys.stderr)
    return 0 if flat and not soaked.lost and "Traceback" not in log else 1


if __name__ == "__main__":
    sys.exit(main())
