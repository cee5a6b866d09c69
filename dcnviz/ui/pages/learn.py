"""Learn: short chapters; each is predicted, seen, and then tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dcnviz.ui.lesson import handed
from dcnviz.ui.lesson.chapter import Answer, Chapter, Stage, verdict, written
from dcnviz.ui.lesson.chapters import CHAPTERS
from dcnviz.ui.lesson.formulas import Inks
from dcnviz.ui.lesson.progress import begin_again, progress, record
from dcnviz.ui.parts.download_lesson import download_lesson
from dcnviz.ui.parts.frame import show_heading, told
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.texts.chapters.schema import ChapterTexts
from dcnviz.ui.view import change, current, enter, how

STYLE = """<style>
.st-key-chapter [data-testid=stMarkdownContainer] p { max-width: 46rem; }
.st-key-chapter .katex-display { text-align: left; margin: 0.3rem 0; overflow-x: auto; overflow-y: hidden; }
.st-key-chapter .katex-display > .katex { text-align: left; }
@media (max-width: 640px) {
  .st-key-chapter table { font-size: 0.85rem; }
  .st-key-chapter :is(th, td) { padding: 0.3rem 0.35rem; }
  .st-key-chapter td:first-child { min-width: 4.5em; }
}
</style>"""
BESIDE = """<style>
@media (min-width: 900px) {
  .st-key-asked { display: grid; grid-template-columns: minmax(0, 34rem) minmax(17rem, 1fr); column-gap: 2.5rem; }
}
</style>"""
"""The question stands beside what it is about. It is said in style alone: the stage keeps its place among the page's
elements when the answer is shown, and so its taps can glide from where they were."""


def page() -> None:
    """Draws the page."""
    view = enter("learn")
    texts = LANGUAGES[view.lang]
    show_heading(view, texts, texts.learn.title)
    st.html(STYLE)
    with told():
        lesson()


@st.fragment
@told()
def lesson() -> None:
    """The list of chapters and the chosen one. Whatever is done on a stage draws this part alone."""
    view = current()
    texts = LANGUAGES[view.lang]
    chapter = next(each for each in CHAPTERS if each.id == view.chapter)
    handed.take(chapter)
    if progress(chapter).revealed and chapter.done(mounting(chapter).now):
        record(chapter, done=True)  # before the list of chapters is drawn
    if how().shows("chapters"):
        choose_chapter(chapter, texts)
    with st.container(key="chapter"):
        show_chapter(chapter, texts)
    turn_pages(chapter, texts)
    now = mounting(chapter).now
    handed.write(chapter, now)
    download_lesson(chapter, now, texts)


@dataclass(frozen=True)
class Mounting:
    """Under which names a chapter's stage is mounted now, how it starts, and how it stands."""

    stage: Stage[Any]
    key: str
    epoch: str
    start: Any
    now: Any


def mounting(chapter: Chapter[Any]) -> Mounting:
    """A new round, and the answer, are new epochs: everything starts as the stage says."""
    so_far = progress(chapter)
    stage = chapter.after if so_far.revealed else chapter.before
    start, key = stage.start(so_far.guess if so_far.revealed else None), f"stage-{chapter.id}"
    start = handed.start_of(chapter, start)
    epoch = f"{chapter.id}-{so_far.round}-{'after' if so_far.revealed else 'before'}"
    return Mounting(stage, key, epoch, start, stage.now(key, epoch, start))


def choose_chapter(chapter: Chapter[Any], texts: Texts) -> None:
    """The list of chapters; a check stands before those that are complete."""
    words = texts.learn
    done = {each.id for each in CHAPTERS if progress(each).done}
    st.markdown(f"{words.lead} **{words.progress.format(done=len(done), count=len(CHAPTERS))}**")
    names = {
        each.id: f"{'✓' if each.id in done else number} {words.chapters[each.id].short}"
        for number, each in enumerate(CHAPTERS, 1)
    }
    key = f"chapter.{current().lang}"
    st.session_state[key] = chapter.id
    st.segmented_control(
        words.chapter,
        list(names),
        format_func=lambda id: names[id],
        required=True,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: change(chapter=st.session_state[key]),
    )


def show_chapter(chapter: Chapter[Any], texts: Texts) -> None:
    """Explain, ask, show, let try."""
    own, words = texts.learn.chapters[chapter.id], texts.learn
    revealed, mounted = progress(chapter).revealed, mounting(chapter)
    asked = written(chapter, chapter.before.start())
    st.markdown(f"## {CHAPTERS.index(chapter) + 1}. {own.title}")
    st.markdown(own.lead.format(**asked))
    st.markdown(f"**{words.predict}** {own.ask.format(**asked)}")
    st.html(BESIDE if mounted.stage.narrow and not revealed else "<style></style>")
    with st.container(key="asked"):
        with st.container():
            mounted.stage.mount(mounted.start, mounted.key, mounted.epoch, words, own)
        with st.container():
            if revealed:
                explain(chapter, mounted, texts)
            else:
                ask(chapter, mounted, own, texts)


