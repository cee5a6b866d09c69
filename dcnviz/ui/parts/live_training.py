"""A training here and now: what to train, its buttons, and the film as it grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dcnviz.ui import networks, trainings
from dcnviz.ui.films import MAIN, PLAIN, Film
from dcnviz.ui.parts.film import offer_downloads, opening, show_film, show_outcome
from dcnviz.ui.parts.frame import told
from dcnviz.ui.parts.recipe import choose_recipe, note, recipe
from dcnviz.ui.parts.trained_here import offer_network, weights_of
from dcnviz.ui.player.component import Start
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.trainings import Course
from dcnviz.ui.view import change, current, current_training, how

if TYPE_CHECKING:
    from dcnviz.training import Run

TICK = 0.6
"""Seconds between two looks at a training that runs."""


def show(controls: DeltaGenerator, texts: Texts) -> None:
    """Draws this part of the page."""
    with st.spinner(texts.looking if networks.awake() else texts.waking):
        most = trainings.bench().host.most
    course = trainings.find(current_training().run)
    going = course is not None and not course.over
    if how().shows("controls"):
        with controls:
            choose_recipe(texts, disabled=going and mine(course))
    note(
        texts.train.live_note.format(most=most),
        texts,
        disabled=current().version == "conv" or (going and mine(course)),
    )
    st.fragment(watch, run_every=TICK if going else None)(going, opening(autoplay=False))


def mine(course: Course | None) -> bool:
    """Whether the course is this session's."""
    return course is not None and course.owner.session == trainings.session()


@told()
def watch(going: bool, start: Start) -> None:
    """Buttons, progress and film: drawn again and again while a training goes on, and once when that changes.

    Args:
        going: whether it went on when the page was drawn as a whole.
        start: how the film opens.
    """
    texts = LANGUAGES[current().lang]
    course = trainings.find(current_training().run)
    if (course is not None and not course.over) != going:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        show_buttons(course, texts)
        if course is not None:
            show_progress(course, texts)
    if refused := st.session_state.pop("training_refused", None):
        running, most = refused
        st.warning(texts.train.full.format(running=running, most=most))
    if course is None:
        show_none(start, texts)
        return
    show_remarks(course, texts)
    film = film_of(course)
    if film is None:
        return
    show_film(film, start, texts, follow=going)
    if course.run.ended:
        show_outcome(film, texts)
        show_results(course, film, texts)


def begin() -> None:
    """Starts what the controls say, or keeps for the page why not."""
    from dcnviz.training import TooManyRuns

    key, session = trainings.own_key(), trainings.session()
    try:
        course = trainings.bench().begin(key, recipe(), current_training().beside, session)
    except TooManyRuns as full:
        st.session_state["training_refused"] = (full.running, full.most)
        return
    change(run=course.run.token, moment=None)


def show_buttons(course: Course | None, texts: Texts) -> None:
    """Start, pause, one step, stop; those that make no sense now are grey, and stay where they are."""
    words = texts.train
    run = None if course is None or course.over or not mine(course) else course.current
    paused = run is not None and run.state == "paused"
    st.button(
        words.begin if course is None else words.begin_again,
        key="train_begin",
        type="primary" if run is None else "secondary",
        disabled=run is not None,
        icon=":material/play_arrow:",
        on_click=begin,
    )
    st.button(
        words.resume if paused else words.pause,
        key="train_pause",
        disabled=run is None,
        on_click=_of(run, "resume" if paused else "pause"),
    )
    st.button(
        words.step,
        key="train_step",
        disabled=run is None,
        help=words.step_help,
        on_click=_of(run, "step_once"),
    )
    st.button(words.stop, key="train_stop", disabled=run is None, on_click=_of(run, "stop"))


def _of(run: Run | None, name: str) -> Callable[[], None] | None:
    return None if run is None else getattr(run, name)


def show_none(start: Start, texts: Texts) -> None:
    """No training, or one that the server no longer runs: then what it left, if it left anything."""
    token = current_training().run
    if not token:
        st.info(texts.train.idle)
        return
    left = trainings.left_by(token)
    if left is None:
        st.warning(texts.train.gone)
        return
    st.warning(texts.train.gone_kept)
    network, timeline = left
    if timeline is not None and timeline.frames:
        film = Film(f"kept-{token}", {MAIN: timeline})
        show_film(film, start, texts, follow=False)
        show_outcome(film, texts)
        offer_downloads(timeline, texts)
    name = texts.train.kept_name.format(version=texts.versions[network.version])
    offer_network(lambda: network, name, texts)


def show_progress(course: Course, texts: Texts) -> None:
    """How far it is, in a bar and in words."""
    words, run, plain = texts.train, course.run, course.plain
    with st.container(gap="xsmall"):
        st.progress(run.progress, words.states[run.state].format(**_numbers(run)))
        if plain is not None:
            st.progress(plain.progress, words.plain_states[plain.state].format(**_numbers(plain)))
        elif course.beside and (not run.ended or course.due):
            state = "full" if course.crowded else "waiting"
            st.markdown(words.plain_states[state].format(**_numbers(run)))


def show_remarks(course: Course, texts: Texts) -> None:
    """What is out of the common."""
    words, run = texts.train, course.run
    if not mine(course):
        st.info(words.watching)
    if run.state == "failed":
        st.error((words.diverged if run.diverged else words.failed).format(steps=run.steps))


def _numbers(run: Run) -> dict[str, float | str]:
    budget = run.recipe.seconds or 0.0
    return {"steps": f"{run.steps:,}", "seconds": run.progress * budget, "budget": budget}


def film_of(course: Course) -> Film | None:
    """What was seen so far; None before the first look."""
    timeline = course.run.timeline()
    if timeline is None:
        return None
    plain = course.plain and course.plain.timeline()
    return Film(f"live-{course.run.token}", {MAIN: timeline, **({PLAIN: plain} if plain else {})})


def show_results(course: Course, film: Film, texts: Texts) -> None:
    """What can be taken along when the training is over."""
    run = course.run
    name = texts.train.own_name.format(
        version=texts.versions[run.recipe.version], seed=run.recipe.seed, steps=f"{run.steps:,}"
    )
    offer_network(run.network, name, texts)
    kept = trainings.bench().host.kept(run.token)
    offer_downloads(film.main, texts, weights_of(run) if kept else None)
