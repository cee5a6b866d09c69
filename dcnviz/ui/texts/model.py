"""The words of the page Your model, in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelTexts:
    """The texts of one language."""

    title: str


ENGLISH = ModelTexts(title="Your model")
CHINESE = ModelTexts(title="你的模型")
