"""The chapters as data: what is on the toy before and after the answer, what is asked, and when a chapter is complete.

A chapter never holds an answer: ``Question.truth`` works it out from the operator, on the toy that is then shown. The
words are in `dcnviz.ui.texts.learn_chapters`, by the chapter's id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from dcnviz.ui.lesson import formulas
from dcnviz.ui.lesson.live import live, predicted
from dcnviz.ui.toy.state import Cell, Own, Toy

Answer = str | float | Cell
Facts = Mapping[str, object]


@dataclass(frozen=True)
class Stage:
    """What the toy shows, and what a person may change on it; names of `dcnviz.ui.toy.component`."""

    toy: Callable[[], Toy]
    shown: tuple[str, ...]
    can: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What is to be predicted.

    Attributes:
        kind: "choice" of the texts' options, a "number", or a "place" marked on the toy.
        truth: the answer, from live computation on the toy of the second stage.
        near: a number this near is right; ten times as far is close.
    """

    kind: Literal["choice", "number", "place"]
    truth: Callable[[Toy], Answer]
    near: float = 0.05


@dataclass(frozen=True)
class Chapter:
    """One chapter: predict, reveal, try.

    Attributes:
        id: in the address and in the texts.
        before: until the answer is shown.
        after: from then on.
        facts: numbers for the chapter's texts, from the toy as it stands; of the stage that is shown.
        formula: LaTeX lines with the toy's numbers; colours as `formulas.Inks` has them.
        done: whether the toy as it stands fulfils the task.
        rate: pixels a tap moves by one step for a gradient of 1.
    """

    id: str
    before: Stage
    after: Stage
    question: Question
    facts: Callable[[Toy], Facts]
    formula: Callable[[Toy, formulas.Inks], list[str]]
    done: Callable[[Toy], bool]
    rate: float = 0.1


def verdict(question: Question, guess: Answer, toy: Toy) -> Literal["right", "close", "wrong"]:
    """What became of a guess.

    >>> verdict(Question("number", lambda toy: 4.5), 4.4, Toy(((1,),), size=1))
    'close'
    """
    truth = question.truth(toy)
    if question.kind != "number" or not isinstance(truth, float) or not isinstance(guess, int | float):
        return "right" if guess == truth else "wrong"
    far = abs(guess - truth)
    return "right" if far <= question.near else "close" if far <= 10 * question.near else "wrong"


# ------------------------------------------------------------------------------------------ 1 a fixed grid

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
    before=Stage(lambda: FIRST, ("values", "taps", "cell"), ("guess",)),
    after=Stage(
        lambda: replace(FIRST, cell=(1, 2)),
        ("values", "taps", "cell", "kernel", "samples", "sum", "outputs", "sliders"),
        ("cell", "weights", "size", "stride", "padding", "dilation"),
    ),
    question=Question("place", _lands),
    facts=_size_facts,
    formula=formulas.place_and_sum,
    done=lambda toy: toy.dilation == 2 and toy.output_size == toy.map_size,
)

