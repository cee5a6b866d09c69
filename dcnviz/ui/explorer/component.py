"""The explorer as a Streamlit component: point at a picture and see where the network looked.

Two components stand behind one call. Streamlit sends a component's data and its scripts together, anew
whenever any of the data changes, and only a reference (from 10 kB on) while nothing does. So:

- ``dcnviz_explorer`` has the scripts, the style and the payload, which clicks and overlays leave as they are;
- ``dcnviz_view`` has the view, the texts and the colours, about 2 kB, and hands them over in the browser, by a
  channel. Explorers on one channel are linked (`linked_view`, `linked_explorer`): what is pointed at, pinned or
  zoomed in one is so in all, without the server.

The script files become one module here, in order: the browser loads inline scripts from a blob, where
one file cannot import another, and there is no build step.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from typing import Any, Literal

import streamlit as st

from dcnviz.plots.colours import hex_table
from dcnviz.ui.explorer.payload import read_header

Cell = tuple[int, int]


def _read(*names: str) -> str:
    folder = files(__package__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


SCRIPT = _read("fields.js", "marks.js", "lens.js", "input.js", "around.js", "explorer.js")
STYLE = _read("explorer.css")
BRIDGE = _read("bridge.js")

_mount_explorer = st.components.v2.component("dcnviz_explorer", js=SCRIPT, css=STYLE)
_mount_view = st.components.v2.component("dcnviz_view", js=BRIDGE)


@dataclass(frozen=True)
class Overlays:
    """Which marks are drawn beside the sampled points."""

    base: bool = True
    lines: bool = True
    numbers: bool = False
    mask: bool = True


@dataclass(frozen=True)
class View:
    """What the explorer shows of its payload.

    Args:
        layer: index of a layer from the first on, or "stack" for the taps of the taps down to the picture.
        group: offset group.
        overlays: marks to draw.
        pin: pinned cell (i, j) of the chosen layer, of the last one for a stack.
        epoch: any text. The browser takes ``pin`` when it is mounted and whenever this text is a new one;
            within an epoch it is ahead of the server and keeps its own. A new picture or a "reset" is a new
            epoch.
        max_height: of the picture with its band, in CSS pixels.
        close_up: whether a new epoch opens on a close-up of the pinned cell's points. After that the person
            zooms, in the browser alone.
        lens: the part of the picture on which it opens otherwise: zoom, and where the view begins, (top, left)
            in shares of the drawing; None for the whole.
        compact: no legend of its own (see `linked_legend`), and only the numbers that differ between linked
            explorers.
        depth: how many layers a stack follows, from the last one down; None for all.
        facts: the numbers under the picture, by the names of their labels, if others than usual.

    >>> View(layer=0, pin=(3, 4)).overlays.base
    True
    """

    layer: int | Literal["stack"] = "stack"
    group: int = 0
    overlays: Overlays = field(default_factory=Overlays)
    pin: Cell | None = None
    epoch: str = ""
    max_height: int = 640
    close_up: bool = False
    lens: tuple[float, float, float] | None = None
    compact: bool = False
    depth: int | None = None
    facts: tuple[str, ...] = ()


def explorer(
    payload: bytes,
    *,
    key: str,
    view: View | None = None,
    labels: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
    on_selected: Callable[[], None] | None = None,
    on_seen: Callable[[], None] | None = None,
) -> Cell | None:
    """Mount the explorer and return the pinned cell.

    The browser's own selection lies in ``st.session_state[key]["selected"]``: ``{"i": i, "j": j}``, or
    ``{"released": time}`` when the person released the pin; before the first click there is none and ``view.pin``
    holds. To move the pin from Python, write it there before this call, give it as ``view.pin`` too, and begin a
    new epoch.

    Args:
        payload: from `dcnviz.ui.explorer.payload.encode`.
        key: of the component; two explorers on a page need two keys.
        view: what to show.
        labels: translated texts by the names in the script's table ``ENGLISH``; what is missing is English.
        colours: name -> hex; by default the table of `dcnviz.plots.colours`.
        on_selected: called, as Streamlit's callbacks are, when the person pins or releases a cell; not where a panel
            of the same channel is mounted (`dcnviz.ui.panel`), which is told instead.
        on_seen: called when the person has zoomed or opened or left the close-up; then
            ``st.session_state[key]["seen"]`` is ``{"close": bool, "lens": [zoom, top, left] or None}``.

    Returns:
        (i, j) of the pinned cell, checked against the layer's size, or None.

    Raises:
        ValueError: if the payload is none, or the view names a layer or group that it does not hold.
    """
    view = view or View()
    header = read_header(payload)
    size = _output_size(header, view)
    pin = _inside(view.pin, size)
    with st.container(gap=None):
        linked_view(key, replace(view, pin=pin), labels=labels, colours=colours)
        linked_explorer(payload, key=key, channel=key, on_selected=on_selected, on_seen=on_seen)
    state = (
        st.session_state.get(key) or {}
    )  # the mount's own result cannot tell "released" from "never pinned"
    return _inside(cell_of(state["selected"]), size) if "selected" in state else pin


def linked_view(
    channel: str,
    view: View,
    *,
    labels: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
) -> None:
    """Sends a view to all explorers of a channel. Its group is held to those that each has."""
    data = _message(channel, view, labels or {}, colours or hex_table())
    _mount_view(key=f"{channel}-view", data=data, height=1)


def linked_explorer(
    payload: bytes,
    *,
    key: str,
    channel: str,
    on_selected: Callable[[], None] | None = None,
    on_seen: Callable[[], None] | None = None,
) -> None:
    """Mounts one of the explorers of a channel; who clicks is the one whose ``st.session_state[key]`` changes."""
    _mount_explorer(
        key=key,
        data=envelope(channel, payload),
        on_selected_change=on_selected or _nothing,
        on_seen_change=on_seen or _nothing,
    )


def linked_legend(channel: str) -> None:
    """Mounts the one legend of the compact explorers of a channel."""
    _mount_explorer(key=f"{channel}-legend", data=envelope(channel, b""))


def envelope(channel: str, payload: bytes) -> bytes:
    r"""The payload with the name of the channel its view comes by: u32 length, UTF-8 name, payload.

    >>> envelope("a", b"DCNV")
    b'\x01\x00\x00\x00aDCNV'
    """
    name = channel.encode()
    return struct.pack("<I", len(name)) + name + payload


def _message(
    channel: str, view: View, labels: Mapping[str, str], colours: Mapping[str, str]
) -> dict[str, Any]:
    cell = None if view.pin is None else {"i": view.pin[0], "j": view.pin[1]}
    return {**asdict(view), "pin": cell, "channel": channel, "labels": dict(labels), "colours": dict(colours)}


def _output_size(header: dict[str, Any], view: View) -> Cell:
    """Rows and columns of the cells a view shows."""
    layers = header["layers"]
    if view.layer != "stack" and not 0 <= view.layer < len(layers):
        raise ValueError(f'layer must be "stack" or 0 to {len(layers) - 1}; got {view.layer!r}.')
    layer = layers[-1 if view.layer == "stack" else view.layer]
    if not 0 <= view.group < layer["groups"]:
        raise ValueError(f"group must be 0 to {layer['groups'] - 1}; got {view.group!r}.")
    rows, columns = layer["output_size"]
    return rows, columns


def cell_of(value: object) -> Cell | None:
    """What a browser says is a cell, believed only if it is two whole numbers."""
    if not isinstance(value, Mapping):
        return None
    i, j = value.get("i"), value.get("j")
    if isinstance(i, bool) or isinstance(j, bool) or not isinstance(i, int) or not isinstance(j, int):
        return None
    return i, j


def is_release(value: object) -> bool:
    """Whether what a browser says of the selected cell is that there is none any more."""
    return value is None or (isinstance(value, Mapping) and "released" in value)


def _inside(cell: Cell | None, size: Cell) -> Cell | None:
    return cell if cell is not None and 0 <= cell[0] < size[0] and 0 <= cell[1] < size[1] else None


def _nothing() -> None:
    """A callback must be there for Streamlit to carry the state."""
