"""The grouped look: its numbers by definition, what a browser may say of it, and its words."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import pytest

from dcnviz.ui.groups.component import SCRIPT, grouped
from dcnviz.ui.groups.state import Group, believed, to_data
from dcnviz.ui.lesson.chapters.groups import EVEN, LEANING, TAP
from dcnviz.ui.lesson.live_groups import live_groups
from dcnviz.ui.texts import LANGUAGES

MOVED = tuple((0.3 * k - 1, 0.7 - 0.25 * k) for k in range(9))
STATE = LEANING.with_group(1, offsets=MOVED, channel=1)


def read(grid: tuple[tuple[float, ...], ...], y: float, x: float) -> float:
    """Between pixels, by the definition; 0 outside."""
    return sum(
        max(0.0, 1 - abs(y - i)) * max(0.0, 1 - abs(x - j)) * value
        for i, row in enumerate(grid)
        for j, value in enumerate(row)
    )


def masks_by_hand(group: Group, free: bool) -> list[float]:
    if free:
        return list(group.raw)
    return [math.exp(z) / sum(math.exp(other) for other in group.raw) for z in group.raw]


@pytest.mark.parametrize("free", [False, True], ids=["v3", "v4"])
def test_the_operators_do_what_the_definition_says(free: bool) -> None:
    state = replace(STATE, free=free)
    now, channel = live_groups(state), 0
    for group, found in zip(state.groups, now.masks, strict=True):
        masks = masks_by_hand(group, free)
        assert found == pytest.approx(masks) and group.masks(free) == pytest.approx(masks)
        for grid in group.grids:
            for i, row in enumerate(now.outputs[channel]):
                for j, value in enumerate(row):
                    places = [(i + k // 3 + dy, j + k % 3 + dx) for k, (dy, dx) in enumerate(group.offsets)]
                    samples = [read(grid, y, x) for y, x in places]
                    assert now.at(channel, (i, j)) == pytest.approx(samples)
                    assert value == pytest.approx(sum(m * v for m, v in zip(masks, samples, strict=True)))
            channel += 1


def test_a_softmax_gives_a_mean_and_shares_what_one_takes() -> None:
    before, after = live_groups(EVEN), live_groups(LEANING)
    ratios = [b / a for k, (a, b) in enumerate(zip(before.masks[0], after.masks[0], strict=True)) if k != TAP]
    assert ratios == pytest.approx([ratios[0]] * 8) and ratios[0] < 1
    for now in (before, after):
        assert [sum(masks) for masks in now.masks] == pytest.approx([1, 1])
        for channel, rows in enumerate(now.outputs):
            samples = now.at(channel, (1, 2))
            assert min(samples) - 1e-9 <= rows[1][2] <= max(samples) + 1e-9


def test_there_and_back_through_json() -> None:
    assert believed(json.loads(json.dumps(to_data(STATE))), LEANING) == STATE


@pytest.mark.parametrize(
    "changes",
    [
        {"cell": [4, 0]},
        {"cell": [0.5, 0]},
        {"cell": None},
        {"chosen": [2, 0]},
        {"chosen": [0, 9]},
        {"groups": []},
        {"groups": [{"offsets": [[0, 0]] * 9, "raw": [0] * 8, "channel": 0}] * 2},
        {"groups": [{"offsets": [[0, 0]] * 9, "raw": [float("nan")] * 9, "channel": 0}] * 2},
        {"groups": [{"offsets": [[0, 0]] * 9, "raw": [1e9] * 9, "channel": 0}] * 2},
        {"groups": [{"offsets": [[0, True]] * 9, "raw": [0] * 9, "channel": 0}] * 2},
        {"groups": [{"offsets": [[0, 0]] * 9, "raw": [0] * 9, "channel": 2}] * 2},
        {"groups": "ab"},
    ],
)
def test_what_cannot_be_is_not_believed(changes: dict[str, Any]) -> None:
    assert believed({**to_data(STATE), **changes}, EVEN) is EVEN


def test_nor_what_is_nothing_of_the_kind() -> None:
    assert believed(3, EVEN) is EVEN and believed({}, EVEN) is EVEN


def test_a_part_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no part"):
        grouped(EVEN, key="k", epoch="a", shown=("gold",), can=(), labels={})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_script_finds_its_words(lang: str) -> None:
    learn = LANGUAGES[lang].learn
    labels = {**learn.toy, **learn.chapters["groups"].words}
    own = SCRIPT[SCRIPT.index("const PULL") :]
    used = set(re.findall(r"labels\.(\w+)", own)) | {"softmax", "free"}
    used |= {f"mark_{name}" for _, name in re.findall(r'\["(\w+)", "(\w+)", (?:true|this)', own)}
    assert used <= set(labels) and {"group", "mark_minus", "softmax"} <= used
