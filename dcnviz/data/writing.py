"""Files that appear whole or not at all: written beside, then given their name.

A full disk, a crash or a second program that reads in the middle then never meets half of a file, and the one that
was there before stays until the new one is complete.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dcnviz.data.bounded import check_is_file


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """A file open for writing, which takes the place of ``path`` when the block ends well.

    Args:
        path: the file; a link is followed, so that what it points at is replaced. Its folder must be there.

    Raises:
        OSError: naming ``path``, if it cannot be written; nothing new is left behind then.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as file:
    ...         _ = file.write(b"whole")
    ...     [(each.name, each.read_bytes()) for each in Path(folder).iterdir()]
    [('a.txt', b'whole')]
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    with naming(path):
        check_is_file(target)
        try:
            with beside.open("wb") as file:
                yield file
            beside.replace(target)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise


def write_text(path: str | Path, text: str) -> None:
    r"""Writes a text as UTF-8; what UTF-8 cannot hold (the odd file name) is written as ``\udc80``.

    Raises:
        OSError: as :func:`replacing`.
    """
    with replacing(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Gives an error of the system the name of a file: when the disk is full it comes without one.

    Raises:
        OSError: as inside the block, with the name.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno is None:
            raise
        raise OSError(problem.errno, problem.strerror, str(path)) from problem
