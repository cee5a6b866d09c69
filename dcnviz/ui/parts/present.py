"""What a teacher has on every page: the link to it, what is left out, and the look for a wall."""

from __future__ import annotations

from importlib.resources import files

import streamlit as st

from dcnviz.ui import document
from dcnviz.ui.document.component import copy_link
from dcnviz.ui.presented import PARTS
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import OWN, View, change, current_own, how, whole_address

PROJECTOR = files(document).joinpath("projector.css").read_text(encoding="utf-8")
FIRM = "link"  # what is not offered: it would take away the way back


def look() -> None:
    """Dresses the page for a wall, if it is to be seen on one."""
    if how().projector:
        st.html(f"<style>{PROJECTOR}</style>")


def hand_out(view: View, texts: Texts) -> None:
    """The button that copies the link, and the choice of how the page is presented."""
    words = texts.handout
    copy_link(whole_address(), words.link, _not_in_link(view, texts))
    with st.popover(words.present, icon=":material/co_present:", key="present"):
        st.session_state["projector"] = how().projector
        st.toggle(
            words.projector,
            key="projector",
            help=words.projector_help,
            on_change=lambda: change(projector=st.session_state["projector"]),
        )
        key = f"hide.{view.lang}"
        st.session_state[key] = [part for part in how().hide if part != FIRM]
        st.pills(
            words.hide,
            [part for part in PARTS if part != FIRM],
            selection_mode="multi",
            format_func=lambda part: words.parts[part],
            key=key,
            help=words.hide_help,
            on_change=lambda: change(hide=tuple(part for part in PARTS if part in st.session_state[key])),
        )


def _not_in_link(view: View, texts: Texts) -> str:
    """What the page shows that a link cannot carry."""
    page, words = st.session_state["page"], texts.handout
    if page == "model" and current_own().tab != "lines":
        return words.no_file
    return words.no_picture if view.picture == OWN and page in ("explore", "compare") else ""
