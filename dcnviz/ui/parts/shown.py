"""Which picture a page shows."""

from __future__ import annotations

import streamlit as st

from dcnviz.data.pictures import gallery
from dcnviz.ui import networks
from dcnviz.ui.networks import Shown
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import OWN, View, change, current, default_pin


def picture_of(view: View, texts: Texts) -> tuple[View, Shown]:
    """The picture to show; a link to somebody's own picture falls back to the gallery, and says so."""
    if view.picture != OWN:
        return view, networks.from_gallery(view.picture, view.lang)
    own: Shown | None = st.session_state.get("own")
    if own is not None:
        return view, own
    st.info(texts.own_picture_gone)
    first = View().picture
    change(picture=first, at=default_pin(first))
    return current(), networks.from_gallery(first, view.lang)


def picture_title(view: View, texts: Texts) -> str:
    """The picture's name in the person's language."""
    titles = {p.id: p.title_zh if view.lang == "zh" else p.title_en for p in gallery()}
    return titles.get(view.picture, texts.own_picture)
