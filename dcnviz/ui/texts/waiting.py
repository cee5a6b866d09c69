"""The words of what waits in the queue for heavy work, in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WaitingTexts:
    """The texts of one language; braces are filled in by ``str.format``."""

    before: str
    working: str
    stop: str


ENGLISH = WaitingTexts(
    before="Waiting: {before} before you. The rest of the page can be used meanwhile.",
    working="Working it out…",
    stop="Do not wait",
)

CHINESE = WaitingTexts(
    before="排队中：前面还有 {before} 项。此时页面的其他部分照常可用。",
    working="正在计算……",
    stop="不再等待",
)
