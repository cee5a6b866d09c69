"""The words of the chapters of Learn, by their ids, in both languages; numbers are filled in from live computation."""

from __future__ import annotations

from dcnviz.ui.texts.chapters import groups, looks, masks, practice, sampling, stacked, yours

_IN_ORDER = (
    looks,
    sampling,
    stacked,
    masks,
    groups,
    practice,
    yours,
)  # as `dcnviz.ui.lesson.chapters.CHAPTERS`

ENGLISH = {id: words for part in _IN_ORDER for id, words in part.ENGLISH.items()}
CHINESE = {id: words for part in _IN_ORDER for id, words in part.CHINESE.items()}
