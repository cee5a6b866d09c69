"""The shelf of recordings: its bound is one of bytes, those included that a recording takes once it is looked at."""

from __future__ import annotations

import pytest

from dcnviz.ui import networks
from dcnviz.ui.networks import Trained, bytes_of, from_gallery
from dcnviz.ui.shelf import Shelf


def test_a_recording_weighs_what_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf: Shelf[networks.Recording] = Shelf(10**9)
    monkeypatch.setattr(networks, "RECORDINGS", shelf)
    asked = Trained("v3", "v3"), from_gallery("cat", "en")
    recorded = networks.recording(*asked)
    assert recorded.image is not None
    bare = bytes_of(recorded)
    assert shelf.filled == bare > sum(s.offsets.nbytes + s.mask.nbytes for s in recorded.values())
    assert bare > recorded.image.nbytes
    more = sum(s.positions.nbytes + s.base.nbytes + s.inside.nbytes for s in recorded.values())
    assert bytes_of(recorded) == bare + more
    assert networks.recording(*asked) is recorded and shelf.filled == bare + more
