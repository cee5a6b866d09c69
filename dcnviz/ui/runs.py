"""A run of a page is heard to its end before the next begins.

Streamlit runs a page on a thread of its own. What the run says (what it draws, the new address) waits for the
server's loop, which throws away whatever comes of another run than the session's last. A quick run can be over before
the loop has come to any of it; a request that comes in that moment begins a new run, and the whole of the quick one is
lost: the browser never sees what its person clicked. It takes a part of the page that looks after its work by itself
(`dcnviz.ui.parts.waiting`) within some milliseconds of a click: one click in two thousand of a class, on two cores.

So a request that finds its session's run finished waits for its turn in the loop, behind what that run has said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MARK = "hears_out"
COUNT = "_dcnviz_requests_that_wait"

Begin = Callable[[Any, Any], None]
"""``AppSession.request_rerun``: the session, and what its browser says."""


def hear_out() -> bool:
    """Arranges it, once; says whether Streamlit has what that takes. Where it has not, all stays as it was."""
    try:
        from streamlit.runtime.app_session import AppSession
        from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

        stop: object = ScriptRequestType.STOP
        begin: Begin = AppSession.request_rerun
        known = ScriptRequests()._state
    except (ImportError, AttributeError):  # another Streamlit
        return False
    if not hasattr(begin, MARK):
        patched: Any = AppSession  # a method of somebody else's, changed on purpose
        patched.request_rerun = in_turn(begin, lambda session: _state_of(session) is stop)
    return isinstance(known, ScriptRequestType)


def _state_of(session: Any) -> object:
    return getattr(getattr(getattr(session, "_scriptrunner", None), "_requests", None), "_state", None)


def in_turn(begin: Begin, finished: Callable[[Any], bool]) -> Begin:
    """A `begin` that waits for its turn where a session's run is finished, and behind those that wait already.

    Args:
        begin: begins a run.
        finished: whether the session's last run is over, though perhaps not heard.
    """

    def request(session: Any, client_state: Any) -> None:
        waiting = getattr(session, COUNT, 0)
        loop = getattr(session, "_event_loop", None)
        if loop is None or not (waiting or finished(session)):
            return begin(session, client_state)
        setattr(session, COUNT, waiting + 1)  # the next must not overtake it: it brings newer values

        def turn() -> None:
            setattr(session, COUNT, getattr(session, COUNT) - 1)
            begin(session, client_state)

        loop.call_soon_threadsafe(turn)
        return None

    setattr(request, MARK, True)
    return request
