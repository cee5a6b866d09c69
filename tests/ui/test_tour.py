"""The tour over Explore by AppTest: every step in both languages, and each knows when it was done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.ui.parts.tour import STEPS, Step
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import TOUR_STEPS, View, parse
from tests.ui.test_explore_page import open_app, words

FIRST = View(at=(40, 52))
DONE = {
    "cell": replace(FIRST, at=(80, 52)),
    "taps": replace(FIRST, layer="2"),
    "mask": replace(FIRST, show=("base", "lines")),
    "grid": replace(FIRST, show=("lines", "mask")),
    "stack": FIRST,
    "version": replace(FIRST, version="v1"),
    "numbers": replace(FIRST, corners=True),
    "deeper": replace(FIRST, deep="field"),
}


def tour(lang: str = "en", **query: str) -> AppTest:
    hide = "maps,downloads" + (",tour" if query.pop("bare", "") else "")
    return open_app(picture="scene-4", version="conv", at="40,52", lang=lang, hide=hide, **query)


def test_the_steps_have_words_and_addresses() -> None:
    assert len(STEPS) == TOUR_STEPS
    for texts in LANGUAGES.values():
        assert list(texts.tour.see) == list(texts.tour.do) == [step.id for step in STEPS]
    assert [parse({"tour": text}).tour for text in ("0", "1", "8", "9", "-1", "x")] == [0, 1, 8, 0, 0, 0]
    assert parse(replace(FIRST, tour=3).query()).tour == 3 and parse({"tour": "3"}, page="compare").tour == 0


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_is_done_by_what_it_asks_for_alone(step: Step) -> None:
    assert step.done(replace(FIRST, layer="2"), DONE[step.id])
    if step.id != "stack":
        assert not step.done(FIRST, FIRST)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_link_opens_at_its_step_and_next_goes_on(lang: str) -> None:
    app, texts = tour(lang, tour="3"), LANGUAGES[lang].tour
    assert not app.exception and texts.see["mask"] in words(app) and texts.do["mask"] in words(app)
    app.button(key="tour_next").click().run()
    assert texts.see["grid"] in words(app) and app.query_params["tour"] == "4"
    app.button(key="tour_leave").click().run()
    assert not app.exception and "tour" not in app.query_params
    assert app.button(key="begin_tour").label == texts.resume.format(step=4)
    app.button(key="begin_tour").click().run()
    assert texts.see["grid"] in words(app)


def test_the_last_step_ends_it_and_the_button_can_be_left_out() -> None:
    app = tour(tour="8")
    app.button(key="tour_finish").click().run()
    assert app.button(key="begin_tour").label == LANGUAGES["en"].tour.begin
    assert not [button for button in tour(bare="1").button if button.key == "begin_tour"]
