"""Stacked layers: the taps of the taps, and a receptive field that fits the object."""

from __future__ import annotations

import streamlit as st

from dcnviz.ui.lesson.chapter import Chapter, Facts, Question
from dcnviz.ui.lesson.formulas import Inks
from dcnviz.ui.lesson.looking import Looking, OnPicture
from dcnviz.ui.lesson.reached import LAYERS, on_object, reached
from dcnviz.ui.texts import LANGUAGES

STAR = (39, 27)
GOAL = 1.6
PLAIN, MOVED = "conv", "v2"


def _reaches(now: Looking) -> tuple[float, float]:
    """The narrowest and the widest reach of v2, through all layers, of the cells pinned on objects."""
    found = [reached(MOVED, LAYERS, cell).reach for cell in now.pinned if on_object(cell)]
    return (min(found), max(found)) if found else (0.0, 0.0)


def _factor(now: Looking) -> float:
    narrow, wide = _reaches(now)
    return wide / narrow if narrow else 1.0


def _facts(now: Looking) -> Facts:
    plain, moved = (reached(version, LAYERS, now.cell) for version in (PLAIN, MOVED))
    growth = [f"{reached(PLAIN, depth, now.cell).reach:.1f}" for depth in range(1, LAYERS + 1)]
    narrow, wide = _reaches(now)
    return {
        **{"i": now.cell[0], "j": now.cell[1], "layers": LAYERS, "points": plain.points},
        **{"side": 2 * LAYERS + 1, "growth": ", ".join(growth), "plain": growth[-1], "places": moved.places},
        **{"narrow": f"{narrow:.1f}", "wide": f"{wide:.1f}", "factor": f"{_factor(now):.2f}", "goal": GOAL},
    }


def _formula(now: Looking, inks: Inks) -> list[str]:
    """How many points and places there are, and how far they reach, through the layers that are shown."""
    plain, moved = (reached(version, now.depth, now.cell) for version in (PLAIN, MOVED))
    points = r"\cdot".join(["9"] * now.depth)
    side = 2 * now.depth + 1
    reach = r"r = \sqrt{\tfrac{1}{P} \sum_p \lVert " + inks.sample("p") + r" - \bar p \rVert^2}"
    return [
        rf"P = {points} = {plain.points}",
        rf"(2\cdot {now.depth} + 1)^2 = {side}^2 = {side**2}",
        reach,
        rf"r_{{\text{{conv}}}} = {plain.reach:.1f}, \quad r_{{\text{{v2}}}} = {inks.sample(f'{moved.reach:.1f}')}",
    ]


def _compared(now: Looking, lang: str) -> None:
    """The pinned cell's numbers, plain beside v2."""
    words = LANGUAGES[lang].learn.chapters["stacked"].words
    plain, moved = (reached(version, now.depth, now.cell) for version in (PLAIN, MOVED))
    here = "object" if on_object(now.cell) else "ground"
    rows = [
        [words["places"], *(f"{each.places}" for each in (plain, moved))],
        [words["reach"], *(words["pixels"].format(reach=each.reach) for each in (plain, moved))],
        [words[f"on_{here}"], *(f"{each.on_object:.0%}" for each in (plain, moved))],
        [words[f"{here}_read"], *(f"{each.object_read:.0%}" for each in (plain, moved))],
    ]
    title = words["table"].format(i=now.cell[0], j=now.cell[1], depth=words[f"depth_{now.depth}"])
    lines = [[title, words[PLAIN], words[MOVED]], ["---", "---:", "---:"], *rows]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


STACKED = Chapter(
    id="stacked",
    before=OnPicture(Looking(1, (STAR,)), (PLAIN,), deeper=False),
    after=OnPicture(Looking(LAYERS, (STAR,)), (PLAIN, MOVED), deeper=True),
    question=Question(
        "number",
        lambda now: float(reached(PLAIN, LAYERS, now.cell).places),
        near=0.5,
        step=1.0,
        form=".0f",
    ),
    facts=_facts,
    formula=_formula,
    done=lambda now: _factor(now) >= GOAL,
    aside=_compared,
)
