"""One page with a pinned cell of Explore: the figure, what it means, its taps and the sum that proves them."""

from __future__ import annotations

from dcnviz.ui import networks
from dcnviz.ui.cell import CellNumbers, cell_numbers
from dcnviz.ui.networks import Shown, Trained
from dcnviz.ui.parts.download_view import points_drawer
from dcnviz.ui.parts.panel import formula, proof_note, sum_line, tap_table
from dcnviz.ui.parts.pinned import group_of
from dcnviz.ui.sheet import paper
from dcnviz.ui.texts import LANGUAGES, Texts, run_on
from dcnviz.ui.view import View

Cell = tuple[int, int]


def view_sheet(
    trained: Trained, shown: Shown, view: View, cell: Cell, channel: int | None, address: str
) -> bytes:
    """The view on paper.

    Args:
        trained: the network.
        shown: the picture.
        view: layer, group, marks and language.
        cell: (i, j), pinned.
        channel: output channel of the numbers; None for the strongest.
        address: of the view.

    Returns:
        An HTML file.
    """
    texts = LANGUAGES[view.lang]
    recording = networks.recording(trained, shown)
    numbers = cell_numbers(recording, view.layer, cell, group=group_of(view, trained), channel=channel)
    figure = points_drawer(trained, shown, view, cell)()
    alt = run_on(shown.alt, texts.sheet.alts["picture"].format(i=cell[0], j=cell[1]))
    parts = [
        paper.heading(texts.title, 1),
        paper.prose(run_on(texts.lead_pinned[trained.version], _reach(numbers, texts))),
        paper.drawing(figure, alt, view.lang),
        paper.heading(_where(numbers, texts)),
        paper.formula(formula(trained.version)),
        paper.formula(sum_line(numbers)),
        paper.prose(proof_note(numbers, texts)),
        paper.together(
            [
                paper.prose(f"**{texts.taps_title}** · {texts.taps_note.format(jump=numbers.jump)}"),
                paper.prose(tap_table(numbers, texts)),
            ]
        ),
        paper.link(texts.sheet.where, address),
    ]
    return paper.sheet(texts.title, view.lang, parts)


def _where(numbers: CellNumbers, texts: Texts) -> str:
    (i, j), (y, x) = numbers.cell, numbers.pixel
    return texts.cell.format(i=i, j=j, layer=numbers.layer + 1, y=y, x=x)


def _reach(numbers: CellNumbers, texts: Texts) -> str:
    if numbers.reach is None:
        return ""
    points, height, width = numbers.reach
    return texts.stack_reach.format(points=points, height=height, width=width, taps=len(numbers.rows))
