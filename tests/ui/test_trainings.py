"""Whom a live training belongs to, when the second one begins, and what is remembered."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dcnviz.models import CheckpointError
from dcnviz.training import LiveRecipe, TimelineError, TooManyRuns
from dcnviz.ui import trainings
from dcnviz.ui.trainings import GRACE, MOST_COURSES, Bench, Owner
from tests.ui.films import MadeHost, MadeRun

RECIPE = LiveRecipe("v2", seed=7, start="spread", predictor_factor=1.0)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sessions whose browser is connected."""
    sessions = {"a", "b"}
    monkeypatch.setattr(trainings, "active", lambda session: session in sessions)
    return sessions


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(trainings.time, "monotonic", lambda: now[0])
    return now


def made() -> tuple[Bench, MadeHost]:
    host = MadeHost()
    return Bench(host), host  # type: ignore[arg-type]


def test_an_owner_who_is_gone_for_long_ends_the_training(here: set[str], clock: list[float]) -> None:
    owner = Owner("a", clock[0])
    clock[0] += 100
    assert owner()
    here.remove("a")
    clock[0] += GRACE - 1
    assert owner()
    clock[0] += 2
    assert not owner()


def test_who_comes_with_the_key_takes_over_only_from_one_who_is_gone(here: set[str]) -> None:
    bench, _ = made()
    course = bench.begin("key", RECIPE, False, "a")
    bench.tend(course, "b")
    assert course.owner.session == "a"
    here.remove("a")
    bench.tend(course, "b")
    assert course.owner.session == "b"
    assert course.run.alive()  # type: ignore[attr-defined]  # the running training asks for the new owner


def test_plain_convolution_follows_for_the_same_seconds(here: set[str]) -> None:
    bench, host = made()
    course = bench.begin("key", RECIPE, True, "a")
    bench.tend(course, "a")
    assert course.plain is None and not course.over
    host.runs["key"].become("finished")
    assert not course.over, "the page would stop looking before the second one began"
    bench.tend(course, "a")
    assert course.plain is not None and not course.over
    recipe = course.plain.recipe
    assert (recipe.version, recipe.seed, recipe.seconds, recipe.start) == ("conv", 7, RECIPE.seconds, "zero")
    assert isinstance(course.plain, MadeRun)
    course.plain.become("finished")
    assert course.over


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_it_does_not_follow_one_that_was_broken_off(here: set[str], state: str) -> None:
    bench, host = made()
    course = bench.begin("key", RECIPE, True, "a")
    host.runs["key"].become(state)
    bench.tend(course, "a")
    assert course.plain is None and course.over


def test_it_waits_until_there_is_room(here: set[str]) -> None:
    bench, host = made()
    course = bench.begin("key", RECIPE, True, "a")
    host.runs["key"].become("finished")
    others = [host.start(name, RECIPE) for name in ("x", "y")]
    bench.tend(course, "a")
    assert course.plain is None and course.crowded and not course.over
    others[0].become("finished")
    bench.tend(course, "a")
    assert course.plain is not None


def test_a_server_takes_no_more_than_it_says(here: set[str]) -> None:
    bench, _ = made()
    for key in ("one", "two"):
        bench.begin(key, RECIPE, False, "a")
    with pytest.raises(TooManyRuns):
        bench.begin("three", RECIPE, False, "b")
    assert [course.key for course in bench.courses.values()] == ["one", "two"]


def test_ended_courses_are_forgotten_the_oldest_first(here: set[str]) -> None:
    bench, host = made()
    for n in range(MOST_COURSES + 5):
        bench.begin(f"key {n}", RECIPE, False, "a")
        host.runs[f"key {n}"].become("finished")
    bench.begin("last", RECIPE, False, "a")
    found = [course.key for course in bench.courses.values()]
    assert found == [*(f"key {n}" for n in range(5, MOST_COURSES + 5)), "last"]


@pytest.mark.parametrize("error", [CheckpointError, TimelineError])
def test_half_a_file_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, error: type[ValueError]) -> None:
    def load() -> None:
        raise error("damaged")

    bench, host = made()
    monkeypatch.setattr(trainings, "bench", lambda: bench)
    assert trainings.left_by("t" * 22) is None
    monkeypatch.setattr(host, "kept", lambda token: SimpleNamespace(load=load))
    assert trainings.left_by("t" * 22) is None
