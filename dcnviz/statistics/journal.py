"""Entries on disk: one JSON line each, so that an interruption costs at most the line being written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from dcnviz.statistics.measure import Entry

PATTERN = "progress-*.jsonl"


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
        path = folder / f"progress-{rank}.jsonl"
        _cut_unfinished(path)
        fresh = not path.exists() or path.stat().st_size == 0
        self._file: TextIO = path.open("a", encoding="utf-8")
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
        self._file.write(json.dumps(value) + "\n")
        self._file.flush()

    def _read(self, path: Path, key: str) -> None:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines()):
            try:
                value = json.loads(line)
            except ValueError:
                continue  # the line that an interruption cut off; its picture is measured again
            if number == 0 and value.get("key") != key:
                raise JournalError(
                    f"{self.folder} holds progress of another model, other settings or another version; take "
                    "another folder, or delete its progress-*.jsonl."
                )
            if "name" in value:
                self.entries[value["name"]] = value


def _cut_unfinished(path: Path) -> None:
    """Takes a line without its end away, so that the next one begins a new line."""
    if path.exists():
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            path.write_bytes(data[: data.rfind(b"\n") + 1])
