"""Snapshots tell a training without changing it."""

import pytest
import torch
from safetensors.torch import load_file

from dcnviz.models import read
from dcnviz.training import Recipe, Trainer
from dcnviz.training.snapshots import keep, kept, snapshot_steps


def test_steps_begin_close_together_and_end_at_the_end():
    steps = snapshot_steps(14_000, 64)
    assert steps[0] == 0 and steps[-1] == 14_000 and len(steps) == 64
    assert steps[1] - steps[0] < 5 < 400 < steps[-1] - steps[-2] < 500
    with pytest.raises(ValueError, match="2 or more"):
        snapshot_steps(10, 1)


def test_a_training_with_snapshots_ends_at_the_same_weights(tmp_path):
    recipe = Recipe("v2", steps=3, batch=1)
    plain, watched = Trainer(recipe), Trainer(recipe)
    keep(watched, tmp_path)
    for _ in range(3):
        plain.step()
        watched.step()
        keep(watched, tmp_path)
    for name, value in plain.network.state_dict().items():
        assert torch.equal(value, watched.network.state_dict()[name]), name
    assert [step for step, _ in kept(tmp_path)] == [0, 1, 2, 3]
    plain.network.unit_scale()
    assert torch.equal(
        load_file(kept(tmp_path)[-1][1])["head.weight"], plain.network.state_dict()["head.weight"]
    )
    assert read(kept(tmp_path)[0][1]).version == "v2"


def test_an_empty_folder_is_said(tmp_path):
    with pytest.raises(ValueError, match="no snapshots"):
        kept(tmp_path)
