"""Heavy work of the pages: asked for by a person, done in the queue, kept on a shelf for all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

import streamlit as st

from dcnviz.ui.panel.desk import Declined
from dcnviz.ui.queue import Line, Ticket
from dcnviz.ui.shelf import Shelf

T = TypeVar("T")
SOON = 1.0
"""Seconds that somebody waits outside of any page, who then sees the place in the queue there."""
MB = 1_000_000
KEPT: Shelf[Any] = Shelf(96 * MB)
"""Figures and numbers, by what they show."""


@cache
def line() -> Line:
    """The one queue of this process, with one worker: torch runs on one thread here, and the pages need the other."""
    return Line()


def me() -> str:
    """A name of this session that nobody else knows."""
    if "who" not in st.session_state:
        st.session_state["who"] = secrets.token_hex(8)
    name: str = st.session_state["who"]
    return name


def ask(what: str, key: Hashable, work: Callable[[Ticket[None]], None]) -> Ticket[None]:
    """A piece of work that puts what it finds into :data:`KEPT`; one that failed is not begun again by itself.

    Args:
        what: what it is for; other work of this session for the same is given up.
        key: names the work.
        work: called on a worker's thread.

    Raises:
        dcnviz.ui.queue.Full: if too much waits already.
        Exception: what the same work raised before.
    """
    failed: Ticket[None] | None = st.session_state.get(f"ticket.{what}")
    if failed is not None and failed.key == key and failed.problem is not None:
        failed.result()
    ticket = line().join(me(), what, key, work)
    st.session_state[f"ticket.{what}"] = ticket
    return ticket


def at_once(who: str, what: str, key: Hashable, work: Callable[[], T]) -> T:
    """Heavy work whose result somebody waits for outside of any page, if it comes soon.

    Args:
        who: the person, as :func:`me` names them.
        what: as in :func:`ask`.
        key: names the work, and what is kept of it.
        work: called on a worker's thread.

    Raises:
        Declined: if it does not come soon.
        dcnviz.ui.queue.Full: if too much waits already.
        Exception: what the work raised.
    """

    def make(_: Ticket[None]) -> None:
        if key not in KEPT:
            found = work()
            KEPT.put(key, found, bytes_of(found))

    if key not in KEPT:
        ticket = line().join(who, what, key, make)
        if not ticket.wait(SOON) or ticket.state == "dropped":
            raise Declined
        ticket.result()
    kept: T | None = KEPT.get(key)
    if kept is None:  # thrown out meanwhile
        raise Declined
    return kept


def give_up(what: str) -> None:
    """Gives up what this session asked for."""
    line().leave(me(), what)


def bytes_of(found: object) -> int:
    """About how many bytes it takes to keep something: its pictures', and a little for the rest.

    >>> bytes_of({"a": b"12345", "b": 7})
    1005
    """
    if isinstance(found, (bytes, str)):
        return len(found)
    if isinstance(found, dict):
        return sum(map(bytes_of, found.values())) + 1000
    return sum(map(bytes_of, found)) + 1000 if isinstance(found, tuple) else 0
