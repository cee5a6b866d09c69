"""What a page shows while heavy work of its person waits or is done: the place in the queue, and a way out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import streamlit as st

from dcnviz.ui import heavy, networks
from dcnviz.ui.queue import Ticket
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import current

T = TypeVar("T")
Stop = tuple[str, Callable[[], None]]

PATIENCE = 0.3
"""Seconds that a page stands still for work which may be quick, before it shows a place in the queue."""

HOURGLASS = ":material/hourglass_top:"
POLL, POLL_EACH = 0.6, 0.1
"""Seconds between two looks of a page at its work, and how many more for each person who waits: looking is work too."""


def bring(what: str, key: Hashable, work: Callable[[], T], *, stop: Stop | None = None) -> T | None:
    """What heavy work gives, if it is kept or soon done; else shows the place in the queue, and gives None.

    Args:
        what: what it is for, once a page.
        key: names the work.
        work: called on a worker's thread.
        stop: label of a button that gives it up, and what it does.

    Raises:
        dcnviz.ui.queue.Full: if too much waits already.
        Exception: what the work raised.
    """
    bring_each(what, {"": key}, lambda _: work(), lambda _: None, stop=stop)
    found: T | None = heavy.KEPT.get(key)
    return found


def bring_each(
    what: str,
    keys: Mapping[str, Hashable],
    work: Callable[[str], Any],
    draw: Callable[[bool], None],
    *,
    stop: Stop | None = None,
) -> None:
    """Several results of one piece of heavy work, drawn as they come.

    Args:
        what: what they are for, once a page.
        keys: names each, as it is kept in `dcnviz.ui.heavy.KEPT`.
        work: makes one, by its name, on a worker's thread.
        draw: draws those that are kept; told whether these are all. Until then it is called at every look, so it
            draws no more than it must.
        stop: label of a button that gives it up, and what it does.

    Raises:
        dcnviz.ui.queue.Full: if too much waits already.
        Exception: what the work raised.
    """

    def make(_: Ticket[None]) -> None:
        for name, key in keys.items():
            if key not in heavy.KEPT:
                found = work(name)
                heavy.KEPT.put(key, found, heavy.bytes_of(found))

    if not all(key in heavy.KEPT for key in keys.values()):
        ticket = heavy.ask(what, tuple(keys.values()), make)
        # Dropped: a later run of the same person, who was quick, has asked for something else in its place.
        if not ticket.wait(PATIENCE) or ticket.state == "dropped":
            await_work(what, ticket, lambda: draw(False), stop=stop)
            return
        ticket.result()
    draw(True)


def await_work(what: str, ticket: Ticket[Any], draw: Callable[[], None], *, stop: Stop | None = None) -> None:
    """Draws what there is until the work is over, and then lets the page draw the whole.

    Args:
        what: what the work is for, once a page.
        ticket: of the work.
        draw: draws what there is so far.
        stop: label of a button that gives it up, and what it does.
    """

    def look() -> None:
        ticket.ask(heavy.me())
        if ticket.over:
            st.rerun()
        with st.container(key=f"awaited-{what}"):
            st.markdown(f"{HOURGLASS} {place_of(ticket, LANGUAGES[current().lang])}")
            if stop is not None:
                st.button(stop[0], key=f"stop-{what}.{current().lang}", on_click=stop[1])
        draw()

    st.fragment(look, run_every=POLL + POLL_EACH * heavy.line().people())()


def place_of(ticket: Ticket[Any], texts: Texts) -> str:
    """In words."""
    before = heavy.line().place(ticket)
    if before:
        return texts.waiting.before.format(before=before)
    return texts.waiting.working if networks.awake() else texts.waking
