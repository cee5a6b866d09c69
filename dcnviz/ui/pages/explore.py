"""Explore: a picture, a network, and where it looked from the cell a person points at."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from dcnviz.data.pictures import gallery
from dcnviz.ui import first_view, networks
from dcnviz.ui.cell import CellNumbers, cell_numbers
from dcnviz.ui.controls import choose_language, choose_network, choose_overlays, choose_picture
from dcnviz.ui.explorer.component import Overlays, explorer
from dcnviz.ui.explorer.component import View as Frame
from dcnviz.ui.networks import Shown
from dcnviz.ui.overview import show_downloads, show_maps
from dcnviz.ui.panel import show_panel
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import OVERLAYS, OWN, STRIDE, View, cell_at, change, current, default_pin

EXPLORER, PANEL = "explorer", "panel"
STYLE = """<style>
.stMainBlockContainer { padding-top: 4.2rem; }
.stMainBlockContainer h1 { font-size: 1.9rem; padding: 0; }
.stMainBlockContainer h2 { font-size: 1.35rem; padding: 0.6rem 0 0; }
</style>"""


def page() -> None:
    """Draws the page."""
    view = current()
    texts = LANGUAGES[view.lang]
    view, shown = picture_of(view, texts)

    st.html(STYLE)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"# {texts.title}", width="content")
        choose_language(view, texts)
    st.markdown(f"{texts.lead} {texts.lead_pinned[view.version] if view.at else ''}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choose_picture(view, texts, picture_title(view, texts))
        choose_network(view, texts)
    try:
        point_and_see(shown)
        show_maps(view, texts, shown)
        show_downloads(view, texts, shown)
    except ValueError as problem:  # CheckpointError and the like: said in one sentence, and the page stays
        st.error(texts.failure.format(reason=problem))


def picture_of(view: View, texts: Texts) -> tuple[View, Shown]:
    """The picture to show; a link to somebody's own picture falls back to the gallery, and says so."""
    if view.picture != OWN:
        return view, networks.from_gallery(view.picture, view.lang)
    own: Shown | None = st.session_state.get("own")
    if own is not None:
        return view, own
    st.info(texts.own_picture_gone)
    first = View().picture
    change(picture=first, at=default_pin(first))
    return current(), networks.from_gallery(first, view.lang)


def picture_title(view: View, texts: Texts) -> str:
    """The picture's name in the person's language."""
    titles = {p.id: p.title_zh if view.lang == "zh" else p.title_en for p in gallery()}
    return titles.get(view.picture, texts.own_picture)


def point_and_see(shown: Shown) -> None:
    """The explorer and, beside it, the panel of the pinned cell."""
    left, right = st.columns([11, 9], gap="medium")
    with left:
        explore(shown)
    with right:
        pinned_cell(shown)


@st.fragment
def explore(shown: Shown) -> None:
    """The explorer and its overlays: changing these redraws nothing else of the page."""
    view = current()
    texts = LANGUAGES[view.lang]
    choose_overlays(view, texts)
    explorer(
        payload_of(view, shown),
        key=EXPLORER,
        view=Frame(
            layer="stack" if view.layer == "stack" else int(view.layer),
            group=view.group,
            overlays=Overlays(**{name: name in view.show for name in OVERLAYS}),
            pin=cell_at(view.at, shown.pixels.shape[:2]),
            epoch=shown.digest,
        ),
        labels={**texts.explorer, "about": f"{shown.alt} {texts.explorer['about']}"},
        on_selected=remember_pin,
    )


@st.fragment(key=PANEL)
def pinned_cell(shown: Shown) -> None:
    """The panel. A click redraws this fragment alone: the explorer's fields are not even hashed again."""
    view = current()
    texts = LANGUAGES[view.lang]
    cell = cell_at(view.at, shown.pixels.shape[:2])
    if cell is None:
        st.info(texts.nothing_pinned)
    else:
        show_panel(numbers_of(view, shown, cell, texts), texts, view.version)


def payload_of(view: View, shown: Shown) -> bytes:
    """The explorer's fields: from the file of the first screen, from the cache, or computed now."""
    texts = LANGUAGES[view.lang]
    if not networks.awake() and (stored := first_view.payload(view.version, shown)):
        return stored
    with st.spinner(texts.looking if networks.awake() else texts.waking):
        return networks.payload(view.version, shown.digest, shown)


def numbers_of(view: View, shown: Shown, cell: tuple[int, int], texts: Texts) -> CellNumbers:
    """The numbers of a cell, with the output channel to choose."""
    key = f"channel.{view.lang}"
    chosen = st.session_state.get(key)
    if not networks.awake() and chosen is None and (stored := first_view.numbers(view, shown, cell)):
        numbers = stored
    else:
        # A spinner only where there is something to wait for: it costs a click two more messages to the browser.
        with nullcontext() if networks.awake() else st.spinner(texts.waking):
            recording = networks.recording(view.version, shown.digest, shown.pixels)
        numbers = cell_numbers(recording, view.layer, cell, group=view.group, channel=chosen)
    if chosen is not None and chosen not in numbers.channels:
        st.session_state[key] = None  # of another group
    st.selectbox(
        texts.channel,
        [None, *numbers.channels],
        format_func=lambda c: texts.strongest.format(channel=numbers.strongest) if c is None else str(c),
        key=key,
        help=texts.channel_help,
        width=220,
    )
    return numbers


def remember_pin() -> None:
    """Writes a click into the view, and so into the address."""
    selected = (st.session_state.get(EXPLORER) or {}).get("selected")
    if not isinstance(selected, dict):
        change(at=None)
    else:
        i, j = selected.get("i"), selected.get("j")
        if isinstance(i, int) and isinstance(j, int) and 0 <= i < 2000 and 0 <= j < 2000:
            change(at=(i * STRIDE, j * STRIDE))
    st.rerun(PANEL)
