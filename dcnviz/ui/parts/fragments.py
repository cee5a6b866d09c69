"""Parts of a page that are drawn anew by themselves, by their keys: who changes something names whom it concerns."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dcnviz.ui.view import current

EXPLORE = "explore"
"""The explorer, or the explorers, and their overlays."""
PANEL = "panel"
"""What is said of the pinned cell in numbers."""
DEEPER = "deeper"
"""The deeper look at it."""
DOWNLOADS = "downloads"
"""Its figure to download: it must name the cell that is pinned now."""
TOUR = "touring"
"""The step of the tour."""


def redraw(*keys: str) -> None:
    """Draws these again, and the tour's step where there is one: it may have been done.

    Who is quick may change something on a page whose parts have not been drawn yet; the whole page is drawn then,
    as after any change.
    """
    touring = st.session_state.get("page") == "explore" and current().tour > 0
    with suppress(StreamlitAPIException):  # it knows no such part
        st.rerun([*keys, *([TOUR] if touring else [])])
