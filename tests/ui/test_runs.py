"""A quick run's words reach the browser though the next request comes before they were heard."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit.runtime.app_session import AppSession

from dcnviz.ui import runs


def run(coroutine: Coroutine[Any, Any, list[str]]) -> list[str]:
    """On a thread of its own: Playwright keeps a loop on the main one, once any test has used a browser."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Session:
    """As much of a session as matters: its loop, whether its run is over, and what it heard."""

    def __init__(self, loop: asyncio.AbstractEventLoop, over: bool) -> None:
        self._event_loop, self.over, self.heard = loop, over, list[str]()

    def says(self, word: str) -> None:
        """What a run says: it waits in the loop."""
        self._event_loop.call_soon_threadsafe(self.heard.append, word)


def begin(session: Any, state: str) -> None:
    session.heard.append(f"begun {state}")
    session.over = False


request = runs.in_turn(begin, lambda session: session.over)


async def _after(*, over: bool, states: list[str]) -> list[str]:
    session = Session(asyncio.get_running_loop(), over)
    session.says("drawn")
    for state in states:
        request(session, state)
    for _ in range(len(states) + 1):
        await asyncio.sleep(0)
    return session.heard


@pytest.mark.parametrize("states", [["a"], ["a", "b", "c"]])
def test_what_a_finished_run_said_comes_first_and_requests_keep_their_order(states: list[str]) -> None:
    heard = run(_after(over=True, states=states))
    assert heard == ["drawn", *(f"begun {state}" for state in states)]


def test_a_run_under_way_is_asked_at_once() -> None:
    assert run(_after(over=False, states=["a"])) == ["begun a", "drawn"]


def test_a_request_does_not_overtake_one_that_waits() -> None:
    async def two() -> list[str]:
        session = Session(asyncio.get_running_loop(), over=True)
        request(session, "old")
        session.over = False  # its last word has come meanwhile
        request(session, "new")
        await asyncio.sleep(0)
        return session.heard

    assert run(two()) == ["begun old", "begun new"]


def test_this_streamlit_has_what_it_takes_and_is_changed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppSession, "request_rerun", AppSession.request_rerun)
    assert runs.hear_out()
    changed = AppSession.request_rerun
    assert runs.hear_out() and AppSession.request_rerun is changed and hasattr(changed, runs.MARK)


def test_another_streamlit_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(AppSession, "request_rerun")
    assert not runs.hear_out() and not hasattr(AppSession, "request_rerun")
