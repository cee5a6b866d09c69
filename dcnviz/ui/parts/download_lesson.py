"""What can be taken away of a chapter: its handout, and the figure of how things stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dcnviz.ui.lesson.chapter import Chapter, OnPaper
from dcnviz.ui.lesson.progress import progress
from dcnviz.ui.parts.download import offer_figure, page_address, stem_of
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import current, how


def download_lesson(chapter: Chapter[Any], now: Any, texts: Texts) -> None:
    """The two buttons under a chapter, unless downloads are left out.

    Args:
        chapter: the one on the page.
        now: how its stage stands.
        texts: of the person's language.
    """
    if not how().shows("downloads"):
        return
    view, words = current(), texts.sheet
    revealed = progress(chapter).revealed
    asked = chapter.before.start() if revealed else now
    seen = now if revealed else chapter.after.start()
    stage = chapter.after if revealed else chapter.before
    with st.container(horizontal=True, vertical_alignment="center", key="take"):
        st.download_button(
            words.chapter,
            _sheet_maker(chapter, asked, seen, view.lang, page_address()),
            f"{stem_of('handout', chapter.id, view.lang)}.html",
            "text/html",
            on_click="ignore",
            help=words.help,
            icon=":material/print:",
            type="tertiary",
        )
        own = texts.learn.chapters[chapter.id]
        if isinstance(stage, OnPaper) and (draw := stage.drawer(now, own)) is not None:
            offer_figure(draw, stem_of("learn", chapter.id), words.board, texts)


def _sheet_maker(
    chapter: Chapter[Any], asked: Any, seen: Any, lang: str, address: str
) -> Callable[[], bytes]:
    def make() -> bytes:
        from dcnviz.ui.sheet.lesson import lesson_sheet

        return lesson_sheet(chapter, asked, seen, lang, address)

    return make
