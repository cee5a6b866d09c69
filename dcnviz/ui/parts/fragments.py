"""Parts of a page that are drawn anew by themselves, by their keys: who changes something names whom it concerns.

A click draws the panel first, alone. What else it concerns is put off until the browser has painted that and says so:
drawn with it, it would keep the panel waiting, for the browser draws what comes together at once.
"""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dcnviz.ui.view import current, write_address

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
PUT_OFF = "put_off"


def redraw(*keys: str) -> None:
    """Draws these again, and the tour's step where there is one: it may have been done.

    Who is quick may change something on a page whose parts have not been drawn yet; the whole page is drawn then,
    as after any change.
    """
    touring = st.session_state.get("page") == "explore" and current().tour > 0
    with suppress(StreamlitAPIException):  # it knows no such part
        st.rerun([*keys, *([TOUR] if touring else [])])


def put_off(*keys: str) -> None:
    """Leaves the address to be written, and parts to be drawn, when the panel has been painted."""
    number, waiting = st.session_state.get(PUT_OFF, (0, ()))
    st.session_state[PUT_OFF] = number + 1, tuple(dict.fromkeys((*waiting, *keys)))


def owed() -> int:
    """A number for what is put off, a new one after every click; 0 if nothing is."""
    number, waiting = st.session_state.get(PUT_OFF, (0, ()))
    return number if waiting else 0


def pay() -> None:
    """Does what was put off: a callback."""
    number, waiting = st.session_state.get(PUT_OFF, (0, ()))
    st.session_state[PUT_OFF] = number, ()
    write_address()
    redraw(*waiting)
