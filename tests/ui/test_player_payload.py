"""What the player is sent: all of a timeline, in parcels that never change once they are full, and within bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dcnviz.ui.player.payload import MASK, PARCEL, PLACE, about, parcel, parcels, read
from tests.ui.films import film

WORDS = {"label": "x", "layers": "123", "cells": "abcd", "sizes": ["background", "s", "m", "l"]}


@pytest.mark.parametrize("version", ["conv", "v1", "v2", "v3", "v4"])
def test_all_of_a_timeline_arrives(version: str) -> None:
    timeline = film(version, 2 * PARCEL + 3)
    head = about(timeline, "main", **WORDS)
    assert head["moves"] == (version != "conv")
    assert (head["groups"], head["masked"]) == (8 if version in ("v3", "v4") else 1, version > "v1")
    seen = 0
    for data in parcels(timeline, "a channel", "main"):
        own, (numbers, places, masks) = read(data, head)
        assert (own["channel"], own["run"], own["first"]) == ("a channel", "main", seen)
        for n in range(own["count"]):
            frame = timeline.frames[seen]
            expected = [frame.step, frame.seconds, frame.loss, frame.accuracy, *frame.dilation.ravel()]
            np.testing.assert_allclose(numbers[n], np.float32(expected))
            np.testing.assert_allclose(places[n] / PLACE, frame.places, atol=0.5 / PLACE)
            np.testing.assert_allclose(masks[n] / MASK, frame.masks, atol=0.5 / MASK)
            seen += 1
    assert seen == len(timeline.frames)


def test_a_full_parcel_stays_as_it_is_while_the_film_grows() -> None:
    whole = film("v2", 3 * PARCEL)
    before: list[bytes] = []
    for count in range(1, len(whole.frames) + 1):
        now = parcels(replace(whole, frames=whole.frames[:count]), "c", "main")
        changed = [n for n, data in enumerate(now) if data not in before]
        assert changed == [len(now) - 1]
        before = now


def test_what_a_frame_more_costs_is_bounded() -> None:
    sizes = {v: len(parcels(film(v, PARCEL), "c" * 40, "main")[0]) for v in ("v2", "v4")}
    assert 10_000 < sizes["v2"] < 20_000 and sizes["v4"] < 100_000


def test_far_places_and_strong_masks_are_held() -> None:
    timeline = film("v4", 2)
    frame = replace(
        timeline.frames[1], places=timeline.frames[1].places * 1e6, masks=timeline.frames[1].masks * -1e6
    )
    _, (_, places, masks) = read(parcel([frame], "c", "main", 0), about(timeline, "main", **WORDS))
    assert places.max() / PLACE > 511 and masks.min() / MASK == -32
