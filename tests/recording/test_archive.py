"""Files that are no recordings, or pretend to be: one kind of error, and bounded memory."""

from __future__ import annotations

import io
import json
import pickle
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcnviz import Recording
from dcnviz.recording import RecordingError, archive
from dcnviz.recording.format import pack
from tests.recording.samples import assert_same, attention, read, recording, written


def forged(change: Callable[[dict[str, Any], dict[str, Any]], None], made: Recording | None = None) -> bytes:
    """A file whose arrays and manifest somebody changed."""
    arrays = pack(recording() if made is None else made, "float32")
    manifest = json.loads(str(arrays["manifest"]))
    change(arrays, manifest)
    if "manifest" in arrays:
        arrays["manifest"] = np.array(json.dumps(manifest))
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def first_layer(**changes: object) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda arrays, manifest: manifest["layers"][0].update(changes)


def array(name: str, value: object) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda arrays, manifest: arrays.update({name: value})


def without(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda arrays, manifest: arrays.pop(name)


OFFSETS, MASK = (2, 2, 6, 3, 5, 2), (2, 2, 6, 3, 5)
FORGERIES: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "no manifest": without("manifest"),
    "no offsets": without("offsets_0"),
    "no mask": without("mask_1"),
    "a layer more": lambda arrays, manifest: manifest["layers"].append(manifest["layers"][0]),
    "a name twice": lambda arrays, manifest: manifest["layers"][1].update(name="0"),
    "a name that is a number": first_layer(name=3),
    "a name that is a list": first_layer(name=["0"]),
    "no layers": lambda arrays, manifest: manifest.pop("layers"),
    "another version": first_layer(version="v9"),
    "a version that is a list": first_layer(version=["v2"]),
    "another kernel": first_layer(kernel_size=[3, 3]),
    "a kernel of text": first_layer(kernel_size="33"),
    "a kernel of one number": first_layer(kernel_size=[3]),
    "a huge kernel": first_layer(kernel_size=[10**9, 10**9]),
    "a stride of zero": first_layer(stride=[0, 1]),
    "a fractional stride": first_layer(stride=[2.0, 1.0]),
    "another input": first_layer(input_size=[60, 70]),
    "a fractional input": first_layer(input_size=[6.0, 7.0]),
    "an endless input": first_layer(input_size=[10**400, 7]),
    "three input sizes": first_layer(input_size=[6, 7, 8]),
    "a place of text": first_layer(to_picture={"jump": "ab", "start": [0, 0]}),
    "a place without start": first_layer(to_picture={"jump": [1, 1]}),
    "a place at infinity": first_layer(to_picture={"jump": [1, 1], "start": [float("inf"), 0]}),
    "a place of three numbers": first_layer(to_picture={"jump": [1, 1, 1], "start": [0, 0]}),
    "offsets of another shape": array("offsets_0", np.zeros((2, 2, 6, 3, 4, 2), np.float32)),
    "a mask of another shape": array("mask_0", np.zeros((2, 1, 6, 3, 5), np.float32)),
    "whole numbers": array("offsets_0", np.zeros(OFFSETS, np.int64)),
    "complex numbers": array("offsets_0", np.zeros(OFFSETS, np.complex64)),
    "text": array("offsets_0", np.full(OFFSETS, "x")),
    "NaN": array("offsets_0", np.full(OFFSETS, np.nan, np.float32)),
    "infinity": array("mask_0", np.full(MASK, np.inf, np.float16)),
    "float64 beyond float32": array("mask_0", np.full(MASK, 1e300)),
    "a layer of attention without reference points": first_layer(version="msda"),
    "no word on the estimate": lambda arrays, manifest: manifest["layers"][0].pop("estimated"),
    "a flat picture": array("image", np.zeros((6, 7), np.float32)),
    "a picture of bytes": array("image", np.zeros((1, 3, 6, 7), np.uint8)),
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_forged_file_is_refused(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    with pytest.raises(RecordingError, match="the file is not a recording of dcnviz, or it is damaged"):
        read(forged(change))


QUERIES = {
    "no reference points": without("base_0"),
    "reference points of each tap": array("base_0", np.zeros((2, 1, 4, 1, 5, 2), np.float32)),
    "reference points of another batch": array("base_0", np.zeros((1, 1, 1, 1, 5, 2), np.float32)),
    "reference points at infinity": array("base_0", np.full((2, 1, 1, 1, 5, 2), np.inf, np.float32)),
    "reference points of three numbers": array("base_0", np.zeros((2, 1, 1, 1, 5, 3), np.float32)),
    "an empty map": first_layer(input_size=[0, 7]),
    "a map larger than any number of float": first_layer(input_size=[7, 10**400]),
    "a place beyond everything": first_layer(to_picture={"jump": [1e308, 1], "start": [0, 0]}),
    "another version": first_layer(version="v2"),
    "more points": first_layer(kernel_size=[1, 5]),
}


@pytest.mark.parametrize("change", QUERIES.values(), ids=QUERIES)
def test_forged_attention_is_refused(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    with pytest.raises(RecordingError, match="the file is not a recording of dcnviz, or it is damaged"):
        read(forged(change, attention()))


def test_the_forger_without_a_change_is_believed() -> None:
    assert_same(read(forged(lambda arrays, manifest: None)), recording())


@pytest.mark.parametrize("number", [0, 3, "1", None, True, [2]])
def test_another_format_is_refused_by_its_number(number: object) -> None:
    words = f"has format {number!r}; this version of dcnviz reads formats 1 and 2"
    with pytest.raises(RecordingError, match=re.escape(words)):
        read(forged(lambda arrays, manifest: manifest.update(format=number)))


@pytest.mark.parametrize("manifest", ["", "{", "[]", "3", "[" * 100_000, '{"format": 1, "layers": 5}'])
def test_a_manifest_that_is_none_is_refused(manifest: str) -> None:
    file = io.BytesIO()
    np.savez(file, manifest=np.array(manifest))
    with pytest.raises(RecordingError):
        read(file.getvalue())


def test_every_truncation_is_refused() -> None:
    data = written()
    for length in range(0, len(data), len(data) // 40):
        with pytest.raises(RecordingError):
            read(data[:length])


def test_changed_and_random_bytes_give_no_other_error() -> None:
    rng, data = np.random.default_rng(0), written()
    for _ in range(150):
        spoiled = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 4)):
            spoiled[place] = rng.integers(256)
        try:
            read(bytes(spoiled))
        except RecordingError:
            continue  # a change in a time stamp or the like does no harm: then it is read
    for length in (1, 22, 100, 5000):
        with pytest.raises(RecordingError):
            read(rng.bytes(length))


class Bomb:
    """Would be called if anything were unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return pytest.fail, ("a pickle was loaded",)


def test_pickles_are_never_loaded() -> None:
    for data in (pickle.dumps(Bomb()), forged(array("offsets_0", np.array([Bomb()], dtype=object)))):
        with pytest.raises(RecordingError):
            read(data)


def header(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return file.getvalue()


def packed(member: bytes, method: int = zipfile.ZIP_DEFLATED, name: str = "offsets_0.npy") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as target:
        target.writestr(name, member)
    return file.getvalue()


@pytest.mark.parametrize(
    "shape", [(1 << 40,), (1 << 31, 1 << 31), (3, -1), (1 << 62, 4), (1 << 28, 0, 5), ()], ids=str
)
def test_a_huge_declared_shape_takes_no_memory(shape: tuple[int, ...]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(RecordingError, match="damaged"):
            read(packed(header(shape) + bytes(64)))
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


def test_an_empty_batch_of_a_huge_map_is_refused() -> None:
    def change(arrays: dict[str, Any], manifest: dict[str, Any]) -> None:
        arrays["offsets_0"] = np.zeros((0, 1, 6, 10**6, 10**6, 2), np.float32)
        arrays["mask_0"] = np.zeros((0, 1, 6, 10**6, 10**6), np.float32)
        manifest["layers"][0].update(input_size=[2 * 10**6 - 1, 10**6 + 2])

    with pytest.raises(RecordingError, match="damaged"):
        read(forged(change))


def test_more_than_the_limit_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    large = packed(header((1 << 22,)) + bytes(1 << 24))
    long = packed(bytes(1 << 21), name="manifest.npy")
    monkeypatch.setattr(archive, "LIMIT", 1 << 23)
    monkeypatch.setattr(archive, "MANIFEST_LIMIT", 1 << 20)
    tracemalloc.start()
    try:
        for data, words in (
            (large, "would fill 16 MB; at most 8 MB"),
            (long, "would fill 2 MB; at most 1 MB"),
        ):
            with pytest.raises(RecordingError, match=words):
                read(data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_float16_counts_as_what_it_becomes(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(dtype="float16")
    monkeypatch.setattr("dcnviz.recording.format.LIMIT", 6000)
    with pytest.raises(RecordingError, match="MB in float32"):
        read(data)


def test_what_else_is_in_the_archive_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(arrays: dict[str, Any], manifest: dict[str, Any]) -> None:
        arrays.update(positions_0=np.zeros(1 << 21), more=np.zeros(1 << 21))

    data = forged(change)
    monkeypatch.setattr(archive, "LIMIT", 1 << 20)
    assert_same(read(data), recording())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(method: int) -> None:
    with pytest.raises(RecordingError, match="damaged"):
        read(packed(header((16,)) + bytes(64), method))


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"there is no file none\.npz"):
        Recording.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(RecordingError, match=r"text\.npz is not a recording"):
        Recording.load(tmp_path / "text.npz")
    with pytest.raises(RecordingError):
        Recording.load(tmp_path)
