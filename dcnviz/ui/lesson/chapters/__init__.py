"""The chapters of the lesson, in their order; the address knows them by the ids in `dcnviz.ui.view`."""

from __future__ import annotations

from typing import Any

from dcnviz.ui.lesson.chapter import Chapter
from dcnviz.ui.lesson.chapters.groups import GROUPS
from dcnviz.ui.lesson.chapters.looks import GRID, OFFSETS
from dcnviz.ui.lesson.chapters.masks import MASKS
from dcnviz.ui.lesson.chapters.practice import PRACTICE
from dcnviz.ui.lesson.chapters.sampling import BETWEEN, GRADIENT
from dcnviz.ui.lesson.chapters.stacked import STACKED
from dcnviz.ui.lesson.chapters.yours import YOURS

CHAPTERS: tuple[Chapter[Any], ...] = (
    GRID,
    OFFSETS,
    BETWEEN,
    GRADIENT,
    STACKED,
    MASKS,
    GROUPS,
    PRACTICE,
    YOURS,
)
