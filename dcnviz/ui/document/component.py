"""Two small components: one sets what only the document has, one copies the link to what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import urlencode

import streamlit as st


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


_page = st.components.v2.component("dcnviz_page", js=_read("page.js"))
_link = st.components.v2.component("dcnviz_link", js=_read("link.js"), css=_read("link.css"))


def set_document(lang: str, part: str = "") -> None:
    """The document's language, ``<html lang>``; and the key of a container that is scrolled into sight once."""
    _page(key="document", data={"lang": {"zh": "zh-CN"}.get(lang, lang), "part": part}, height=1)


def copy_link(query: Mapping[str, str], words: Mapping[str, str], note: str = "") -> None:
    """A button that copies the address of what is seen.

    Args:
        query: of the whole address, for as long as the address bar does not have it.
        words: "copy", "copied", "refused" and "field".
        note: what the link cannot carry.
    """
    data = {"query": urlencode(query, safe=","), "words": dict(words), "note": note}
    _link(key="link", data=data, width="content")
