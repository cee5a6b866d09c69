"""Every figure as a file: PNG, SVG and PDF, made only when the button is pressed.

Streamlit calls the makers outside the page's script, where there is no session: each is a closure that holds all it
needs. What is downloaded is drawn for a white page, whatever the theme of the app.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.texts import Texts, run_on
from dcnviz.ui.view import current, how, whole_address
from dcnviz.ui.wording import worded

if TYPE_CHECKING:  # neither Matplotlib nor torch is imported before the page is painted
    from matplotlib.figure import Figure

FORMATS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
LABELS = {form: form.upper() for form in FORMATS}

Draw = Callable[[], "Figure"]


def offer_figure(draw: Draw, stem: str, what: str, texts: Texts) -> None:
    """A button beside a figure that opens its three formats.

    Args:
        draw: makes the figure; called when a format is pressed. It takes its own turn for what is heavy, after it
            has whatever is kept in a cache: who waits for a cache must not keep others from their turn.
        stem: of the file's name, from `stem_of`; no two on a page alike.
        what: the figure's name, for the button.
        texts: of the person's language.
    """
    if not how().shows("downloads"):
        return
    words = texts.download
    with st.popover(words.one.format(what=what), icon=":material/download:", type="tertiary"):
        st.markdown(run_on(words.formats, words.white))
        with st.container(horizontal=True):
            figure_buttons(draw, stem, LABELS)


def figure_buttons(draw: Draw, stem: str, labels: Mapping[str, str], *, disabled: bool = False) -> None:
    """One button a format, to be placed in a row. The figure's words are of the page's language."""
    lang = current().lang
    for form, mime in FORMATS.items():
        st.download_button(
            labels[form],
            _maker(draw, form, lang),
            f"{stem}.{form}",
            mime,
            on_click="ignore",
            disabled=disabled,
        )


def _maker(draw: Draw, form: str, lang: str) -> Callable[[], bytes]:
    def make() -> bytes:
        from dcnviz.plots.export import MAKERS

        figure = draw()
        with networks.turn():
            return MAKERS[f".{form}"](worded(figure, lang))

    return make


def stem_of(*parts: object) -> str:
    """The stem of a file's name: plain letters, digits and dashes, whatever a stranger's file was called.

    >>> stem_of("explore", "cat", "v2", "layer3", (12, 7)), stem_of("../né", None)
    ('dcnviz-explore-cat-v2-layer3-12-7', 'dcnviz-n')
    """
    flat = [str(n) for part in parts if part for n in (part if isinstance(part, tuple) else (part,))]
    text = "-".join("".join(c if c.isascii() and c.isalnum() else "-" for c in each[:60]) for each in flat)
    return "-".join(["dcnviz", *(word for word in text.split("-") if word)])


def page_address() -> str:
    """The address of this page as it stands, as it can be opened elsewhere."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(whole_address(), safe=',')}"
