"""A chapter in an address: what is guessed, whether the answer is shown, and what a hand has made of its toy.

``?chapter=between&answer=1&guess=4.2&toy=...``. The toy's part is what differs from its start, as JSON, deflated, in
the letters of an address. It is unpacked within bounds, and then believed no more than a browser would be.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import streamlit as st

from dcnviz.ui.lesson.chapter import Answer, Chapter
from dcnviz.ui.lesson.progress import progress, record
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import change, current

MOST_BYTES = 100_000  # of JSON: far more than any toy has
KEY = "handed"  # in the session: the stage that a link brought, and its text


@runtime_checkable
class Written(Protocol):
    """A stage whose state goes into an address."""

    def written(self, now: Any, start: Any) -> str:
        """What differs from the start; "" for nothing."""
        ...

    def read(self, text: str, start: Any) -> Any:
        """The start with what a text says has become of it; the start itself where it says anything that cannot be."""
        ...


def packed(value: Mapping[str, Any]) -> str:
    """A value in the letters of an address; "" for an empty one.

    >>> unpacked(packed({"size": 5})), packed({})
    ({'size': 5}, '')
    """
    if not value:
        return ""
    deflated = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(deflated).decode().rstrip("=")


def unpacked(text: str) -> dict[str, Any]:
    """What `packed` has packed; nothing where it has not.

    >>> unpacked("eJw=x"), unpacked("")
    ({}, {})
    """
    try:
        inflate = zlib.decompressobj()
        plain = inflate.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), MOST_BYTES)
        value = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def changed(now: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that differ; of tables within, again only those.

    >>> changed({"a": 1, "b": {"x": 1, "y": 2}}, {"a": 1, "b": {"x": 1}})
    {'b': {'y': 2}}
    """
    found = {}
    for name, value in now.items():
        before = start.get(name)
        if value != before:
            both = isinstance(value, Mapping) and isinstance(before, Mapping)
            found[name] = changed(value, before) if both else value  # type: ignore[arg-type]  # both are tables
    return found


def merged(start: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The start with the changes in it, the other way round from `changed`.

    >>> merged({"a": 1, "b": {"x": 1}}, {"b": {"y": 2}})
    {'a': 1, 'b': {'x': 1, 'y': 2}}
    """
    found = dict(start)
    for name, value in changes.items():
        before = found.get(name)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        found[name] = merged(before, value) if both else value  # type: ignore[arg-type]  # both are tables
    return found


def take(chapter: Chapter[Any]) -> None:
    """Once a session: what the link says of its chapter becomes the person's progress."""
    if KEY in st.session_state:
        return
    view = current()
    st.session_state[KEY] = (chapter.id, view.answer, view.toy)
    if not progress(chapter).revealed:
        record(chapter, guess=guess_in(view.guess, chapter), revealed=view.answer)


def start_of(chapter: Chapter[Any], start: Any) -> Any:
    """How a stage starts: as the link has it, as long as it is the link's stage in its first round."""
    so_far = progress(chapter)
    stage = chapter.after if so_far.revealed else chapter.before
    handed, answer, text = st.session_state.get(KEY, ("", False, ""))
    mine = handed == chapter.id and answer == so_far.revealed and so_far.round == 0
    return stage.read(text, start) if mine and text and isinstance(stage, Written) else start


def write(chapter: Chapter[Any], now: Any) -> None:
    """The address follows what is done."""
    so_far = progress(chapter)
    stage = chapter.after if so_far.revealed else chapter.before
    before = stage.start(so_far.guess if so_far.revealed else None)
    toy = stage.written(now, before) if isinstance(stage, Written) else ""
    guess = guess_text(so_far.guess)
    view = current()
    if (view.answer, view.guess, view.toy) != (so_far.revealed, guess, toy):
        change(answer=so_far.revealed, guess=guess, toy=toy)


def guess_text(guess: Answer | None) -> str:
    """A guess for an address.

    >>> guess_text((1, 5)), guess_text(4.25), guess_text("same"), guess_text(None)
    ('1,5', '4.25', 'same', '')
    """
    return "" if guess is None else ",".join(map(str, guess)) if isinstance(guess, tuple) else str(guess)


def guess_in(text: str, chapter: Chapter[Any]) -> Answer | None:
    """The guess that a text says, if it is one that the chapter's question admits."""
    kind = chapter.question.kind
    if kind == "choice":
        return text if text in LANGUAGES["en"].learn.chapters[chapter.id].options else None
    if kind == "number":
        return float(text) if re.fullmatch(r"-?\d{1,4}(\.\d{1,4})?", text, re.ASCII) else None
    place = re.fullmatch(r"(-?\d{1,2}),(-?\d{1,2})", text, re.ASCII)
    return (int(place[1]), int(place[2])) if place else None
