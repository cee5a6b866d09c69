"""Heavy work of the pages: asked for by a person, done in the queue, kept on a shelf for all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

import streamlit as st

from dcnviz.ui.queue import Line, Ticket
from dcnviz.ui.shelf import Shelf

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


def give_up(what: str) -> None:
    """Gives up what this session asked for."""
    line().leave(me(), what)


def bytes_of(found: object) -> int:
    """About how many bytes it takes to keep something: its pictures', and a little for the rest.

    >>> bytes_of({"a": b"12345", "b": 7})
    1005
    """
    if isinstance(found, bytes):
        return len(found)
    if isinstance(found, dict):
        return sum(map(bytes_of, found.values())) + 1000
    return sum(map(bytes_of, found)) + 1000 if isinstance(found, tuple) else 0
