"""How far a person has come: one value a chapter, kept in the session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dcnviz.ui.lesson.chapter import Answer, Chapter

KEY = "lesson"


@dataclass(frozen=True)
class Progress:
    """Of one chapter.

    Attributes:
        guess: what the person predicts; a place is marked on the stage, and comes here with the answer.
        revealed: whether the answer is shown.
        done: whether the task was fulfilled; it stays so.
        round: how often the chapter was begun.
    """

    guess: Answer | None = None
    revealed: bool = False
    done: bool = False
    round: int = 0


def progress(chapter: Chapter[Any]) -> Progress:
    """Of this session's person."""
    kept: dict[str, Progress] = st.session_state.setdefault(KEY, {})
    return kept.get(chapter.id, Progress())


def record(chapter: Chapter[Any], **changes: Any) -> None:
    """Changes fields of a chapter's progress."""
    now = replace(progress(chapter), **changes)
    st.session_state[KEY] = {**st.session_state[KEY], chapter.id: now}


def begin_again(chapter: Chapter[Any]) -> None:
    """Forgets the guess; a chapter that was complete remains so."""
    before = progress(chapter)
    record(chapter, guess=None, revealed=False, round=before.round + 1)
