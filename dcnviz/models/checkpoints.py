"""Trained networks: read from safetensors, checked against the architecture before anything is copied.

Limits: 64 MB of file, 1 MB of it for the list of tensors. Nothing is unpacked, so that reading takes about as much
memory as the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import safetensors.torch
import torch
from torch import Tensor

from dcnviz.data.assets import asset
from dcnviz.data.bounded import read_file
from dcnviz.data.writing import replacing
from dcnviz.models.network import Network
from dcnviz.sampling import VERSIONS, Version

Code = Literal[
    "version", "names", "shapes", "types", "not_finite", "damaged", "legacy", "packed", "foreign", "too_large"
]


LIMIT = 64 * 1024 * 1024
"""Most bytes of a file. The largest of the networks takes 0.3 MB."""

HEADER_LIMIT = 1024 * 1024
"""Most bytes of a list of tensors, which holds names, types and shapes alone."""


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message says why.

    Attributes:
        code: stable name of the reason, for translation.
        tensor: the name of the tensor at fault, or "".
    """

    def __init__(self, message: str, code: Code = "damaged", tensor: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.tensor = tensor


def load(version: Version, device: str | torch.device = "cpu") -> Network:
    """One of the five trained networks that come with dcnviz, in eval mode.

    Args:
        version: "conv", "v1", "v2", "v3" or "v4".
        device: where to put it.

    Returns:
        A network that takes ``(B, 3, H, W)`` float RGB in [0, 1] of any size and gives ``(B, classes, H, W)``
        logits.

    Raises:
        ValueError: on an unknown version.
        CheckpointError: if the file is missing or damaged.

    >>> load("v2")(torch.rand(1, 3, 96, 96)).shape
    torch.Size([1, 7, 96, 96])
    """
    if version not in VERSIONS:
        raise ValueError(f"version must be one of {', '.join(VERSIONS)}; got {version!r}.")
    try:
        path = asset(f"checkpoints/{version}.safetensors")
    except FileNotFoundError as missing:
        raise CheckpointError(f"the checkpoint of {version} is missing from assets/checkpoints.") from missing
    return read(path).to(device)


def read(path: Path) -> Network:
    """A network from any file that :func:`write` made, in eval mode.

    Args:
        path: a ``.safetensors`` file.

    Returns:
        The network of the version that the file names.

    Raises:
        CheckpointError: if the file is not one of ours: other names, shapes or types, or damaged.
    """
    try:
        data = read_file(path, LIMIT)
    except OSError as error:
        raise CheckpointError(f"{path.name} is not a readable safetensors file.") from error
    return from_bytes(path.name, data)


def from_bytes(name: str, data: bytes) -> Network:
    """The same from a file's bytes.

    Args:
        name: of the file, for what is said of it.
        data: the whole file.

    Raises:
        CheckpointError: as :func:`read`.
    """
    if len(data) > LIMIT:
        raise CheckpointError(f"{name} is larger than {LIMIT >> 20} MB.", "too_large")
    header = int.from_bytes(data[:8], "little")  # its length comes first
    if header > HEADER_LIMIT:
        raise CheckpointError(f"{name} is not a readable safetensors file.")
    try:
        state = safetensors.torch.load(data)
        about = json.loads(data[8 : 8 + header]).get("__metadata__") or {}
    except Exception as error:  # SafetensorError, and KeyError on a type of numbers that torch has not
        raise CheckpointError(f"{name} is not a readable safetensors file.") from error
    version = about.get("version", "")
    if version not in VERSIONS:
        raise CheckpointError(f"{name} does not say which version it holds; got {version!r:.40}.", "version")
    check_shapes(name, version, {tensor: tuple(value.shape) for tensor, value in state.items()})
    return filled(name, version, state)


@cache
def expected(version: Version) -> Mapping[str, Tensor]:
    """Names, shapes and types of a version's tensors; they hold no numbers."""
    with torch.device("meta"):
        return dict(Network(version).state_dict())


def filled(file: str, version: Version, state: Mapping[str, Tensor]) -> Network:
    """A network with the tensors of a file, in eval mode. Their names and shapes have been checked.

    Raises:
        CheckpointError: if one is of another type, or holds NaN or infinite numbers.
    """
    for name, wanted in expected(version).items():
        value = state[name]
        if value.dtype != wanted.dtype or value.layout != torch.strided or value.is_meta:
            raise CheckpointError(
                f"{file}: {name} is {value.dtype}, but should be {wanted.dtype}.", "types", name
            )
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise CheckpointError(f"{file}: {name} holds NaN or infinite numbers.", "not_finite", name)
    network = Network(version)
    network.load_state_dict(dict(state))
    return network.eval()


def check_shapes(file: str, version: Version, found: Mapping[str, tuple[int, ...]]) -> None:
    """Compares names and shapes of a file with those of the network, before any of its numbers is copied.

    Raises:
        CheckpointError: naming the first tensor that does not fit.
    """
    _check_names(file, set(expected(version)), set(found))
    for name, wanted in expected(version).items():
        if found[name] != tuple(wanted.shape):
            raise CheckpointError(
                f"{file}: {name} is {found[name]}, but should be {tuple(wanted.shape)}.", "shapes", name
            )


def write(network: Network, path: Path, about: Mapping[str, Any]) -> None:
    """Writes a network; :func:`read` reads it.

    Args:
        network: its weights are written as they are, on the CPU.
        path: the file, usually ``.safetensors``; its folder is made if missing.
        about: seed, steps, ...: whatever JSON holds goes into the file's metadata.

    Raises:
        OSError: if it cannot be written; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    said = {"version": network.version, "about": json.dumps(dict(about))}
    with replacing(path) as file:
        file.write(safetensors.torch.save(state, said))


def _check_names(file: str, expected: set[str], found: set[str]) -> None:
    if missing := sorted(expected - found):
        raise CheckpointError(
            f"{file} lacks {len(missing)} tensors of the network, for example {missing[0]}.",
            "names",
            missing[0],
        )
    if extra := sorted(found - expected):
        raise CheckpointError(
            f"{file} has {len(extra)} tensors the network does not know, for example {extra[0]}.",
            "names",
            extra[0],
        )
