"""The first screen's files are what the network gives, and are used only for the first screen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from dcnviz.ui import first_view, networks
from dcnviz.ui.explorer.payload import decode
from dcnviz.ui.view import View, default_pin

V2 = networks.Trained("v2", "v2")


@pytest.fixture(scope="module")
def stored() -> first_view.FirstView:
    found = first_view.stored()
    assert found is not None, "assets/first-view is missing: python -m dcnviz.ui.first_view"
    return found


def test_the_files_are_what_the_network_gives(stored: first_view.FirstView) -> None:
    fresh = first_view.compute()
    assert (stored.version, stored.layer, stored.digest) == (fresh.version, fresh.layer, fresh.digest)
    old, new = decode(stored.payload), decode(fresh.payload)
    assert old[0] == new[0]
    assert old[1][0] == new[1][0]  # the picture's file
    for before, after in zip(old[1][1:], new[1][1:], strict=True):
        # float16 fields, computed on another machine: the last bit may differ.
        np.testing.assert_allclose(before.astype(float), after.astype(float), atol=2e-2, rtol=2e-3)
    a, b = stored.numbers, fresh.numbers
    assert (a.cell, a.channel, a.reach and a.reach[0]) == (b.cell, b.channel, b.reach and b.reach[0])
    assert a.total == pytest.approx(b.total, abs=1e-4)
    for row, again in zip(a.rows, b.rows, strict=True):
        assert row.position == pytest.approx(again.position, abs=1e-3)
        assert row.contribution == pytest.approx(again.contribution, abs=1e-3)


def test_they_are_for_the_first_screen_only(stored: first_view.FirstView) -> None:
    first = View(at=default_pin(View.picture))
    astronaut, cat = networks.from_gallery("astronaut", "en"), networks.from_gallery("cat", "en")
    assert first_view.payload(V2, astronaut) == stored.payload
    assert first_view.payload(networks.Trained("v1", "v1"), astronaut) is None
    assert first_view.payload(V2, cat) is None
    assert first_view.payload(networks.Trained("somebody's", "v2"), astronaut) is None
    cell = stored.numbers.cell
    assert first_view.numbers(V2, first, astronaut, cell) == stored.numbers
    assert first_view.numbers(V2, first, astronaut, (0, 0)) is None
    assert first_view.numbers(V2, dataclasses.replace(first, layer="1"), astronaut, cell) is None
    assert first_view.numbers(V2, first, cat, cell) is None


def test_missing_or_damaged_files_are_only_slower(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "numbers.json").write_text('{"version": "v2"}')
    monkeypatch.setattr(first_view, "asset", lambda name: folder / name.split("/")[-1])
    first_view.stored.cache_clear()
    try:
        assert first_view.stored() is None
    finally:
        first_view.stored.cache_clear()


def test_a_picture_is_known_by_all_its_pixels() -> None:
    pixels = np.zeros((512, 512, 3), np.uint8)
    changed = pixels.copy()
    changed[300, 411, 2] = 1
    assert networks.digest_of(pixels) != networks.digest_of(changed)
    assert networks.digest_of(pixels) != networks.digest_of(pixels.reshape(256, 1024, 3))


def test_a_persons_picture_is_shown_as_it_was_seen() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    shown = networks.from_person(pixels, "mine")
    assert (shown.id, shown.mime, shown.alt) == ("own", "image/webp", "mine")
    assert shown.file[:4] == b"RIFF"
