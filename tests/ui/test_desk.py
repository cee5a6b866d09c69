"""What a browser may ask a panel, and who may ask it."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Match, Route
from streamlit.testing.v1 import AppTest

from dcnviz.ui import networks
from dcnviz.ui.panel import desk
from tests.ui.seen import panel
from tests.ui.test_explore_page import open_app


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A session's state, and torch there."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(networks, "awake", lambda: True)
    yield state


def ask(address: str, base: str = "/") -> tuple[int, str]:
    """As a browser does: by the route, with the status and the text."""
    route = Route(desk.PATH, desk.answer)
    scope = {"type": "http", "method": "GET", "path": base + address, "headers": [], "app": Starlette()}
    match, found = route.matches(scope)
    if match is not Match.FULL:
        return 404, ""
    response = desk.answer(Request({**scope, **found}))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"].startswith("text/plain")
    return response.status_code, bytes(response.body).decode()


def test_an_answer_is_of_the_cell_that_was_asked_for(session: dict[str, Any]) -> None:
    address = desk.offer("numbers", "v2", lambda cell: f"<b>{cell}</b>")
    assert ask(f"{address}/3/14") == (200, "<b>(3, 14)</b>")
    assert ask(f"{address}/3/14", base="/apps/dcnviz/") == (200, "<b>(3, 14)</b>")


@pytest.mark.parametrize(
    "cell",
    ["-1/2", "1/2/3", "1", "a/b", "1.5/2", "", "%00/1", "../1", "9" * 5000 + "/1", "1234567/1", "\u0661/1"],
)
def test_what_is_no_cell_has_no_address(session: dict[str, Any], cell: str) -> None:
    address = desk.offer("numbers", "v2", lambda cell: pytest.fail("asked"))
    assert ask(f"{address}/{cell}")[0] == 404


def test_another_view_is_another_address(session: dict[str, Any]) -> None:
    before = desk.offer("numbers", ("v2", 0), lambda cell: "layer 1")
    now = desk.offer("numbers", ("v2", 1), lambda cell: "layer 2")
    assert before != now and ask(f"{before}/0/0")[0] == 410 and ask(f"{now}/0/0") == (200, "layer 2")
    assert desk.offer("numbers", ("v2", 1), lambda cell: "drawn again") == now
    assert ask(f"{now}/0/0") == (200, "drawn again")


def test_nobody_asks_in_another_s_place(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    mine = desk.offer("numbers", "v2", lambda cell: "mine")
    monkeypatch.setattr(st, "session_state", {})
    theirs = desk.offer("numbers", "v2", lambda cell: "theirs")
    assert mine.split("/")[2] == theirs.split("/")[2] and mine.split("/")[1] != theirs.split("/")[1]
    assert len(mine.split("/")[1]) >= 20
    assert ask(f"{mine}/0/0")[1] == "mine" and ask(f"{theirs}/0/0")[1] == "theirs"
    assert ask(f"panel/{'x' * 22}/{mine.split('/')[2]}/0/0") == (410, "")


def test_a_session_s_offers_go_with_it(session: dict[str, Any]) -> None:
    address = desk.offer("numbers", "v2", lambda cell: "here")
    session.clear()
    gc.collect()
    assert ask(f"{address}/0/0") == (410, "")


@pytest.mark.parametrize("problem", [IndexError("no cell"), desk.Declined(), ValueError("x"), OSError(28)])
def test_what_cannot_be_answered_is_left_to_the_page(session: dict[str, Any], problem: Exception) -> None:
    def fail(cell: desk.Cell) -> str:
        raise problem

    assert ask(f"{desk.offer('numbers', 'v2', fail)}/0/0") == (503, "")


def test_nobody_is_kept_waiting_for_torch(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "awake", lambda: False)
    assert ask(f"{desk.offer('numbers', 'v2', lambda cell: pytest.fail('asked'))}/0/0") == (503, "")


def sent(app: AppTest, key: str = "pinned") -> dict[str, Any]:
    """What Python says to a panel."""
    mounted = (each.proto for each in app.get("bidi_component") if each.proto.id.endswith(key))
    found = next(mounted)
    return cast("dict[str, Any]", json.loads(found.json or found.mixed.json))


def answered(app: AppTest, cell: desk.Cell, key: str = "pinned") -> str:
    """What the session's browser would be answered."""
    return str(app.session_state[desk.OFFERS][key].answer(cell))


@pytest.mark.parametrize("query", [{}, {"version": "v3", "layer": "2", "group": "3", "lang": "zh"}])
def test_the_answer_is_what_the_page_shows(query: dict[str, str]) -> None:
    networks.hurry()
    app = open_app(at="40,60", **query)
    asked = answered(app, (20, 22))
    assert asked != panel(app)
    assert panel(open_app(at="80,88", **query)) == asked


def test_a_browser_that_fetches_is_sent_no_html_unless_it_fetched_in_vain() -> None:
    networks.hurry()
    app = open_app(at="40,60")
    told = {"i": 20, "j": 22, "asks": True}
    app.session_state["pinned"] = {"selected": told}
    app.session_state["view"] = replace(app.session_state["view"], at=(80, 88))
    assert sent(app.run())["html"] is None
    wanted = sent(app)["wanted"]
    assert wanted.endswith("/20/22")
    app.session_state["pinned"] = {"selected": told, "vain": wanted}
    assert sent(app.run())["html"] == answered(app, (20, 22))
    app.session_state["pinned"] = {"selected": {**told, "asks": False}}
    assert sent(app.run())["html"] == answered(app, (20, 22))
