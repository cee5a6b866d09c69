"""Each chapter's stage with the task fulfilled, and how a browser would say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

from dcnviz.ui.groups.state import Groups
from dcnviz.ui.groups.state import to_data as groups_data
from dcnviz.ui.lesson import patients
from dcnviz.ui.lesson.chapters import groups, looks, masks, sampling, stacked
from dcnviz.ui.lesson.chapters.yours import Checked
from dcnviz.ui.lesson.defects.judged import Judged
from dcnviz.ui.lesson.defects.judged import to_data as judged_data
from dcnviz.ui.lesson.defects.table import DEFECTS
from dcnviz.ui.lesson.live import live
from dcnviz.ui.lesson.looking import Looking
from dcnviz.ui.toy.state import Own, Toy, to_data


def _grid() -> Toy:
    return replace(looks.GRID.after.start(), stride=1, padding=2, dilation=2)


def _offsets() -> Toy:
    """Every tap on a bright pixel."""
    toy = looks.OFFSETS.after.start()
    bases = [(y - dy, x - dx) for (y, x), (dy, dx) in zip(live(toy).places, toy.own.offsets, strict=True)]
    return toy.moved({k: (4 - y, 2 - x) for k, (y, x) in enumerate(bases)})


def _between() -> Toy:
    return sampling.BETWEEN.after.start().moved({0: (1.5, 0.5)})


def _gradient() -> Toy:
    toy = sampling.GRADIENT.after.start()
    return toy.moved({k: (0, 4 - x) for k, (_, x) in enumerate(live(toy).places)})


def _stacked() -> Looking:
    """The middle of the small cross, and of the large square."""
    return Looking(stacked.LAYERS, (stacked.STAR, (21, 5), (12, 14)))


def _masks() -> Toy:
    toy = masks.MASKS.after.start()
    fitting = tuple(1.0 if value == masks.OBJECT else 0.0 for value in live(toy).samples)
    return replace(toy, cells={toy.cell: Own(toy.own.offsets, fitting)})


def _groups() -> Groups:
    """What is on the left, taken from what is on the right."""
    raw = tuple(float(k % 3 - 1) for k in range(9))
    return replace(groups.GROUPS.after.start().with_group(0, raw=raw), free=True)


SOLVED: Mapping[str, Callable[[], object]] = {
    "grid": _grid,
    "offsets": _offsets,
    "between": _between,
    "gradient": _gradient,
    "stacked": _stacked,
    "masks": _masks,
    "groups": _groups,
    "practice": lambda: Judged(frozenset(DEFECTS)),
    "yours": lambda: Checked(tuple(layer.code for layer in patients.numbers("patient"))),
}


def as_said(thing: object, epoch: str) -> dict[str, object]:
    """What lies in the session under the stage's key when the browser has it so."""
    if isinstance(thing, Toy):
        plain = {name: value for name, value in to_data(thing).items() if name != "grid"}
        return {"toy": {"epoch": epoch, **plain}}
    if isinstance(thing, Looking):
        return {"epoch": epoch, **asdict(thing)}
    if isinstance(thing, Groups):
        plain = groups_data(thing)
        return {"groups": {"epoch": epoch, **plain}}
    if isinstance(thing, Judged):
        return {"epoch": epoch, **judged_data(thing)}
    if isinstance(thing, Checked):
        return {"epoch": epoch, "said": [*thing.said]}
    raise TypeError(f"no word of a browser is known for {thing!r}.")
