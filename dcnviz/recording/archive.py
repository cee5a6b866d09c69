"""Reads the arrays of an NPZ that a stranger may have made: no pickle, and bounded memory.

Limits: 1 MB for the archive's list of contents, 16 MB for the manifest, 1 GB for all arrays that are read, as they are
and as float32. A page that takes uploads has less (:mod:`dcnviz.ui.recorded`).
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dcnviz.data.bounded import open_file, open_zip

Array = np.ndarray[Any, Any]

LIMIT = 1 << 30
"""Most bytes that the arrays of one file may fill."""

MANIFEST_LIMIT = 1 << 24
"""Most bytes of the manifest: parsed, it takes several times as much."""

_METHODS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
)  # what numpy writes; others may ask for large dictionaries
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class RecordingError(ValueError):
    """A recording file that cannot be used; the message says why."""


def read_arrays(
    file: str | Path | BinaryIO, parts: tuple[str, ...], *, limit: int | None = None
) -> dict[str, Array]:
    """The arrays whose names start with one of ``parts``.

    Nothing is unpacked before the sizes that the archive states are known to be within ``limit`` bytes
    (None: :data:`LIMIT`), and each array's header to agree with them; an archive cannot deliver more than it stated.

    Raises:
        RecordingError: if the arrays are too large.
        DirectoryError: if the archive lists too many.
        ValueError: if an array's header does not fit its size, or it would need pickle.
        Exception: whatever :mod:`zipfile` raises on a damaged archive.

    >>> import io
    >>> np.savez(file := io.BytesIO(), mask_0=np.ones(3, np.float32), other=np.zeros(2))
    >>> read_arrays(file, ("mask_",))
    {'mask_0': array([1., 1., 1.], dtype=float32)}
    """
    if isinstance(file, (str, Path)):
        with open_file(file) as opened:
            return read_arrays(opened, parts, limit=limit)
    with open_zip(file) as archive:
        members = [member for member in archive.infolist() if member.filename.startswith(parts)]
        for most, sizes in (
            (LIMIT if limit is None else limit, [m.file_size for m in members]),
            (MANIFEST_LIMIT, [m.file_size for m in members if m.filename.startswith("manifest")]),
        ):
            if sum(sizes) > most:
                raise RecordingError(
                    f"this recording would fill {sum(sizes) / 2**20:,.0f} MB; "
                    f"at most {most / 2**20:,.0f} MB are read."
                )
        return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    if member.compress_type not in _METHODS:
        raise ValueError(f"{member.filename} is packed by method {member.compress_type}: not by numpy.")
    with archive.open(member) as file:
        shape, _, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
        if dtype.hasobject or file.tell() + math.prod(shape) * dtype.itemsize != member.file_size:
            raise ValueError(f"{member.filename} does not hold the {shape} {dtype} that its header says.")
    with archive.open(member) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
    return array
