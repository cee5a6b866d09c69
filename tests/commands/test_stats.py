"""``python -m dcnviz stats``: the same numbers however the work is divided or broken off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcnviz.__main__ import main
from dcnviz.data.labelled import write_scenes
from dcnviz.statistics import Measure, Settings, collect
from dcnviz.statistics.journal import Journal, JournalError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes with labels, and a file that is no picture."""
    made = tmp_path_factory.mktemp("pictures")
    write_scenes(made, 4)
    (made / "broken.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    return made


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of one process."""
    out = tmp_path_factory.mktemp("whole")
    assert main(["stats", "v2", str(folder), "--out", str(out), "--workers", "1"]) == 0
    return out


def numbers(out: Path) -> bytes:
    return (out / "statistics.json").read_bytes()


def test_what_it_writes(whole, folder) -> None:
    assert {p.name for p in whole.iterdir() if not p.name.startswith("progress")} == {
        "statistics.json",
        "statistics.md",
        *(
            f"{n}{e}"
            for n in ("health", "offset-length", "dilation-by-size", "dilation-by-class")
            for e in (".png", ".svg")
        ),
    }
    found = json.loads(numbers(whole))
    assert found["pictures"] == 4 and [s["name"] for s in found["skipped"]] == ["broken.jpg"]
    layer = found["layers"]["blocks.2.layer"]
    assert layer["verdict"].startswith("Healthy") and layer["findings"][0]["code"] == "healthy"
    cells = 4 * 24 * 24
    assert sum(c["cells"] for c in layer["by_size"].values()) == cells
    assert sum(c["cells"] for c in layer["by_class"].values()) == cells
    weighted = sum(c["cells"] * c["effective_dilation"] for c in layer["by_class"].values()) / cells
    assert weighted == pytest.approx(layer["effective_dilation"])
    assert sum(layer["counts"]["kernel_counts"]) == layer["counts"]["samples"] == 9 * cells
    table = (whole / "statistics.md").read_text()
    assert "| blocks.2.layer |" in table and "by class" in table and "- broken.jpg: " in table
    assert str(folder) not in table + numbers(whole).decode()


def test_torchrun_gives_the_same_bytes(whole, folder, tmp_path) -> None:
    """Two processes connected by gloo, against one."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "dcnviz", "stats", "v2", str(folder), "--out", str(tmp_path), "--workers", "1"]
    ended = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert numbers(tmp_path) == numbers(whole)
    assert (tmp_path / "statistics.md").read_bytes() == (whole / "statistics.md").read_bytes()
    parts = [len((tmp_path / f"progress-{rank}.jsonl").read_text().splitlines()) for rank in (0, 1)]
    assert sorted(parts) == [3, 4]  # five files divided, and a first line each


def test_a_pool_gives_the_same_entries(whole, folder, tmp_path) -> None:
    lines = (whole / "progress-0.jsonl").read_text().splitlines()[1:]
    alone = sorted((json.loads(line) for line in lines), key=lambda entry: entry["name"])
    assert collect(Settings("v2"), folder, tmp_path, workers=2) == alone


def test_an_interruption_keeps_what_was_done(whole, folder, tmp_path, monkeypatch, capsys) -> None:
    measured: list[str] = []
    original = Measure.__call__

    def stop_at_the_third(self: Measure, name: str) -> object:
        if len(measured) == 2:
            raise KeyboardInterrupt
        measured.append(name)
        return original(self, name)

    monkeypatch.setattr(Measure, "__call__", stop_at_the_third)
    with pytest.raises(SystemExit, match="stopped after 2 pictures; the same command goes on"):
        main(["stats", "v2", str(folder), "--out", str(tmp_path), "--workers", "1"])
    journal = tmp_path / "progress-0.jsonl"
    journal.write_text(
        journal.read_text() + '{"name": "scene-0003.png", "ha'
    )  # cut off in the middle of a line

    def count(self: Measure, name: str) -> object:
        measured.append(name)
        return original(self, name)

    monkeypatch.setattr(Measure, "__call__", count)
    assert main(["stats", "v2", str(folder), "--out", str(tmp_path), "--workers", "1"]) == 0
    assert sorted(measured) == ["broken.jpg", *(f"scene-000{n}.png" for n in range(4))]  # each once
    assert numbers(tmp_path) == numbers(whole)


def test_a_picture_that_has_changed_is_measured_again(tmp_path, monkeypatch) -> None:
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    first, second = write_scenes(pictures, 2)
    collect(Settings("v1"), pictures, out)
    first.with_suffix(".labels.png").write_bytes(second.with_suffix(".labels.png").read_bytes())
    measured: list[str] = []
    original = Measure.__call__

    def count(self: Measure, name: str) -> object:
        measured.append(name)
        return original(self, name)

    monkeypatch.setattr(Measure, "__call__", count)
    collect(Settings("v1"), pictures, out)
    assert measured == [first.name]


def test_progress_of_another_model_is_not_mixed_in(whole, folder, capsys) -> None:
    assert main(["stats", "v1", str(folder), "--out", str(whole), "--workers", "1"]) == 2
    assert "holds progress of another model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["v9", "PICTURES"], "the model must be one of conv, v1"),
        (["v2", "nowhere"], "there is no folder nowhere"),
        (["v2", "EMPTY"], "there are no pictures in"),
        (["v2", "PICTURES", "--sizes", "5,3"], "rise from 0 up"),
        (["v2", "PICTURES", "--max-side", "3"], "none of the pictures could be measured"),
        (["v2", "PICTURES", "--out", "PICTURES"], "another folder"),
        (["v2", "PICTURES", "--out", "FILE/x"], "Not a directory"),
        (["FILE", "PICTURES"], "does not say which version"),
    ],
)
def test_mistakes_end_with_one_sentence(folder, tmp_path, capsys, words, message) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"")
    places = {"PICTURES": str(folder), "EMPTY": str(tmp_path / "empty")}
    given = [places.get(w, w.replace("FILE", str(tmp_path / "file"))) for w in words]
    out = [] if "--out" in given else ["--out", str(tmp_path / "out")]
    assert main(["stats", *given, *out, "--workers", "1"]) == 2
    shown = capsys.readouterr().err.splitlines()[-1]
    assert shown.startswith("dcnviz: ") and (message in shown or "safetensors" in shown)


def test_a_journal_survives_a_cut_line(tmp_path) -> None:
    with Journal(tmp_path, 0, "key") as journal:
        journal.write({"name": "a", "hash": "1", "error": "broken"})
    path = tmp_path / "progress-0.jsonl"
    path.write_bytes(path.read_bytes() + b'{"name": "b"')
    with Journal(tmp_path, 0, "key") as journal:
        journal.write({"name": "c", "hash": "3", "error": "broken"})
    with Journal(tmp_path, 3, "key") as journal:
        assert sorted(journal.entries) == ["a", "c"]
    with pytest.raises(JournalError, match="another folder"):
        Journal(tmp_path, 0, "other")
