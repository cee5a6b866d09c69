"""Addresses: what fits is taken, what does not falls back, and a view survives the trip through its address."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dcnviz.data.pictures import gallery
from dcnviz.ui.view import (
    CHAPTERS,
    GROUPED,
    LAYERS,
    OVERLAYS,
    OWN,
    VERSIONS,
    View,
    cell_at,
    default_pin,
    parse,
)

WORDS = ["astronaut", "cat", "own", "v2", "v3", "conv", "1", "4", "stack", "-1", "99", "1e9", "12,34", "0,0"]
WORDS += [
    "9999,9999",
    "none",
    "base,mask",
    "",
    "<script>",
    "\x00",
    "١,٢",
    "a" * 5000,
    "%00",
    "12,34,56",
    "nan,nan",
]
WORDS += ["zh", "en"]


def test_an_empty_address_is_the_first_screen() -> None:
    first = parse({})
    assert first == View(at=default_pin("astronaut"))
    assert first.at is not None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_view_survives_its_address(version: str, layer: str) -> None:
    for picture in (*(p.id for p in gallery()), OWN):
        for at in (None, (12, 340)):
            view = View(picture, version, layer, GROUPED.get(version, 1) - 1, at, ("mask", "numbers"), "zh")
            assert parse(view.query()) == view


def test_what_is_chosen_beside_and_under_the_picture_survives() -> None:
    for change in (
        {"channel": 7},
        {"corners": True},
        {"tap": 0},
        {"lens": (4.25, 0.125, 0.5)},
        {"close": True},
        {"deep": "saliency", "eps": 0.25, "method": "greedy"},
    ):
        view = replace(View(at=(12, 340)), **change)
        assert parse(view.query()) == view
        assert parse(view.query("compare")).lens == view.lens


def test_no_overlays_survive_too() -> None:
    assert parse(View(show=()).query()).show == ()


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("picture", "nobody", "picture", "astronaut"),
        ("version", "v9", "version", "v2"),
        ("layer", "0", "layer", "stack"),
        ("layer", "4", "layer", "stack"),
        ("group", "2", "group", 0),  # v2 has one group
        ("group", "٢", "group", 0),
        ("at", "12,-3", "at", default_pin("astronaut")),
        ("at", "99999,1", "at", default_pin("astronaut")),
        ("show", "base,evil,mask", "show", ("base", "mask")),
        ("lang", "fr", "lang", "en"),
        ("channel", "-1", "channel", None),
        ("tap", "1e3", "tap", None),
        ("eps", "0.9", "eps", 0.1),
        ("method", "best", "method", "fast"),
        ("lens", "99.00,0.1000,0.1000", "lens", None),
        ("lens", "nan,0.1,0.1", "lens", None),
    ],
)
def test_what_does_not_fit_falls_back(name: str, text: str, field: str, value: object) -> None:
    assert getattr(parse({name: text}), field) == value


def test_any_address_gives_a_view_that_can_be_shown() -> None:
    chance = random.Random(0)
    names = [
        "picture",
        "version",
        "layer",
        "group",
        "at",
        "show",
        "lang",
        "eps",
        "channel",
        "tap",
        "lens",
        "other",
    ]
    for _ in range(2000):
        view = parse(
            {name: chance.choice(WORDS) for name in chance.sample(names, chance.randint(0, len(names)))}
        )
        assert view.version in VERSIONS and view.layer in LAYERS and set(view.show) <= set(OVERLAYS)
        assert 0 <= view.group < GROUPED.get(view.version, 1)
        cell = cell_at(view.at, (340, 512))
        assert cell is None or (0 <= cell[0] < 85 and 0 <= cell[1] < 128)


def test_every_picture_has_a_place_worth_looking_at() -> None:
    assert all(default_pin(p.id) for p in gallery())
    assert default_pin(OWN) is None


def test_the_groups_to_choose_from_are_the_networks() -> None:
    from dcnviz.models.network import GROUPS, Network

    assert dict.fromkeys(("v3", "v4"), GROUPS) == GROUPED
    assert all(Network(version).blocks[0].layer.layer.group == groups for version, groups in GROUPED.items())


def test_a_chapter_has_a_name_and_a_number() -> None:
    for number, name in enumerate(CHAPTERS, 1):
        assert parse({"chapter": str(number)}).chapter == parse({"chapter": name}).chapter == name
    assert {parse({"chapter": text}).chapter for text in ("0", "10", "01", "-1", "\uff11")} == {CHAPTERS[0]}
