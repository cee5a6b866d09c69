"""Between the pixels, and how a place learns from what lies round it."""

from __future__ import annotations

from dcnviz.ui.lesson import formulas
from dcnviz.ui.lesson.chapter import Chapter, Facts, Question
from dcnviz.ui.lesson.live import live
from dcnviz.ui.lesson.stages import OnToy
from dcnviz.ui.toy.state import Toy

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
    before=OnToy(lambda: BETWEEN_AT, ("values", "taps", "frames"), ()),
    after=OnToy(lambda: BETWEEN_AT, ("values", "taps", "base", "corners", "one"), ("offsets",)),
    question=Question("number", lambda toy: live(toy).samples[0]),
    facts=_between_facts,
    formula=formulas.bilinear,
    done=_found_between,
)

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
    before=OnToy(lambda: UPHILL, ("values", "taps", "sum"), ()),
    after=OnToy(
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