# ---------------------------------------------------------------------------------------------- 2 offsets

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
    before=Stage(_twins, ("values", "taps", "base", "cell"), ()),
    after=Stage(
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

# --------------------------------------------------------------------------------------- 3 between pixels

MIXED = ((1, 3, 2, 6, 4), (5, 2, 8, 4, 1), (3, 6, 0, 4, 7), (2, 5, 9, 3, 6))
BETWEEN_AT = Toy(MIXED, size=1, cell=(1, 1)).moved({0: (0.25, 0.5)})
GOAL_BETWEEN, NEAR = 5.0, 0.05


def _between_facts(toy: Toy) -> Facts:
    now = live(toy)
    (y, x), (top, left) = now.places[0], formulas.corner(now.places[0])
    return {
        **{"y": f"{y:.2f}", "x": f"{x:.2f}", "fy": f"{y - top:.2f}", "fx": f"{x - left:.2f}"},
        **{"value": f"{now.samples[0]:.2f}", "goal": f"{GOAL_BETWEEN:.2f}", "near": NEAR},
    }


def _found_between(toy: Toy) -> bool:
    now = live(toy)
    return abs(now.samples[0] - GOAL_BETWEEN) <= NEAR and all(n % 1 > 0.005 for n in now.places[0])


BETWEEN = Chapter(
    id="between",
    before=Stage(lambda: BETWEEN_AT, ("values", "taps", "frames"), ()),
    after=Stage(lambda: BETWEEN_AT, ("values", "taps", "base", "corners", "one"), ("offsets",)),
    question=Question("number", lambda toy: live(toy).samples[0]),
    facts=_between_facts,
    formula=formulas.bilinear,
    done=_found_between,
)

# ---------------------------------------------------------------------------------------------- 4 gradient

SLOPE = ((2, 2, 2, 5, 8, 8, 8),) * 7
STEEP = 0.005
GOAL_GRADIENT = 60.0
UPHILL = Toy(SLOPE, dilation=2, cell=(1, 1), chosen=4)


def _flat(toy: Toy) -> list[int]:
    return [k for k, (dy, dx) in enumerate(live(toy).arrows) if abs(dy) + abs(dx) < STEEP]


def _with_arrow(toy: Toy) -> str:
    """Which columns of the kernel have a gradient."""
    flat = _flat(toy)
    steep = {k % toy.size for k in range(toy.size**2) if k not in flat}
    return ("dark", "slope", "bright")[steep.pop()] if len(steep) == 1 else "all"


GRADIENT = Chapter(
    id="gradient",
    before=Stage(lambda: UPHILL, ("values", "taps", "sum"), ()),
    after=Stage(
        lambda: UPHILL,
        ("values", "taps", "base", "arrows", "corners", "one", "sum"),
        ("offsets", "step", "switch"),
    ),
    question=Question("choice", _with_arrow),
    facts=lambda toy: {
        "goal": f"{GOAL_GRADIENT:.0f}",
        "output": f"{live(toy).output:.2f}",
        "flat": ", ".join(map(str, _flat(toy))) or "–",
    },
    formula=formulas.slope,
    done=lambda toy: live(toy).output >= GOAL_GRADIENT,
)

# ------------------------------------------------------------------------------------------------- 5 masks

OBJECT = 7
BLOCK = (
    (1, 1, 1, 1, 1, 1, 1),
    (1, 1, 7, 7, 1, 1, 1),
    (1, 1, 7, 7, 1, 9, 1),
    (1, 1, 7, 7, 1, 1, 1),
    (1, 1, 7, 7, 1, 1, 1),
    (1, 1, 1, 1, 1, 1, 1),
)
LOOKS = Own(
    offsets=((0, 1), (0, 1), (0, 2), (0, 1), (0, 1), (0, 2), (0, 0), (0, 0), (1, 0)),
    masks=(0.6, 0.8, 0.3, 0.7, 1.0, 0.1, 0.2, 0.5, 0.4),
)
MASKED = Toy(BLOCK, padding=1, cell=(2, 2), cells={(2, 2): LOOKS}, chosen=5)


def _adds_most(toy: Toy) -> str:
    products = live(toy).products
    return str(products.index(max(products)))


def _astray(toy: Toy) -> list[int]:
    """Taps off the object that still count, and taps on it that do not."""
    masks = [0 if k in toy.off else mask for k, mask in enumerate(toy.own.masks)]
    on_object = [abs(value - OBJECT) < 0.01 for value in live(toy).samples]
    return [k for k, (mask, on) in enumerate(zip(masks, on_object, strict=True)) if (mask > 0) != on]


def _mask_facts(toy: Toy) -> Facts:
    now, best = live(toy), int(_adds_most(toy))
    loud = now.samples.index(max(now.samples))
    return {
        **{"loud": loud, "loud_reads": f"{now.samples[loud]:.0f}", "loud_adds": f"{now.products[loud]:.2f}"},
        **{"best": best, "best_adds": f"{now.products[best]:.2f}", "object": OBJECT},
        **{"output": f"{now.output:.2f}", "left": ", ".join(map(str, _astray(toy))) or "–"},
    }


MASKS = Chapter(
    id="masks",
    before=Stage(lambda: MASKED, ("values", "taps", "base", "cell"), ()),
    after=Stage(
        lambda: MASKED,
        ("values", "taps", "base", "cell", "kernel", "masks", "samples", "sum"),
        ("masks",),
    ),
    question=Question("choice", _adds_most),
    facts=_mask_facts,
    formula=formulas.masked_sum,
    done=lambda toy: not _astray(toy),
)

CHAPTERS = (GRID, OFFSETS, BETWEEN, GRADIENT, MASKS)
