"""Entries on disk: one JSON line each, so that an interruption costs at most the line being written."""

from __future__ import annotations

import json
import os
from io import FileIO
from pathlib import Path

from dcnviz.data.bounded import open_file, parse_object
from dcnviz.data.writing import naming
from dcnviz.statistics.measure import Entry, is_whole

PATTERN = "progress-*.jsonl"
LINE = 1 << 24
"""Most bytes of a line; that of a picture with three layers takes 4,000."""


class JournalError(ValueError):
    """A journal of another measurement; the message says what to do."""


class Journal:
    """Appends entries to one file of a folder, and reads those of all files there.

    Args:
        folder: made if missing.
        rank: number of the process that writes; each has its own file.
        key: of the measurement.

    Raises:
        JournalError: if the folder holds the progress of another measurement.
        OSError: if it cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Journal(Path(folder), 0, "k") as journal:
    ...         journal.write({"name": "a.png", "hash": "h", "error": "broken"})
    ...     with Journal(Path(folder), 1, "k") as journal:
    ...         sorted(journal.entries)
    ['a.png']
    """

    def __init__(self, folder: Path, rank: int, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.entries: dict[str, Entry] = {}
        for path in sorted(folder.glob(PATTERN)):
            self._read(path, key)
        self._path = folder / f"progress-{rank}.jsonl"
        _cut_unfinished(self._path)
        fresh = not self._path.exists() or self._path.stat().st_size == 0
        self._file: FileIO = self._path.open("ab", buffering=0)
        if fresh:
            self._line({"key": key})

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *problem: object) -> None:
        self._file.close()

    def write(self, entry: Entry) -> None:
        """Keeps an entry; it is on its way to the disk when this returns."""
        self.entries[entry["name"]] = entry
        self._line(entry)

    def _line(self, value: Entry) -> None:
        line = (json.dumps(value) + "\n").encode()
        with naming(self._path):
            while line:  # a disk may have room for a part of it
                line = line[self._file.write(line) :]

    def _read(self, path: Path, key: str) -> None:
        with open_file(path) as file:
            first = _parsed(file.readline(LINE))
            if first is not None and first.get("key") != key:
                raise JournalError(
                    f"{self.folder} holds progress of another model, other settings or another version; take "
                    "another folder, or delete its progress-*.jsonl."
                )
            while line := file.readline(LINE):
                value = _parsed(line)
                if value is not None and is_whole(value):
                    self.entries[value["name"]] = value


def _parsed(line: bytes) -> Entry | None:
    """None for a line that an interruption cut off, or somebody spoiled; its picture is measured again."""
    try:
        return parse_object(line.decode("utf-8"), "a line")
    except ValueError:
        return None


def _cut_unfinished(path: Path) -> None:
    """Takes a line without its end away, so that the next one begins a new line; needs no room on the disk."""
    if not path.exists():
        return
    whole = 0
    with open_file(path) as file:
        while line := file.readline(LINE):
            whole += len(line) if line.endswith(b"\n") or len(line) == LINE else 0
    os.truncate(path, whole)
