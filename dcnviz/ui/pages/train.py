"""Train: a network learns where to look, in a finished training or here and now; predicted, then watched."""

from __future__ import annotations

from importlib import import_module

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dcnviz.ui import films, networks
from dcnviz.ui.films import MAIN, PLAIN, Film
from dcnviz.ui.navigation import turn_to
from dcnviz.ui.parts.controls import choice
from dcnviz.ui.parts.film import offer_downloads, opening, show_film, show_outcome
from dcnviz.ui.parts.frame import show_heading, told
from dcnviz.ui.parts.recipe import note
from dcnviz.ui.player.component import Start
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.training_view import SOURCES
from dcnviz.ui.view import VERSIONS, current, current_training, enter, how

STYLE = """<style>
.stMainBlockContainer [data-testid=stMarkdownContainer] p { max-width: 60rem; }
</style>"""


def page() -> None:
    """Draws the page."""
    view = enter("train")
    texts = LANGUAGES[view.lang]
    show_heading(view, texts, texts.train.title)
    st.html(STYLE)
    st.markdown(texts.train.lead)
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    if how().shows("controls"):
        with controls:
            choice("source", texts.train.source, SOURCES, texts.train.sources, current_training().source)
    with told():
        if current_training().source == "ready":
            show_ready(controls, texts)
        else:
            import_module("dcnviz.ui.parts.live_training").show(controls, texts)


def show_ready(controls: DeltaGenerator, texts: Texts) -> None:
    """The film of a shipped network."""
    if how().shows("controls"):
        with controls:
            choice("version", texts.version, VERSIONS, texts.versions, current().version)
    film = ready(texts)
    if film is None:
        return
    main = film.main
    said = texts.train.ready_note.format(
        steps=f"{main.frames[-1].step:,}", side=main.picture.shape[0], frames=len(main.frames)
    )
    note(said, texts, disabled=main.version == "conv")
    st.fragment(show)(film, opening())


def ready(texts: Texts) -> Film | None:
    """The chosen film, with plain convolution if asked for; None, and a word about it, where it is missing."""
    version, timelines, missing = current().version, {}, []
    wanted = {MAIN: version, **({PLAIN: "conv"} if current_training().beside and version != "conv" else {})}
    with st.spinner(texts.looking if networks.awake() else texts.waking):
        for run, name in wanted.items():
            try:
                timelines[run] = films.shipped(name)
            except FileNotFoundError:
                missing.append(name)
    for name in missing:
        st.info(texts.train.missing.format(version=texts.versions[name]))
    return Film("-".join(["ready", *wanted.values()]), timelines) if MAIN in timelines else None


@told()
def show(film: Film, start: Start) -> None:
    """The player and what follows from where it rests."""
    texts = LANGUAGES[current().lang]
    show_film(film, start, texts, follow=False)
    show_outcome(film, texts)
    if st.button(texts.train.open_ready, key="train_open_ready", icon=":material/center_focus_strong:"):
        turn_to("explore")
    offer_downloads(film.main, texts)
