"""Which picture a page shows."""

from __future__ import annotations

import streamlit as st

from dcnviz.data.pictures import gallery
from dcnviz.ui import networks
from dcnviz.ui.faults import MissingError
from dcnviz.ui.networks import Shown
from dcnviz.ui.parts.frame import say_missing
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import OWN, View, change, current, default_pin


def picture_of(view: View, texts: Texts) -> tuple[View, Shown]:
    """The picture to show.

    A link to somebody's own picture, and a picture whose file is damaged, fall back to another one of the gallery,
    and the page says so.

    Raises:
        MissingError: if none of the gallery's pictures can be read.
    """
    own: Shown | None = st.session_state.get("own")
    if view.picture == OWN and own is not None:
        return view, own
    wanted = view.picture
    if wanted == OWN:
        st.info(texts.own_picture_gone)
        wanted = View().picture
    for picture in dict.fromkeys((wanted, *(p.id for p in gallery()))):
        try:
            shown = networks.from_gallery(picture, view.lang)
        except MissingError as missing:
            say_missing(missing, texts)
            continue
        if picture != view.picture:
            change(picture=picture, at=default_pin(picture))
        return current(), shown
    raise MissingError("picture", wanted)


def picture_title(view: View, texts: Texts) -> str:
    """The picture's name in the person's language."""
    titles = {p.id: p.title_zh if view.lang == "zh" else p.title_en for p in gallery()}
    return titles.get(view.picture, texts.own_picture)
