"""The search for a saliency region: long work in the queue, with progress, and an end when nobody looks any more."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui import heavy
from dcnviz.ui.comparison import as_image
from dcnviz.ui.networks import Shown, Trained
from dcnviz.ui.queue import Ticket

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.analysis.saliency import Method, SaliencyRegion

Cell = tuple[int, int]
WHAT = "saliency"


class Search:
    """One person's search. It answers for every bound, so that moving the slider asks nothing of the network.

    Attributes:
        key: what is searched for.
        layer: of the cell, from 0.
        done, total: pictures shown to the network so far, and about how many it will be.
        region: what was found, once it has ended.
        ticket: its place in the queue.
    """

    def __init__(
        self, trained: Trained, shown: Shown, layer: int, cell: Cell, method: Method, who: str
    ) -> None:
        self.key = (WHAT, trained.key, shown.digest, layer, cell, method)
        self.layer, self.done, self.total = layer, 0, 0
        self.region: SaliencyRegion | None = None
        self._of = trained, shown.pixels, layer, cell, method
        self._who, self._stop = who, threading.Event()
        # Nobody shares it, so that one who stops it stops nobody else's; what it finds is for all.
        self.ticket: Ticket[None] = heavy.line().join(who, WHAT, (who, *self.key), self._work, long=True)

    @property
    def running(self) -> bool:
        """Whether it goes on, or waits. Asking keeps it going."""
        self.ticket.ask(self._who)
        return not self.ticket.over

    @property
    def abandoned(self) -> bool:
        """Whether it ended because nobody asked."""
        whole = self.region is not None and self.region.complete
        failed = self.ticket.problem is not None
        return self.ticket.over and not self._stop.is_set() and not failed and not whole

    def stop(self) -> None:
        """Ends it with the best region so far."""
        self._stop.set()

    def _work(self, ticket: Ticket[None]) -> None:
        kept: SaliencyRegion | None = heavy.KEPT.get(self.key)
        if kept is not None:  # somebody else asked for the same
            self.region = kept
            return
        trained, pixels, layer, cell, method = self._of
        model = trained.model()
        from dcnviz.analysis import error_bounded_saliency

        region = error_bounded_saliency(
            model,
            as_image(pixels),
            cell,
            layer=list(model.maps_to_picture())[layer],
            method=method,
            progress=self._tick,
            stop=lambda: self._stop.is_set() or not ticket.wanted,
        )
        if region.complete:
            heavy.KEPT.put(self.key, region, BYTES)
        self.region = region

    def _tick(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        heavy.line().let_pass()


BYTES = 20_000
"""About as many a region takes: an order and errors of at most 400 cells."""


def search(trained: Trained, shown: Shown, layer: int, cell: Cell, method: Method) -> Search:
    """This session's search of that cell: the one that runs or has ended, or a new one."""
    found: Search | None = st.session_state.get(WHAT)
    key = (WHAT, trained.key, shown.digest, layer, cell, method)
    if found is None or found.key != key or found.abandoned:
        found = Search(trained, shown, layer, cell, method, heavy.me())
        st.session_state[WHAT] = found
    return found


def again() -> None:
    """Forgets this session's search, so that the next call begins anew."""
    st.session_state.pop(WHAT, None)
