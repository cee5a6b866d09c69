"""The trainer: the same from the same seed, and after a stop as if there had been none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dcnviz.data.scenes import HELD_OUT_SEED
from dcnviz.sampling import VERSIONS, Version
from dcnviz.training import RECIPES, Recipe, Trainer


def trained(recipe: Recipe, steps: int) -> Trainer:
    trainer = Trainer(recipe)
    for _ in range(steps):
        trainer.step()
    return trainer


def same(a: Trainer, b: Trainer) -> bool:
    """Bit for bit: losses, weights, running statistics, the optimizer's means and rates."""
    tensors = [
        [*t.network.state_dict().values()]
        + [v for p in t.network.parameters() for _, v in sorted(t.optimizer.state[p].items())]
        for t in (a, b)
    ]
    rates = [[(g["lr"], g["betas"], g["weight_decay"]) for g in t.optimizer.param_groups] for t in (a, b)]
    return (
        a.losses == b.losses
        and rates[0] == rates[1]
        and all(torch.equal(x, y) for x, y in zip(*tensors, strict=True))
    )


def test_the_seed_decides_everything() -> None:
    recipe = Recipe("v2", steps=3, batch=2)
    torch.manual_seed(1)
    first = trained(recipe, 2)
    torch.manual_seed(2)
    assert same(first, trained(recipe, 2))
    other = trained(replace(recipe, seed=1), 2)
    assert first.losses[0] != other.losses[0]


def test_the_callers_own_chance_stays_as_it_is() -> None:
    before = torch.random.get_rng_state()
    trained(Recipe("conv", steps=1, batch=1), 1)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("version", VERSIONS)
def test_a_stop_makes_no_difference(version: Version, tmp_path: Path) -> None:
    recipe = Recipe(version, steps=5, batch=2)
    through = trained(recipe, 5)
    stopped = trained(recipe, 2)
    stopped.save(tmp_path / "a.training")
    again = Trainer(recipe)
    again.resume(tmp_path / "a.training")
    assert same(stopped, again) and again.step_number == 2 and again.seconds == stopped.seconds
    while not again.done:
        again.step()
    assert same(through, again)


def test_a_training_can_be_kept_before_its_first_and_after_its_last_step(tmp_path: Path) -> None:
    recipe = Recipe("conv", steps=2, batch=1)
    for steps in (0, 2):
        stopped = trained(recipe, steps)
        stopped.save(tmp_path / "deep" / "a.training")
        again = Trainer(recipe)
        again.resume(tmp_path / "deep" / "a.training")
        assert same(stopped, again) and again.done == (steps == 2)
        assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.training"]


def test_another_recipe_is_refused(tmp_path: Path) -> None:
    recipe = Recipe("conv", steps=4, batch=1)
    trained(recipe, 1).save(tmp_path / "a.training")
    for changed in ({"seed": 1}, {"lr": 1e-3}, {"steps": 5}, {"version": "v1"}, {"weight_decay": 0.0}):
        with pytest.raises(ValueError, match=r"a\.training is of another training"):
            Trainer(replace(recipe, **changed)).resume(tmp_path / "a.training")  # type: ignore[arg-type]


def test_what_is_no_training_is_refused(tmp_path: Path) -> None:
    trainer = Trainer(Recipe("conv", steps=1, batch=1))
    (tmp_path / "text.training").write_text("hello")
    save_file({"a": torch.ones(1)}, tmp_path / "other.training")
    for name in ("text.training", "other.training", "none.training"):
        with pytest.raises(ValueError, match=name):
            trainer.resume(tmp_path / name)
    assert trainer.step_number == 0


def test_there_is_no_step_after_the_last() -> None:
    trainer = trained(Recipe("conv", steps=1, batch=1), 1)
    assert trainer.done and len(trainer.losses) == 1 and trainer.seconds > 0
    with pytest.raises(RuntimeError, match="all 1 steps were taken"):
        trainer.step()


def test_predictors_learn_at_their_share_and_without_decay() -> None:
    trainer = Trainer(Recipe("v2", steps=10, batch=1, predictor_factor=0.25, weight_decay=0.1))
    rest, predictor = trainer.optimizer.param_groups
    assert predictor["lr"] == pytest.approx(rest["lr"] * 0.25)
    assert (rest["weight_decay"], predictor["weight_decay"]) == (0.1, 0.0)


def test_the_loss_falls_on_what_was_just_seen() -> None:
    trainer = trained(Recipe("conv", steps=30, batch=2), 30)
    assert sum(trainer.losses[-5:]) < 0.7 * sum(trainer.losses[:5])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": -1}, "steps must be 0 or more"),
        ({"batch": 0}, "batch 1 or more"),
        ({"seed": -1}, "seed must be from 0 to 999999"),
        ({"seed": HELD_OUT_SEED}, "got 1000000"),
    ],
)
def test_recipes_that_cannot_be_followed_are_refused(options: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Recipe("v1", **options)  # type: ignore[arg-type]


def test_every_version_has_a_recipe_of_its_own() -> None:
    assert set(RECIPES) == set(VERSIONS)
    assert all(recipe.version == version for version, recipe in RECIPES.items())
