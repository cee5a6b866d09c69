"""A tour over the page Explore: each step says what is to be seen and done, and knows when it was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from dcnviz.plots.colours import COLOURS
from dcnviz.ui.document.component import bring_into_view
from dcnviz.ui.parts.fragments import TOUR
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import View, change, current

BEGUN, DONE, LEFT = "tour_begun", "tour_done", "tour_left"  # in the session
WRAPPER = ".stMainBlockContainer > [data-testid=stVerticalBlock] > [data-testid=stLayoutWrapper]"
STYLE = """<style>
{wrapper}:has(.st-key-tour) {{ position: sticky; top: 3.5rem; z-index: 90; }}
.st-key-tour {{ background: light-dark(#fff, #171614); padding: 0.7rem 1rem; border: 2px solid {ink}; gap: 0.4rem; }}
.st-key-tour [data-testid=stMarkdownContainer] {{ margin-bottom: 0; }}
.st-key-tour [data-testid=stAlertContainer] {{ padding: 0.4rem 0.8rem; }}
{part} {{ outline: 3px solid {ink}; outline-offset: 5px; border-radius: 0.4rem; }}
</style>"""


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        id: in the texts.
        part: what is outlined and brought into view: a selector, see `_key` and `_widget`.
        done: whether it was done, from the view at its begin and the one now.
    """

    id: str
    part: str
    done: Callable[[View, View], bool]


def _switched(*marks: str) -> Callable[[View, View], bool]:
    return lambda begun, now: any((mark in begun.show) != (mark in now.show) for mark in marks)


def _key(name: str) -> str:
    return f".st-key-{name}"


def _widget(name: str) -> str:
    """A widget whose key carries the language."""
    return f'[class*="st-key-{name}-"]'


STEPS = (
    Step("cell", _key("explorer"), lambda begun, now: now.at is not None and now.at != begun.at),
    Step("taps", _widget("layer"), lambda begun, now: now.layer != "stack"),
    Step("mask", _widget("show"), _switched("mask")),
    Step("grid", _widget("show"), _switched("base", "lines")),
    Step("stack", _widget("layer"), lambda begun, now: now.layer == "stack"),
    Step("version", _widget("version"), lambda begun, now: now.version != begun.version),
    Step(
        "numbers",
        _key("numbers"),
        lambda begun, now: (now.channel, now.corners) != (begun.channel, begun.corners),
    ),
    Step("deeper", _widget("deep"), lambda begun, now: now.deep != ""),
)


def offer_tour(texts: Texts) -> None:
    """The button in the heading that begins the tour, or goes on with it."""
    left = st.session_state.get(LEFT, 1)
    label = texts.tour.begin if left == 1 else texts.tour.resume.format(step=left)
    st.button(label, icon=":material/tour:", key="begin_tour", disabled=current().tour > 0, on_click=_begin)


def _begin() -> None:
    """At its first step, on the network and the layers that its words are about."""
    if (step := st.session_state.get(LEFT, 1)) > 1:
        change(tour=step)
        return
    for key in (BEGUN, DONE):
        st.session_state.pop(key, None)
    change(tour=1, version="v2", layer="stack", show=View.show, deep="")


def lead_tour() -> None:
    """The step that the view is at; nothing where there is no tour."""
    if current().tour:
        _card()


@st.fragment(key=TOUR)
def _card() -> None:
    """What is done on the page draws this anew."""
    view = current()
    number, words = view.tour, LANGUAGES[view.lang].tour
    if not number:
        return
    step = STEPS[number - 1]
    begun: dict[int, View] = st.session_state.setdefault(BEGUN, {})
    done: set[int] = st.session_state.setdefault(DONE, set())
    if step.done(begun.setdefault(number, view), view):
        done.add(number)
    with st.container(key="tour"):
        st.html(STYLE.format(wrapper=WRAPPER, part=step.part, ink=COLOURS["sample"].hex))
        bring_into_view(step.part)
        st.markdown(f"**{words.step.format(step=number, count=len(STEPS))}** {words.see[step.id]}")
        if number in done:
            st.success(f"**{words.done}**", icon=":material/check:")
        else:
            st.markdown(f"**{words.try_it}** {words.do[step.id]}")
        _turn(number, number in done)


def _turn(number: int, done: bool) -> None:
    """Back, next, leave."""
    words, last = LANGUAGES[current().lang].tour, number == len(STEPS)
    with st.container(horizontal=True, gap="small"):
        st.button(words.back, key="tour_back", disabled=number == 1, on_click=lambda: change(tour=number - 1))
        kind: Literal["primary", "secondary"] = "primary" if done else "secondary"
        if last:
            ended = st.button(words.finish, key="tour_finish", type=kind)
        else:
            ended = False
            st.button(words.forward, key="tour_next", type=kind, on_click=lambda: change(tour=number + 1))
        if st.button(words.leave, key="tour_leave", type="tertiary") or ended:
            st.session_state[LEFT] = 1 if ended else number
            change(tour=0)
            st.rerun()
