"""Your model: a recording or a checkpoint of somebody's own, and the three lines that make one."""

from __future__ import annotations

from importlib import import_module

import streamlit as st

from dcnviz.ui.own_view import LIBRARIES, TABS
from dcnviz.ui.parts.controls import choice
from dcnviz.ui.parts.frame import show_heading, told
from dcnviz.ui.snippets import lines
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import current_own, enter


def page() -> None:
    """Draws the page."""
    view = enter("model")
    texts = LANGUAGES[view.lang]
    own = current_own()
    show_heading(view, texts, texts.model.title)
    st.markdown(texts.model.lead)
    choice("tab", texts.model.tab_label, TABS, texts.model.tabs, own.tab)
    if own.tab == "lines":
        show_lines(texts, own.library)
    else:  # each brings what only it needs
        with told():
            import_module(f"dcnviz.ui.parts.own_{own.tab}").show(texts)


def show_lines(texts: Texts, library: str) -> None:
    """The code to copy, for the library that the person names."""
    words = texts.model
    st.markdown(words.lines_lead)
    choice("library", words.library, LIBRARIES, words.library_names, library)
    st.markdown(words.libraries[library])
    st.code(lines(library, words.comments), language="python")
    st.markdown(words.lines_then.format(recording=words.tabs["recording"]))
    st.code("python -m dcnviz view mine.npz", language="bash")
