"""Checkpoints that a stranger brings: ours are read, and whatever could harm is refused before it can."""

from __future__ import annotations

import io
import pickle
import resource
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from dcnviz.models import CheckpointError, Network, read_given, write
from dcnviz.sampling import Version

VERSIONS = get_args(Version)


def saved(value: object, **options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def rezipped(data: bytes, method: int = zipfile.ZIP_STORED, **extra: bytes) -> bytes:
    """The same archive, packed another way and with more in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
        for name, content in extra.items():
            new.writestr(f"archive/{name.replace('_', '.')}", content)
    return out.getvalue()


def state(version: Version = "v2") -> dict[str, Tensor]:
    return dict(Network(version).state_dict())


def code_of(data: bytes) -> str:
    with pytest.raises(CheckpointError) as refused:
        read_given(data)
    return refused.value.code


@pytest.mark.parametrize("version", VERSIONS)
def test_a_state_dict_is_known_by_its_tensors(version: Version) -> None:
    network = Network(version)
    back = read_given(saved(network.state_dict()))
    assert back.version == version and not back.training
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in back.state_dict().items())


@pytest.mark.parametrize("key", ["state_dict", "model"])
def test_one_in_a_training_checkpoint_is_found(key: str) -> None:
    assert read_given(saved({key: state("v3"), "epoch": 3})).version == "v3"


def test_a_safetensors_file_that_begins_like_a_pickle_is_read(tmp_path: Path) -> None:
    """One in 32 does: the length of its header ends in the byte 0x80."""
    for length in range(0, 256, 8):
        write(Network("conv"), tmp_path / "a.safetensors", {"note": "x" * length})
        data = (tmp_path / "a.safetensors").read_bytes()
        if data[0] == 0x80:
            break
    assert data[0] == 0x80 and read_given(data).version == "conv"


def test_safetensors_are_read_too(tmp_path: Path) -> None:
    write(Network("v1"), tmp_path / "a.safetensors", {})
    assert read_given((tmp_path / "a.safetensors").read_bytes()).version == "v1"


@pytest.mark.parametrize(
    ("change", "code", "tensor"),
    [
        (lambda s: s.pop("head.bias"), "names", "head.bias"),
        (lambda s: s.update(more=torch.ones(2)), "names", "more"),
        (lambda s: s.update({"head.bias": torch.ones(8)}), "shapes", "head.bias"),
        (lambda s: s.update({"head.bias": torch.ones(7).half()}), "types", "head.bias"),
        (lambda s: s.update({"head.bias": torch.full((7,), torch.nan)}), "not_finite", "head.bias"),
        (lambda s: s.update({"head.bias": torch.full((7,), -torch.inf)}), "not_finite", "head.bias"),
    ],
)
def test_what_does_not_fit_is_named(
    change: Callable[[dict[str, Tensor]], object], code: str, tensor: str
) -> None:
    changed = state()
    change(changed)
    with pytest.raises(CheckpointError, match=tensor) as refused:
        read_given(saved(changed))
    assert (refused.value.code, refused.value.tensor) == (code, tensor)


def test_a_deflate_bomb_is_not_unpacked() -> None:
    bomb = rezipped(saved({"head.bias": torch.zeros(64 << 20)}), zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(bomb) == "packed"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 << 10  # kB


def test_two_billion_elements_in_one_number_are_not_copied() -> None:
    endless = {**state(), "head.bias": torch.zeros(1).expand(2_000_000_000)}
    data = saved(endless)
    assert len(data) < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(data) == "shapes"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_torchscript_and_the_like_are_refused() -> None:
    assert code_of(rezipped(saved(state()), constants_pkl=pickle.dumps(()))) == "foreign"
    assert code_of(saved(Network("v1"))) == "foreign"  # the model itself: a pickle of classes
    assert code_of(saved(np.float64(3))) == "foreign"
    assert code_of(saved([1, 2])) == "foreign"
    assert code_of(saved({"a": 1})) == "foreign"
    assert code_of(saved({1: torch.ones(2)})) == "foreign"
    assert code_of(saved({"a": torch.ones(2).to_sparse()})) == "foreign"


def test_a_pickle_that_would_run_something_is_refused_unread(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "touched",)

    assert code_of(saved({"a": Evil()})) == "foreign"
    assert code_of(pickle.dumps(Evil())) == "legacy"
    assert code_of(saved(state(), _use_new_zipfile_serialization=False)) == "legacy"
    assert not (tmp_path / "touched").exists()


def test_broken_files_are_refused() -> None:
    whole = saved(state())
    for data in (b"", b"hello", b"PK\x03\x04", whole[:1000], whole[len(whole) // 2 :], rezipped(whole)[:-40]):
        assert code_of(data) in ("damaged", "foreign")


def test_no_mutated_file_gets_through_as_anything_but_a_network() -> None:
    whole, chance = saved(state("conv")), np.random.default_rng(0)
    for _ in range(150):
        data = np.frombuffer(whole, np.uint8).copy()
        places = chance.integers(0, len(data), chance.integers(1, 6))
        places = np.where(
            chance.random(len(places)) < 0.7, places % 6000, places
        )  # mostly the pickle and the names
        data[places] = chance.integers(0, 256, len(places))
        with suppress(CheckpointError):
            assert read_given(data.tobytes()).version == "conv"
