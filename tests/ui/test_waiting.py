"""A page whose heavy work waits: it says how many are before it, stays whole, and lets its person give up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.ui import heavy, queue
from dcnviz.ui.parts import waiting
from dcnviz.ui.queue import Full, Line, Ticket
from dcnviz.ui.shelf import Shelf
from dcnviz.ui.texts import LANGUAGES
from tests.ui.seen import words

APP = str(Path(__file__).parents[2] / "app.py")
PLACE = {"picture": "scene-4", "at": "44,60", "layer": "2", "version": "v1", "deep": "field"}


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A queue of its own for the page, whose worker is at something else."""
    line, begun, go = Line(bound=3), threading.Event(), threading.Event()
    monkeypatch.setattr(queue, "FORGOTTEN", 600.0)
    monkeypatch.setattr(heavy, "line", lambda: line)
    monkeypatch.setattr(heavy, "KEPT", Shelf(heavy.MB))  # another test may have had it worked out
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    line.join("somebody", "x", "x", lambda ticket: begun.set() or go.wait(60))
    assert begun.wait(90)
    yield line
    go.set()


def open_app(lang: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=300)
    for name, value in {**PLACE, "lang": lang}.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_place_is_shown_the_numbers_are_there_and_one_can_give_up(busy: Line, lang: str) -> None:
    texts = LANGUAGES[lang]
    app = open_app(lang)
    assert not app.exception and not app.error
    assert texts.waiting.before.format(before=1) in words(app)  # the look
    assert texts.waiting.before.format(before=2) in words(app)  # and the maps after it
    assert "(11, 15)" in words(app)  # what a click needs does not wait

    next(b for b in app.button if b.label == texts.waiting.stop).click().run()
    assert not app.exception and texts.deeper.title in words(app) and "1" not in words(app)
    app.run()
    assert texts.waiting.before.format(before=1) in words(app)  # the maps have moved up
    assert texts.waiting.before.format(before=2) not in words(app)


def test_a_full_queue_refuses_kindly(busy: Line) -> None:
    for n in range(3):
        busy.join(f"person {n}", "x", n, lambda ticket: None)
    app = open_app("en")
    assert not app.exception and LANGUAGES["en"].busy in words(app) and "(11, 15)" in words(app)
    with pytest.raises(Full):
        busy.join("one more", "x", "y", lambda ticket: None)


def test_work_dropped_while_a_page_stood_still_for_it_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who is quick asks for something else in its place; here nobody did, and it is asked for again."""
    line, asked = Line(), list[str]()

    def join(who: str, what: str, key: Hashable, work: Callable[[Ticket[None]], None]) -> Ticket[None]:
        asked.append(what)
        if asked.count(what) > 1:
            return line.join(who, what, key, work)
        dropped = Ticket(key, work)
        dropped.end()
        return dropped

    monkeypatch.setattr(
        heavy, "line", lambda: SimpleNamespace(join=join, people=line.people, place=line.place)
    )
    monkeypatch.setattr(heavy, "KEPT", Shelf(heavy.MB))
    monkeypatch.setattr(waiting, "PATIENCE", 30.0)
    app = open_app("en")
    assert not app.exception and not app.error
    assert asked.count("deeper") == 2 and LANGUAGES["en"].deeper.field_parts["total"] in words(app)
