"""The words of the interface, in two languages."""

from __future__ import annotations

from itertools import pairwise

from dcnviz.ui.texts.en import ENGLISH
from dcnviz.ui.texts.schema import Texts
from dcnviz.ui.texts.sheet import SheetTexts
from dcnviz.ui.texts.zh import CHINESE

FULL = "。！？："
LANGUAGES: dict[str, Texts] = {"en": ENGLISH, "zh": CHINESE}


def language_of(locale: str | None) -> str:
    """The language of a browser's locale: Chinese for "zh", "zh-CN" and the like, else English.

    >>> language_of("zh-CN"), language_of("de"), language_of(None)
    ('zh', 'en', 'en')
    """
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def run_on(*sentences: str) -> str:
    """Sentences after one another; a full stop of Chinese has its space in itself.

    >>> run_on("One.", "", "Two."), run_on("一。", "二。")
    ('One. Two.', '一。二。')
    """
    return "".join(
        each if not before or before[-1] in FULL else f" {each}"
        for before, each in pairwise(("", *filter(None, sentences)))
    )


def all_of(sheet: SheetTexts) -> Texts:
    """All texts of the language that a sheet's are of."""
    return next(texts for texts in LANGUAGES.values() if texts.sheet is sheet)


__all__ = ["LANGUAGES", "Texts", "all_of", "language_of", "run_on"]
