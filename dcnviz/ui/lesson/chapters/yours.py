"""Try it in your own network: which of two recordings is of a sick layer, what to look at first, and a patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import streamlit as st

from dcnviz.data.scenes import gallery_scene
from dcnviz.ui import networks
from dcnviz.ui.lesson import patients
from dcnviz.ui.lesson.chapter import Answer, Chapter, Facts, Question
from dcnviz.ui.lesson.checklist import first_look, judge, well_table
from dcnviz.ui.lesson.defects.defect import places
from dcnviz.ui.lesson.handed import changed, packed, unpacked
from dcnviz.ui.lesson.kept import kept
from dcnviz.ui.parts.deeper import sentences
from dcnviz.ui.parts.overview import theme
from dcnviz.ui.snippets import RECORD
from dcnviz.ui.texts import LANGUAGES, all_of
from dcnviz.ui.texts.chapters.schema import ChapterTexts
from dcnviz.ui.texts.learn import LearnTexts
from dcnviz.ui.texts.sheet import SheetTexts
from dcnviz.ui.view import current, how

if TYPE_CHECKING:  # Matplotlib is not imported before the page is painted
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dcnviz.plots.style import ThemeName
    from dcnviz.sampling import Sampling

SHOWN: Mapping[str, str] = {"a": "constant", "b": "healthy"}
"""The two recordings, by names of `patients.SPOILED`."""
THREE_LINES = RECORD.split("\n\n", 1)[1]
CELLS = [(11, 13), (11, 34), (20, 4), (26, 38), (38, 28), (42, 6)]
"""On the square, the ring, the small cross, empty ground, the star and the triangle."""


@dataclass(frozen=True)
class Checked:
    """What was said of the patient's layers, by code; "" of those that nothing was said of."""

    said: tuple[str, ...] = ("", "", "")


@dataclass(frozen=True)
class Recordings:
    """The two recordings; with their health, or without."""

    narrow: ClassVar[bool] = False

    judged: bool

    def start(self, guess: Answer | None = None) -> Checked:
        """Nothing said."""
        return Checked()

    def now(self, key: str, epoch: str, start: Checked) -> Checked:
        """What was said so far."""
        return _believed(kept(key, epoch), start)

    def written(self, now: Checked, start: Checked) -> str:
        """The same for an address."""
        return packed(changed(asdict(now), asdict(start)))

    def read(self, text: str, start: Checked) -> Checked:
        """As an address says; before the answer there is no patient."""
        return _believed(unpacked(text), start) if self.judged else start

    def guess(self, now: Checked) -> Answer | None:
        """Nothing is marked on the pictures."""
        return None

    def mount(self, start: Checked, key: str, epoch: str, words: LearnTexts, own: ChapterTexts) -> None:
        """Draws both."""
        texts = LANGUAGES[current().lang]
        st.code(THREE_LINES, language="python")
        with st.spinner(texts.deeper.working if networks.awake() else texts.waking):
            networks.hurry()
            pictures = {letter: _picture(letter, theme()) for letter in SHOWN}
        with st.grid(len(SHOWN), min_column_width=260, gap="small"):
            for letter, model in SHOWN.items():
                title = texts.yours.recording.format(letter=letter.upper())
                read = places(list(patients.recorded(model).values())[-1], CELLS)
                with st.container(gap="xsmall"):
                    st.image(
                        pictures[letter], width=how().wide(480), alt=f"{title}. {texts.yours.numbers}: {read}"
                    )
                    st.markdown(f"**{title}**")
                    if self.judged:
                        st.markdown(texts.yours.says)
                        st.markdown(sentences(patients.health(model)[-1].findings, texts))
        st.markdown(f"{texts.practice.marks} {texts.practice.outside}")

    def drawer(self, now: Checked, own: ChapterTexts) -> Callable[[], Figure]:
        """Draws both side by side."""
        return _together

    def alt(self, now: Checked, words: SheetTexts) -> str:
        """Where the taps of the last layer end in each."""
        said = "; ".join(f"{letter.upper()}: {places(_last(letter), CELLS)}" for letter in SHOWN)
        return f"{all_of(words).yours.numbers}: {said}"

    def numbers(
        self, now: Checked, own: ChapterTexts, words: SheetTexts
    ) -> tuple[list[str], list[list[str]]]:
        """Of the well one, layer by layer."""
        return well_table(SHOWN["b"], all_of(words).yours)


def _believed(given: Mapping[str, Any], start: Checked) -> Checked:
    """What a browser or an address says of the layers, as far as it can be said of one."""
    said, known = given.get("said"), (*LANGUAGES["en"].yours.verdicts, "")
    if not isinstance(said, list | tuple) or len(said) != len(start.said):
        return start
    return Checked(tuple(code if isinstance(code, str) and code in known else "" for code in said))


def _last(letter: str) -> Sampling:
    return list(patients.recorded(SHOWN[letter]).values())[-1]


def _together() -> Figure:
    for model in SHOWN.values():
        patients.recorded(model)  # before it is anybody's turn: who waits for a cache must not keep one
    with networks.turn():
        from dcnviz.plots.looks import banded, lettered

        box = banded(gallery_scene(patients.SCENE).picture)
        for letter, ax in lettered({letter.upper(): box for letter in SHOWN}).items():
            figure = _figure(letter.lower(), "light", ax)
    return figure


def _figure(letter: str, theme: ThemeName, ax: Axes | None = None) -> Figure:
    from dcnviz.plots.looks import looks

    recorded = patients.recorded(SHOWN[letter])
    return looks(
        _last(letter),
        gallery_scene(patients.SCENE).picture,
        CELLS,
        to_picture=recorded.to_picture[list(recorded)[-1]],
        dot=0.8,
        theme=theme,
        ax=ax,
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _picture(letter: str, theme: ThemeName) -> bytes:
    patients.recorded(SHOWN[letter])
    with networks.turn():
        from dcnviz import plots

        return plots.to_png(_figure(letter, theme), dpi=160)


def _sick(checked: Checked) -> str:
    """The recording whose last layer is not healthy; "c" if there is none."""
    codes = {letter: patients.numbers(model)[-1].code for letter, model in SHOWN.items()}
    return next((letter for letter, code in codes.items() if code != "healthy"), "c")


def _right(checked: Checked) -> list[bool]:
    return [said == layer.code for said, layer in zip(checked.said, patients.numbers("patient"), strict=True)]


def _facts(checked: Checked) -> Facts:
    varying = {
        f"varying_{letter}": f"{patients.numbers(model)[-1].varying:.0%}" for letter, model in SHOWN.items()
    }
    right = _right(checked)
    return {**varying, "sick": _sick(checked).upper(), "right": sum(right), "layers": len(right)}


YOURS = Chapter(
    id="yours",
    before=Recordings(judged=False),
    after=Recordings(judged=True),
    question=Question("choice", _sick),
    facts=_facts,
    formula=lambda checked, inks: [],
    done=lambda checked: all(_right(checked)),
    aside=lambda checked, lang: first_look("b", SHOWN["b"], lang),
    under=lambda checked, epoch, lang: judge(checked.said, epoch, lang),
)
