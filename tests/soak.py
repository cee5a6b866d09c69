"""A soak: random hands on every page for a long time, and the server's memory meanwhile.

python -m tests.soak --minutes 20
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.load.browser import Drawn
from tests.load.server import Memory, Server, serving
from tests.load.visitor import Lost, Visitor

STAY = 60  # actions, after which a session is closed and another comes
EVERY = 5.0  # seconds between two looks at the memory
WARM = 0.3  # of the time, which does not count: caches fill
RESTED = 1.0  # most seconds that an action is waited for; a person goes on


@dataclass
class Soaked:
    """What a soak saw.

    Attributes:
        actions: how many.
        memory: (actions so far, memory), every few seconds.
        lost: what went wrong.
    """

    actions: int = 0
    memory: list[tuple[int, Memory]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def slope(self) -> float:
        """Megabytes of the server's own memory for every 1,000 actions, after it was warm; least squares."""
        kept = self.memory[int(WARM * len(self.memory)) :]
        actions, own = [n for n, _ in kept], [m.uss for _, m in kept]
        if len(set(actions)) < 2:
            return 0.0
        return 1000 * float(np.polyfit(actions, own, 1)[0])


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
        if drawn.kind == "button":
            return {"trigger_value": True}
        cell = {"i": self._dice.randrange(40), "j": self._dice.randrange(40)}
        return {"json_value": json.dumps({"selected": cell})}


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
                    await asyncio.sleep(dice.uniform(0.05, RESTED))
                    await visitor.settled()
        except Lost as lost:
            soaked.lost.append(f"hand {number}, action {soaked.actions}: {lost}")
            await asyncio.sleep(1)


async def soak(server: Server, hands: int, seconds: float) -> Soaked:
    """That many hands for a time."""
    soaked, ends = Soaked(), time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(hands):
            group.create_task(hand(server.url, number, ends, soaked))
        while time.monotonic() < ends:
            soaked.memory.append((soaked.actions, server.memory()))
            await asyncio.sleep(min(EVERY, seconds / 20))
    return soaked


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs and prints; 1 if something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Random hands on every page.")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--hands", type=int, default=4)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "log.txt") as server:
        soaked = asyncio.run(soak(server, options.hands, 60 * options.minutes))
        log = server.log.read_text()
    quarters = [soaked.memory[int(q * (len(soaked.memory) - 1))][1] for q in (0.0, WARM, 0.65, 1.0)]
    rows = {
        "hands, minutes": f"{options.hands}, {options.minutes:g}",
        "actions": f"{soaked.actions:,}",
        "server's memory at the start": str(quarters[0]),
        "when warm": str(quarters[1]),
        "later": str(quarters[2]),
        "at the end": str(quarters[3]),
        "slope after warm-up, own memory": f"{soaked.slope():+.1f} MB for 1,000 actions",
        "errors": str(len(soaked.lost) + log.count("Traceback")),
    }
    print("| what | measured |\n|:--|--:|")
    for what, measured in rows.items():
        print(f"| {what} | {measured} |")
    for each in soaked.lost:
        print(each, file=sys.stderr)
    if "Traceback" in log:
        print(log[-4000:], file=sys.stderr)
    return 1 if soaked.lost or "Traceback" in log else 0


if __name__ == "__main__":
    sys.exit(main())
