"""What can be taken away of the view as it stands: its figure, and all fields with their manifest.

These are fragments of their own: a click in the explorer draws them anew, so that the files are always of the cell
that is pinned now.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.networks import Shown, Trained
from dcnviz.ui.on_page import layer_name
from dcnviz.ui.parts.download import Draw, figure_buttons, offer_figure, page_address, stem_of
from dcnviz.ui.parts.fragments import DOWNLOADS
from dcnviz.ui.parts.frame import told
from dcnviz.ui.parts.pinned import group_of, name_of
from dcnviz.ui.recorded import Recorded
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import GROUPED, VERSIONS, View, cell_at, current, current_own, how

if TYPE_CHECKING:  # neither Matplotlib nor torch is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.plots.cellmarks import Mark
    from dcnviz.recording import Recording

Cell = tuple[int, int]


@st.fragment(key=DOWNLOADS)
@told()
def download_view(trained: Trained, shown: Shown) -> None:
    """Of a network on a picture."""
    view = current()
    texts, cell = LANGUAGES[view.lang], cell_at(view.at, shown.pixels.shape[:2])
    name = name_of(view, trained)

    def recording() -> Recording:
        return networks.recording(trained, shown)

    draw = points_drawer(trained, shown, view, cell or (0, 0))
    sheet = _sheet_maker(trained, shown, view, cell) if cell and not trained.own else None
    empty = texts.download.nothing if cell is None else ""
    _section(draw, recording, stem_of("explore", name, cell), stem_of("fields", name), empty, texts, sheet)


def _section(
    draw: Draw,
    recording: Callable[[], Recording],
    figure: str,
    fields: str,
    empty: str,
    texts: Texts,
    sheet: Callable[[], bytes] | None = None,
) -> None:
    """Heading and buttons; those of the figure are there, but do nothing, where it is said why it is empty."""
    if not how().shows("downloads"):
        return
    words = texts.download
    st.markdown(f"## {words.title}")
    st.markdown(words.white)
    with st.container(horizontal=True):
        figure_buttons(draw, figure, words.figures, disabled=bool(empty))
        st.download_button(
            words.fields, _saver(recording), f"{fields}.npz", "application/octet-stream", on_click="ignore"
        )
        if sheet is not None:
            st.download_button(
                texts.sheet.view,
                sheet,
                f"{figure}.html",
                "text/html",
                on_click="ignore",
                icon=":material/print:",
            )
    if empty:
        st.markdown(empty)


def _sheet_maker(trained: Trained, shown: Shown, view: View, cell: Cell) -> Callable[[], bytes]:
    """The page as one sheet; its numbers are of the output channel that the panel shows."""
    channel, address = view.channel, page_address()

    def make() -> bytes:
        from dcnviz.ui.sheet.view import view_sheet

        return view_sheet(trained, shown, view, cell, channel, address)

    return make


def _saver(recording: Callable[[], Recording]) -> Callable[[], bytes]:
    def make() -> bytes:
        buffer = io.BytesIO()
        recording().save(buffer)
        return buffer.getvalue()

    return make


def points_drawer(trained: Trained, shown: Shown, view: View, cell: Cell) -> Draw:
    """Draws what the explorer shows of a pinned cell: the same layer, group, marks and close-up."""
    group, without = group_of(view, trained), left_out(view)

    def draw() -> Figure:
        recording = networks.recording(trained, shown)
        from dcnviz import plots
        from dcnviz.plots.style import subject

        names, stacked = list(recording), view.layer == "stack"
        path = None if stacked else names[int(view.layer)]
        depth = f"stacked through {len(names)} layers" if stacked else layer_name(int(view.layer))
        with networks.turn():
            return plots.sampling_points(
                recording,
                shown.pixels,
                cell,
                layer=path,
                group=group,
                view="points" if view.close else None,
                numbers="numbers" in view.show,
                without=without,
                title=subject("Sampling of one cell", recording[path or names[-1]], group, depth),
            )

    return draw


def left_out(view: View) -> tuple[Mark, ...]:
    """The marks that the person has switched off."""
    names: dict[str, Mark] = {"base": "base", "lines": "lines", "mask": "masks"}
    return tuple(mark for name, mark in names.items() if name not in view.show)


@st.fragment(key=DOWNLOADS)
@told()
def download_comparison(shown: Shown) -> None:
    """The five operators in one figure."""
    view = current()
    texts, cell = LANGUAGES[view.lang], cell_at(view.at, shown.pixels.shape[:2])
    if cell is None:
        st.markdown(texts.download.nothing)
        return
    number = None if view.layer == "stack" else int(view.layer)
    titles = {version: texts.versions[version] if view.lang == "en" else version for version in VERSIONS}

    def draw() -> Figure:
        recordings = {
            titles[version]: networks.recording(Trained(version, version), shown) for version in VERSIONS
        }
        from dcnviz import plots

        with networks.turn():
            return plots.side_by_side(
                recordings,
                shown.pixels,
                cell,
                layer=number,
                group=min(view.group, max(GROUPED.values()) - 1),
                view="points" if view.close else "picture",
                numbers="numbers" in view.show,
                without=left_out(view),
            )

    layer = "stack" if number is None else f"layer{number + 1}"
    stem = stem_of("compare", view.picture, layer, f"group{view.group + 1}", cell)
    offer_figure(draw, stem, texts.download.side_by_side, texts)


@st.fragment(key=DOWNLOADS)
@told()
def download_recorded(shown: Recorded) -> None:
    """Of one layer of somebody's recording."""
    view, own = current(), current_own()
    texts, cell = LANGUAGES[view.lang], own.cell
    name = shown.name.removesuffix(".npz")

    def draw() -> Figure:
        from dcnviz import plots

        with networks.turn():
            return plots.sampling_points(
                shown.recording,
                shown.pictures[own.image],
                cell or (0, 0),
                layer=shown.layers[own.number],
                image=own.image,
                group=own.offset_group,
                numbers="numbers" in view.show,
                without=left_out(view),
            )

    layer = f"layer{own.number + 1}-group{own.offset_group + 1}-image{own.image + 1}"
    stem = stem_of("model", name, layer, cell)
    empty = texts.download.nothing if cell is None else ""
    if shown.sampling(own.number).anchors is not None:
        empty = texts.model.no_figure
    _section(draw, lambda: shown.recording, stem, stem_of("fields", name), empty, texts)
