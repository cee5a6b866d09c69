"""The six mistakes, in their order, and their pictures and numbers, worked out once a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.lesson.defects.article import ARTICLE
from dcnviz.ui.lesson.defects.borders import BORDER
from dcnviz.ui.lesson.defects.defect import Defect
from dcnviz.ui.lesson.defects.exploding import EXPLODING
from dcnviz.ui.lesson.defects.orders import ORDER
from dcnviz.ui.lesson.defects.rates import RATE
from dcnviz.ui.lesson.defects.starts import START

if TYPE_CHECKING:  # Matplotlib is not imported before the page is painted
    from dcnviz.plots.style import ThemeName

DEFECTS: Mapping[str, Defect] = {d.id: d for d in (ORDER, START, RATE, EXPLODING, BORDER, ARTICLE)}


@st.cache_resource(max_entries=8, show_spinner=False)
def facts(id: str) -> Mapping[str, object]:
    """Numbers for a mistake's texts."""
    networks.hurry()
    with networks.turn():
        return DEFECTS[id].facts()


@st.cache_resource(max_entries=24, show_spinner=False)
def picture(id: str, side: str, theme: ThemeName) -> bytes:
    """Picture "a" or "b" of a mistake, as PNG."""
    networks.hurry()
    with networks.turn():
        from dcnviz import plots

        return plots.to_png(DEFECTS[id].figure(side == DEFECTS[id].broken, theme), dpi=160)


@st.cache_resource(max_entries=12, show_spinner=False)
def read(id: str, side: str) -> str:
    """What is on it, in numbers."""
    networks.hurry()
    with networks.turn():
        return DEFECTS[id].read(side == DEFECTS[id].broken)
