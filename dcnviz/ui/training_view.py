"""What the page Train shows, as a value: what its address says and what an address is believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SOURCES = ("ready", "live")
FACTORS = ("0", "0.05", "0.2", "1", "5")
STARTS = ("zero", "spread", "random")  # as dcnviz.training.live.STARTS, which takes torch to read
BUDGETS = ("20", "60", "120")
AXES = ("step", "seconds")
MOST_SEED = 9_999


@dataclass(frozen=True)
class Training:
    """A training to be shown or made; which operator, group and language is in the session's `View`.

    Attributes:
        source: "ready", a film of a shipped network, or "live", a training here and now.
        seed: of weights and scenes.
        factor: the predictors' share of the learning rate, as written in the list of choices.
        start: where the offsets start: "zero", "spread" or "random".
        budget: seconds of computing, as written.
        beside: whether plain convolution is shown beside it.
        moment: number of the frame that the film stands on, or None. One that still grows shows its newest.
        depth: number of the layer, from 0.
        spot: number of the chosen cell, from 0.
        axis: of the curves, "step" or "seconds"; "" for the one that the source begins with.
        run: token of the live training; "" without one.
    """

    source: str = "ready"
    seed: int = 0
    factor: str = "0.2"
    start: str = "zero"
    budget: str = "60"
    beside: bool = False
    moment: int | None = None
    depth: int = 2
    spot: int = 2
    axis: str = ""
    run: str = ""

    def query(self, version: str, group: int, lang: str) -> dict[str, str]:
        """The address that restores this."""
        live = self.source == "live"
        recipe = {
            "seed": str(self.seed),
            "rate": self.factor,
            "start": self.start,
            "seconds": self.budget,
            **({"run": self.run} if self.run else {}),
        }
        frame = {} if self.moment is None or (live and not self.run) else {"frame": str(self.moment + 1)}
        return {
            "source": self.source,
            "version": version,
            **(recipe if live else {}),
            **frame,
            **({"axis": self.axis} if self.axis else {}),
            "beside": "1" if self.beside else "0",
            "layer": str(self.depth + 1),
            "cell": str(self.spot + 1),
            **({"group": str(group + 1)} if group else {}),
            "lang": lang,
        }


def parse_training(query: Mapping[str, str]) -> Training:
    """What an address asks for; what does not fit is left at its default.

    >>> asked = parse_training({"source": "live", "seed": "7", "rate": "9", "frame": "x"})
    >>> asked.source, asked.seed, asked.factor, asked.moment
    ('live', 7, '0.2', None)
    """
    return Training(
        source=_one_of(query.get("source"), SOURCES, Training.source),
        seed=_number(query.get("seed"), MOST_SEED, Training.seed),
        factor=_one_of(query.get("rate"), FACTORS, Training.factor),
        start=_one_of(query.get("start"), STARTS, Training.start),
        budget=_one_of(query.get("seconds"), BUDGETS, Training.budget),
        beside=query.get("beside") == "1",
        moment=_place(query.get("frame"), 9_999, Training.moment),
        depth=_place(query.get("layer"), 3, Training.depth) or 0,
        spot=_place(query.get("cell"), 9, Training.spot) or 0,
        axis=_one_of(query.get("axis"), AXES, ""),
        run=query.get("run", "") if re.fullmatch(r"[\w-]{16,64}", query.get("run", ""), re.ASCII) else "",
    )


def _one_of(value: str | None, known: tuple[str, ...], default: str) -> str:
    return value if value is not None and value in known else default


def _number(text: str | None, most: int, default: int) -> int:
    number = int(text) if text and re.fullmatch(r"\d{1,5}", text, re.ASCII) else default
    return number if number <= most else default


def _place(text: str | None, count: int, default: int | None) -> int | None:
    """``"1"`` to the count as 0 to one less, anything else as the default."""
    number = _number(text, count, 0)
    return number - 1 if number >= 1 else default
