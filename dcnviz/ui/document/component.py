"""Small components: the document's language, scrolling to a part of it, and copying the link to what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import urlencode

import streamlit as st


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


_page = st.components.v2.component("dcnviz_page", js=_read("page.js"))
_part = st.components.v2.component("dcnviz_part", js=_read("part.js"))
_link = st.components.v2.component("dcnviz_link", js=_read("link.js"), css=_read("link.css"))


def set_document(lang: str, wide: str) -> None:
    """The document's language, ``<html lang>``, and what a part is called that is wider than the page.

    Where the page turns dark or light, its script is run once more, for figures on its ground.
    """
    data = {"lang": {"zh": "zh-CN"}.get(lang, lang), "wide": wide, "theme": st.context.theme.type}
    _page(key="document", data=data, height=1, on_theme_change=lambda: None)


def bring_into_view(part: str) -> None:
    """Scrolls to the first part of the page that a selector names; once, until another is named."""
    _part(key="part", data={"part": part}, height=1)


def copy_link(query: Mapping[str, str], words: Mapping[str, str], note: str = "") -> None:
    """A button that copies the address of what is seen.

    Args:
        query: of the whole address, for as long as the address bar does not have it.
        words: "copy", "copied", "refused" and "field".
        note: what the link cannot carry.
    """
    data = {"query": urlencode(query, safe=","), "words": dict(words), "note": note}
    _link(key="link", data=data, width="content")
