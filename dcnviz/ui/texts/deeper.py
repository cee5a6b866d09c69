"""The words of the deeper looks at a pinned cell, in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeeperTexts:
    """The texts of one language."""

    title: str


ENGLISH = DeeperTexts(title="A deeper look at this cell")
CHINESE = DeeperTexts(title="进一步分析这个单元")
