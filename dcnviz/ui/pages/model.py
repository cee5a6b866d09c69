"""Your model: a recording or a checkpoint of somebody's own."""

from __future__ import annotations

from dcnviz.ui.parts.frame import show_heading
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import enter


def page() -> None:
    """Draws the page."""
    view = enter("model")
    show_heading(view, LANGUAGES[view.lang], LANGUAGES[view.lang].model.title)
