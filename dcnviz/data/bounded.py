"""A stranger's zip archive, opened with bounded memory.

Python's :mod:`zipfile` reads the whole list of contents when it opens an archive, and makes an object of some hundred
bytes of every entry: a file of 55 MB that lists one entry a million times takes 400 MB and a quarter of a minute.
"""

from __future__ import annotations

import zipfile
from typing import IO, BinaryIO

DIRECTORY = 1 << 20
"""Most bytes of an archive's list of contents: some 15,000 entries. A recording of 1,000 layers takes 200 kB."""


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
