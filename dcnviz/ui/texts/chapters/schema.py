"""What is said in one chapter of Learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ChapterTexts:
    """The texts of one chapter in one language.

    Attributes:
        short: for the list of chapters.
        lead: what is explained before the question.
        ask: the question to predict.
        options: answers to choose from, by their codes; none where a place or a number is asked for.
        why: the reason, after the answer is seen.
        task: what to do then.
        state: where the task stands, in numbers.
        done: said when it is done.
        words: what else stands on its stage and beside the reason, by the chapter's own names.
    """

    title: str
    short: str
    lead: str
    ask: str
    why: str
    task: str
    state: str
    done: str
    options: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
