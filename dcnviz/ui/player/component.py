"""The player as a Streamlit component: frames of a training in, where the person rests out.

Two components stand behind one call, as with the explorer: ``dcnviz_player`` has the scripts and what a training is
about, ``dcnviz_parcel`` brings frames, and is mounted as often as there are parcels. The script files become one module
here, in order: the browser loads inline scripts from a blob, where one file cannot import another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import streamlit as st

from dcnviz.plots.colours import hex_table


def _read(*names: str) -> str:
    folder = files(__package__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


SCRIPT = _read("frames.js", "scene.js", "charts.js", "panel.js", "player.js")
STYLE = _read("player.css")
BRIDGE = _read("bridge.js")

_mount_player = st.components.v2.component("dcnviz_player", js=SCRIPT, css=STYLE)
_mount_parcel = st.components.v2.component("dcnviz_parcel", js=BRIDGE)


@dataclass(frozen=True)
class Start:
    """How a film opens.

    Attributes:
        frame: its number, or None for the first.
        layer: number, from 0; ``cell`` and ``group`` likewise.
        autoplay: whether it plays at once, unless the person's browser asks for less motion.
        axis: of the curves, "step" or "seconds".
    """

    frame: int | None = None
    layer: int = 2
    cell: int = 2
    group: int = 0
    autoplay: bool = False
    axis: str = "step"


def player(
    channel: str,
    runs: Sequence[Mapping[str, Any]],
    parcels: Mapping[str, bytes],
    *,
    key: str,
    picture: Mapping[str, Any],
    start: Start,
    follow: bool,
    remember: bool,
    labels: Mapping[str, str],
    on_place: Callable[[], None],
) -> None:
    """Mounts the player and its parcels.

    Args:
        channel: names the film. With a new one the browser begins as ``start`` says; within it, it is ahead.
        runs: from `dcnviz.ui.player.payload.about`; the first has the points, all have their curves.
        parcels: by any names that stay; from `dcnviz.ui.player.payload.parcels`.
        key: of the component.
        picture: from `dcnviz.ui.player.payload.picture`.
        start: how it opens.
        follow: whether more frames are to come, of which the newest is shown.
        remember: whether the frame it rests on is told, too.
        labels: its words, by the names in ``dcnviz.ui.texts.train``.
        on_place: called when the person came to rest; ``st.session_state[key]["place"]`` says where.
    """
    data = {
        "channel": channel,
        "runs": [dict(run) for run in runs],
        "picture": dict(picture),
        "start": asdict(start),
        "follow": follow,
        "remember": remember,
        "labels": dict(labels),
        "colours": hex_table(),
    }
    _mount_player(key=key, data=data, on_place_change=on_place)
    with st.container(gap=None, key=f"{key}-parcels"):
        for name, data_ in parcels.items():
            _mount_parcel(key=f"{key}-{name}", data=data_, height=1)
