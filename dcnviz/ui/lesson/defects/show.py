"""The six mistakes on the page: say which picture is broken, then read why, how to see it, how to mend it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.lesson.defects import article, exploding, table
from dcnviz.ui.lesson.defects.judged import SIDES, Judged, to_data
from dcnviz.ui.lesson.defects.training import train
from dcnviz.ui.lesson.kept import keep
from dcnviz.ui.parts.deeper import sentences
from dcnviz.ui.parts.overview import theme
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import how

KEY = "stage-practice"
MARKED = ("order", "start", "exploding", "border")
"""Those whose pictures show a grid and samples."""


def show_mistakes(judged: Judged, epoch: str, lang: str) -> None:
    """Draws the list, and the chosen mistake."""
    texts = LANGUAGES[lang]
    words, shown = texts.practice, judged.shown
    names = {
        id: f"{'✓' if id in judged.found else number} {words.defects[id].name}"
        for number, id in enumerate(table.DEFECTS, 1)
    }
    key = f"mistake.{lang}"
    st.session_state[key] = shown
    st.segmented_control(
        words.choose,
        list(names),
        format_func=lambda id: names[id],
        required=True,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: _keep(replace(judged, shown=st.session_state[key], wrong=""), epoch),
    )
    with st.container(border=True, key="mistake"):
        _ask(judged, epoch, texts)
        if shown in judged.found:
            _explain(shown, lang)
            _go_on(judged, epoch, texts)


def _keep(judged: Judged, epoch: str) -> None:
    keep(KEY, epoch, **to_data(judged))


def _ask(judged: Judged, epoch: str, texts: Texts) -> None:
    """The pictures, and which of them is broken."""
    id, found = judged.shown, judged.shown in judged.found
    words, own, defect = texts.practice, texts.practice.defects[id], table.DEFECTS[id]
    st.markdown(own.ask)
    with st.spinner(texts.deeper.working):
        facts = table.facts(id)
        pictures = {side: table.picture(id, side, theme()) for side in SIDES}
    with st.grid(len(SIDES), min_column_width=240, gap="small"):
        for side in SIDES:
            letter = side.upper()
            title = words.picture.format(letter=letter)
            with st.container(gap="xsmall"):
                st.image(
                    pictures[side],
                    width=how().wide(480),
                    alt=f"{title}. {own.numbers}: {table.read(id, side)}",
                )
                if found:
                    caption = (own.broken if side == defect.broken else own.right).format(**facts)
                    st.markdown(f"**{title}** · {'✗' if side == defect.broken else '✓'} {caption}")
                else:
                    st.button(
                        words.is_broken.format(letter=letter),
                        key=f"broken-{side}",
                        on_click=_judge,
                        args=(judged, side, epoch),
                    )
    if id in MARKED:
        st.markdown(f"{words.marks} {words.outside}" if id in ("exploding", "border") else words.marks)
    if found:
        st.markdown(f"**{words.found.format(letter=defect.broken.upper())}**")
    elif judged.wrong:
        st.warning(words.not_this.format(hint=own.hint))


def _judge(judged: Judged, side: str, epoch: str) -> None:
    if side == table.DEFECTS[judged.shown].broken:
        _keep(replace(judged, found=judged.found | {judged.shown}, wrong=""), epoch)
    else:
        _keep(replace(judged, wrong=side), epoch)


def _explain(id: str, lang: str) -> None:
    """Why, how to see it, how to mend it."""
    texts = LANGUAGES[lang]
    words, own = texts.practice, texts.practice.defects[id]
    st.markdown(f"**{texts.learn.why}** {own.why.format(**table.facts(id))}")
    if id == "article":
        st.markdown(modules_table(lang))
    st.markdown(f"**{words.see}** {own.see}")
    if id == "exploding":
        st.markdown(sentences(exploding.health(True).findings, texts))
    st.markdown(f"**{words.mend}**")
    st.code(table.DEFECTS[id].mend, language="python", wrap_lines=True)


def _go_on(judged: Judged, epoch: str, texts: Texts) -> None:
    """To the next mistake that is not found yet."""
    order = list(table.DEFECTS)
    start = order.index(judged.shown)
    left = [each for each in order[start:] + order[:start] if each not in judged.found]
    if left:
        st.button(
            texts.practice.following,
            key="next-mistake",
            icon=":material/arrow_forward:",
            on_click=lambda: _keep(replace(judged, shown=left[0], wrong=""), epoch),
        )


@st.cache_resource(max_entries=2, show_spinner=False)
def modules_table(lang: str) -> str:
    """What each of the article's modules makes of what it is asked for, in Markdown."""
    words = LANGUAGES[lang].practice
    rows = []
    with networks.turn():
        for asked in article.ASKED:
            made = (article.outcome(module, asked) for module in article.MODULES)
            cells = (words.outcomes[o.what].format(error=o.error, size=o.size, wanted=o.wanted) for o in made)
            rows.append((words.asked[asked], *cells))
        lengths = (article.first_offset(module) for module in article.MODULES)
        full = train(1.0).first
        shares = (train(1.0, hooked=module == "DeformConv2d").first / full for module in article.MODULES)
    first = (words.outcomes["right"] if n == 0 else words.first_offset.format(length=n) for n in lengths)
    rows.append((words.asked["start"], *first))
    rows.append((words.asked["rate"], *(words.first_step.format(share=share) for share in shares)))
    head = f"| {words.asked_for} | `DCN` | `DeformConv2d` |\n|---|---|---|\n"
    return head + "\n".join(f"| {' | '.join(row)} |" for row in rows)
