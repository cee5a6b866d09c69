"""The search for a saliency region: on a thread of its own, with progress, and an end when nobody looks any more."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.comparison import as_image
from dcnviz.ui.networks import Pixels, Shown, Trained

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.analysis.saliency import Method, SaliencyRegion

Cell = tuple[int, int]
PATIENCE = 6.0
"""Seconds without anybody asking for it, after which a search ends: its person has gone elsewhere."""


class Search:
    """One search. It answers for every bound, so that moving the slider asks nothing of the network.

    Attributes:
        done, total: pictures shown to the network so far, and about how many it will be.
        region: what was found, once it has ended.
        problem: why there is none.
    """

    def __init__(self, trained: Trained, pixels: Pixels, layer: int, cell: Cell, method: Method) -> None:
        self.done, self.total = 0, 0
        self.region: SaliencyRegion | None = None
        self.problem: Exception | None = None
        self._asked = time.monotonic()
        self._stop, self._ended = threading.Event(), threading.Event()
        task = threading.Thread(
            target=self._work, args=(trained, pixels, layer, cell, method), name="dcnviz-search", daemon=True
        )
        task.start()

    @property
    def running(self) -> bool:
        """Whether it goes on. Asking keeps it going."""
        self._asked = time.monotonic()
        return not self._ended.is_set()

    @property
    def abandoned(self) -> bool:
        """Whether it ended because nobody asked."""
        whole = self.region is not None and self.region.complete
        return self._ended.is_set() and not self._stop.is_set() and self.problem is None and not whole

    def stop(self) -> None:
        """Ends it with the best region so far."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Waits for its end, and says whether it has come."""
        return self._ended.wait(seconds)

    def _work(self, trained: Trained, pixels: Pixels, layer: int, cell: Cell, method: Method) -> None:
        try:
            model = trained.model()
            from dcnviz.analysis import error_bounded_saliency

            path = list(model.maps_to_picture())[layer]
            with networks.turn():
                self.region = error_bounded_saliency(
                    model,
                    as_image(pixels),
                    cell,
                    layer=path,
                    method=method,
                    progress=self._tick,
                    stop=self._over,
                )
        except (
            Exception
        ) as problem:  # whatever it is: on this thread nobody would hear of it, so the page says it
            self.problem = problem
        finally:
            self._ended.set()

    def _tick(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        networks.give_way()

    def _over(self) -> bool:
        return self._stop.is_set() or time.monotonic() - self._asked > PATIENCE


def search(trained: Trained, shown: Shown, layer: int, cell: Cell, method: Method) -> Search:
    """The search of that cell: the one that runs or has ended, or a new one."""
    found = _search(trained.key, shown.digest, layer, cell, method, trained, shown.pixels)
    if found.abandoned or isinstance(found.problem, networks.Busy):
        again(trained, shown, layer, cell, method)
        found = _search(trained.key, shown.digest, layer, cell, method, trained, shown.pixels)
    return found


def again(trained: Trained, shown: Shown, layer: int, cell: Cell, method: Method) -> None:
    """Forgets a search, so that the next call begins anew."""
    _search.clear(trained.key, shown.digest, layer, cell, method, trained, shown.pixels)


@st.cache_resource(max_entries=12, show_spinner=False)
def _search(
    key: str, digest: str, layer: int, cell: Cell, method: Method, _trained: Trained, _pixels: Pixels
) -> Search:
    return Search(_trained, _pixels, layer, cell, method)
