"""What every page has: its heading, the language, and the style of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from dcnviz.data.pictures import gallery
from dcnviz.ui.document.component import set_document
from dcnviz.ui.faults import MissingError
from dcnviz.ui.parts.controls import choose_language
from dcnviz.ui.parts.present import hand_out, look
from dcnviz.ui.queue import Full
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import View, current, how

STYLE = """<style>
.stMainBlockContainer { padding-top: 4.6rem; }
.stMainBlockContainer h1 { font-size: 1.9rem; padding: 0; }
.stMainBlockContainer h2 { font-size: 1.35rem; padding: 0.6rem 0 0.3rem; }
.stMainBlockContainer .katex-display { padding: 0.1rem 0.3rem 0.3rem 0; }
.stMainBlockContainer [data-testid=stCode] pre .token.token { color: inherit; }
.stMainBlockContainer [data-testid=stCode] pre .token.keyword { font-weight: 600; }
.stMainBlockContainer [data-testid=stCode] pre .token.comment { font-style: italic; }
.stApp [data-testid=stWidgetLabel]:not(:empty) { color: inherit; }
[data-testid=stBaseButton-primary]:not(:disabled) { color: light-dark(#fff, #06121c); }
button[kind^=tertiary]:is(:hover, :active, :focus, [aria-expanded=true]) { color: inherit; text-decoration: underline; }
.st-key-gallery { min-width: min(41rem, 78vw); }
.st-key-gallery img { aspect-ratio: 4 / 3; object-fit: cover; }
@media (max-width: 640px) {
  .stMainBlockContainer h1 { padding-bottom: 0.8rem; }
}
@media (pointer: coarse) {
  .stMainBlockContainer [data-testid=stRadio] label { min-height: 2.2rem; align-items: center; }
}
</style>"""
"""Formulas get room at their sides: KaTeX's own box is a little too narrow, and becomes a region to scroll that no key
reaches. Streamlit's colours of code are too faint on its ground: contrast 2.6 to 3.8, where 4.5 is asked for; so are
white on the dark theme's light blue, 2.3, and the blue of a button without a frame under the pointer, 3.6."""
GIVEN = """<style>
[data-testid=stFileUploaderDropzone] button [data-testid=stMarkdownContainer] { font-size: 0; }
[data-testid=stFileUploaderDropzone] button [data-testid=stMarkdownContainer]::after {
  content: "%s";
  font-size: 0.875rem;
}
[data-testid=stFileUploaderDropzoneInstructions] { display: none; }
[data-testid=stCameraInputButton], [data-testid=stCameraInputButton] > span { font-size: 0; }
[data-testid=stCameraInputButton]::after { content: "%s"; font-size: 0.875rem; }
[data-testid=stCameraInput] > [data-testid=stCameraInputButton]::after { content: "%s"; }
</style>"""
"""For other languages: Streamlit has its uploader and its camera in English alone, and a limit that the label says
already. The camera has one button, to take a picture and then to take it back."""


def show_heading(view: View, texts: Texts, title: str, beside: Callable[[], None] | None = None) -> None:
    """The page's heading, and what every page has beside it: link, presentation, language.

    Args:
        view: the session's.
        texts: of the person's language.
        title: of the page.
        beside: draws what this page has there besides.
    """
    st.set_page_config(page_title=f"{texts.pages[st.session_state['page']]} · dcnviz")
    set_document(view.lang, texts.wide)
    st.html(STYLE if view.lang == "en" else STYLE + GIVEN % (texts.sources["upload"], *texts.camera_buttons))
    look()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"# {title}", width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="heading"):
            if beside is not None:
                beside()
            if how().shows("link"):
                hand_out(view, texts)
            if how().shows("language"):
                choose_language(view, texts)


@contextmanager
def told() -> Iterator[None]:
    """What cannot be worked out is said in one sentence, and the page stays.

    A fragment keeps what goes wrong in it from the page round it, so each has one of its own, as a decorator.
    """
    texts = LANGUAGES[current().lang]
    try:
        yield
    except Full:
        st.warning(texts.busy)
    except MissingError as missing:
        say_missing(missing, texts)
    except OSError:  # a full disk, a folder that may not be written
        st.error(texts.missing["disk"])
    except ValueError as problem:  # CheckpointError and the like
        st.error(texts.failure.format(reason=problem))


def say_missing(missing: MissingError, texts: Texts) -> None:
    """Names what is missing, in the words of the page."""
    names = {p.id: p.title_zh if texts is LANGUAGES["zh"] else p.title_en for p in gallery()}
    st.error(
        texts.missing[missing.code].format(name={**names, **texts.versions}.get(missing.name, missing.name))
    )
