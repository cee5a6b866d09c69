"""What a chapter is: what is to be seen before and after the answer, what is asked, and when it is complete.

A chapter never holds an answer: ``Question.truth`` works it out, from the operator or a network, on what is then shown.
The chapters themselves are in `dcnviz.ui.lesson.chapters`, their words in `dcnviz.ui.texts.chapters`, both by id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable

from dcnviz.ui.lesson.formulas import Inks
from dcnviz.ui.texts.chapters.schema import ChapterTexts
from dcnviz.ui.texts.learn import LearnTexts
from dcnviz.ui.texts.sheet import SheetTexts

if TYPE_CHECKING:  # Matplotlib is imported when a figure is drawn
    from matplotlib.figure import Figure

Answer = str | float | tuple[int, int]
Facts = Mapping[str, object]
Thing = TypeVar("Thing")
"""What a person looks at and changes, as a value: a `dcnviz.ui.toy.state.Toy`, or what another stage has."""


class Stage(Protocol[Thing]):
    """Something to look at and to do. `dcnviz.ui.lesson.stages` has one with the toy.

    Attributes:
        narrow: whether it leaves room beside it for the question, on a page that is wide.
    """

    narrow: ClassVar[bool]

    def start(self, guess: Answer | None = None) -> Thing:
        """How it stands at first, with a guess marked on it if it is one that can be."""
        ...

    def now(self, key: str, epoch: str, start: Thing) -> Thing:
        """How it stands, mounted under this key; the start where this epoch has no word from the browser yet."""
        ...

    def guess(self, now: Thing) -> Answer | None:
        """What a person has marked on it as a guess."""
        ...

    def mount(self, start: Thing, key: str, epoch: str, words: LearnTexts, own: ChapterTexts) -> None:
        """Draws it on the page.

        Args:
            start: as `start` gave it.
            key: of the component; what the browser says lies in the session under it.
            epoch: any text; with a new one the thing begins again from the start.
            words: of the page.
            own: the chapter's.
        """
        ...


@runtime_checkable
class OnPaper(Protocol):
    """What a stage has besides, if it can be drawn on paper: for the handout, and for the figure to download."""

    def drawer(self, now: Any, own: ChapterTexts) -> Callable[[], Figure] | None:
        """What draws it as it stands, on a white page; None if there is nothing to draw."""
        ...

    def alt(self, now: Any, words: SheetTexts) -> str:
        """The same in words."""
        ...

    def numbers(
        self, now: Any, own: ChapterTexts, words: SheetTexts
    ) -> tuple[list[str], list[list[str]]] | None:
        """The numbers behind the figure: a table's head and rows, in Markdown; None if there are none."""
        ...


@dataclass(frozen=True)
class Question(Generic[Thing]):
    """What is to be predicted.

    Attributes:
        kind: "choice" of the texts' options, a "number", or a "place" marked on the stage.
        truth: the answer, from live computation on the second stage's start.
        near: a number this near is right; ten times as far is close.
        step: of the field in which a number is guessed.
        form: how a number is written.
    """

    kind: Literal["choice", "number", "place"]
    truth: Callable[[Thing], Answer]
    near: float = 0.05
    step: float = 0.5
    form: str = ".2f"


@dataclass(frozen=True)
class Chapter(Generic[Thing]):
    """One chapter: predict, reveal, try.

    Attributes:
        id: in the address and in the texts.
        before: until the answer is shown.
        after: from then on.
        facts: numbers for the chapter's texts, from the stage as it stands.
        formula: LaTeX lines with its numbers; colours as `Inks` has them.
        done: whether the stage as it stands fulfils the task.
        aside: draws what else belongs to it, below the task, such as a table or lines of code, for a language's code.
        under: draws what the task is done on, where that is not the stage itself, for the stage as it stands, its
            epoch and a language's code.
    """

    id: str
    before: Stage[Thing]
    after: Stage[Thing]
    question: Question[Thing]
    facts: Callable[[Thing], Facts]
    formula: Callable[[Thing, Inks], list[str]]
    done: Callable[[Thing], bool]
    aside: Callable[[Thing, str], None] | None = None
    under: Callable[[Thing, str, str], None] | None = None


def written(chapter: Chapter[Any], now: Any) -> dict[str, str]:
    """The numbers for a chapter's texts, with true minus signs."""
    return {name: str(value).replace("-", "−") for name, value in chapter.facts(now).items()}


def verdict(question: Question[Thing], guess: Answer, shown: Thing) -> Literal["right", "close", "wrong"]:
    """What became of a guess.

    >>> verdict(Question("number", lambda toy: 4.5), 4.4, None)
    'close'
    """
    truth = question.truth(shown)
    if question.kind != "number" or not isinstance(truth, float) or not isinstance(guess, int | float):
        return "right" if guess == truth else "wrong"
    far = abs(guess - truth)
    return "right" if far <= question.near else "close" if far <= 10 * question.near else "wrong"
