"""A checkpoint of the bundled architecture as somebody brings it: safetensors, or what ``torch.save`` wrote.

A ``.pt`` file is a zip with a pickle in it, which is a program. So nothing of it is believed: the zip is read and
rebuilt here, the pickle may name only what plain tensors need, PyTorch's own restricted reader runs it, and names
and shapes are compared with the network's before a number is copied. Safetensors has none of these dangers and is
the better choice.

Limits: 64 MB of file and of what its zip holds, 1 MB for the zip's list of contents and 1 MB for the pickle.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Mapping

import torch
from torch import Tensor

from dcnviz.data.bounded import open_zip
from dcnviz.models.checkpoints import LIMIT, CheckpointError, check_shapes, expected, filled, from_bytes
from dcnviz.models.network import Network
from dcnviz.sampling import VERSIONS, Version

PICKLE_LIMIT = 1024 * 1024
"""Most bytes of the pickle, which holds names and shapes alone."""

PLAIN = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch FloatStorage",
    "torch LongStorage",
    "torch DoubleStorage",
    "torch HalfStorage",
    "torch BFloat16Storage",
}
"""What the pickle of a state dict of plain tensors names."""


def read_given(data: bytes) -> Network:
    """A network from the bytes of a ``.safetensors`` or ``.pt`` file, in eval mode.

    A ``.pt`` holds the state dict itself, or a dict with it under "state_dict" or "model"; which version it is shows
    in the names and shapes of its tensors.

    Args:
        data: the whole file, as it came.

    Returns:
        The network; nothing of the file is run, and no object of it survives but numbers.

    Raises:
        CheckpointError: saying what is wrong; its ``code`` is for translation.
    """
    if len(data) > LIMIT:
        raise CheckpointError(f"the file is larger than {LIMIT >> 20} MB.", "too_large")
    if zipfile.is_zipfile(io.BytesIO(data)):
        return _from_zip(data)
    # The length of a safetensors file's header, which stands before it, may begin with the same byte.
    if data[:1] == b"\x80" and data[8:9] != b"{":
        raise CheckpointError(
            "the file is a bare pickle, as old versions of PyTorch wrote; save it again with a newer one.",
            "legacy",
        )
    return from_bytes("the file", data)


def _from_zip(data: bytes) -> Network:
    checked = _rebuilt(data)
    try:
        found = torch.load(io.BytesIO(checked), map_location="cpu", weights_only=True)
    except (
        Exception
    ) as error:  # damaged files raise many kinds, UnicodeDecodeError and NotImplementedError among them
        raise CheckpointError("the file is damaged, or holds more than tensors.") from error
    state = _state_of(found)
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    version = _version_of(shapes)
    check_shapes("the file", version, shapes)
    return filled("the file", version, state)


def _rebuilt(data: bytes) -> bytes:
    """The zip again, of its checked parts: what PyTorch reads is what was looked at here."""
    try:
        with open_zip(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if any(part.compress_type != zipfile.ZIP_STORED for part in parts):
                raise CheckpointError(
                    "the file's zip is compressed; torch.save writes it as it is.", "packed"
                )
            if sum(part.file_size for part in parts) > LIMIT:
                raise CheckpointError(f"the file would unfold to more than {LIMIT >> 20} MB.", "too_large")
            content = {part.filename: archive.read(part) for part in parts}
    except CheckpointError:
        raise
    except Exception as error:  # zipfile raises many kinds on a damaged archive
        raise CheckpointError("the file is not a whole zip.") from error
    pickles = [name for name in content if name.endswith(".pkl")]
    if len(content) != len(parts) or len(pickles) != 1 or not pickles[0].endswith("/data.pkl"):
        raise CheckpointError(
            "the file is not a plain checkpoint (TorchScript and others are not read): save model.state_dict().",
            "foreign",
        )
    _check_pickle(content[pickles[0]])
    rebuilt = io.BytesIO()
    with zipfile.ZipFile(rebuilt, "w", zipfile.ZIP_STORED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return rebuilt.getvalue()


def _check_pickle(program: bytes) -> None:
    """Refuses a pickle that is large, or names anything beyond :data:`PLAIN`."""
    if len(program) > PICKLE_LIMIT:
        raise CheckpointError(
            f"the file's list of tensors is larger than {PICKLE_LIMIT >> 20} MB.", "too_large"
        )
    try:
        for code, argument, _ in pickletools.genops(program):
            named = str(argument) if code.name == "GLOBAL" else ""
            if code.name in ("STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4") or (
                named and named not in PLAIN
            ):
                raise CheckpointError(
                    f"the file holds more than plain tensors ({named or code.name}): save model.state_dict().",
                    "foreign",
                )
    except CheckpointError:
        raise
    except Exception as error:  # pickletools raises ValueError, UnicodeDecodeError and others
        raise CheckpointError("the file's list of tensors is damaged.") from error


def _state_of(found: object) -> Mapping[str, Tensor]:
    """The state dict in what a file held."""
    for key in ("state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
            break
    if not isinstance(found, Mapping) or not found:
        raise CheckpointError("the file holds no state dict: save model.state_dict().", "foreign")
    if not all(isinstance(name, str) and isinstance(value, Tensor) for name, value in found.items()):
        raise CheckpointError("the file holds more than tensors by name: save model.state_dict().", "foreign")
    return found


def _version_of(shapes: Mapping[str, tuple[int, ...]]) -> Version:
    """The version whose tensors a file's resemble most."""

    def likeness(version: Version) -> int:
        state = expected(version)
        return sum(shapes.get(name) == tuple(value.shape) for name, value in state.items()) - len(
            state.keys() ^ shapes.keys()
        )

    return max(VERSIONS, key=likeness)
