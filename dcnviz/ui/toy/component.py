"""The toy as a Streamlit component: data in, what the hand did out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dcnviz.ui.toy.mount import heard, joined, message, nothing
from dcnviz.ui.toy.state import Toy, believed, to_data

SHOWN = (
    *("values", "taps", "base", "cell", "frames", "corners", "arrows"),
    *("kernel", "masks", "samples", "one", "sum", "outputs", "sliders"),
)
"""Parts that can be shown. On the map: its numbers, the taps, their undeformed places, the output cell, frames round
the chosen tap's corners, the corners with their shares, the gradients. Beside it: the kernel's cards with weights,
masks, samples and products; the chosen tap in full; the output, the map of outputs, the sliders of the geometry."""
CAN = (
    *("offsets", "weights", "masks", "switch", "step", "cell"),
    *("size", "stride", "padding", "dilation", "guess"),
)
"""What a person may change: taps' places, typed weights and masks, taps off or frozen, a step along the gradients, the
output cell, the geometry, a guessed pixel."""


PARTS = joined("dcnviz.ui.toy", "model.js", "board.js", "panel.js", "hand.js", "legend.js", "mount.js")
"""Of the script: what another component of such maps and taps can use."""
SCRIPT = PARTS + "\n" + joined("dcnviz.ui.toy", "toy.js")
STYLE = joined("dcnviz.ui.toy", "toy.css", "board.css", "panel.css")

_mount = st.components.v2.component("dcnviz_toy", js=SCRIPT, css=STYLE)


def toy(
    start: Toy,
    *,
    key: str,
    epoch: str,
    shown: Sequence[str],
    can: Sequence[str],
    labels: Mapping[str, str],
    rate: float = 0.1,
    on_change: Callable[[], None] | None = None,
) -> Toy:
    """Mounts the toy and returns how it stands after the last release of the hand.

    Args:
        start: how it stands at first.
        key: of the component.
        epoch: any text. The browser takes ``start`` whenever this text is a new one, and lets the taps glide there;
            within an epoch it is ahead of the server and keeps its own.
        shown: names of `SHOWN`.
        can: names of `CAN`.
        labels: its words, by the names in ``dcnviz.ui.texts.learn``.
        rate: pixels that "one step" moves a tap for a gradient of 1.
        on_change: called, as Streamlit's callbacks are, when a hand lets go.

    Raises:
        ValueError: if a part is not known.
    """
    data = message(epoch, to_data(start), shown, can, labels, (SHOWN, CAN), rate=rate)
    _mount(key=key, data=data, on_toy_change=on_change or nothing)
    return standing(key, epoch, start)


def standing(key: str, epoch: str, start: Toy) -> Toy:
    """How a mounted toy stood last; the start, if no hand has been at it in this epoch."""
    said = heard(key, "toy", epoch)
    return start if said is None else believed(said, start)
