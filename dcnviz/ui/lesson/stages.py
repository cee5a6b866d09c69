"""Stages: what a chapter puts before a person, and how it is asked how things stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from dcnviz.ui.groups.component import grouped
from dcnviz.ui.groups.component import standing as groups_standing
from dcnviz.ui.groups.state import Groups
from dcnviz.ui.groups.state import believed as groups_believed
from dcnviz.ui.groups.state import to_data as groups_data
from dcnviz.ui.lesson.chapter import Answer
from dcnviz.ui.lesson.groups_paper import groups_alt, groups_figure, groups_numbers
from dcnviz.ui.lesson.handed import changed, merged, packed, unpacked
from dcnviz.ui.lesson.toy_paper import Numbers, toy_alt, toy_figure, toy_numbers
from dcnviz.ui.texts.chapters.schema import ChapterTexts
from dcnviz.ui.texts.learn import LearnTexts
from dcnviz.ui.texts.sheet import SheetTexts
from dcnviz.ui.toy.component import standing, toy
from dcnviz.ui.toy.state import Toy, believed, to_data

if TYPE_CHECKING:  # Matplotlib is imported when a figure is drawn
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class OnToy:
    """The toy, with what is shown of it and what a person may change; names of `dcnviz.ui.toy.component`.

    Attributes:
        toy: how it stands at first.
        rate: pixels a tap moves by one step for a gradient of 1.
    """

    narrow: ClassVar[bool] = True

    toy: Callable[[], Toy]
    shown: tuple[str, ...]
    can: tuple[str, ...]
    rate: float = 0.1

    def start(self, guess: Answer | None = None) -> Toy:
        """The toy at first; a guessed pixel stays marked beside the truth."""
        return replace(self.toy(), guess=guess) if isinstance(guess, tuple) else self.toy()

    def now(self, key: str, epoch: str, start: Toy) -> Toy:
        """The toy after the last release of the hand."""
        return standing(key, epoch, start)

    def guess(self, now: Toy) -> Answer | None:
        """The pixel that was marked."""
        return now.guess

    def mount(self, start: Toy, key: str, epoch: str, words: LearnTexts, own: ChapterTexts) -> None:
        """Draws the toy."""
        toy(start, key=key, epoch=epoch, shown=self.shown, can=self.can, labels=words.toy, rate=self.rate)

    def written(self, now: Toy, start: Toy) -> str:
        """What a hand has changed, for an address."""
        return packed(changed(to_data(now), to_data(start)))

    def read(self, text: str, start: Toy) -> Toy:
        """The start with what an address says was changed; the start where it cannot be."""
        return believed(merged(to_data(start), unpacked(text)), start)

    def drawer(self, now: Toy, own: ChapterTexts) -> Callable[[], Figure] | None:
        """Draws the board; there is nothing to draw where the kernel does not fit."""
        return None if now.output_size is None else partial(toy_figure, now, self.shown)

    def alt(self, now: Toy, words: SheetTexts) -> str:
        """Where its taps stand."""
        return toy_alt(now, words)

    def numbers(self, now: Toy, own: ChapterTexts, words: SheetTexts) -> Numbers | None:
        """Its taps, one a row."""
        return toy_numbers(now, self.shown, words)


@dataclass(frozen=True)
class OnGroups:
    """Two groups of channels, with what is shown and what a person may change; names of `dcnviz.ui.groups.component`.

    Attributes:
        first: how they stand at first.
    """

    narrow: ClassVar[bool] = False

    first: Groups
    shown: tuple[str, ...]
    can: tuple[str, ...]

    def start(self, guess: Answer | None = None) -> Groups:
        """As at first; nothing is guessed on the maps."""
        return self.first

    def now(self, key: str, epoch: str, start: Groups) -> Groups:
        """The groups after the last release of the hand."""
        return groups_standing(key, epoch, start)

    def written(self, now: Groups, start: Groups) -> str:
        """What a hand has changed, for an address."""
        return packed(changed(groups_data(now), groups_data(start)))

    def read(self, text: str, start: Groups) -> Groups:
        """The start with what an address says was changed; the start where it cannot be."""
        return groups_believed(merged(groups_data(start), unpacked(text)), start)

    def guess(self, now: Groups) -> Answer | None:
        """None: the page asks."""
        return None

    def mount(self, start: Groups, key: str, epoch: str, words: LearnTexts, own: ChapterTexts) -> None:
        """Draws the groups; their words are the toy's and the chapter's."""
        labels = {**words.toy, **own.words}
        grouped(start, key=key, epoch=epoch, shown=self.shown, can=self.can, labels=labels)

    def drawer(self, now: Groups, own: ChapterTexts) -> Callable[[], Figure]:
        """Draws the boards."""
        return partial(groups_figure, now)

    def alt(self, now: Groups, words: SheetTexts) -> str:
        """Where the taps stand."""
        return groups_alt(now, words)

    def numbers(self, now: Groups, own: ChapterTexts, words: SheetTexts) -> Numbers:
        """The taps of all groups."""
        return groups_numbers(now, words)
