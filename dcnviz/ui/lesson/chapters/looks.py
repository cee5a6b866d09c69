"""A fixed grid of looks, and looks that move."""

from __future__ import annotations

from dataclasses import replace

from dcnviz.ui.lesson import formulas
from dcnviz.ui.lesson.chapter import Chapter, Facts, Question
from dcnviz.ui.lesson.live import live, predicted
from dcnviz.ui.lesson.stages import OnToy
from dcnviz.ui.toy.state import Cell, Toy

CROSS = (
    (1, 1, 8, 1, 1, 1, 1),
    (1, 1, 8, 1, 2, 2, 1),
    (1, 1, 8, 1, 2, 2, 1),
    (1, 1, 8, 1, 1, 1, 1),
    (7, 7, 9, 7, 7, 7, 7),
    (1, 1, 8, 1, 1, 1, 1),
    (1, 1, 8, 1, 1, 1, 1),
)
FIRST = Toy(CROSS, stride=2, padding=1, cell=(1, 1), chosen=2)


def _lands(toy: Toy) -> Cell:
    y, x = live(toy).places[toy.chosen]
    return round(y), round(x)


def _size_facts(toy: Toy) -> Facts:
    (i, j), (rows, columns), (high, wide) = FIRST.cell, toy.output_size or (0, 0), toy.map_size
    return {
        **{"i": i, "j": j, "high": high, "wide": wide},
        **{"rows": rows, "columns": columns, "dilation": toy.dilation},
    }


GRID = Chapter(
    id="grid",
    before=OnToy(lambda: FIRST, ("values", "taps", "cell"), ("guess",)),
    after=OnToy(
        lambda: replace(FIRST, cell=(1, 2)),
        ("values", "taps", "cell", "kernel", "samples", "sum", "outputs", "sliders"),
        ("cell", "weights", "size", "stride", "padding", "dilation"),
    ),
    question=Question("place", _lands),
    facts=_size_facts,
    formula=formulas.place_and_sum,
    done=lambda toy: toy.dilation == 2 and toy.output_size == toy.map_size,
)

TWINS = (
    (1, 1, 1, 1, 1, 1, 1, 1),
    (1, 1, 9, 9, 1, 1, 1, 1),
    (1, 1, 9, 9, 1, 1, 1, 1),
    (1, 1, 1, 1, 1, 1, 1, 1),
    (1, 1, 9, 9, 1, 1, 5, 1),
    (1, 1, 9, 9, 1, 1, 7, 1),
    (1, 1, 1, 1, 1, 1, 1, 1),
)
HERE, TWIN = (2, 1), (5, 1)
GOAL_OFFSETS = 7.0


def _twins() -> Toy:
    return Toy(TWINS, (1 / 9,) * 9, padding=1, cell=HERE, cells=predicted(TWINS))


def _same_offsets(toy: Toy) -> str:
    twin, here = toy.cells.get(TWIN), toy.cells.get(HERE)
    if twin is None:
        return "none"
    return "same" if here == twin else "other"


OFFSETS = Chapter(
    id="offsets",
    before=OnToy(_twins, ("values", "taps", "base", "cell"), ()),
    after=OnToy(
        lambda: replace(_twins(), cell=TWIN),
        ("values", "taps", "base", "cell", "one", "sum", "outputs"),
        ("offsets", "cell"),
    ),
    question=Question("choice", _same_offsets),
    facts=lambda toy: {
        **{"i": HERE[0], "j": HERE[1], "p": TWIN[0], "q": TWIN[1]},
        **{"goal": f"{GOAL_OFFSETS:.0f}", "output": f"{live(toy).output:.2f}"},
    },
    formula=formulas.moved_place,
    done=lambda toy: live(toy).output >= GOAL_OFFSETS,
)
