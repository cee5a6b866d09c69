"""Checkpoints: what was written comes back, and whatever else is refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from dcnviz.models import CheckpointError, Network, checkpoints, load, read, write
from dcnviz.sampling import Version

VERSIONS = get_args(Version)
State = dict[str, Tensor]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_written_comes_back(version: Version, tmp_path: Path) -> None:
    network = Network(version)
    with torch.no_grad():
        for value in network.state_dict().values():
            value.copy_(torch.rand(value.shape) * 3)
    write(network, tmp_path / "new" / "a.safetensors", {"seed": 3, "by": "hand"})
    back = read(tmp_path / "new" / "a.safetensors")
    assert back.version == version and not back.training
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in back.state_dict().items())
    with safe_open(tmp_path / "new" / "a.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["about"]) == {"seed": 3, "by": "hand"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_bundled_ones_are_ready_to_use(version: Version) -> None:
    network = load(version)
    assert network.version == version and not network.training
    with torch.inference_mode():
        logits = network(torch.rand(1, 3, 24, 20))
    assert logits.shape == (1, 7, 24, 20) and bool(torch.isfinite(logits).all())


def forged(path: Path, change: Callable[[State], object], version: str | None = "v2") -> Path:
    """A file of a v2 network that somebody changed."""
    state = {name: value.clone() for name, value in Network("v2").state_dict().items()}
    change(state)
    save_file(state, path, metadata=None if version is None else {"version": version})
    return path


NAME = "blocks.1.layer.weight"
FORGERIES: dict[str, tuple[Callable[[State], object], str]] = {
    "missing": (lambda s: s.pop(NAME), f"lacks 1 tensors of the network, for example {NAME}"),
    "extra": (
        lambda s: s.update(more=torch.ones(2)),
        "has 1 tensors the network does not know, for example more",
    ),
    "another shape": (
        lambda s: s.update({NAME: torch.ones(32, 32, 3, 1)}),
        r"blocks.1.layer.weight is \(32, 32, 3, 1\), but should be \(32, 32, 3, 3\)",
    ),
    "another type": (
        lambda s: s.update({NAME: s[NAME].half()}),
        "blocks.1.layer.weight is torch.float16, but should be torch.float32",
    ),
    "NaN": (lambda s: s[NAME].view(-1)[5].fill_(torch.nan), "blocks.1.layer.weight holds NaN or infinite"),
    "infinity": (lambda s: s["head.bias"].fill_(torch.inf), "head.bias holds NaN or infinite"),
}


@pytest.mark.parametrize(("change", "words"), FORGERIES.values(), ids=FORGERIES)
def test_a_changed_file_is_refused(change: Callable[[State], object], words: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"a\.safetensors:? .*" + words.removeprefix("a.safetensors")):
        read(forged(tmp_path / "a.safetensors", change))


@pytest.mark.parametrize("version", ["v9", "", None])
def test_a_file_of_an_unknown_version_is_refused(version: str | None, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=f"does not say which version it holds; got {version or ''!r}"):
        read(forged(tmp_path / "a.safetensors", lambda state: None, version))


def test_a_file_of_another_version_than_it_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="lacks"):
        read(forged(tmp_path / "a.safetensors", lambda state: None, "v3"))


def test_damaged_and_other_files_are_refused(tmp_path: Path) -> None:
    whole = forged(tmp_path / "a.safetensors", lambda state: None).read_bytes()
    for data in (b"", b"hello", b"\xff" * 64, whole[:7], whole[:500], whole[: len(whole) // 2], whole[:-1]):
        (tmp_path / "b.safetensors").write_bytes(data)
        with pytest.raises(CheckpointError, match=r"b\.safetensors is not a readable safetensors file"):
            read(tmp_path / "b.safetensors")
    with pytest.raises(CheckpointError, match=r"none\.safetensors"):
        read(tmp_path / "none.safetensors")


def test_a_version_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="one of conv, v1, v2, v3, v4; got 'v7'"):
        load("v7")  # type: ignore[arg-type]


def test_a_bundled_file_that_is_gone_is_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(path: str) -> Path:
        raise FileNotFoundError(path)

    monkeypatch.setattr(checkpoints, "asset", gone)
    with pytest.raises(CheckpointError, match="the checkpoint of v2 is missing from assets/checkpoints"):
        load("v2")
