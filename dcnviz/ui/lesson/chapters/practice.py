"""What goes wrong in practice: first one tensor in three channel orders, then six mistakes beside what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.lesson.chapter import Answer, Chapter, Facts, Question
from dcnviz.ui.lesson.defects.defect import places
from dcnviz.ui.lesson.defects.judged import Judged, believed, to_data
from dcnviz.ui.lesson.defects.orders import BOX, DISC, figure_of, readings, written
from dcnviz.ui.lesson.defects.show import show_mistakes
from dcnviz.ui.lesson.defects.table import DEFECTS
from dcnviz.ui.lesson.handed import changed, packed, unpacked
from dcnviz.ui.lesson.kept import kept
from dcnviz.ui.parts.overview import theme
from dcnviz.ui.texts import LANGUAGES, all_of
from dcnviz.ui.texts.chapters.schema import ChapterTexts
from dcnviz.ui.texts.learn import LearnTexts
from dcnviz.ui.texts.sheet import SheetTexts
from dcnviz.ui.view import current

if TYPE_CHECKING:  # Matplotlib is not imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.plots.style import ThemeName

READ_AS: Mapping[str, str] = {"a": "blocked", "b": "torchvision", "c": "torchvision, x first"}
"""The three pictures' orders, by the names of `dcnviz.analysis.orders`."""


@dataclass(frozen=True)
class Readings:
    """The three pictures; with the error of each, or without."""

    narrow: ClassVar[bool] = False

    errors: bool

    def start(self, guess: Answer | None = None) -> Judged:
        """Nothing found."""
        return Judged()

    def now(self, key: str, epoch: str, start: Judged) -> Judged:
        """What was found so far, and which mistake is open."""
        return believed(kept(key, epoch), start)

    def written(self, now: Judged, start: Judged) -> str:
        """The same for an address."""
        return packed(changed(to_data(now), to_data(start)))

    def read(self, text: str, start: Judged) -> Judged:
        """As an address says; before the answer no mistake is open."""
        return believed(unpacked(text), start) if self.errors else start

    def guess(self, now: Judged) -> Answer | None:
        """Nothing is marked on the pictures."""
        return None

    def mount(self, start: Judged, key: str, epoch: str, words: LearnTexts, own: ChapterTexts) -> None:
        """Draws the pictures."""
        texts = LANGUAGES[current().lang]
        with st.spinner(texts.deeper.working if networks.awake() else texts.waking):
            made = _errors()
        with st.grid(len(READ_AS), min_column_width=240, gap="small"):
            for letter in READ_AS:
                title = texts.practice.picture.format(letter=letter.upper())
                alt = f"{title}. {texts.practice.defects['order'].numbers}: {_read(letter)}"
                with st.container(gap="xsmall"):
                    st.image(_picture(letter, theme()), width="stretch", alt=alt)
                    said = texts.practice.reading_off.format(error=made[letter]) if self.errors else ""
                    st.markdown(f"**{title}**" + (f" · {said}" if said else ""))
        st.markdown(texts.practice.marks)

    def drawer(self, now: Judged, own: ChapterTexts) -> Callable[[], Figure]:
        """Draws the three pictures side by side."""
        return _together

    def alt(self, now: Judged, words: SheetTexts) -> str:
        """Where the taps end in each."""
        said = "; ".join(f"{letter.upper()}: {_read(letter)}" for letter in READ_AS)
        return f"{all_of(words).practice.defects['order'].numbers}: {said}"

    def numbers(self, now: Judged, own: ChapterTexts, words: SheetTexts) -> tuple[list[str], list[list[str]]]:
        """How far the output is off in each."""
        said = all_of(words).practice
        rows = [
            [said.picture.format(letter=letter.upper()), said.reading_off.format(error=error)]
            for letter, error in _errors().items()
        ]
        return ["", ""], rows


def _together() -> Figure:
    made = readings("v2")
    with networks.turn():
        from dcnviz.plots.looks import lettered

        places = lettered({letter.upper(): BOX for letter in READ_AS})
        for ax, name in zip(places.values(), READ_AS.values(), strict=True):
            figure = figure_of(made[name], "light", ax)
    return figure


def _errors() -> dict[str, str]:
    """Of the output in each order, as the texts have it."""
    networks.hurry()
    with networks.turn():
        made = readings("v2")
    return {letter: written(made[name].error) for letter, name in READ_AS.items()}


def _read(letter: str) -> str:
    return places(readings("v2")[READ_AS[letter]].sampling, [DISC])


@st.cache_resource(max_entries=6, show_spinner=False)
def _picture(letter: str, theme: ThemeName) -> bytes:
    with networks.turn():
        from dcnviz import plots

        return plots.to_png(figure_of(readings("v2")[READ_AS[letter]], theme), dpi=160)


def _fits(judged: Judged) -> str:
    """The picture whose order gives the layer's output."""
    networks.hurry()
    with networks.turn():
        made = readings("v2")
    return min(READ_AS, key=lambda letter: made[READ_AS[letter]].error)


def _facts(judged: Judged) -> Facts:
    return {**_errors(), "found": len(judged.found), "count": len(DEFECTS)}


PRACTICE = Chapter(
    id="practice",
    before=Readings(errors=False),
    after=Readings(errors=True),
    question=Question("choice", _fits),
    facts=_facts,
    formula=lambda judged, inks: [],
    done=lambda judged: len(judged.found) == len(DEFECTS),
    under=show_mistakes,
)
