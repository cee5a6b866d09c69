"""The file of a recording: what comes back, and what a stranger can read of it."""

from __future__ import annotations

import io
import json
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dcnviz import Recording, __version__, record
from dcnviz.geometry import Geometry
from dcnviz.layers import DeformConv2d
from dcnviz.sampling import Sampling, regular
from tests.recording.samples import assert_same, read, recording, written

# --- what comes back ------------------------------------------------------------------------------------


def test_float32_comes_back_bit_for_bit(tmp_path: Path) -> None:
    made = recording()
    made.save(tmp_path / "mine.npz")
    loaded = Recording.load(tmp_path / "mine.npz")
    assert_same(made, loaded)
    assert loaded.calls == {}
    assert torch.equal(loaded["0"].positions, made["0"].positions)


def test_float16_comes_back_within_its_rounding() -> None:
    made = recording()
    loaded = read(written(made, dtype="float16"))
    assert_same(made, loaded, tolerance=2**-11)
    assert not torch.equal(made["0"].offsets, loaded["0"].offsets)
    assert len(written(made, dtype="float16")) < len(written(made))


def test_the_ending_is_appended_where_there_is_none(tmp_path: Path) -> None:
    made = recording()
    made.save(str(tmp_path / "plain"))
    made.save(tmp_path / "other.bin")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.bin", "plain.npz"]
    assert_same(Recording.load(str(tmp_path / "plain.npz")), Recording.load(tmp_path / "other.bin"))


def test_a_loaded_recording_can_be_saved_again() -> None:
    once = read(written())
    assert_same(read(written(once)), once)


def test_without_layers_or_picture() -> None:
    empty = read(written(Recording()))
    assert len(empty) == 0 and empty.image is None


def test_float64_is_written_in_float32_and_an_empty_batch_too() -> None:
    made = Recording()
    g = Geometry(3)
    made.add(
        "wide", Sampling(torch.ones(1, 1, 9, 2, 2, 2).double(), torch.ones(1, 1, 9, 2, 2), g, (4, 4), "v1")
    )
    made.add("empty", regular(g, (5, 5), batch=0))
    loaded = read(written(made))
    assert loaded["wide"].offsets.dtype == torch.float32 and loaded["empty"].batch == 0


def test_other_types_and_numbers_too_large_for_one_are_refused(tmp_path: Path) -> None:
    made = recording()
    with pytest.raises(ValueError, match='"float32" or "float16"; got \'float64\''):
        made.save(tmp_path / "mine.npz", dtype="float64")
    made["0"].offsets[0, 0, 0, 0, 0, 0] = 7e4
    with pytest.raises(ValueError, match="float16 cannot hold 70000"):
        made.save(tmp_path / "mine.npz", dtype="float16")
    assert list(tmp_path.iterdir()) == []


def test_layers_are_found_by_name() -> None:
    made = recording()
    assert len(made) == 2 and "0" in made and "nine" not in made
    with pytest.raises(KeyError, match=r"no layer 'nine' was recorded; there are: 0, 1\.layer"):
        made["nine"]
    assert made.add("0", made["0"]) == "0#2" and made.add("0", made["0"]) == "0#3"
    with pytest.raises(KeyError, match="none"):
        Recording()["nine"]


# --- what a stranger can read ---------------------------------------------------------------------------


def test_the_manifest_says_what_is_in_the_file() -> None:
    with np.load(io.BytesIO(written()), allow_pickle=False) as file:
        manifest = json.loads(str(file["manifest"]))
        arrays = {name: file[name] for name in file.files}
    assert (manifest["format"], manifest["dtype"], manifest["torch"]) == (1, "float32", torch.__version__)
    assert manifest["made_by"] == f"dcnviz {__version__}"
    assert "(y, x)" in manifest["convention"] and "row-major" in manifest["convention"]
    first, second = manifest["layers"]
    assert (first["name"], first["version"], second["name"], second["version"]) == (
        "0",
        "v2",
        "1.layer",
        "v3",
    )
    assert [first[key] for key in ("kernel_size", "stride", "padding", "dilation", "input_size")] == [
        [3, 2],
        [2, 1],
        [1, 0],
        [1, 2],
        [6, 7],
    ]
    assert first["to_picture"] == {"jump": [4.0, 2.0], "start": [0.5, -1.0]} and second["to_picture"] is None
    for n, layer in enumerate(manifest["layers"]):
        assert list(arrays[f"offsets_{n}"].shape) == list(arrays[f"positions_{n}"].shape) == layer["shape"]
        assert list(arrays[f"mask_{n}"].shape) == layer["shape"][:-1]
    assert arrays["image"].shape == (2, 4, 6, 7)
    assert set(arrays) == {"manifest", "image"} | {
        f"{k}_{n}" for k in ("offsets", "positions", "mask") for n in (0, 1)
    }


def test_the_lines_of_the_documentation_read_it_with_numpy_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Recording.save.__doc__ or ""
    lines = text.split("numpy alone::\n\n")[1].split("\n\n")[0]
    assert len(lines.splitlines()) == 5
    recording().save(tmp_path / "mine.npz")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"np": np, "json": json}
    exec(textwrap.dedent(lines), names)
    assert capsys.readouterr().out.splitlines() == [
        "0 v2 (2, 2, 6, 3, 5, 2) (2, 2, 6, 3, 5)",
        "1.layer v3 (2, 2, 9, 3, 5, 2) (2, 2, 9, 3, 5)",
    ]
    assert np.array_equal(names["positions"], recording()["1.layer"].positions.numpy())


def test_a_plain_layer_survives_the_file() -> None:
    layer = DeformConv2d(3, 2, 3)
    with record(layer) as made:
        layer(torch.rand(1, 3, 5, 5))
    assert list(read(written(made))) == [""]
