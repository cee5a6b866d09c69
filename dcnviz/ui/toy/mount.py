"""What components that a hand changes have in common: their files as one text, what is sent, and what is heard.

The script files of a component become one module here, in order, as the explorer's do: the browser loads inline scripts
from a blob, where one file cannot import another, and there is no build step.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from typing import Any

import streamlit as st

from dcnviz.plots.colours import hex_table


def joined(package: str, *names: str) -> str:
    """Files of a package as one text."""
    folder = files(package)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def message(
    epoch: str,
    start: Mapping[str, Any],
    shown: Sequence[str],
    can: Sequence[str],
    labels: Mapping[str, str],
    known: tuple[Collection[str], Collection[str]],
    **rest: Any,
) -> dict[str, Any]:
    """Data for the browser.

    Args:
        epoch: any text. The browser takes ``start`` whenever this text is a new one; within an epoch it keeps its own.
        start: how the thing stands at first, as JSON has it.
        shown: names of parts.
        can: names of what a person may change.
        labels: the words, by the names that the script uses.
        known: the names that there are of parts, and of what may be changed.
        rest: what else the script needs.

    Raises:
        ValueError: if a name is not known.
    """
    parts, changes = known
    if unknown := {*shown} - {*parts} | {*can} - {*changes}:
        raise ValueError(f"there is no part {sorted(unknown)}; known are {[*parts, *changes]}.")
    plain = {"epoch": epoch, "start": dict(start), "shown": list(shown), "can": list(can)}
    return {**plain, "labels": dict(labels), "colours": hex_table(), **rest}


def heard(key: str, name: str, epoch: str) -> Mapping[str, Any] | None:
    """What the browser said of a thing mounted under this key; None if no hand has been at it in this epoch."""
    said = (st.session_state.get(key) or {}).get(name)
    return said if isinstance(said, Mapping) and said.get("epoch") == epoch else None


def nothing() -> None:
    """A callback must be there for Streamlit to carry the state."""
