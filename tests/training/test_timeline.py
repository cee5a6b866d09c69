"""A timeline comes back from its file as it was, and from no other file."""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcnviz.training import Frame, Timeline, TimelineError
from dcnviz.training import timeline as module

LAYERS, CELLS, TAPS, SIZES = ("a", "b"), ((0, 1), (2, 3), (1, 0)), 9, ("background", "5-8")


def frame(step: int, rng: np.random.Generator) -> Frame:
    def draw(*shape: int) -> Any:
        return rng.normal(20, 5, shape).astype(np.float32)

    looks = (len(LAYERS), len(CELLS), TAPS)
    return Frame(step, step / 7, rng.random(), rng.random(), draw(2, 2), draw(*looks, 2), draw(*looks))


def made(count: int = 3) -> Timeline:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (13, 16, 3), dtype=np.uint8)
    frames = tuple(frame(5 * n, rng) for n in range(count))
    about = {"recipe": {"seconds": 60.0}, "说明": "ä"}
    return Timeline("v2", 3, picture, CELLS, 4, SIZES, LAYERS, frames, about)


def packed(timeline: Timeline, **options: Any) -> io.BytesIO:
    timeline.save(file := io.BytesIO(), **options)
    file.seek(0)
    return file


def same(a: Timeline, b: Timeline) -> bool:
    plain = ("version", "seed", "cells", "stride", "sizes", "layers", "about")
    arrays = [
        (getattr(x, name), getattr(y, name))
        for x, y in zip(a.frames, b.frames, strict=True)
        for name in vars(x)
    ]
    return (
        all(getattr(a, name) == getattr(b, name) for name in plain)
        and np.array_equal(a.picture, b.picture)
        and all(np.array_equal(x, y, equal_nan=True) for x, y in arrays)
    )


@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_comes_back_as_it_was(count: int, tmp_path: Path) -> None:
    timeline = made(count)
    if count:
        gaps = replace(timeline.frames[0], loss=math.nan, accuracy=math.nan, dilation=np.full((2, 2), np.nan))
        timeline = replace(timeline, frames=(gaps, *timeline.frames[1:]))
    timeline.save(tmp_path / "a.npz")
    assert same(timeline, Timeline.load(tmp_path / "a.npz"))
    assert not same(timeline, replace(timeline, seed=4))


def test_half_the_bytes_round_a_place_to_a_part_of_a_pixel() -> None:
    timeline = made(50)
    narrow = packed(timeline, dtype="float16")
    assert narrow.getbuffer().nbytes < 0.7 * packed(timeline).getbuffer().nbytes
    for a, b in zip(timeline.frames, Timeline.load(narrow).frames, strict=True):
        assert np.abs(a.places - b.places).max() <= 1 / 32
        assert np.array_equal(a.dilation, b.dilation) and a.loss == b.loss


def test_numpy_alone_can_read_it() -> None:
    file = np.load(packed(made()), allow_pickle=False)
    manifest = json.loads(str(file["manifest"]))
    assert manifest["layers"] == list(LAYERS) and manifest["format"] == 1
    assert file["places"].shape == (3, 2, 3, 9, 2) and file["numbers"][1, 0] == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "v5"}, "version must be"),
        ({"picture": np.zeros((13, 16), np.uint8)}, "picture must be"),
        ({"cells": ((0, 1), (2, 4), (1, 0))}, "a map of 4 x 4"),
        ({"cells": CELLS[:2]}, "other shapes"),
        ({"layers": ("a",)}, "other shapes"),
        ({"sizes": ("background",)}, "other shapes"),
        ({"frames": made(3).frames[::-1]}, "order of their steps"),
        ({"frames": made(3).frames[:1] * 2}, "order of their steps"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(made(), **changes)


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path) -> None:
    timeline = made(1)
    for value, dtype in ((math.nan, "float32"), (1e6, "float16")):
        broken = replace(timeline.frames[0], masks=np.full((2, 3, 9), value, np.float32))
        with pytest.raises(ValueError, match="must be finite"):
            replace(timeline, frames=(broken,)).save(tmp_path / "a.npz", dtype=dtype)
    with pytest.raises(ValueError, match="float64"):
        timeline.save(tmp_path / "a.npz", dtype="float64")
    assert not list(tmp_path.iterdir())


def changed(**parts: Any) -> io.BytesIO:
    """A file with other arrays; a manifest is given as the fields to change."""
    arrays = dict(np.load(packed(made())))
    about = json.loads(str(arrays["manifest"])) | parts.pop("manifest", {})
    np.savez(file := io.BytesIO(), **(arrays | {"manifest": np.array(json.dumps(about))} | parts))
    file.seek(0)
    return file


@pytest.mark.parametrize(
    "parts",
    [
        {"manifest": {"seed": "3"}},
        {"manifest": {"cells": [[0, 1, 2]]}},
        {"manifest": {"cells": [[0.5, 1], [1, 1], [2, 2]]}},
        {"manifest": {"stride": 0}},
        {"manifest": {"stride": -4}},
        {"manifest": {"layers": "ab", "sizes": 3}},
        {"manifest": {"about": []}},
        {"manifest": {"version": ["v2"]}},
        {"numbers": np.zeros((2, 4))},
        {"numbers": np.full((3, 4), np.nan)},
        {"places": np.full((3, 2, 3, 9, 2), np.nan, np.float32)},
        {"picture": np.zeros((13, 16, 3))},
        {"picture": np.zeros((0, 0, 3), np.uint8)},
        {"masks": np.array(["a"])},
    ],
)
def test_a_file_that_no_save_wrote_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(TimelineError, match="the file is not a timeline"):
        Timeline.load(changed(**parts))


def test_why_a_file_is_refused_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TimelineError, match=r"no file none\.npz"):
        Timeline.load(tmp_path / "none.npz")
    with pytest.raises(TimelineError, match="format 2"):
        Timeline.load(changed(manifest={"format": 2}))
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(TimelineError, match=r"text\.npz is not a timeline"):
        Timeline.load(tmp_path / "text.npz")
    monkeypatch.setattr(module, "LIMIT", 1000)
    with pytest.raises(TimelineError, match="would fill more"):
        Timeline.load(packed(made()))
    made().save(tmp_path / "mine.npz")
    with pytest.raises(TimelineError, match="would fill more"):  # by its path too
        Timeline.load(tmp_path / "mine.npz")


def test_no_byte_that_is_lost_goes_unnoticed() -> None:
    whole = packed(made()).getvalue()
    for size in range(0, len(whole), max(1, len(whole) // 40)):
        with pytest.raises(TimelineError):
            Timeline.load(io.BytesIO(whole[:size]))


def test_an_object_array_is_not_unpickled() -> None:
    np.savez(file := io.BytesIO(), manifest=np.array([print], dtype=object))
    assert "manifest.npy" in zipfile.ZipFile(file).namelist()
    with pytest.raises(TimelineError):
        Timeline.load(file)
