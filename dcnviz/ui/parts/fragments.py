"""Parts of a page that are drawn anew by themselves, by their keys: who changes something names whom it concerns."""

from __future__ import annotations

import streamlit as st

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


def with_tour(*keys: str) -> list[str]:
    """These, and the tour's step where there is one: it may have been done."""
    touring = st.session_state.get("page") == "explore" and current().tour > 0
    return [*keys, *([TOUR] if touring else [])]
