"""The search for a saliency region: watched, stopped, given up when nobody looks, and shown for every bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcnviz import analysis
from dcnviz.ui import heavy, networks, queue
from dcnviz.ui.networks import Trained
from dcnviz.ui.search import Search
from dcnviz.ui.texts import LANGUAGES

APP = str(Path(__file__).parents[2] / "app.py")
V1 = Trained("v1", "v1")


def begun(seed: int = 0) -> Search:
    """Of a picture that no other test has."""
    pixels = np.random.default_rng(seed).integers(0, 255, (48, 48, 3), dtype=np.uint8)
    return Search(V1, networks.from_person(pixels, ""), 1, (5, 6), "fast", "somebody")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 150
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_search_ends_with_a_region_for_every_bound() -> None:
    found = begun(seed=2)
    until(lambda: not found.running)
    assert found.ticket.problem is None and not found.abandoned
    assert found.region is not None and found.region.complete and found.done == found.region.evaluations
    sizes = [int(found.region.at(eps).kept.sum()) for eps in (0.01, 0.1, 0.5)]
    assert sizes == sorted(sizes, reverse=True)
    assert found.region.at(0.1).error < 0.1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A search that goes on until the event is set, or it is told to end."""
    let_go = threading.Event()
    real = analysis.error_bounded_saliency

    def crawl(*args: Any, progress: Any, stop: Any, **options: Any) -> Any:
        done = 0
        while not let_go.is_set() and not stop():
            progress(done := done + 1, 100)
            time.sleep(0.005)
        return real(*args, progress=progress, stop=stop, **options)

    monkeypatch.setattr(analysis, "error_bounded_saliency", crawl)
    yield let_go
    let_go.set()


def test_it_can_be_stopped(slow: threading.Event) -> None:
    found = begun()
    until(lambda: found.done > 3)
    assert found.running and found.total == 100
    found.stop()
    until(lambda: not found.running)
    assert found.region is not None and not found.region.complete and not found.abandoned


def test_it_ends_when_nobody_asks(slow: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "FORGOTTEN", 0.2)
    found = begun()
    assert found.ticket.wait(90)
    assert found.abandoned


def test_others_have_their_turn_in_the_middle(slow: threading.Event) -> None:
    found = begun()
    until(lambda: found.done > 0)
    short = heavy.line().join("somebody else", "maps", "short", lambda ticket: found.done)
    until(lambda: short.over)
    assert short.result() > 0 and found.running


def test_what_one_found_is_there_for_all() -> None:
    first = begun(seed=3)
    until(lambda: not first.running)
    second = begun(seed=3)
    until(lambda: not second.running)
    assert second is not first and second.region is first.region and second.done == 0


def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ready, over = threading.Event(), threading.Event()

    def hold() -> None:
        with networks.turn():
            ready.set()
            over.wait(90)

    holder = threading.Thread(target=hold)
    holder.start()
    assert ready.wait(120)
    monkeypatch.setattr(networks, "PATIENCE", 0.05)
    try:
        with pytest.raises(queue.Full), networks.turn():
            pytest.fail("two at a time")
    finally:
        over.set()
        holder.join()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_shows_the_region_and_the_slider_asks_nothing(lang: str) -> None:
    app = AppTest.from_file(APP, default_timeout=300)
    query = {
        "picture": "scene-4",
        "at": "40,52",
        "layer": "3",
        "version": "v2",
        "deep": "saliency",
        "lang": lang,
    }
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    task = app.session_state["saliency"]
    until(lambda: not task.running)
    app.run()
    assert not app.exception and not app.error

    def area() -> str:
        begin = LANGUAGES[lang].deeper.saliency_found.split("{")[0]
        return next(str(e.value) for e in app.markdown if str(e.value).startswith(begin))

    first, shown = area(), task.region.evaluations  # type: ignore[union-attr]
    app.get_by_key(f"eps.{lang}").set_value(0.01).run()
    assert not app.exception and area() != first
    app.get_by_key(f"eps.{lang}").set_value(0.5).run()
    empty = task.region is not None and task.region.at(0.5).area == 0
    assert not app.exception and bool(app.info) == empty
    assert task.region is not None and task.region.evaluations == shown
