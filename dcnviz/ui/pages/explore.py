"""Explore: a picture, a network, and where it looked from the cell a person points at."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dcnviz.ui.networks import Trained, present
from dcnviz.ui.parts.controls import choose_group, choose_layer, choose_picture, choose_version
from dcnviz.ui.parts.deeper import look_deeper
from dcnviz.ui.parts.download_view import download_view
from dcnviz.ui.parts.frame import show_heading, told
from dcnviz.ui.parts.pinned import look_around, point_and_see
from dcnviz.ui.parts.shown import picture_of, picture_title
from dcnviz.ui.parts.tour import lead_tour, offer_tour
from dcnviz.ui.texts import LANGUAGES, run_on
from dcnviz.ui.view import GROUPED, enter, how


def page() -> None:
    """Draws the page."""
    view = enter("explore")
    texts = LANGUAGES[view.lang]
    view, shown = picture_of(view, texts)
    trained = Trained(view.version, view.version)

    show_heading(view, texts, texts.title, partial(offer_tour, texts) if how().shows("tour") else None)
    lead_tour()
    st.markdown(run_on(texts.lead, texts.lead_pinned[view.version] if view.at else ""))
    if how().shows("controls"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            choose_picture(view, texts, picture_title(view, texts))
            choose_version(view, texts)
            choose_layer(view, texts)
            choose_group(texts.group, GROUPED.get(view.version, 1), view.group, view.lang)
    with told():
        present(trained)
        point_and_see(trained, shown)
        look_deeper(trained, shown)
        look_around(trained, shown)
        download_view(trained, shown)
