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
from dcnviz.recording.format import pack
from dcnviz.sampling import Sampling, regular
from tests.recording.samples import assert_same, attention, read, recording, written

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


def test_a_large_recording_is_half_as_large_in_float16() -> None:
    made, generator = Recording(), torch.Generator().manual_seed(1)
    made.image = torch.rand(1, 3, 64, 64, generator=generator)
    for n in range(3):
        shape = (1, 2, 9, 24, 24)
        fields = (torch.randn(*shape, 2, generator=generator), torch.rand(shape, generator=generator))
        made.add(f"{n}", Sampling(*fields, Geometry(3, padding=1), (24, 24), "v2"))
    numbers = sum(s.offsets.numel() + s.mask.numel() for s in made.values()) + made.image.numel()
    wide, narrow = len(written(made)), len(written(made, dtype="float16"))
    assert narrow < 0.6 * wide and wide < 4.1 * numbers and narrow < 2.1 * numbers
    assert (read(written(made, dtype="float16"))["1"].positions - made["1"].positions).abs().max() < 2e-3


def test_attention_comes_back_with_its_reference_points() -> None:
    made = attention()
    loaded = read(written(made))
    assert_same(made, loaded)
    assert torch.equal(loaded["attn.level0"].positions, made["attn.level0"].positions)
    half = read(written(made, dtype="float16"))["attn.level0"]
    assert half.anchors is not None and torch.equal(half.base, made["attn.level0"].base)


def test_format_1_is_read_too() -> None:
    made = recording()
    arrays = pack(made, "float32")
    manifest = json.loads(str(arrays["manifest"]))
    manifest["format"] = 1
    for n, sampling in enumerate(made.values()):
        del arrays[f"base_{n}"]
        arrays[f"positions_{n}"] = sampling.positions.numpy()
        del manifest["layers"][n]["estimated"]
    arrays["manifest"] = np.array(json.dumps(manifest))
    np.savez_compressed(file := io.BytesIO(), **arrays)
    assert_same(read(file.getvalue()), made)


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
    made["0"].offsets[0, 0, 0, 0, 0, 0] = float("nan")
    with pytest.raises(ValueError, match="layer '0' holds NaN or infinite numbers"):
        made.save(tmp_path / "mine.npz")
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
    assert (manifest["format"], manifest["dtype"], manifest["torch"]) == (2, "float32", torch.__version__)
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
    assert first["to_picture"] == {"jump": [4.0, 2.0], "start": [0.5, -1.0]}
    assert second["to_picture"] == {"jump": [2.0, 1.0], "start": [0.0, 1.0]}
    assert [layer["estimated"] for layer in manifest["layers"]] == [False, False]
    assert manifest["units"]["positions"] == "pixels of the layer's input map"
    for n, layer in enumerate(manifest["layers"]):
        assert list(arrays[f"offsets_{n}"].shape) == layer["shape"]
        assert list(arrays[f"base_{n}"].shape) == layer["shape"][2:] and arrays[f"base_{n}"].dtype == np.int16
        assert list(arrays[f"mask_{n}"].shape) == layer["shape"][:-1]
    assert arrays["image"].shape == (2, 4, 6, 7)
    assert set(arrays) == {"manifest", "image"} | {
        f"{k}_{n}" for k in ("offsets", "base", "mask") for n in (0, 1)
    }


def test_the_lines_of_the_documentation_read_it_with_numpy_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (Recording.save.__doc__ or "").split("numpy alone::\n\n")[1].split("\n\n")[0]
    lines = textwrap.dedent(lines)
    assert len(lines.splitlines()) == 5
    page = (Path(__file__).parents[2] / "docs" / "recording-format.md").read_text(encoding="utf-8")
    assert textwrap.indent(lines, "    ") in page
    recording().save(tmp_path / "mine.npz")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"np": np, "json": json}
    exec(lines, names)
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
