"""The saliency region of the pinned cell: a search that can be watched and stopped, and a slider for its bound."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import streamlit as st

from dcnviz.ui import deeper, heavy
from dcnviz.ui.networks import Shown, Trained
from dcnviz.ui.parts.controls import choice
from dcnviz.ui.parts.download import offer_figure, stem_of
from dcnviz.ui.parts.overview import theme
from dcnviz.ui.parts.pinned import name_of
from dcnviz.ui.parts.waiting import HOURGLASS, POLL, POLL_EACH, place_of
from dcnviz.ui.search import WHAT, Search, again, search
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import EPS, METHODS, View, change, current, how

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.analysis.saliency import Method

STEP = 0.01  # of the slider

Cell = tuple[int, int]


def show_saliency(trained: Trained, shown: Shown, cell: Cell, view: View, texts: Texts) -> None:
    """The region, or the progress of its search."""
    words = texts.deeper
    st.markdown(words.saliency)
    choice("method", words.saliency_method, METHODS, words.saliency_methods, view.method)
    method = cast("Method", view.method)
    layer = 2 if view.layer == "stack" else int(view.layer)
    task = search(trained, shown, layer, cell, method)
    if task.running:
        st.fragment(_watch, run_every=POLL + POLL_EACH * heavy.line().people())(task)
    else:
        task.ticket.result()  # or its problem
        _show_region(task, trained, shown, cell, texts)
        if task.region is not None and not task.region.complete:
            st.button(words.saliency_again, on_click=again)


def _watch(task: Search) -> None:
    """A bar that goes on by itself; at the end the page takes over."""
    words = LANGUAGES[current().lang].deeper
    if not task.running:
        st.rerun()
    if task.ticket.state == "waiting":
        texts = LANGUAGES[current().lang]
        st.markdown(f"{HOURGLASS} {place_of(task.ticket, texts)}")
        st.button(texts.waiting.stop, on_click=_leave)
        return
    share = min(1.0, task.done / task.total) if task.total else 0.0
    st.progress(share, text=words.saliency_progress.format(done=task.done, total=task.total or "…"))
    st.button(words.saliency_stop, on_click=task.stop)


def _leave() -> None:
    heavy.give_up(WHAT)
    change(deep="")
    st.rerun()


def _show_region(task: Search, trained: Trained, shown: Shown, cell: Cell, texts: Texts) -> None:
    words, lang = texts.deeper, current().lang
    assert task.region is not None, "a search that has ended without a problem has a region"
    key = f"eps.{lang}"
    st.session_state[key] = current().eps
    st.slider(
        words.saliency_eps,
        EPS[0],
        EPS[1],
        step=STEP,
        help=words.saliency_eps_help,
        key=key,
        on_change=lambda: change(eps=round(st.session_state[key], 2)),
        width=560,
    )
    region = task.region.at(current().eps)
    if not region.complete:
        st.info(words.saliency_stopped)
    st.markdown(words.saliency_found.format(area=region.area, error=region.error, shown=region.evaluations))
    if region.area == 0:
        st.info(words.saliency_empty)
    picture = deeper.region_picture(region, shown.pixels, task.layer, theme(), lang)
    st.image(picture, width=how().wide(560), alt=words.looks["saliency"])
    view, name = current(), words.looks["saliency"]
    stem = stem_of("saliency", name_of(view, trained), cell, f"eps{view.eps:.2f}")
    offer_figure(partial(deeper.region_figure, region, shown.pixels, task.layer), stem, name, texts)
