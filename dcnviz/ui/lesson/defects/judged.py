"""How far a person has come with the six mistakes, as a value; what a browser or an address says of it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dcnviz.ui.lesson.defects.table import DEFECTS

SIDES = ("a", "b")


@dataclass(frozen=True)
class Judged:
    """Of the six mistakes.

    Attributes:
        found: those whose broken picture was named.
        shown: the one that is open.
        wrong: the picture of it that was taken for the broken one, "" for none.
    """

    found: frozenset[str] = frozenset()
    shown: str = next(iter(DEFECTS))
    wrong: str = ""


def to_data(judged: Judged) -> dict[str, Any]:
    """As JSON has it.

    >>> to_data(Judged(frozenset({"rate", "order"}), shown="rate"))
    {'found': ['order', 'rate'], 'shown': 'rate', 'wrong': ''}
    """
    found = [id for id in DEFECTS if id in judged.found]
    return {"found": found, "shown": judged.shown, "wrong": judged.wrong}


def believed(said: Mapping[str, Any], start: Judged) -> Judged:
    """What is said, as far as it can be; the start where it cannot.

    >>> believed({"found": ["rate", "evil", 3], "shown": "rate"}, Judged()).found
    frozenset({'rate'})
    >>> believed({"found": 7, "shown": ["rate"]}, Judged()) == Judged()
    True
    """
    found, shown, wrong = (said.get(name) for name in ("found", "shown", "wrong"))
    return Judged(
        frozenset(id for id in DEFECTS if id in found) if isinstance(found, list | tuple) else start.found,
        shown if isinstance(shown, str) and shown in DEFECTS else start.shown,
        wrong if isinstance(wrong, str) and wrong in SIDES else start.wrong,
    )
