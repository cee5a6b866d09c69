"""A live training: decided by its recipe, not by who looks; told from the untrained network to the last step."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dcnviz.sampling import VERSIONS, Version
from dcnviz.training import LiveRecipe, LiveTraining
from dcnviz.training.live import Diverged
from dcnviz.training.watched import SMALL, Watched

FEW = Watched(SMALL, 2)
SHORT = LiveRecipe("conv", seconds=None, steps=4, frames=2)


def trained(recipe: LiveRecipe) -> LiveTraining:
    training = LiveTraining(recipe, FEW)
    while not training.done:
        training.step()
    return training


def weights(training: LiveTraining) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in training.network.state_dict().values()])


def test_the_seed_decides_and_looking_does_not() -> None:
    recipe = replace(SHORT, version="v2")
    before = torch.random.get_rng_state()
    seldom, often = trained(recipe), trained(replace(recipe, frames=40))
    assert len(seldom.frames) < len(often.frames)
    assert torch.equal(weights(seldom), weights(often)) and seldom.losses == often.losses
    assert not torch.equal(weights(seldom), weights(trained(replace(recipe, seed=1))))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_it_is_told_from_the_untrained_network_to_the_last_step() -> None:
    training = trained(replace(SHORT, steps=9, frames=3))
    timeline = training.timeline()
    steps = [frame.step for frame in timeline.frames]
    assert steps[0] == 0 and steps[-1] == 9 and 3 <= len(steps) <= 5
    assert math.isnan(timeline.frames[0].loss)
    for before, after in zip(timeline.frames, timeline.frames[1:], strict=False):
        assert after.loss == pytest.approx(np.mean(training.losses[before.step : after.step]))
        assert after.seconds > before.seconds
    assert timeline.cells == FEW.cells and timeline.sizes == SMALL.sizes
    assert timeline.about["recipe"]["steps"] == 9
    with pytest.raises(RuntimeError, match="used up"):
        training.step()


def test_a_snapshot_of_the_timeline_does_not_grow() -> None:
    training = LiveTraining(SHORT, FEW)
    first = training.timeline()
    training.step()
    training.frame()
    again = training.frame()
    assert len(first.frames) == 1 and [f.step for f in training.frames] == [0, 1] and again.step == 1


def test_the_clock_ends_it_too() -> None:
    training = LiveTraining(replace(SHORT, seconds=60.0, steps=None), FEW)
    assert 0 < training.progress < 0.5
    training.seconds = 30.0
    assert training.progress == 0.5 and not training.done
    training.seconds = 59.99999
    training.step()
    assert training.done and [frame.step for frame in training.frames] == [0, 1]


def test_the_rate_rises_then_falls() -> None:
    training, rates = LiveTraining(replace(SHORT, version="v1", steps=10, predictor_factor=0.5), FEW), []
    for _ in range(10):
        training.step()
        rates.append([group["lr"] for group in training.optimizer.param_groups])
    rest, predictor = zip(*rates, strict=True)
    top = rest.index(max(rest))
    assert 0 < top < 5 and list(rest[top:]) == sorted(rest[top:], reverse=True)
    assert rest[-1] < 0.1 * rest[top] and predictor == pytest.approx([r / 2 for r in rest])


@pytest.mark.parametrize("version", VERSIONS)
def test_where_the_taps_start(version: Version) -> None:
    regular = LiveTraining(LiveRecipe(version), FEW).frames[0]
    assert regular.places.shape[2] == (72 if version in ("v3", "v4") else 9)
    assert regular.dilation == pytest.approx(1.0)
    centres = 4 * np.array(FEW.cells, np.float32)[None, :, None]
    wide = LiveTraining(LiveRecipe(version, start="spread"), FEW).frames[0]
    drawn = LiveTraining(LiveRecipe(version, start="random"), FEW).frames[0]
    if version == "conv":
        assert np.array_equal(wide.places, regular.places) and np.array_equal(drawn.places, regular.places)
        return
    assert wide.places - centres == pytest.approx(2 * (regular.places - centres), abs=1e-4)
    shift = drawn.places - regular.places
    assert np.ptp(shift, axis=1) == pytest.approx(0.0, abs=1e-4)  # the same at every cell
    assert 0.5 < shift.std() / 4 < 1.5
    assert np.array_equal(drawn.masks, regular.masks)  # masks start as they would


@pytest.mark.parametrize("where", ["head.bias", "blocks.2.layer.predictor.bias"])
def test_numbers_that_are_none_end_it(where: str) -> None:
    training = LiveTraining(replace(SHORT, version="v1"), FEW)
    with torch.no_grad():
        training.network.get_parameter(where).fill_(math.nan)
    with pytest.raises(Diverged, match=r"after 0 steps; a smaller predictor learning rate than 0\.2"):
        training.step()
    assert training.step_number == 0
    training.losses.append(1.0)  # a step after which a frame is due
    if "predictor" in where:
        with pytest.raises(Diverged, match="after 1 steps"):
            training.frame()
        assert len(training.frames) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"version": "v5"}, "version must be one of"),
        ({"start": "far"}, "start must be one of"),
        ({"seed": -1}, "seed must be"),
        ({"predictor_factor": -0.1}, "predictor_factor must be"),
        ({"predictor_factor": math.nan}, "predictor_factor must be"),
        ({"seconds": None}, "a budget"),
        ({"seconds": 1e9}, "seconds must be above 0 and at most 600"),
        ({"steps": 0}, "steps must be above 0"),
        ({"frames": 100_000}, "frames must be above 0 and at most 400"),
    ],
)
def test_recipes_that_cannot_be_followed_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LiveRecipe(**options)
