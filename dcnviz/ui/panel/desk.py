"""Where a browser asks what a panel says of another cell, without a run of the page.

A run of Streamlit's costs a click 30 ms before anything is worked out: the way in, the script's thread, the messages
and the timer that sends them. So each panel of a session has an address here, which nobody else can guess, and the
person who clicks reads its answer; the run follows, and writes down what was clicked.

An address stands for what its answers depend on besides the cell. When that changes, it is another one, and the old
one is gone.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import streamlit as st

from dcnviz.ui import networks

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

Cell = tuple[int, int]
Answer = Callable[[Cell], str]

PATH = "/{base:path}panel/{token}/{about}/{i}/{j}"
"""Whatever is before it: the app may be served from a folder of a site."""
OFFERS = "offers"
NO_CELL, GONE, NOT_SO = 404, 410, 503
NUMBER = re.compile(r"[0-9]{1,6}")


class Declined(Exception):
    """An answer that only a run of the page can give: it has to wait for something, and shows that."""


@dataclass
class Offer:
    """What a panel can be asked.

    Attributes:
        token: names it, and is known to its session alone.
        about: what its answers depend on besides the cell, as a short text.
        answer: gives the panel's HTML for a cell. It runs outside of any page: nothing of Streamlit's session is there.
    """

    token: str
    about: str
    answer: Answer


# Held by the sessions: with one of them, its offers go.
_OFFERS: WeakValueDictionary[str, Offer] = WeakValueDictionary()


def offer(name: str, about: Hashable, answer: Answer) -> str:
    """Lets the session's browser ask, in place of what the panel of this name could be asked before.

    Args:
        name: of the panel.
        about: all that the answer depends on besides the cell.
        answer: gives the panel's HTML for a cell; it may raise :class:`Declined`, or IndexError for no such cell.

    Returns:
        The address, beside that of the page; a cell's is ``{address}/{i}/{j}``.
    """
    mine: dict[str, Offer] = st.session_state.setdefault(OFFERS, {})
    short = hashlib.sha256(repr(about).encode()).hexdigest()[:16]
    token = mine[name].token if name in mine else secrets.token_urlsafe(16)
    mine[name] = _OFFERS[token] = Offer(token, short, answer)
    return f"panel/{token}/{short}"


def answer(request: Request) -> Response:
    """The server's side: Starlette calls it on a thread of its own."""
    from starlette.responses import PlainTextResponse

    asked, status, html = request.path_params, 200, ""
    found = _OFFERS.get(asked["token"])
    if not (NUMBER.fullmatch(asked["i"]) and NUMBER.fullmatch(asked["j"])):
        status = NO_CELL
    elif found is None or found.about != asked["about"]:
        status = GONE
    elif not networks.awake():
        status = NOT_SO
    else:
        try:
            html = found.answer((int(asked["i"]), int(asked["j"])))
        except (
            Exception
        ):  # whatever it is, the run of the page meets it too, and says it in the person's language
            status = NOT_SO
    return PlainTextResponse(html, status, {"Cache-Control": "no-store"})
