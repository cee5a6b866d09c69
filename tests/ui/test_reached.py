"""What the lesson says of stacked layers: the plain network's numbers by counting, and what is off the map."""

from __future__ import annotations

import math

import pytest

from dcnviz.ui.lesson.chapters.stacked import GOAL, STAR
from dcnviz.ui.lesson.looking import KEPT, Looking, OnPicture
from dcnviz.ui.lesson.reached import on_object, radii, reached

MIDDLE = (12, 14)  # of the large square


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_plain_stack_is_a_square_whose_reach_grows_with_the_root_of_its_layers(depth: int) -> None:
    found, side = reached("conv", depth, MIDDLE), 2 * depth + 1
    assert (found.points, found.places) == (9**depth, side**2)
    # Each layer steps -1, 0 or 1 cells of 4 pixels on either axis: a variance of 2/3 each.
    assert found.reach == pytest.approx(4 * math.sqrt(depth * 4 / 3), abs=1e-4)
    object_cells = (radii() == radii()[48, 56])[::4, ::4]
    square = object_cells[12 - depth : 13 + depth, 14 - depth : 15 + depth]
    assert found.object_read == pytest.approx(square.sum() / object_cells.sum())
    assert found.on_object == 1


def test_points_off_the_picture_are_on_nothing() -> None:
    corner = reached("conv", 1, (0, 0))
    assert corner.on_object == pytest.approx(4 / 9)  # the rest of the nine lies in the padding


def test_v2_reaches_wider_on_the_large_object_and_reads_nearly_all_of_it() -> None:
    small, large = reached("v2", 3, (21, 5)), reached("v2", 3, MIDDLE)
    assert on_object((21, 5)) and on_object(MIDDLE) and on_object(STAR)
    assert large.reach > GOAL * small.reach
    assert large.object_read > 0.99 > reached("conv", 3, MIDDLE).object_read
    assert small.points == 729 >= small.places > 700


def test_a_stage_begins_anew_with_a_new_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Looking(1, (STAR,))
    stage = OnPicture(first, ("conv",), deeper=True)
    kept = {"key": {"epoch": "a", "depth": 2, "pinned": [MIDDLE] * KEPT}}
    monkeypatch.setattr("streamlit.session_state", kept)
    assert stage.now("key", "a", first) == Looking(2, (MIDDLE,) * KEPT)
    assert stage.now("key", "b", first) == first == stage.start(49.0) and stage.guess(first) is None
