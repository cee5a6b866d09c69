"""The page Learn by AppTest: each chapter in both languages, before and after the answer; any address."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.ui.groups.component import CAN as GROUP_CAN
from dcnviz.ui.groups.component import SHOWN as GROUP_PARTS
from dcnviz.ui.lesson.chapter import Answer, Chapter, Question, verdict
from dcnviz.ui.lesson.chapters import CHAPTERS
from dcnviz.ui.lesson.chapters.groups import GROUPS
from dcnviz.ui.lesson.formulas import ENOUGH, Inks, _luminance, readable
from dcnviz.ui.lesson.progress import Progress
from dcnviz.ui.lesson.stages import OnGroups, OnToy
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.toy.component import CAN, SHOWN
from dcnviz.ui.toy.state import Toy
from dcnviz.ui.view import CHAPTERS as IDS
from tests.ui.solved import SOLVED, as_said

SCRIPT = """
import streamlit as st
from dcnviz.ui.pages.learn import page
page()
"""
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.id)
each_language = pytest.mark.parametrize("lang", ["en", "zh"])


def open_page(lesson: dict[str, Progress] | None = None, **query: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=300)
    for name, value in query.items():
        app.query_params[name] = value
    app.session_state["lesson"] = lesson or {}
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(str(e.value) for e in (*app.markdown, *app.info, *app.success, *app.warning, *app.error))


def guess_of(chapter: Chapter[Any]) -> Answer:
    """A wrong one."""
    truth = chapter.question.truth(chapter.after.start())
    if isinstance(truth, str):
        return next(code for code in LANGUAGES["en"].learn.chapters[chapter.id].options if code != truth)
    return (0, 0) if isinstance(truth, tuple) else truth + 2


def standing(app: AppTest, chapter: Chapter[Any], thing: object) -> AppTest:
    """As if a hand had brought the stage there."""
    app.session_state[f"stage-{chapter.id}"] = as_said(thing, epoch=f"{chapter.id}-0-after")
    return app.run()


def test_the_addresses_name_the_chapters() -> None:
    assert tuple(chapter.id for chapter in CHAPTERS) == IDS
    for texts in LANGUAGES.values():
        assert tuple(texts.learn.chapters) == IDS


@each_chapter
def test_a_chapter_is_whole(chapter: Chapter[Any]) -> None:
    for stage in (chapter.before, chapter.after):
        assert not chapter.done(stage.start()), "complete before anything was done"
    assert chapter.done(SOLVED[chapter.id]()), "the task cannot be fulfilled"
    options = LANGUAGES["en"].learn.chapters[chapter.id].options
    assert bool(options) == (chapter.question.kind == "choice")
    assert not options or chapter.question.truth(chapter.after.start()) in options


@pytest.mark.parametrize("chapter", [c for c in CHAPTERS if isinstance(c.before, OnToy)], ids=lambda c: c.id)
def test_a_toy_hides_the_answer_and_shows_it_then(chapter: Chapter[Toy]) -> None:
    before, after = chapter.before, chapter.after
    assert isinstance(before, OnToy) and isinstance(after, OnToy)
    for stage in (before, after):
        assert set(stage.shown) <= set(SHOWN) and set(stage.can) <= set(CAN)
    assert {"one", "sum", "samples", "arrows"} & set(after.shown)
    assert not {"one", "samples", "corners", "arrows", "outputs"} & set(before.shown), (
        "the answer is given away"
    )


def test_groups_hide_the_answer_and_show_it_then() -> None:
    before, after = GROUPS.before, GROUPS.after
    assert isinstance(before, OnGroups) and isinstance(after, OnGroups)
    assert (before.shown, before.can) == ((), ())
    assert (after.shown, after.can) == (GROUP_PARTS, GROUP_CAN)
    assert GROUPS.done(replace(SOLVED["groups"](), free=False)) is False, "a softmax has fulfilled it"


@each_language
@each_chapter
def test_before_the_answer(chapter: Chapter[Any], lang: str) -> None:
    app, own = open_page(chapter=chapter.id, lang=lang), LANGUAGES[lang].learn.chapters[chapter.id]
    assert not app.exception and not app.error
    text = words(app)
    assert own.title in text and own.ask.split("{")[0] in text and not re.search(r"\{\w+\}", text)
    assert not app.get("alert") and app.button(key=f"reveal-{chapter.id}").disabled
    assert app.get("bidi_component") or app.get("image")


@each_language
@each_chapter
def test_after_a_wrong_answer(chapter: Chapter[Any], lang: str) -> None:
    lesson = {chapter.id: Progress(guess=guess_of(chapter), revealed=True)}
    app, own = open_page(lesson, chapter=chapter.id, lang=lang), LANGUAGES[lang].learn.chapters[chapter.id]
    assert not app.exception and not app.error
    text = words(app)
    assert (
        own.why.split("{")[0] in text and own.task.split("{")[0] in text and not re.search(r"\{\w+\}", text)
    )
    assert len(app.warning) == len(app.info) == 1 and not app.success
    formula = chapter.formula(chapter.after.start(), Inks(dark=False))
    assert bool(formula) == any(r"\textcolor" in each.value for each in app.latex)
    assert len(app.latex) >= len(formula)


@each_language
@each_chapter
def test_the_task_completes_the_chapter(chapter: Chapter[Any], lang: str) -> None:
    right = chapter.question.truth(chapter.after.start())
    app = open_page({chapter.id: Progress(guess=right, revealed=True)}, chapter=chapter.id, lang=lang)
    texts = LANGUAGES[lang].learn
    assert texts.right in words(app) and texts.complete not in words(app)
    app = standing(app, chapter, SOLVED[chapter.id]())
    assert not app.exception and texts.complete in words(app)
    assert texts.progress.format(done=1, count=len(CHAPTERS)) in words(app)
    app = standing(app, chapter, chapter.after.start())  # what is complete stays so
    assert texts.complete not in words(app) and texts.progress.format(done=1, count=len(CHAPTERS)) in words(
        app
    )


def test_the_answer_is_asked_for_by_a_choice_and_a_number() -> None:
    app = open_page(chapter="offsets", lang="en")
    app.radio[0].set_value("same").run()
    app.button(key="reveal-offsets").click().run()
    assert LANGUAGES["en"].learn.right in words(app)
    app = open_page(chapter="between", lang="zh")
    app.number_input[0].set_value(4.2).run()
    app.button(key="reveal-between").click().run()
    assert "4.50" in words(app) and not app.exception
    app.button(key="again").click().run()
    assert LANGUAGES["zh"].learn.predict in words(app)


def test_an_impossible_geometry_leaves_the_page_standing() -> None:
    grid = CHAPTERS[0]
    app = open_page({"grid": Progress(guess=(1, 5), revealed=True)}, chapter="grid", lang="en")
    app = standing(
        app,
        grid,
        replace(grid.after.start(), size=5, dilation=4, padding=0, cell=(0, 0), weights=(1.0,) * 25),
    )
    assert not app.exception and not app.error and "0 × 0" in words(app)


@pytest.mark.parametrize(
    "query", [{"chapter": "../x"}, {"chapter": "10", "lang": "xx"}, {"picture": "<b>", "chapter": ""}, {}]
)
def test_any_address_opens_the_first_chapter(query: dict[str, str]) -> None:
    app = open_page(**query)
    assert not app.exception and LANGUAGES["en"].learn.chapters["grid"].title in words(app)


def test_back_and_next_turn_the_pages_and_write_the_address() -> None:
    app = open_page(chapter="grid", lang="zh")
    for chapter in CHAPTERS[1:]:
        app.button(key="forward").click().run()
        assert LANGUAGES["zh"].learn.chapters[chapter.id].title in words(app)
        assert (app.query_params["chapter"], app.query_params["lang"]) == (chapter.id, "zh")
    assert not [button for button in app.button if button.key == "forward"]
    app.button(key="back").click().run()
    assert LANGUAGES["zh"].learn.chapters[CHAPTERS[-2].id].title in words(app)


def test_the_last_word_is_said_when_all_is_done() -> None:
    app = open_page({id: Progress(done=True) for id in IDS}, chapter="grid", lang="en")
    assert LANGUAGES["en"].learn.all_done in words(app)


def test_verdicts() -> None:
    toy = Toy(((1,),), size=1)
    number = Question("number", lambda toy: 4.5)
    assert [verdict(number, guess, toy) for guess in (4.52, 4.9, 6)] == ["right", "close", "wrong"]
    assert verdict(Question("place", lambda toy: (1, 2)), (1, 2), toy) == "right"
    assert verdict(Question("choice", lambda toy: "a"), "b", toy) == "wrong"


@pytest.mark.parametrize("dark", [False, True])
def test_coloured_symbols_can_be_read(dark: bool) -> None:
    page = 0.011 if dark else 1.0
    inks = Inks(dark)
    for text in (inks.sample("v"), inks.pinned("y"), inks.mask("m"), inks.gradient("g")):
        colour = re.search("#[0-9a-f]{6}", text)
        assert colour
        bright = _luminance([int(colour[0][n : n + 2], 16) for n in (1, 3, 5)])
        high, low = max(bright, page), min(bright, page)
        assert (high + 0.05) / (low + 0.05) >= ENOUGH
    assert readable("#000000", dark=False) == "#000000"
