"""``python -m dcnviz train``, run in this process on next to nothing."""

from __future__ import annotations

import argparse
import errno
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from dcnviz.commands import CommandError, train
from dcnviz.models import Network, read
from dcnviz.training import Trainer


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return train.run(parser.parse_args([*words, "--scenes", "2"]))


def reject(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def about(file: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"), parse_constant=reject)
    return parsed


def same(a: Network, b: Network) -> bool:
    return all(torch.equal(value, b.state_dict()[name]) for name, value in a.state_dict().items())


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from dcnviz.training import RECIPES

    for version in RECIPES:
        monkeypatch.setitem(RECIPES, version, replace(RECIPES[version], batch=2))


def interrupt_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of that step."""
    original = Trainer.step

    def step(self: Trainer) -> float:
        if self.step_number == steps - 1:
            os.kill(os.getpid(), signal.SIGINT)
        return original(self)

    monkeypatch.setattr(Trainer, "step", step)


def test_a_training_leaves_checkpoint_figures_and_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("v2", "--steps", "2", "--seed", "5", "--out", str(tmp_path)) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "v2.json", "v2.safetensors"]
    network, said = read(tmp_path / "v2.safetensors"), about(tmp_path / "v2.json")
    assert network.version == "v2"
    assert (said["version"], said["seed"], said["steps_taken"], said["batch"]) == ("v2", 5, 2, 2)
    assert said["parameters"] == sum(p.numel() for p in network.parameters())
    assert said["held_out_scenes"] == 2 and 0 <= said["mean_iou"] <= 1
    assert list(said["effective_dilation"]) == [f"blocks.{n}.layer" for n in range(3)]
    assert all(len(values) == len(said["sizes"]) == 5 for values in said["effective_dilation"].values())
    assert '"mean_iou"' in capsys.readouterr().out


def test_another_name_keeps_two_trainings_of_a_version_apart(tmp_path: Path) -> None:
    for name in ("conv", "conv-short"):
        run("conv", "--steps", "1", "--name", name, "--out", str(tmp_path))
    assert {"conv.json", "conv-short.json", "conv-short.safetensors"} < {p.name for p in tmp_path.iterdir()}
    assert "| conv-short |" in (tmp_path / "README.md").read_text()


def test_interrupted_and_resumed_it_ends_as_if_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    through, broken = ("--out", str(tmp_path / "a")), ("--out", str(tmp_path / "b"))
    run("v1", "--steps", "4", *through)
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        with pytest.raises(SystemExit, match="stopped after 2 steps; go on with --resume"):
            run("v1", "--steps", "4", *broken)
    assert signal.getsignal(signal.SIGINT) == before
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["v1.training"]
    run("v1", "--steps", "4", "--resume", *broken)
    assert same(read(tmp_path / "a" / "v1.safetensors"), read(tmp_path / "b" / "v1.safetensors"))
    assert not (tmp_path / "b" / "v1.training").exists()
    assert about(tmp_path / "b" / "v1.json")["steps_taken"] == 4


def test_resuming_with_another_recipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        interrupt_after(1, patch)
        with pytest.raises(SystemExit):
            run("conv", "--steps", "3", "--out", str(tmp_path))
    with pytest.raises(ValueError, match=r"of another training.* Leave --resume out"):
        run("conv", "--steps", "4", "--resume", "--out", str(tmp_path))
    assert (tmp_path / "conv.training").exists()


def test_it_is_saved_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[int] = []
    monkeypatch.setattr(Trainer, "save", lambda self, path: saved.append(self.step_number))
    run("conv", "--steps", "6", "--save-every", "2", "--out", str(tmp_path))
    assert saved == [2, 4]


def test_a_time_to_stop_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Trainer.step

    def slow(self: Trainer) -> float:
        loss = original(self)
        self.seconds = 10.0 * self.step_number
        return loss

    monkeypatch.setattr(Trainer, "step", slow)
    run("conv", "--steps", "50", "--seconds", "25", "--out", str(tmp_path))
    said = about(tmp_path / "conv.json")
    assert (said["steps"], said["steps_taken"], said["minutes"]) == (50, 3, 0.5)


def test_it_runs_beside_the_main_thread_too(tmp_path: Path) -> None:
    results: list[int] = []
    thread = threading.Thread(
        target=lambda: results.append(run("conv", "--steps", "1", "--out", str(tmp_path)))
    )
    thread.start()
    thread.join()
    assert results == [0]


@pytest.mark.parametrize(
    "words", [("v9",), (), ("v1", "--steps", "0"), ("v1", "--seconds", "-3"), ("v1", "--seed", "x")]
)
def test_what_makes_no_sense_is_refused_with_the_usage(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*words)
    assert stopped.value.code == 2 and "usage" in capsys.readouterr().err


def test_the_seeds_of_the_held_out_scenes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run("v1", "--seed", "1000000", "--out", str(tmp_path))


def test_a_folder_that_cannot_be_made_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="file"):
        run("v1", "--out", str(tmp_path / "file"))


@pytest.mark.parametrize("where", ["dcnviz.training.loop.replacing", "dcnviz.models.checkpoints.replacing"])
def test_a_full_disk_is_one_sentence(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a training, and at its end."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(where, full)
    with pytest.raises(CommandError, match=r"No space left on device\. Make room; --resume"):
        run("conv", "--steps", "4", "--save-every", "2", "--out", str(tmp_path))
