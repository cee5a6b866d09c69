"""A change on a page whose parts have not been drawn yet: found by the soak, whose hands are quicker than the page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def quick() -> None:
    """A control of the explorer, on a page without one; run by Streamlit from its source."""
    import streamlit as st

    from dcnviz.ui.parts.fragments import DOWNLOADS, EXPLORE, redraw

    st.button("change", on_click=lambda: redraw(EXPLORE, DOWNLOADS))
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1


def test_the_whole_page_is_drawn_where_the_part_is_not_there_yet() -> None:
    app = AppTest.from_function(quick, default_timeout=300).run()
    app.button[0].click().run()
    assert not app.exception and app.session_state["runs"] == 2
