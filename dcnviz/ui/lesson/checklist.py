"""What to look at first in a recording, and a recording to be judged layer by layer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from dcnviz.ui import networks, recorded
from dcnviz.ui.lesson import patients
from dcnviz.ui.lesson.kept import keep
from dcnviz.ui.navigation import turn_to
from dcnviz.ui.own_view import LIBRARIES
from dcnviz.ui.parts.controls import choice
from dcnviz.ui.parts.deeper import sentences
from dcnviz.ui.snippets import lines
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.texts.yours import YoursTexts
from dcnviz.ui.view import change, current_own

KEY = "stage-yours"
PATIENT = "patient"
IN_PYTHON = """for name, health in dcnviz.analysis.recording_health(recording).items():
    sampling = recording[name]
    print(name, health.verdict)
    print(dcnviz.analysis.effective_dilation(sampling).mean())
    print(sampling.mask.sum(dim=2).mean())
"""


def first_look(letter: str, model: str, lang: str) -> None:
    """The numbers to look at first, of a model that is well, and the code for one's own."""
    texts = LANGUAGES[lang]
    words = texts.yours
    st.markdown(words.well.format(letter=letter.upper()))
    st.markdown(_table(*well_table(model, words)))
    st.markdown(words.in_python)
    st.code(IN_PYTHON, language="python", wrap_lines=True)
    library = current_own().library
    choice("library", words.model, LIBRARIES, texts.model.library_names, library)
    st.code(lines(library, texts.model.comments), language="python", wrap_lines=True)
    st.markdown(words.docs)


def well_table(model: str, words: YoursTexts) -> tuple[list[str], list[list[str]]]:
    """The numbers to look at first, a row a layer."""
    rows = [
        [
            str(n),
            words.verdicts.get(layer.code, layer.code),
            f"{layer.length:.2f}",
            *(f"{each:.2f}" for each in layer.dilation[1:]),
            f"{layer.mask_sum:.2f}",
        ]
        for n, layer in enumerate(patients.numbers(model), 1)
    ]
    return list(words.columns), rows


def judge(said: Sequence[str], epoch: str, lang: str) -> None:
    """The patient's numbers, a choice for each layer, and where to go from here."""
    texts = LANGUAGES[lang]
    words, layers = texts.yours, patients.numbers(PATIENT)
    rows = [
        (
            str(n),
            f"{layer.length:.2f}",
            f"{layer.varying:.0%}",
            f"{layer.outside:.0%} ({layer.regular:.0%})",
            f"{layer.dead:.0%}",
            f"{layer.mask_sum:.2f}",
        )
        for n, layer in enumerate(layers, 1)
    ]
    st.markdown(_table(words.patient_columns, rows))
    for number, layer in enumerate(layers):
        key = f"said-{number}.{lang}"
        st.session_state[key] = said[number] or None
        right = said[number] == layer.code
        part = st.container(key=f"layer-{number}", gap="xsmall")
        mark = "" if not said[number] else " ✓" if right else " ✗"
        part.segmented_control(
            words.layer.format(n=number + 1) + mark,
            list(words.verdicts),
            format_func=lambda code: words.verdicts[code],
            key=key,
            on_change=_remember(said, number, key, epoch),
        )
        if right:
            part.markdown(sentences(patients.health(PATIENT)[number].findings[:1], texts))
    _go_on(texts)


def _remember(said: Sequence[str], number: int, key: str, epoch: str) -> Callable[[], None]:
    def taken() -> None:
        keep(KEY, epoch, said=[*said[:number], st.session_state[key] or "", *said[number + 1 :]])

    return taken


def _go_on(texts: Texts) -> None:
    """The same recording on "Your model", and the pages for the bundled networks."""
    words = texts.yours
    with st.container(horizontal=True):
        if st.button(words.open_model, key="open-patient", icon=":material/open_in_new:"):
            _open_patient(texts)
        for page, label in (("explore", words.explore), ("compare", words.compare)):
            if st.button(label, key=f"to-{page}"):
                turn_to(page)


def _open_patient(texts: Texts) -> None:
    """Makes the patient the session's own recording, as if its file had been given, and turns to the page."""
    file = io.BytesIO()
    with networks.turn():
        patients.recorded(PATIENT).save(file)
    st.session_state["own_recording"] = recorded.read_upload(file.getvalue(), texts.yours.name)
    change(tab="recording", number=2, image=0, offset_group=0, cell=(11, 13))  # on the square
    turn_to("model")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """In Markdown."""
    titles = list(head)
    body = [titles, ["---"] * len(titles), *map(list, rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in body)
