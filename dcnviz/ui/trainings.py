"""The live trainings of this server, and whom each belongs to.

A training runs outside the page's script, under the server's one `Host`. It belongs to the session that began it. Its
token stands in the address, so a page that is loaded anew finds it: an owner who is gone leaves it to the next who
comes with the token; while the owner is there, others who have it may only watch.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dcnviz.ui import networks

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.models import Network
    from dcnviz.training import Host, LiveRecipe, Run, Timeline

GRACE = 20.0
"""Seconds that a training outlives its session: a page that is loaded anew, or a connection that broke, needs a few."""
MOST_COURSES = 24
"""So many trainings stay to be looked at, the ended ones among them."""


@dataclass(eq=False)
class Owner:
    """Whose training it is. Called, from the training's thread, it says whether that one is there, or just was.

    Attributes:
        session: of the owner; another one when somebody takes over.
        seen: when the owner was there last.
    """

    session: str
    seen: float

    def __call__(self) -> bool:
        """Whether the training shall go on."""
        now = time.monotonic()
        if active(self.session):
            self.seen = now
        return now - self.seen < GRACE


def active(session: str) -> bool:
    """Whether a browser is connected to a session. Where there is no server (in tests), there is nobody to leave."""
    return not exists() or get_instance().is_active_session(session)


@dataclass(eq=False)
class Course:
    """One person's training, and plain convolution after it, if asked for.

    Attributes:
        key: under which its owner trains, one training at a time; known to the server alone.
        run: the training; its token stands in the address.
        beside: whether plain convolution is wanted for the same seconds.
        owner: whose it is.
        plain: the training of plain convolution, once it began.
        crowded: whether that one waits for room on the server.
    """

    key: str
    run: Run
    beside: bool
    owner: Owner
    plain: Run | None = None
    crowded: bool = False

    @property
    def current(self) -> Run:
        """What runs now, or ran last."""
        return self.plain or self.run

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.run.ended and (self.plain.ended if self.plain else not self.due)

    @property
    def due(self) -> bool:
        """Whether plain convolution is to begin: after a whole training, not after one that somebody stopped."""
        return self.beside and self.plain is None and self.run.state == "finished"


class Bench:
    """All courses of the server.

    Args:
        host: who runs them.

    Attributes:
        courses: by their tokens, the newest last.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.courses: dict[str, Course] = {}
        self._lock = threading.Lock()

    def begin(self, key: str, recipe: LiveRecipe, beside: bool, session: str) -> Course:
        """Starts a training; one that runs under the key is stopped for it.

        Raises:
            TooManyRuns: if the server trains as many as it may.
        """
        with self._lock:
            owner = Owner(session, time.monotonic())
            run = self.host.start(key, recipe, alive=owner)
            if plain := self.host.get(_plain(key)):
                plain.stop()
            course = Course(key, run, beside and recipe.version != "conv", owner)
            self.courses[run.token] = course
            for old in [name for name, each in self.courses.items() if each.over][:-MOST_COURSES]:
                del self.courses[old]
            return course

    def tend(self, course: Course, session: str) -> None:
        """Whatever is due: a new owner, the second training."""
        from dcnviz.training import TooManyRuns

        with self._lock:
            if not active(course.owner.session):
                course.owner.session = session
            if course.due:
                try:
                    recipe = replace(course.run.recipe, version="conv", start="zero")
                    course.plain = self.host.start(_plain(course.key), recipe, alive=course.owner)
                except TooManyRuns:
                    course.crowded = True


def _plain(key: str) -> str:
    return f"{key}.plain"


@st.cache_resource(show_spinner=False)
def bench() -> Bench:
    """The server's."""
    networks.hurry()
    from dcnviz.training import Host

    return Bench(Host())


def session() -> str:
    """Of who looks at the page."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def own_key() -> str:
    """Under which this session trains."""
    key: str = st.session_state.setdefault("training_key", secrets.token_urlsafe(16))
    return key


def find(token: str) -> Course | None:
    """The course of an address, tended; None if the server knows of none."""
    course = bench().courses.get(token)
    if course is not None:
        bench().tend(course, session())
        if course.owner.session == session():
            st.session_state["training_key"] = course.key
    return course


def left_by(token: str) -> tuple[Network, Timeline | None] | None:
    """Network and frames of a training that this server, or one before it, kept; None if there are none."""
    from dcnviz.models import CheckpointError
    from dcnviz.training import TimelineError

    found = bench().host.kept(token)
    try:
        return found.load() if found else None
    except (CheckpointError, TimelineError):  # half a file: as good as none
        return None
