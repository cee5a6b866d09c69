"""`python -m dcnviz figure`, run in this process on an untrained network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import dcnviz.models
from dcnviz.__main__ import main
from dcnviz.commands import commands
from dcnviz.models import Network
from dcnviz.recording import Recording


@pytest.fixture(autouse=True)
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(version: str, device: str = "cpu") -> Network:
        torch.manual_seed(0)
        return Network(version).eval()  # type: ignore[arg-type]

    monkeypatch.setattr(dcnviz.models, "load", load)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(path)
    return path


def figure(photo: object, out: object, *more: str, version: str = "v2", at: str = "20,30") -> int:
    return main(["figure", str(photo), "--version", version, "--at", at, "--out", str(out), *more])


def test_it_writes_what_it_prints(photo, tmp_path, capsys) -> None:
    out = tmp_path / "new" / "folder"
    assert figure(photo, out) == 0
    printed = capsys.readouterr().out.split()
    assert sorted(Path(p).name for p in printed) == ["fields.npz", "sampling.png", "sampling.svg"]
    assert sorted(out.iterdir()) == sorted(Path(p) for p in printed)
    assert b"cell (5, 8), pixel (20, 32)" in (out / "sampling.svg").read_bytes()
    saved = Recording.load(out / "fields.npz")
    assert list(saved) == ["blocks.0.layer", "blocks.1.layer", "blocks.2.layer"]
    assert saved.image is not None and saved.image.shape == (1, 3, 48, 64)


def test_all_adds_the_fields_of_the_layer(photo, tmp_path) -> None:
    options = ("--all", "--layer", "blocks.1", "--group", "2", "--theme", "dark", "--numbers")
    assert figure(photo, tmp_path / "out", *options, version="v3") == 0
    names = {path.stem for path in (tmp_path / "out").glob("*.svg")}
    assert names == {"sampling", "displacement", "flow", "offset-length", "dilation", "masks"}
    assert names | {"fields"} == {path.stem for path in (tmp_path / "out").iterdir()}
    assert b"blocks.1.layer.layer" in (tmp_path / "out" / "sampling.svg").read_bytes()


@pytest.mark.parametrize("version", ["conv", "v1", "v4"])
def test_every_version_and_the_corners_of_the_picture(photo, tmp_path, version) -> None:
    assert figure(photo, tmp_path / "a", version=version, at="0,0") == 0
    assert figure(photo, tmp_path / "b", "--stack", version=version, at="47,63") == 0


def test_a_bundled_picture_by_its_id(tmp_path, capsys) -> None:
    assert figure("scene-1", tmp_path, "--layer", "blocks.2.layer", at="157,111") == 0
    assert "sampling.png" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"photo": "missing.png"},
            "there is no file 'missing.png', and no bundled picture of that name (astronaut,",
        ),
        ({"photo": __file__}, "This file is not a picture that can be read"),
        ({"photo": Path(__file__).parent}, "it is a folder"),
        ({"version": "v9"}, "--version must be one of conv, v1, v2, v3, v4; got 'v9'."),
        ({"at": "48,3"}, "--at 48,3 is not on the picture, whose rows are 0 to 47 and columns 0 to 63."),
        ({"at": "-1,3"}, "is not on the picture"),
        (
            {"more": ("--layer", "blocks")},
            "--layer must be one of blocks.0.layer, blocks.1.layer, blocks.2.layer",
        ),
        ({"more": ("--group", "1")}, "--group 1 is not there: v2 has only group 0."),
        ({"more": ("--group", "8"), "version": "v3"}, "v3 has groups 0 to 7."),
        ({"out": __file__}, "File exists"),
    ],
)
def test_mistakes_end_with_one_sentence(photo, tmp_path, capsys, change, message) -> None:
    given = {"photo": photo, "out": tmp_path / "out", "at": "20,30", "version": "v2", "more": ()} | change
    more = given.pop("more")
    at = given.pop("at")
    code = main(
        [
            "figure",
            str(given["photo"]),
            f"--version={given['version']}",
            f"--at={at}",
            f"--out={given['out']}",
            *more,
        ]
    )
    shown = capsys.readouterr()
    assert code == 2 and not shown.out
    assert message in shown.err and shown.err.count("\n") == 1


@pytest.mark.parametrize("at", ["20", "a,b", "1,2,3", "1.5,2"])
def test_a_place_that_is_none(photo, tmp_path, capsys, at) -> None:
    with pytest.raises(SystemExit) as ended:
        figure(photo, tmp_path, at=at)
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert f"must be two whole numbers, Y,X, as 120,226; got {at!r}" in shown and shown.count("\n") == 1


def test_a_checkpoint_that_is_missing(photo, tmp_path, capsys, monkeypatch) -> None:
    def load(version: str) -> Network:
        raise dcnviz.models.CheckpointError("the checkpoint of v2 is missing from assets/checkpoints.")

    monkeypatch.setattr(dcnviz.models, "load", load)
    assert figure(photo, tmp_path) == 2
    assert capsys.readouterr().err == "dcnviz: the checkpoint of v2 is missing from assets/checkpoints.\n"


def test_there_is_help(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert all(command.NAME in shown and command.HELP.split()[0] in shown for command in commands())


def test_help_does_not_wait_for_torch() -> None:
    code = (
        "import sys; from dcnviz.__main__ import parser; parser().format_help();"
        "assert not {'torch', 'numpy', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_as_a_module() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "dcnviz", "--help"], capture_output=True, text=True, check=True
    )
    assert "figure" in ended.stdout