def ask(chapter: Chapter[Any], mounted: Mounting, own: ChapterTexts, texts: Texts) -> None:
    """Takes a guess. The button is there from the first, and works once something is guessed."""
    words, kind = texts.learn, chapter.question.kind
    key = f"guess-{chapter.id}-{progress(chapter).round}.{current().lang}"
    marked = mounted.stage.guess(mounted.now)
    guess = marked if kind == "place" else progress(chapter).guess

    def take() -> None:
        record(chapter, guess=st.session_state[key])

    with st.container(horizontal=kind == "number", vertical_alignment="bottom"):
        if kind == "choice":
            st.session_state[key] = guess
            st.radio(
                words.your_guess,
                list(own.options),
                format_func=lambda code: own.options[code],
                index=None,
                key=key,
                on_change=take,
            )
        elif kind == "number":
            st.session_state[key] = guess
            asked = chapter.question
            st.number_input(
                words.your_guess,
                value=None,
                step=asked.step,
                format=f"%{asked.form}",
                key=key,
                on_change=take,
                width=180,
            )
        elif marked is None:
            st.markdown(words.click_first)
        st.button(
            words.reveal,
            type="primary",
            disabled=guess is None,
            key=f"reveal-{chapter.id}",
            on_click=lambda: record(chapter, guess=guess, revealed=True),
        )


def explain(chapter: Chapter[Any], mounted: Mounting, texts: Texts) -> None:
    """What became of the guess, why, with the numbers of the stage as it stands; and the task."""
    now = mounted.now
    words, own, facts = texts.learn, texts.learn.chapters[chapter.id], written(chapter, now)
    say_verdict(chapter, progress(chapter).guess, own, texts)
    lines = chapter.formula(now, Inks(dark=st.context.theme.type == "dark"))
    reason, numbers = st.columns([1.1, 1], gap="medium") if lines else (st.container(), st.empty())
    reason.markdown(f"**{words.why}** {own.why.format(**facts)}")
    for line in lines:
        numbers.latex(line)
    st.markdown(f"**{words.now_you}** {own.task.format(**facts)}")
    if chapter.under is not None:
        chapter.under(now, mounted.epoch, current().lang)
    if chapter.done(now):
        st.success(f"{own.done.format(**facts)} **{words.complete}**", icon=":material/check:")
    else:
        st.info(words.not_yet.format(state=own.state.format(**facts)))
    if chapter.aside is not None:
        chapter.aside(now, current().lang)


def say_verdict(chapter: Chapter[Any], guess: Answer | None, own: ChapterTexts, texts: Texts) -> None:
    """Right, close or not, against the truth of what is shown now."""
    words, shown = texts.learn, chapter.after.start()
    if guess is None:
        return
    truth = chapter.question.truth(shown)
    said = verdict(chapter.question, guess, shown)
    if said == "right":
        st.success(f"**{words.right}**")
    elif isinstance(truth, tuple):
        st.warning(f"**{words.wrong_place.format(truth=truth, guess=guess)}**")
    elif isinstance(truth, str):
        st.warning(f"**{words.wrong.format(truth=own.options[truth])}**")
    else:
        form = chapter.question.form
        sentence = words.close if said == "close" else words.wrong_number
        st.warning(f"**{sentence.format(truth=f'{truth:{form}}', guess=f'{guess:{form}}')}**")


def turn_pages(chapter: Chapter[Any], texts: Texts) -> None:
    """Back, again, next. The last page says that it is the last."""
    words, number = texts.learn, CHAPTERS.index(chapter)
    now = progress(chapter)
    with st.container(horizontal=True, key="turn"):
        if number > 0 and how().shows("chapters"):
            before = CHAPTERS[number - 1].id
            st.button(
                words.back, key="back", icon=":material/arrow_back:", on_click=lambda: change(chapter=before)
            )
        if number + 1 < len(CHAPTERS) and how().shows("chapters"):
            after = CHAPTERS[number + 1].id
            st.button(
                words.forward,
                key="forward",
                icon=":material/arrow_forward:",
                type="primary" if now.done else "secondary",
                on_click=lambda: change(chapter=after),
            )
        if now.revealed:
            st.button(words.again, key="again", on_click=lambda: begin_again(chapter))
    if all(progress(each).done for each in CHAPTERS):
        st.success(words.all_done)
