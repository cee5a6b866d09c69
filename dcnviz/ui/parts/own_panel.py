"""The pinned cell of somebody's recording, in numbers."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dcnviz.ui import recorded
from dcnviz.ui.explorer.component import cell_of, is_release
from dcnviz.ui.own_view import Own
from dcnviz.ui.panel.component import dress, panel
from dcnviz.ui.panel.desk import Cell
from dcnviz.ui.parts.fragments import DOWNLOADS, PANEL, redraw
from dcnviz.ui.parts.frame import told
from dcnviz.ui.parts.panel import position_table
from dcnviz.ui.recorded import Recorded
from dcnviz.ui.sheet.paper import prose
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.texts.model import ModelTexts
from dcnviz.ui.view import change, current, current_own, how

TAPS = "taps"
MOST_TAPS = 64


@st.fragment(key=PANEL)
@told()
def pinned_cell(shown: Recorded, channel: str) -> None:
    """The taps of the pinned cell, of the explorer on this channel."""
    if not how().shows("panel"):
        return
    own, lang = current_own(), current().lang
    words = LANGUAGES[lang].model
    rows, every = steps(shown, own)
    height, width = shown.sampling(own.number).output_size
    cell = own.cell
    if cell is None or cell[0] >= height or cell[1] >= width:
        st.info(words.nothing_pinned)
        cell = None
    told_of = cell and (
        cell[0] // rows,
        cell[1] // every,
    )  # an address may name one between two that are drawn

    def answer(asked: Cell) -> str:
        exact = cell if cell and asked == told_of else (asked[0] * rows, asked[1] * every)
        return prose("\n\n".join(said_of(shown, own, exact, words)))

    with st.container(key="numbers"):
        dress()
        panel(
            answer,
            told_of,
            key=TAPS,
            about=(shown.digest, own.number, own.image, own.offset_group, lang),
            channel=channel,
            on_selected=lambda: remember(TAPS, shown),
        )


def said_of(shown: Recorded, own: Own, cell: Cell, words: ModelTexts) -> Iterator[str]:
    """Paragraphs on a cell of the chosen layer's map.

    Raises:
        IndexError: if there is no such cell.
    """
    sampling, name = shown.sampling(own.number), shown.layers[own.number]
    (i, j), place = cell, shown.recording.to_picture[name]
    if sampling.anchors is not None:
        base = sampling.anchors[own.image, i, j].expand(sampling.taps, 2)
        y, x = place.to_picture(base[0]).tolist()
        title = words.query
    else:
        base = sampling.base[:, i, j]
        out = place.after(sampling.geometry)
        y, x = (out.start[axis] + out.jump[axis] * cell[axis] for axis in (0, 1))
        title = words.cell
    offsets = sampling.offsets[own.image, own.offset_group, :, i, j]
    masks = sampling.mask[own.image, own.offset_group, :, i, j]
    taps = zip(base.tolist(), offsets.tolist(), (base + offsets).tolist(), masks.tolist(), strict=True)
    yield "**" + title.format(i=i, j=j, layer=own.number + 1, y=y, x=x) + "**"
    yield words.taps_note.format(y=place.jump[0], x=place.jump[1])
    yield position_table(list(taps)[:MOST_TAPS], words.tap_columns)
    if sampling.taps > MOST_TAPS:
        yield words.taps_more.format(shown=MOST_TAPS, taps=sampling.taps)
    yield words.no_contributions


def steps(shown: Recorded, own: Own) -> Cell:
    """Of a large map the explorer has every second cell, or every third: how many rows and columns it goes on."""
    every = recorded.field(shown, own.number, own.image, own.offset_group).every
    return 1 if shown.sampling(own.number).anchors is not None else every, every


def remember(key: str, shown: Recorded) -> None:
    """Writes a click, which came by the explorer or the panel of this key, into the view."""
    selected = (st.session_state.get(key) or {}).get("selected")
    cell, (rows, every) = cell_of(selected), steps(shown, current_own())
    if is_release(selected):
        change(cell=None)
    elif cell and all(0 <= n < 1_000_000 for n in cell):
        change(cell=(cell[0] * rows, cell[1] * every))
    redraw(PANEL, DOWNLOADS)
