"""``python -m dcnviz timeline``: snapshots in, one file and a table out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from dcnviz.__main__ import main
from dcnviz.data.assets import asset
from dcnviz.models import load, write
from dcnviz.training import Recipe, Timeline, Trainer, snapshots


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of two steps, as the train command leaves them."""
    trainer = Trainer(Recipe("conv", steps=2, batch=1, seed=5))
    made = tmp_path / "conv.steps"
    snapshots.keep(trainer, made)
    for _ in range(2):
        trainer.step()
        snapshots.keep(trainer, made)
    about = {"seed": 5, "minutes": 0.5, "steps_taken": 2}
    (tmp_path / "conv.json").write_text(json.dumps(about))
    return made


def test_it_tells_the_training(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "shown" / "conv.npz"
    assert main(["timeline", str(folder), "--out", str(out), "--scenes", "2"]) == 0
    assert str(out) in capsys.readouterr().out
    timeline = Timeline.load(out)
    assert (timeline.version, timeline.seed, timeline.picture.shape) == ("conv", 5, (96, 96, 3))
    assert [(f.step, f.seconds) for f in timeline.frames] == [(0, 0.0), (1, 15.0), (2, 30.0)]
    assert timeline.frames[0].loss != timeline.frames[0].loss and timeline.frames[2].loss > 0
    assert timeline.about["shipped"]["identical"] is False
    table = (out.parent / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("|")]
    assert rows[2][:4] == ["conv.npz", "5", "3", "2"] and rows[3][0] == "shipped conv: other bits"
    assert float(rows[3][4]) > float(rows[2][4])


def test_a_training_that_ends_at_the_shipped_weights_is_said_to(folder: Path, tmp_path: Path) -> None:
    shutil.copy(asset("checkpoints/conv.safetensors"), folder / "000002.safetensors")
    assert main(["timeline", str(folder), "--scenes", "1"]) == 0
    assert Timeline.load(tmp_path / "conv.npz").about["shipped"]["identical"] is True
    assert "the same, bit for bit" in (tmp_path / "README.md").read_text(encoding="utf-8")
    changed = load("conv")
    with torch.no_grad():
        changed.head.bias[0] += 1e-6
    write(changed, folder / "000002.safetensors", {})
    main(["timeline", str(folder), "--scenes", "1"])
    assert Timeline.load(tmp_path / "conv.npz").about["shipped"]["identical"] is False


def test_what_is_wrong_is_said(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(*arguments: str) -> str:
        assert main(["timeline", *arguments]) == 2
        return capsys.readouterr().err

    assert "holds no snapshots" in refused(str(tmp_path / "none"))
    assert "must end in .npz" in refused(str(folder), "--out", "a.zip")
    with pytest.raises(SystemExit):
        main(["timeline", str(folder), "--scenes", "0"])
    assert "from 1 to 1,000; got '0'" in capsys.readouterr().err
    write(load("v1"), folder / "000003.safetensors", {})
    assert "snapshots of both conv and v1" in refused(str(folder), "--scenes", "1")
    (folder / "000001.safetensors").write_text("damaged")
    assert "000001.safetensors" in refused(str(folder), "--scenes", "1")


@pytest.mark.parametrize("path", sorted(asset("timelines").glob("*.npz")), ids=lambda path: path.stem)
def test_a_shipped_timeline_tells_a_whole_training(path: Path) -> None:
    timeline, size = Timeline.load(path), path.stat().st_size
    first, last = timeline.frames[0], timeline.frames[-1]
    assert timeline.version == path.stem and len(timeline.frames) == 64 and size < 600_000
    assert first.step == 0 and last.step == timeline.about["recipe"]["steps"]
    assert first.dilation == pytest.approx(1.0) and first.accuracy < 0.3 < 0.5 < last.accuracy
    if timeline.about["shipped"]["identical"]:
        assert last.accuracy == pytest.approx(timeline.about["shipped"]["accuracy"], abs=1e-4)
    spread = last.dilation[-1, 1:].tolist()
    assert (
        spread == pytest.approx([1.0] * 4) if path.stem == "conv" else spread == sorted(spread)
    )  # the size law
