"""One network's view of a picture: the explorer and, beside it, the numbers of the pinned cell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui import first_view, networks
from dcnviz.ui.address import lens_of
from dcnviz.ui.cell import CellNumbers, cell_numbers
from dcnviz.ui.explorer.component import Overlays, cell_of, explorer, is_release
from dcnviz.ui.explorer.component import View as Frame
from dcnviz.ui.networks import Shown, Trained
from dcnviz.ui.panel.component import dress, panel
from dcnviz.ui.parts.controls import choose_overlays, number_of
from dcnviz.ui.parts.fragments import DEEPER, DOWNLOADS, EXPLORE, PANEL, redraw
from dcnviz.ui.parts.frame import told
from dcnviz.ui.parts.overview import Layer, show_maps
from dcnviz.ui.parts.panel import formula, panel_html
from dcnviz.ui.texts import LANGUAGES, Texts, run_on
from dcnviz.ui.view import (
    GROUPED,
    OVERLAYS,
    STRIDE,
    View,
    cell_at,
    change,
    channels_of,
    current,
    how,
)

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

EXPLORER = "explorer"
NUMBERS = "pinned"
STRONGEST = -1  # among the channels to choose from


def point_and_see(trained: Trained, shown: Shown) -> None:
    """The explorer and, beside it, the panel of the pinned cell."""
    with beside_panel() as right:
        explore(trained, shown)
    if not how().shows("panel"):
        return
    with right:
        dress()
        choose_channel(trained)
        st.latex(formula(trained.version))
        with st.container(key="numbers"):
            pinned_cell(trained, shown)


@contextmanager
def beside_panel() -> Iterator[DeltaGenerator]:
    """Room for the picture, and gives the place of the panel; the picture has all the room where that is left out."""
    if how().shows("panel"):
        left, right = st.columns([11, 9], gap="medium")
        with left:
            yield right
    else:
        yield st.container()


@st.fragment(key=EXPLORE)
@told()
def explore(trained: Trained, shown: Shown) -> None:
    """The explorer and its overlays: changing these redraws nothing else of the page."""
    view = current()
    texts = LANGUAGES[view.lang]
    if how().shows("controls"):
        choose_overlays(view, texts)
    explorer(
        payload_of(trained, view, shown, texts),
        key=EXPLORER,
        view=Frame(
            layer="stack" if view.layer == "stack" else int(view.layer),
            group=0,  # of the payload, which holds the chosen group alone
            overlays=overlays_of(view),
            pin=cell_at(view.at, shown.pixels.shape[:2]),
            epoch=trained.key + shown.digest if trained.own else shown.digest,
            close_up=view.close,
            lens=view.lens,
        ),
        labels={**texts.explorer, "about": run_on(shown.alt, texts.explorer["about"])},
        on_selected=lambda: remember_pin(EXPLORER),
        on_seen=lambda: remember_seen(EXPLORER),
    )


def overlays_of(view: View) -> Overlays:
    """The view's, for the explorer."""
    return Overlays(**{name: name in view.show for name in OVERLAYS})


def group_of(view: View, trained: Trained) -> int:
    """The view's offset group, held to those that the network has."""
    return min(view.group, GROUPED.get(trained.version, 1) - 1)


def choose_channel(trained: Trained) -> None:
    """The choice of the output channel that the panel shows: no part of it, as a click leaves it as it is."""
    view = current()
    texts, channels = LANGUAGES[view.lang], channels_of(trained.version, group_of(view, trained))
    key = f"channel.{view.lang}"
    st.session_state[key] = (
        view.channel if view.channel in channels else STRONGEST
    )  # it may be of another group
    st.selectbox(
        texts.channel,
        [STRONGEST, *channels],
        format_func=lambda c: texts.strongest if c == STRONGEST else str(c),
        key=key,
        on_change=lambda: take_channel(key),
        help=texts.channel_help,
        width=220,
    )


