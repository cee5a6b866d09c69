"""What a pinned cell opens beside the picture, in words: its taps, the formula with these numbers, and the proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dcnviz.ui.cell import CellNumbers, Place
from dcnviz.ui.sheet.paper import prose
from dcnviz.ui.texts import Texts

LOWERED = str.maketrans(
    "0123456789", "₀₁₂₃₄₅₆₇₈₉"
)  # a formula in a table's head has no text for screen readers
NARROW = "\u202f"  # a space that is narrow and does not break


def panel_html(numbers: CellNumbers, texts: Texts, *, corners: bool = False) -> str:
    """The panel, below the operator's :func:`formula`.

    Args:
        numbers: of the pinned cell.
        texts: of the person's language.
        corners: with the table of corners; else it has room to be opened in.
    """
    title = f"**{texts.taps_title}** · {texts.taps_note.format(jump=numbers.jump)}"
    more = prose(f"{corner_table(numbers, texts)}\n\n{texts.corners_note}") if corners else ""
    parts = (
        prose(heading(numbers, texts)),
        sum_html(numbers),
        prose("\n\n".join((proof(numbers, texts), title, tap_table(numbers, texts)))),
        f"<details><summary>{texts.corners_title}</summary>{more}</details>",
    )
    return "\n".join(parts)


def heading(numbers: CellNumbers, texts: Texts) -> str:
    """Which cell it is, and how far a stack reaches from it."""
    i, j = numbers.cell
    y, x = numbers.pixel
    title = "**" + texts.cell.format(i=i, j=j, layer=numbers.layer + 1, y=y, x=x) + "**"
    if not numbers.reach:
        return title
    points, height, width = numbers.reach
    reach = texts.stack_reach.format(points=points, height=height, width=width, taps=len(numbers.rows))
    return f"{title}\n\n{reach}"


def proof(numbers: CellNumbers, texts: Texts) -> str:
    """The lines that prove the drawing: what the taps add up to, what the operator gave, and the difference."""
    rows = [
        (texts.proof_sum, signed(numbers.total, ".6f")),
        (texts.proof_output, signed(numbers.output, ".6f")),
        (texts.proof_difference, signed(numbers.total - numbers.output, ".1e")),
    ]
    added = table((texts.proof_title, f"y{str(numbers.channel).translate(LOWERED)}"), rows)
    return f"{added}\n\n{proof_note(numbers, texts)}"


def proof_note(numbers: CellNumbers, texts: Texts) -> str:
    """How far sum and output are apart at most, in any channel."""
    return texts.proof_note.format(channels=len(numbers.channels), error=_minus(f"{numbers.error:.1e}"))


def formula(version: str) -> str:
    r"""The operator of a version, in the papers' symbols.

    >>> print(formula("v1"))
    y_o = b_o + \sum_k a_k,\quad a_k = \sum_c w_{o,c,k}\,v_{k,c}
    """
    mask = "" if version in ("conv", "v1") else r"m_k\,"
    if version in ("v3", "v4"):
        return r"y_c = \sum_k a_k,\quad a_k = " + mask + r"v_{k,c}"
    return r"y_o = b_o + \sum_k a_k,\quad a_k = " + mask + r"\sum_c w_{o,c,k}\,v_{k,c}"


def terms(numbers: CellNumbers) -> list[str]:
    """What is added up: the bias, where there is one, and the taps' contributions."""
    added = [row.contribution for row in numbers.rows]
    return [f"{value:+.3f}" for value in ([numbers.bias, *added] if numbers.bias else added)]


def sum_line(numbers: CellNumbers) -> str:
    """The formula with the numbers of the cell, three terms a line."""
    added = terms(numbers)
    lines = [r"\;".join(added[n : n + 3]) for n in range(0, len(added), 3)]
    body = r"\\ &\phantom{=}\;".join(lines)
    return (
        rf"\begin{{aligned}} y_{{{numbers.channel}}} &=\; {body} \\ &= {numbers.total:+.6f} \end{{aligned}}"
    )


def sum_html(numbers: CellNumbers) -> str:
    """The same as plain text, which breaks where the panel ends."""
    added = _minus(" ".join(terms(numbers)))
    total = signed(numbers.total, ".6f")
    return f'<p class="sum"><i>y</i><sub>{numbers.channel}</sub> = {added} = <strong>{total}</strong></p>'


def tap_table(numbers: CellNumbers, texts: Texts) -> str:
    """One row a tap."""
    rows = [
        (
            str(k),
            _pair(row.base, ".0f"),
            _pair(row.offset, "+.3f"),
            _pair(row.position, ".3f"),
            _minus(f"{row.mask:.4f}"),
            signed(row.contribution, ".5f"),
        )
        for k, row in enumerate(numbers.rows)
    ]
    return table(texts.tap_columns, rows)


def position_table(taps: Sequence[tuple[Any, Any, Any, float]], columns: Sequence[str]) -> str:
    """One row a tap, without contributions: base, offset, position (each (y, x)) and mask."""
    rows = [
        (str(k), _pair(base, ".2f"), _pair(offset, "+.3f"), _pair(position, ".3f"), _minus(f"{mask:.4f}"))
        for k, (base, offset, position, mask) in enumerate(taps)
    ]
    return table(columns, rows)


def corner_table(numbers: CellNumbers, texts: Texts) -> str:
    """The four corners of each sample and their weights."""
    rows = [
        (
            str(k),
            *(
                f"{_pair(corner, '.0f')}:{NARROW}{weight:.4f}"
                for corner, weight in zip(row.corners, row.weights, strict=True)
            ),
        )
        for k, row in enumerate(numbers.rows)
    ]
    return table(texts.corner_columns, rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, all but the first column set right.

    >>> print(table(("a", "b"), [("1", "2")]))
    | a | b |
    |:--|--:|
    | 1 | 2 |
    """
    lines = [head, [":--", *["--:"] * (len(head) - 1)]]
    text = ["| " + " | ".join(lines[0]) + " |", "|" + "|".join(lines[1]) + "|"]
    return "\n".join(text + ["| " + " | ".join(row) + " |" for row in rows])


def signed(value: float, form: str) -> str:
    """A number that always shows its sign, with a true minus.

    >>> signed(-0.5, ".2f")
    '−0.50'
    """
    return _minus(f"{value:+{form}}")


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _pair(place: Place, form: str) -> str:
    """(y, x) that no table breaks into two lines."""
    return _minus(f"({place[0]:{form}},{NARROW}{place[1]:{form}})")
