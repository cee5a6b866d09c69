"""What live trainings left on the server's disk: the last network and timeline of each, for a while.

Whoever knows the token of a training, which nobody can guess, gets them back, also after the server was restarted.
The folder is the user's own among the temporary ones, and bounded in age, number and bytes.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from dcnviz.models.checkpoints import read, write
from dcnviz.models.network import Network
from dcnviz.training.timeline import Timeline

HOURS = 24.0
MOST_FILES, MOST_BYTES = 128, 64 << 20
NETWORK, TIMELINE = ".safetensors", ".npz"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class Kept:
    """One training's files.

    Attributes:
        network: a checkpoint in the form of the shipped ones.
        timeline: what :meth:`dcnviz.training.Timeline.save` wrote, or None if it came to none.
    """

    network: Path
    timeline: Path | None

    def load(self) -> tuple[Network, Timeline | None]:
        """Both as values; the network in eval mode.

        Raises:
            CheckpointError: if the network's file is damaged.
            TimelineError: if the other is.
        """
        return read(self.network), Timeline.load(self.timeline) if self.timeline else None


def default_folder() -> Path:
    """Among the temporary folders, and of this user alone.

    Raises:
        PermissionError: if somebody else has made a folder of that name.
    """
    owner = os.getuid() if hasattr(os, "getuid") else 0  # elsewhere temporary folders are each user's own
    folder = Path(tempfile.gettempdir()) / f"dcnviz-trainings-{owner}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and (folder.is_symlink() or folder.stat().st_uid != owner):
        raise PermissionError(f"{folder} belongs to somebody else; remove it, or set TMPDIR.")
    return folder


def keep(folder: Path, token: str, network: Network, timeline: Timeline) -> None:
    """Writes both; each file appears whole or not at all, and what was there before is replaced.

    Args:
        folder: that is there.
        token: of the training.
        network: to be written as it is.
        timeline: goes with it.
    """
    for ending, save in ((NETWORK, lambda path: write(network, path, {})), (TIMELINE, timeline.save)):
        part = folder / f"{token}{ending}.part"
        save(part)
        part.replace(folder / f"{token}{ending}")


def kept(folder: Path, token: str) -> Kept | None:
    """The files of a training, or None if there are none (any more). The token may be anything a stranger sends.

    >>> kept(Path("anywhere"), "../../etc/passwd") is None
    True
    """
    if not _TOKEN.fullmatch(token):
        return None
    network, timeline = (folder / f"{token}{ending}" for ending in (NETWORK, TIMELINE))
    return Kept(network, timeline if timeline.is_file() else None) if network.is_file() else None


def prune(folder: Path, *, hours: float = HOURS, files: int = MOST_FILES, most: int = MOST_BYTES) -> None:
    """Removes what is too old, then the oldest until number and bytes are within their bounds."""
    found = []
    for path in folder.iterdir():
        if path.is_file() and _TOKEN.fullmatch(path.name.partition(".")[0]):
            about = path.stat()
            found.append((about.st_mtime, about.st_size, path))
    oldest, count, total = time.time() - 3600 * hours, 0, 0
    for when, size, path in sorted(found, reverse=True):
        count, total = count + 1, total + size
        if when < oldest or count > files or total > most:
            path.unlink(missing_ok=True)
