"""What stands on the toy as a value, what a browser may say of it, and the operator's numbers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import torch

from dcnviz.geometry import Geometry
from dcnviz.ui.lesson.live import live, predicted
from dcnviz.ui.texts.learn import CHINESE, ENGLISH
from dcnviz.ui.toy.component import SCRIPT, STYLE
from dcnviz.ui.toy.state import Own, Toy, believed, to_data

GRID = ((1.0, 5.0, 2.0, 7.0), (3.0, 0.0, 8.0, 4.0), (6.0, 2.0, 9.0, 1.0), (2.0, 4.0, 3.0, 5.0))
OFFSETS = tuple((0.25 * k - 1, 0.5 - 0.3 * k) for k in range(9))
MASKS = tuple(0.1 * k for k in range(9))
TOY = Toy(
    GRID,
    tuple(float(k - 4) for k in range(9)),
    padding=1,
    cell=(1, 2),
    bias=0.5,
    cells={(1, 2): Own(OFFSETS, MASKS)},
    off=(2,),
    frozen=(0, 8),
    chosen=3,
    guess=(0, 1),
)


def test_there_and_back_through_json() -> None:
    data = json.loads(json.dumps(to_data(TOY)))
    assert believed(data, Toy(GRID, bias=0.5)) == TOY


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 6},
        {"size": True},
        {"stride": 0},
        {"dilation": 2.5},
        {"weights": [1.0] * 8},
        {"weights": [float("nan")] * 9},
        {"weights": [1e9] * 9},
        {"weights": [10**400] * 9},  # more than a float holds
        {"weights": "123456789"},
        {"cell": [4, 0]},
        {"cell": [0, 0, 0]},
        {"cells": {"1,x": {"offsets": [], "masks": []}}},
        {"cells": {"1,2": {"offsets": [[0, 0]], "masks": [1]}}},
        {"cells": {f"{n // 90},{n % 90}": {"offsets": [[0, 0]] * 9, "masks": [1] * 9} for n in range(500)}},
        {"cells": None},
        {"off": [9]},
        {"chosen": None},
        {"guess": [1]},
    ],
)
def test_what_cannot_be_is_not_believed(changes: dict[str, Any]) -> None:
    assert believed({**to_data(TOY), **changes}, TOY) is TOY


@pytest.mark.parametrize("value", [None, 3, "toy", [], {}])
def test_nor_what_is_no_toy_at_all(value: object) -> None:
    assert believed(value, TOY) is TOY


def test_a_toy_that_does_not_agree_with_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="rows of one length"):
        Toy(((1, 2), (3,)), size=1)
    with pytest.raises(ValueError, match="9 taps"):
        Toy(GRID, (1.0,) * 4)


def by_hand(toy: Toy, k: int) -> float:
    """What a tap reads, by the definition."""
    (y, x), total = live(toy).places[k], 0.0
    for i, row in enumerate(toy.grid):
        for j, value in enumerate(row):
            total += max(0.0, 1 - abs(y - i)) * max(0.0, 1 - abs(x - j)) * value
    return total


def test_the_numbers_add_up() -> None:
    now = live(TOY)
    base = Geometry(3, padding=1).base((4, 4), dtype=torch.float64)[:, 1, 2].tolist()
    for k, (dy, dx) in enumerate(OFFSETS):
        assert now.places[k] == pytest.approx((base[k][0] + dy, base[k][1] + dx))
        assert now.samples[k] == pytest.approx(by_hand(TOY, k))
        mask = 0 if k == 2 else MASKS[k]
        assert now.products[k] == pytest.approx((k - 4) * mask * now.samples[k])
    assert now.output == now.outputs[1][2] == pytest.approx(sum(now.products) + 0.5)


def test_an_arrow_is_what_the_output_does_when_the_tap_moves() -> None:
    now, little = live(TOY), 1e-5
    for k, (dy, dx) in enumerate(OFFSETS):
        for axis, moved in enumerate([(dy + little, dx), (dy, dx + little)]):
            change = live(TOY.moved({k: moved})).output - now.output
            assert change / little == pytest.approx(now.arrows[k][axis], abs=1e-3)


def test_a_kernel_that_does_not_fit_has_no_output() -> None:
    big = replace(TOY, dilation=4, padding=0, cells={})
    assert big.output_size is None
    with pytest.raises(ValueError, match="does not fit"):
        live(big)


def test_the_predictor_sees_the_neighbourhood_and_nothing_else() -> None:
    rows = [[1.0] * 9 for _ in range(9)]
    for y, x in [(2, 2), (6, 5)]:  # the same spot at two places
        rows[y][x] = 9.0
    cells = predicted(tuple(map(tuple, rows)))
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            assert cells[2 + dy, 2 + dx] == cells[6 + dy, 5 + dx]
    assert (4, 7) not in cells, "flat ground moves nothing"
    assert cells[2, 1].offsets[4][1] > 0 > cells[2, 3].offsets[4][1], "towards the bright spot"


@pytest.mark.parametrize("labels", [ENGLISH.toy, CHINESE.toy], ids=["en", "zh"])
def test_the_script_and_the_texts_name_the_same_words(labels: dict[str, str]) -> None:
    plain = set(re.findall(r"labels\.(\w+)", SCRIPT))
    marks = {
        f"mark_{name}" for _, name in re.findall(r'\["(\w+)", "(\w+)", (?:shown|masked|negative)', SCRIPT)
    }
    remarks = set(re.findall(r'\["(\w+)", \{ \.\.\.numbers', SCRIPT)) | {"blind"}
    buttons = set(re.findall(r'name === "(\w+)"\) this\.become', SCRIPT)) | {"step"}
    sliders = {"size", "stride", "padding", "dilation"}
    assert set(labels) == plain | marks | remarks | buttons | sliders


def test_no_colour_with_a_meaning_is_written_in_the_style() -> None:
    from dcnviz.plots.colours import COLOURS

    style = STYLE.lower()
    meant = {colour.hex.lower() for colour in COLOURS.values()} - {"#ffffff"}
    assert not meant & set(re.findall(r"#[0-9a-f]{6}", style))
