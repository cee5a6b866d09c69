"""What a sheet is made of: prose, formulas, figures, room to write, and the page round them.

A sheet is one HTML file: real text, figures as SVG, formulas as MathML, which browsers set without a script or a font
from elsewhere. It forbids itself to fetch anything.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from dcnviz.ui.wording import worded

if TYPE_CHECKING:  # Matplotlib is imported when a sheet is made
    from matplotlib.figure import Figure

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
ENVIRONMENT = re.compile(
    r"\\(begin|end)\{aligned\}"
)  # KaTeX's name; the converter knows the same one as "split"
MARKS = ((r"\*\*(.+?)\*\*", "strong"), (r"\*(.+?)\*", "em"), (r"`(.+?)`", "code"))


def sheet(title: str, lang: str, parts: Sequence[str]) -> bytes:
    """The whole file.

    Args:
        title: of the document, plain text.
        lang: "en" or "zh".
        parts: pieces of HTML, in their order.

    >>> sheet("a < b", "en", ["<p>c</p>"]).decode().splitlines()[0]
    '<!doctype html>'
    """
    style = files(__package__).joinpath("paper.css").read_text(encoding="utf-8")
    lines = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if lang == "zh" else "en"}">',
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)} · dcnviz</title>",
        f"<style>\n{style}</style>",
        "<main>",
        *parts,
        "</main>",
        "</html>",
    ]
    return "\n".join(lines).encode()


def heading(text: str, level: int = 2) -> str:
    """A heading of plain text."""
    return f"<h{level}>{escape(text)}</h{level}>"


def prose(text: str) -> str:
    r"""The Markdown that the app's own texts use: paragraphs, bold, italic, code, lists, tables, formulas in ``$``.

    >>> prose("A **tap** < *b*.")
    '<p>A <strong>tap</strong> &lt; <em>b</em>.</p>'
    >>> prose("- one\n- two")
    '<ul><li>one</li><li>two</li></ul>'
    """
    made = []
    for kind, lines in groupby(text.strip().splitlines(), _kind):
        block = list(lines)
        if kind == "table":
            rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block]
            made.append(table(rows[0], rows[2:]))
        elif kind == "list":
            made.append(f"<ul>{''.join(f'<li>{_inline(line.strip()[2:])}</li>' for line in block)}</ul>")
        elif kind == "text":
            made.append(f"<p>{_inline(' '.join(block))}</p>")
    return "\n".join(made)


def _kind(line: str) -> str:
    start = line.strip()[:2]
    return "gap" if not start else "table" if start[0] == "|" else "list" if start == "- " else "text"


def _inline(text: str) -> str:
    """Marks within a line. Formulas are set aside first, so that no mark is found in them."""
    plain, *rest = re.split(r"\$(.+?)\$", text)
    made = [_marked(plain)]
    for latex, after in zip(rest[::2], rest[1::2], strict=True):
        made += [formula(latex, block=False), _marked(after)]
    return "".join(made)


def _marked(text: str) -> str:
    safe = escape(text, quote=False)
    for pattern, tag in MARKS:
        safe = re.sub(pattern, rf"<{tag}>\1</{tag}>", safe)
    return safe


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown cells, all but the first column set right; an empty corner is no heading."""
    top = "".join(f'<th scope="col">{_inline(cell)}</th>' if cell else "<td></td>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def formula(latex: str, *, block: bool = True) -> str:
    r"""LaTeX, as the pages have it, in MathML.

    >>> "<msub><mi>y</mi><mi>o</mi></msub>" in formula("y_o", block=False)
    True
    """
    from latex2mathml.converter import convert

    made: str = convert(ENVIRONMENT.sub(r"\\\1{split}", latex), display="block" if block else "inline")
    return made


def drawing(figure: Figure, alt: str, lang: str) -> str:
    """A figure as SVG, its words in a language, with its alternative text."""
    from dcnviz.plots import to_svg

    svg = to_svg(worded(figure, lang)).decode()
    return f'<figure role="img" aria-label="{escape(alt)}">{svg[svg.index("<svg") :]}</figure>'


def image(jpeg: bytes, alt: str, width: int | None = None) -> str:
    """A picture, as wide as this in CSS pixels where there is room; without a width, as wide as its room."""
    data = base64.b64encode(jpeg).decode("ascii")
    wide = "100%" if width is None else width
    return f'<img src="data:image/jpeg;base64,{data}" alt="{escape(alt)}" width="{wide}">'


def side_by_side(pieces: Iterable[str], width: int) -> str:
    """Pieces of HTML in columns of at least this many CSS pixels; below each other where there is no room."""
    columns = f"repeat(auto-fill,minmax(min(100%,{width}px),1fr))"
    inside = "".join(f"<div>{piece}</div>" for piece in pieces)
    return f'<div style="display:grid;gap:1rem;grid-template-columns:{columns}">{inside}</div>'


def lines_to_write(count: int) -> str:
    """Empty lines for an answer."""
    return f'<div class="lines" aria-hidden="true">{"<hr>" * count}</div>'


def boxes(options: Sequence[str]) -> str:
    """Answers to tick."""
    return f'<ul class="boxes">{"".join(f"<li>{_inline(option)}</li>" for option in options)}</ul>'


def link(words: str, address: str) -> str:
    """Where this view can be opened; the address is written out, for paper."""
    return f'<p class="link">{escape(words)} <a href="{escape(address)}">{escape(address)}</a></p>'


def new_page(parts: Sequence[str]) -> str:
    """Parts that begin on a page of their own."""
    return f'<section class="page">{"".join(parts)}</section>'


def together(parts: Sequence[str]) -> str:
    """Parts that no page break parts."""
    return f'<div class="together">{"".join(parts)}</div>'
