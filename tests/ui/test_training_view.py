"""The address of the page Train."""

from __future__ import annotations

import random

import pytest

from dcnviz.ui.training_view import (
    AXES,
    BUDGETS,
    FACTORS,
    MOST_SEED,
    SOURCES,
    STARTS,
    Training,
    parse_training,
)

chance = random.Random(4)
NAMES = ("source", "seed", "rate", "start", "seconds", "frame", "layer", "cell", "axis", "run", "beside")
JUNK = ("", "0", "-1", "1e9", "9" * 30, "二", "１", "<b>", "none", "../x", "live", "2", "\n")


def some_training() -> Training:
    return Training(
        source=chance.choice(SOURCES),
        seed=chance.randint(0, MOST_SEED),
        factor=chance.choice(FACTORS),
        start=chance.choice(STARTS),
        budget=chance.choice(BUDGETS),
        beside=chance.random() < 0.5,
        moment=chance.choice([None, chance.randint(0, 998)]),
        depth=chance.randint(0, 2),
        spot=chance.randint(0, 8),
        axis=chance.choice(["", *AXES]),
        run=chance.choice(["", "k" * 22]),
    )


def test_the_address_brings_back_what_it_concerns() -> None:
    for _ in range(200):
        training = some_training()
        found = parse_training(training.query("v2", 0, "en"))
        live, film = training.source == "live", training.source == "ready" or training.run
        names = ("seed", "factor", "start", "budget", "run") if live else ()
        for name in ("source", "beside", "depth", "spot", "axis", *names, *(["moment"] if film else [])):
            assert getattr(found, name) == getattr(training, name)


def test_any_address_is_a_training_that_can_be_shown() -> None:
    for _ in range(300):
        found = parse_training({name: chance.choice(JUNK) for name in NAMES})
        assert found.source in SOURCES and found.factor in FACTORS and found.start in STARTS
        assert 0 <= found.seed <= MOST_SEED and 0 <= found.depth <= 2 and 0 <= found.spot <= 8
        assert found.moment is None or 0 <= found.moment < 9_999


@pytest.mark.parametrize(
    "run", ["../../../../etc/passwd", "a" * 15, "a" * 65, "ключ" * 5, "a" * 20 + "/", "a" * 20 + "\n"]
)
def test_a_key_is_no_path(run: str) -> None:
    assert parse_training({"run": run}).run == ""
