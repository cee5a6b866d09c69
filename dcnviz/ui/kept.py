"""Networks of live trainings on disk, for when the server was restarted meanwhile. The latest few, nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcnviz.training import Run

MOST = 20


def folder() -> Path:
    """In the person's own cache, where nobody else writes."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dcnviz" / "trainings"


def keep(key: str, run: Run) -> None:
    """Writes what a training has come to; a server that may not write anywhere keeps nothing."""
    network = run.network()
    if network is None:
        return
    from dataclasses import asdict

    from safetensors import SafetensorError

    from dcnviz.models.checkpoints import write

    path = folder() / f"{key}.safetensors"
    try:
        part = path.with_suffix(".part")
        write(network, part, {**asdict(run.recipe), "steps_taken": run.steps})
        part.replace(path)
        for old in sorted(folder().glob("*.safetensors"), key=lambda each: each.stat().st_mtime)[:-MOST]:
            old.unlink(missing_ok=True)
    except (OSError, SafetensorError):  # the latter for a disk that is full or may not be written
        return


def kept(key: str) -> bytes | None:
    """The checkpoint that was kept under a key, or None."""
    try:
        return (folder() / f"{key}.safetensors").read_bytes()
    except (OSError, ValueError):
        return None
