"""The grouped look as a Streamlit component: data in, what the hand did out. Maps and taps are drawn as the toy's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dcnviz.ui.groups.state import LARGEST, Groups, believed, to_data
from dcnviz.ui.toy.component import PARTS
from dcnviz.ui.toy.component import STYLE as TOYS
from dcnviz.ui.toy.mount import heard, joined, message, nothing

SHOWN = ("samples", "outputs")
"""Parts that can be shown beside taps and masks: what each tap reads and adds, and the map of the outputs."""
CAN = ("raw", "offsets", "free", "cell")
"""What a person may change: raw numbers, taps' places, whether there is a softmax, the output cell."""

SCRIPT = "\n".join([PARTS, joined(__package__, "group.js", "groups.js")])
STYLE = "\n".join([TOYS, joined(__package__, "groups.css")])

_mount = st.components.v2.component("dcnviz_groups", js=SCRIPT, css=STYLE)


def grouped(
    start: Groups,
    *,
    key: str,
    epoch: str,
    shown: Sequence[str],
    can: Sequence[str],
    labels: Mapping[str, str],
) -> Groups:
    """Mounts the groups and returns how they stand after the last release of the hand.

    Args:
        start: how they stand at first.
        key: of the component.
        epoch: any text. The browser takes ``start`` whenever this text is a new one; within an epoch it keeps its own.
        shown: names of `SHOWN`.
        can: names of `CAN`.
        labels: its words, by the names its script uses.

    Raises:
        ValueError: if a part is not known.
    """
    data = message(epoch, to_data(start), shown, can, labels, (SHOWN, CAN), largest=LARGEST)
    _mount(key=key, data=data, on_groups_change=nothing)
    return standing(key, epoch, start)


def standing(key: str, epoch: str, start: Groups) -> Groups:
    """How mounted groups stood last; the start, if no hand has been at them in this epoch."""
    said = heard(key, "groups", epoch)
    return start if said is None else believed(said, start)
