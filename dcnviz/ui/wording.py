"""Figures in the person's language, where the machine has a font for it; else in English, never as empty boxes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dcnviz.ui.texts import figures

if TYPE_CHECKING:  # Matplotlib is not imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.plots.words import Words


@cache
def words_of(lang: str) -> Words | None:
    """What figures are written with in a language; None for English, in which they are drawn."""
    if lang != "zh":
        return None
    from dcnviz.plots.words import CHINESE_FONTS, Words, installed

    font = installed(CHINESE_FONTS)
    return None if font is None else Words(figures.CHINESE, font)


def worded(figure: Figure, lang: str) -> Figure:
    """The figure, its words in a language."""
    if words := words_of(lang):
        words.write_into(figure)
    return figure
