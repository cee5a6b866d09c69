"""The toy on paper: the board as a figure, and its taps as a table."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from dcnviz.ui.lesson.live import fields, live
from dcnviz.ui.texts.sheet import SheetTexts
from dcnviz.ui.toy.state import Toy

if TYPE_CHECKING:  # neither Matplotlib nor torch is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.sampling import Sampling

Numbers = tuple[list[str], list[list[str]]]


def toy_sampling(toy: Toy) -> Sampling:
    """Where every cell of the toy looks.

    Raises:
        ValueError: if the kernel does not fit into the map even once.

    >>> toy_sampling(Toy(((1, 2), (3, 4)), size=1).moved({0: (0.5, 0)})).positions[0, 0, 0, 0, 0].tolist()
    [0.5, 0.0]
    """
    from dcnviz.sampling import Sampling

    rows, columns = toy.geometry.output_size(toy.map_size)
    offset, mask = fields(toy, (rows, columns))
    offsets = offset.reshape(1, 1, toy.size**2, 2, rows, columns).permute(0, 1, 2, 4, 5, 3)
    return Sampling(offsets.float(), mask[:, None].float(), toy.geometry, toy.map_size, "v2")


def toy_figure(toy: Toy, shown: Collection[str]) -> Figure:
    """The board with the parts that are shown.

    Raises:
        ValueError: if the kernel does not fit into the map even once.
    """
    from dcnviz.plots import tap_board

    return tap_board(
        toy.grid,
        toy_sampling(toy),
        toy.cell,
        chosen=toy.chosen,
        corners=bool({"corners", "frames"} & {*shown}),
        shares="corners" in shown,  # they would give the answer away
        arrows=live(toy).arrows if "arrows" in shown else None,
        off=toy.off,
        guess=toy.guess,
        numbers="values" in shown,
        base="base" in shown,
        brackets="cell" in shown,
    )


def toy_alt(toy: Toy, words: SheetTexts) -> str:
    """What the figure shows, for who does not see it."""
    rows, columns = toy.map_size
    places = () if toy.output_size is None else live(toy).places
    said = ", ".join(f"{k}: {_pair(place)}" for k, place in enumerate(places))
    return words.alts["toy"].format(rows=rows, columns=columns, i=toy.cell[0], j=toy.cell[1], places=said)


def toy_numbers(toy: Toy, shown: Collection[str], words: SheetTexts) -> Numbers | None:
    """One row a tap; masks and gradients where the chapter is about them."""
    if toy.output_size is None:
        return None
    now, masks = live(toy), [0 if k in toy.off else mask for k, mask in enumerate(toy.own.masks)]
    columns = {
        "tap": [str(k) for k in range(len(masks))],
        "position": [_pair(place) for place in now.places],
        "reads": [_number(value) for value in now.samples],
        "weight": [_number(weight) for weight in toy.weights],
        **({"mask": [_number(mask) for mask in masks]} if "masks" in shown or toy.off else {}),
        "adds": [_number(product) for product in now.products],
        **({"arrow": [_pair(arrow) for arrow in now.arrows]} if "arrows" in shown else {}),
    }
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    total = [""] * (len(columns) - 1)
    at = list(columns).index("adds")
    rows.append(["**Σ**", *total[: at - 1], f"**{_number(now.output)}**", *total[at:]])
    return [words.columns[name] for name in columns], rows


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-", "−")


def _pair(pair: tuple[float, float]) -> str:
    return f"({_number(pair[0])}, {_number(pair[1])})"
