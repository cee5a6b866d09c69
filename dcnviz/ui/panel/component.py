"""A panel as a Streamlit component: one piece of HTML, put in place as it is.

A click should show its numbers before the eye has left the cell. Of Streamlit's own elements each takes the browser
a drawing of its own, formulas and Markdown most of all; they took half of a click's time. Setting HTML takes a
millisecond or two, whatever stands in it.

The explorer tells its clicks by the panel of its channel. So the run of the panel's fragment is the first and only one
that the numbers wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import streamlit as st


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "dcnviz_panel",
    html='<div class="panel"></div>',
    js=_read("panel.js"),
    isolate_styles=False,  # the page's own fonts and colours
)
STYLE = f"<style>{_read('panel.css')}</style>"


def dress() -> None:
    """Gives panels their style: once, beside them, for a component's own would be sent again in every click."""
    st.html(STYLE)


def panel(
    html: str,
    *,
    key: str,
    channel: str = "",
    opened: bool = False,
    owed: int = 0,
    on_selected: Callable[[], None] | None = None,
    on_opened: Callable[[], None] | None = None,
    on_painted: Callable[[], None] | None = None,
) -> None:
    """Mounts the panel.

    Args:
        html: what stands in it. It is not cleaned: whatever a stranger wrote must be escaped in it.
        key: of the component.
        channel: of the explorer whose clicks come by it, as ``st.session_state[key]["selected"]``; "" of none.
        opened: whether its first ``<details>`` is open.
        owed: a number; at a new one, except 0, the browser says when it has painted this.
        on_selected: called when the person pins or releases a cell.
        on_opened: called when the person has opened or closed that; ``st.session_state[key]["opened"]`` says which.
        on_painted: called, after a change of ``owed``, when the person sees the panel: what may come later can now.
    """
    _mount(
        key=key,
        data={"html": html, "channel": channel, "opened": opened, "owed": owed},
        on_selected_change=on_selected or _nothing,
        on_opened_change=on_opened or _nothing,
        on_painted_change=on_painted or _nothing,
    )


def _nothing() -> None:
    """A callback must be there for Streamlit to carry the state."""
