"""What every page has: its heading, the language, and the style of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dcnviz.ui.networks import Busy
from dcnviz.ui.parts.controls import choose_language
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import View

STYLE = """<style>
.stMainBlockContainer { padding-top: 4.6rem; }
.stMainBlockContainer h1 { font-size: 1.9rem; padding: 0; }
.stMainBlockContainer h2 { font-size: 1.35rem; padding: 0.6rem 0 0; }
</style>"""


def show_heading(view: View, texts: Texts, title: str) -> None:
    """The page's heading and the choice of the language."""
    st.html(STYLE)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"# {title}", width="content")
        choose_language(view, texts)


@contextmanager
def told(texts: Texts) -> Iterator[None]:
    """What cannot be worked out is said in one sentence, and the page stays."""
    try:
        yield
    except Busy:
        st.warning(texts.busy)
    except ValueError as problem:  # CheckpointError and the like
        st.error(texts.failure.format(reason=problem))