@st.fragment(key=PANEL)
@told()
def pinned_cell(trained: Trained, shown: Shown) -> None:
    """The panel. A click redraws this fragment alone: the explorer's fields are not even hashed again."""
    view = current()
    texts = LANGUAGES[view.lang]
    cell = cell_at(view.at, shown.pixels.shape[:2])
    if cell is None:
        st.info(texts.nothing_pinned)
    group = group_of(view, trained)

    def answer(cell: tuple[int, int]) -> str:
        return panel_html(numbers_of(trained, view, shown, cell, texts), texts, corners=view.corners)

    panel(
        answer,
        cell,
        key=NUMBERS,
        about=(trained.key, shown.digest, view.layer, group, view.channel, view.lang, view.corners),
        channel=EXPLORER,
        opened=view.corners,
        on_selected=lambda: remember_pin(NUMBERS),
        on_opened=take_corners,
    )


def payload_of(trained: Trained, view: View, shown: Shown, texts: Texts) -> bytes:
    """The explorer's fields: from the file of the first screen, from the cache, or computed now.

    Of eight groups, one is sent: all would be 20 MB.
    """
    if not networks.awake() and (stored := first_view.payload(trained, shown)):
        return stored
    with st.spinner(texts.looking if networks.awake() else texts.waking):
        return networks.payload(trained, shown, group_of(view, trained))


def numbers_of(
    trained: Trained, view: View, shown: Shown, cell: tuple[int, int], texts: Texts
) -> CellNumbers:
    """The numbers of a cell, for the chosen output channel."""
    stored = (
        None
        if networks.awake() or view.channel is not None
        else first_view.numbers(trained, view, shown, cell)
    )
    if stored is not None:
        return stored
    # A spinner only where there is something to wait for: it costs a click two more messages to the browser.
    with nullcontext() if networks.awake() else st.spinner(texts.waking):
        recording = networks.recording(trained, shown)
    return cell_numbers(recording, view.layer, cell, group=group_of(view, trained), channel=view.channel)


def look_around(trained: Trained, shown: Shown) -> None:
    """The whole layer at a glance."""
    view = current()
    texts = LANGUAGES[view.lang]
    number = 2 if view.layer == "stack" else int(view.layer)
    layer = Layer(
        f"{trained.key} {shown.digest}",
        lambda: networks.recording(trained, shown),
        shown.pixels,
        number,
        name_of(view, trained, f"layer{number + 1}"),
        group_of(view, trained),
    )
    show_maps(layer, texts, view.lang, texts.versions[trained.version])


def name_of(view: View, trained: Trained, layer: str | None = None) -> str:
    """Picture, network, layer and group, for the names of files."""
    layer = layer or ("stack" if view.layer == "stack" else f"layer{int(view.layer) + 1}")
    grouped = trained.version in GROUPED
    own = "own-" if trained.own else ""
    return f"{own}{view.picture}-{trained.version}-{layer}" + (
        f"-group{group_of(view, trained) + 1}" if grouped else ""
    )


def take_channel(key: str) -> None:
    """Writes the chosen output channel into the view; the figures to download are of the same."""
    if (channel := number_of(key)) is None:
        return
    change(channel=None if channel == STRONGEST else channel)
    redraw(PANEL, DOWNLOADS)


def take_corners() -> None:
    """Writes into the view whether the table of corners is open."""
    change(corners=(st.session_state.get(NUMBERS) or {}).get("opened") is True)
    redraw(PANEL)


def remember_pin(key: str) -> None:
    """Writes a click into the view, and draws what it concerns; a panel shows its numbers already."""
    selected = (st.session_state.get(key) or {}).get("selected")
    cell, before = cell_of(selected), current().at
    if is_release(selected):
        change(at=None)
    elif cell and all(0 <= n < 2000 for n in cell):
        change(at=(cell[0] * STRIDE, cell[1] * STRIDE))
    # The deeper look follows the cell only while one is open: else a click stays as light as it is.
    view = current()
    follows = key in (EXPLORER, NUMBERS) and (view.deep or (before is None) != (view.at is None))
    redraw(PANEL, *([DEEPER] if follows else []), DOWNLOADS)


def remember_seen(key: str) -> None:
    """Writes into the view what part of the picture the person looks at; only the figure to download follows."""
    seen = (st.session_state.get(key) or {}).get("seen")
    if isinstance(seen, dict):
        close = seen.get("close") is True
        change(close=close, lens=None if close else lens_of(seen.get("lens")))
    redraw(DOWNLOADS)
