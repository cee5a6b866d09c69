"""A mask says how much each look counts."""

from __future__ import annotations

from dcnviz.ui.lesson import formulas
from dcnviz.ui.lesson.chapter import Chapter, Facts, Question
from dcnviz.ui.lesson.live import live
from dcnviz.ui.lesson.stages import OnToy
from dcnviz.ui.toy.state import Own, Toy

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
    before=OnToy(lambda: MASKED, ("values", "taps", "base", "cell"), ()),
    after=OnToy(
        lambda: MASKED,
        ("values", "taps", "base", "cell", "kernel", "masks", "samples", "sum"),
        ("masks",),
    ),
    question=Question("choice", _adds_most),
    facts=_mask_facts,
    formula=formulas.masked_sum,
    done=lambda toy: not _astray(toy),
)
