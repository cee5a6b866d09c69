"""A disk that is full, a folder that is somebody else's: what was there stays, and nothing half-written is left."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure

from dcnviz.__main__ import main
from dcnviz.data.labelled import write_scenes
from dcnviz.data.writing import replacing, write_text
from dcnviz.models import Network, write
from dcnviz.plots import save
from dcnviz.recording import Recording
from dcnviz.training import Recipe, Timeline, Trainer
from tests.training.test_timeline import made as timeline

NOBODY = 65534


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file of this process may grow beyond it, as on a disk that is nearly full; needs no privileges."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def recording() -> Recording:
    made = Recording()
    made.image = torch.rand(1, 3, 32, 32)
    return made


WRITERS: dict[str, Callable[[Path], object]] = {
    "a.npz": lambda path: recording().save(path),
    "b.npz": lambda path: timeline(2).save(path),
    "c.png": lambda path: save(Figure((2, 2)), path),
    "d.safetensors": lambda path: write(Network("conv"), path, {}),
    "e.training": lambda path: Trainer(Recipe("conv", steps=1, batch=1)).save(path),
    "f.json": lambda path: write_text(path, "x" * 10_000),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_keeps_the_file_that_was_there(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    for before in ([], [name]):
        with room(600), pytest.raises(OSError, match=name):
            WRITERS[name](path)
        assert [each.name for each in tmp_path.iterdir()] == before
        path.write_bytes(b"old")
    assert path.read_bytes() == b"old"
    WRITERS[name](path)
    assert path.stat().st_size > 600 and [each.name for each in tmp_path.iterdir()] == [name]


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), replacing(tmp_path / "a") as file:
        file.write(b"half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_followed_and_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="it is a folder"):
        write_text(tmp_path / "folder", "new")


def test_statistics_on_a_full_disk_go_on_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The entries that are there stay, the line that was cut off is measured again, the numbers are the same."""
    write_scenes(tmp_path / "pictures", 2)
    words = ["stats", "conv", str(tmp_path / "pictures"), "--workers", "1", "--out"]
    assert main([*words, str(tmp_path / "whole")]) == 0
    first, second, _ = (tmp_path / "whole/progress-0.jsonl").read_bytes().splitlines(keepends=True)
    capsys.readouterr()
    with room(len(first) + len(second) + 100):
        assert main([*words, str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("dcnviz: cannot use ") and "progress-0.jsonl: File too large" in said
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["progress-0.jsonl"]
    kept = (tmp_path / "out/progress-0.jsonl").read_bytes()
    assert kept.startswith(first + second) and not kept.endswith(b"\n")
    assert main([*words, str(tmp_path / "out")]) == 0
    assert (tmp_path / "out/statistics.json").read_bytes() == (
        tmp_path / "whole/statistics.json"
    ).read_bytes()


@pytest.fixture
def foreign() -> Iterator[Path]:
    """A folder that this process may read and not write; for root, as somebody without privileges."""
    folder = Path(tempfile.mkdtemp())
    write_text(folder / "a.json", "old")
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_of_another_person_is_named(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PermissionError, match=r"a\.json"):
        write_text(foreign / "a.json", "new")
    assert main(["train", "conv", "--out", str(foreign)]) == 2
    assert capsys.readouterr().err == f"dcnviz: cannot write to {foreign}: permission denied.\n"
    assert [path.name for path in foreign.iterdir()] == ["a.json"]
    assert (foreign / "a.json").read_text() == "old"
    with pytest.raises(PermissionError):
        Timeline.save(timeline(1), foreign / "b.npz")
