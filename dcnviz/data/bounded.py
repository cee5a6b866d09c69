"""A stranger's file, text, JSON or zip archive, read with bounded memory.

Python's :mod:`zipfile` reads the whole list of contents when it opens an archive, and makes an object of some hundred
bytes of every entry: a file of 55 MB that lists one entry a million times takes 400 MB and a quarter of a minute.
"""

from __future__ import annotations

import errno
import json
import zipfile
from pathlib import Path
from typing import IO, Any, BinaryIO

DIRECTORY = 1 << 20
"""Most bytes of an archive's list of contents: some 15,000 entries. A recording of 1,000 layers takes 200 kB."""


TEXT = 1 << 20
"""Most bytes of a text or JSON file."""


def open_file(path: str | Path) -> BinaryIO:
    """A file open for reading bytes.

    Raises:
        OSError: naming it, if it cannot be read, or is none: a pipe keeps its reader waiting, a device has no end.
    """
    check_is_file(path)
    return Path(path).open("rb")


def check_is_file(path: str | Path) -> None:
    """Whether it is a file, or nothing yet.

    Raises:
        OSError: naming it, if it is something else.
    """
    if Path(path).is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if Path(path).exists() and not Path(path).is_file():
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file", str(path))


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a file, or one more than the most if it has more.

    Raises:
        OSError: as :func:`open_file`.
    """
    with open_file(path) as file:
        return file.read(most + 1)


def read_text(path: Path) -> str:
    """A text in UTF-8, of :data:`TEXT` bytes at most.

    Raises:
        ValueError: if it is longer, or in another encoding.
        OSError: as :func:`read_file`.
    """
    data = read_file(path, TEXT)
    if len(data) > TEXT:
        raise ValueError(f"{path.name} is larger than {TEXT >> 20} MB, too much for a text.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ValueError(f"{path.name} is not a text in UTF-8.") from problem


def parse_object(text: str, name: str) -> dict[str, Any]:
    """A JSON object whose numbers are finite.

    Args:
        text: the JSON.
        name: of where it stood, for what is said of it.

    Raises:
        ValueError: if it is anything else.

    >>> parse_object('{"a": 1}', "a.json")
    {'a': 1}
    """
    try:
        found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as problem:  # brackets in brackets, without an end
        raise ValueError(f"{name} is not JSON, or it is damaged.") from problem
    if not isinstance(found, dict):
        raise ValueError(f"{name} is not a JSON object.")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if abs(number) < float("inf") else _refuse(text)


class DirectoryError(ValueError):
    """An archive that lists too much."""


def open_zip(file: BinaryIO | IO[bytes]) -> zipfile.ZipFile:
    """An archive, of whose entries nothing has been unpacked yet.

    Args:
        file: open for reading, at any place; it is not closed with the archive.

    Raises:
        DirectoryError: if the list of contents is longer than :data:`DIRECTORY`.
        Exception: whatever :mod:`zipfile` raises on what is no archive, or a damaged one.

    >>> import io
    >>> with zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
    ...     archive.writestr("a.txt", b"hello")
    >>> open_zip(made).namelist()
    ['a.txt']
    """
    bounded = _Bounded(file)
    archive = zipfile.ZipFile(bounded)
    bounded.most = None
    return archive


class _Bounded:
    """A file whose reads may not be longer than a number of bytes."""

    def __init__(self, file: BinaryIO | IO[bytes]) -> None:
        self._file = file
        self.most: int | None = DIRECTORY
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        """The next bytes; the list of contents is read by one call.

        Raises:
            DirectoryError: if more than the most are asked for, or there.
        """
        if self.most is None:
            return self._file.read(count)
        data = b"" if count > self.most else self._file.read(self.most + 1 if count < 0 else count)
        if max(count, len(data)) > self.most:
            raise DirectoryError(f"the archive's list of contents is longer than {self.most >> 10} kB.")
        return data
