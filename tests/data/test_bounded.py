"""Archives whose list of contents is the bomb."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from dcnviz.data.bounded import DIRECTORY, DirectoryError, open_zip
from dcnviz.models import CheckpointError, read_given
from dcnviz.recording import Recording
from dcnviz.ui.recorded import RefusedError, read_upload
from tests.memory import grown


def listing(count: int) -> bytes:
    """An archive that lists its one entry, manifest.npy, many times."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manifest.npy", b"x")
    data = made.getvalue()
    start, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry, body = data[start:end], data[:start]
    size, at = len(entry) * count, len(body) + len(entry) * count
    wide = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    where = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    last = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    return body + entry * count + wide + where + last


def test_what_lists_little_is_opened() -> None:
    with open_zip(io.BytesIO(listing(1000))) as archive:
        assert len(archive.infolist()) == 1000 and archive.read("manifest.npy") == b"x"


def test_a_long_list_takes_no_memory() -> None:
    """A million entries, 55 MB, took 400 MB and 14 s."""
    data = listing(200_000)
    assert len(data) > 10 * DIRECTORY
    with grown() as memory:
        with pytest.raises(DirectoryError, match="longer than 1024 kB"):
            open_zip(io.BytesIO(data))
        with pytest.raises(CheckpointError) as refused:
            read_given(data)
        with pytest.raises(RefusedError) as page:
            read_upload(data, "mine.npz")
        with pytest.raises(ValueError, match="damaged"):
            Recording.load(io.BytesIO(data))
    assert (refused.value.code, page.value.code) == ("damaged", "too_large")
    assert memory.peak < 40


def test_what_is_no_archive_raises_as_zipfile_does() -> None:
    for data in (b"", b"PK", b"hello" * 100, listing(3)[:-1]):
        with pytest.raises(zipfile.BadZipFile):
            open_zip(io.BytesIO(data))
