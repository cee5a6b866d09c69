"""A panel as a Streamlit component: one piece of HTML, put in place as it is.

A click should show its numbers before the eye has left the cell. Of Streamlit's own elements each takes the browser
a drawing of its own, formulas and Markdown most of all; they took half of a click's time. Setting HTML takes a
millisecond or two, whatever stands in it.

The explorer tells its clicks by a panel of its channel. The browser then fetches what each panel of the channel says
of that cell (:mod:`dcnviz.ui.panel.desk`), shows it, and tells Python of the click when it is painted. Where that
cannot be fetched, Python is told at once, and sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from importlib.resources import files

import streamlit as st

from dcnviz.ui.panel import desk
from dcnviz.ui.panel.desk import Answer, Cell

ASKS = "asks"
"""Whether this session's browser has shown that it can fetch."""


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _brief(script: str) -> str:
    r"""A script without its indents and the lines that are comments: Streamlit sends it again in every click.

    >>> _brief("// why\n  a();\n  /** b */\n  b(); // c")
    'a();\nb(); // c'
    """
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if not line.startswith(("//", "/**")))


_mount = st.components.v2.component(
    "dcnviz_panel",
    html='<div class="panel"></div>',
    js=_brief(_read("panel.js")),
    isolate_styles=False,  # the page's own fonts and colours
)
STYLE = f"<style>{_read('panel.css')}</style>"


def dress() -> None:
    """Gives panels their style: once, beside them, for a component's own would be sent again in every click."""
    st.html(STYLE)


def panel(
    answer: Answer,
    cell: Cell | None,
    *,
    key: str,
    about: Hashable,
    channel: str,
    opened: bool = False,
    on_selected: Callable[[], None] | None = None,
    on_opened: Callable[[], None] | None = None,
) -> None:
    """Mounts a panel.

    Args:
        answer: gives its HTML for a cell, here and outside of any page. It is not cleaned: whatever a stranger wrote
            must be escaped in it.
        cell: the pinned one, (i, j) as the explorer tells it; None leaves the panel empty.
        key: of the component.
        about: all that the answer depends on besides the cell.
        channel: of the explorer whose clicks it follows.
        opened: whether its first ``<details>`` is open.
        on_selected: called when the person pins or releases a cell, which then is
            ``st.session_state[key]["selected"]`` (`is_release` tells which); one panel of a channel has it.
        on_opened: called when the person has opened or closed that; ``st.session_state[key]["opened"]`` says which.
    """
    address = desk.offer(key, about, answer)
    wanted = "" if cell is None else f"{address}/{cell[0]}/{cell[1]}"
    state = st.session_state.get(key) or {}
    if isinstance(told := state.get("selected"), Mapping) and ASKS in told:
        st.session_state[ASKS] = told.get("asks") is True
    fetched = st.session_state.get(ASKS) and state.get("vain") != wanted
    _mount(
        key=key,
        data={
            "html": "" if cell is None else None if fetched else answer(cell),
            "wanted": wanted,
            "address": address,
            "channel": channel,
            "tells": on_selected is not None,
            "opened": opened,
        },
        on_selected_change=on_selected or _nothing,
        on_opened_change=on_opened or _nothing,
        on_vain_change=_nothing,
    )


def _nothing() -> None:
    """A callback must be there for Streamlit to carry the state."""
