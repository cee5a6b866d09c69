"""All pictures of a folder, divided among processes, each kept when it is done."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from dcnviz.data.labelled import files_of, pictures_in
from dcnviz.statistics.journal import Journal
from dcnviz.statistics.measure import Entry, Measure, Settings, hash_of
from dcnviz.statistics.ranks import Ranks

Progress = Callable[[int, int], None]
"""Called with (pictures done, pictures to do in this process)."""


def collect(
    settings: Settings,
    folder: Path,
    out: Path,
    *,
    workers: int = 1,
    ranks: Ranks | None = None,
    progress: Progress | None = None,
) -> list[Entry]:
    """Measures what has not been measured yet, and gives every picture's entry, in order of names.

    Under several ranks only the first one gets them; the others get nothing.

    Args:
        settings: model and bins.
        folder: of the pictures; the same on every machine.
        out: where progress is kept. Machines may share it, or have one each.
        workers: processes of this one's pool; 1 works in this process.
        ranks: this process among others that call the same; None: it is alone.
        progress: told after every picture.

    Raises:
        ValueError: if there are no pictures, the model cannot be used, ``out`` holds another measurement, or the
            processes see different pictures or models.
        OSError: if ``out`` cannot be written.
    """
    ranks = Ranks() if ranks is None else ranks
    names = pictures_in(folder, without=out)
    if not names:
        raise ValueError(f"there are no pictures in {folder}.")
    measure = Measure(settings, folder)
    key = measure.key()
    if len({(tuple(n), k) for n, k in ranks.gather((names, key))}) > 1:
        raise ValueError("the processes see different pictures, models or versions; they must be the same.")
    with Journal(out, ranks.rank, key) as journal:
        # Who has what: progress may lie in a folder that all share, or on each machine its own.
        layers = set(measure.network.maps_to_picture())
        own = {n: e for n, e in journal.entries.items() if "error" in e or set(e["layers"]) == layers}
        held = ranks.gather(_current(own, names, folder))
        keeper = {name: rank for rank in reversed(range(ranks.world)) for name in held[rank]}
        mine = ranks.share([name for name in names if name not in keeper])
        if progress:
            progress(0, len(mine))
        for count, entry in enumerate(_measured(measure, mine, workers), start=1):
            journal.write(entry)
            if progress:
                progress(count, len(mine))
        kept = [name for name, rank in keeper.items() if rank == ranks.rank]
        parts = ranks.bring([journal.entries[name] for name in (*kept, *mine)])
    return sorted((entry for part in parts for entry in part), key=lambda entry: str(entry["name"]))


def _current(entries: dict[str, Entry], names: list[str], folder: Path) -> list[str]:
    """Names of the pictures whose entry is still true: neither they nor their maps have changed."""
    current = []
    for name in names:
        entry = entries.get(name)
        if entry is None:
            continue
        try:
            same = hash_of(files_of(folder / name)) == entry["hash"]
        except OSError:
            same = False
        if same:
            current.append(name)
    return current


def _measured(measure: Measure, names: list[str], workers: int) -> Iterator[Entry]:
    """Entries as they come, in any order."""
    workers = min(workers, len(names))
    if workers <= 1:
        yield from map(measure, names)
        return
    # Not forked: torch's threads would not survive that.
    pool = ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(measure.settings, measure.folder),
    )
    try:
        for future in as_completed([pool.submit(_one, name) for name in names]):
            yield future.result()
    except BrokenProcessPool as problem:
        raise ValueError(
            "a worker process ended before its time; is there enough memory? --workers 1 needs least."
        ) from problem
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_measure: Measure | None = None  # of a worker process


def _begin(settings: Settings, folder: Path) -> None:
    """In a new worker: Ctrl-C is for the process that gave the work."""
    global _measure
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _measure = Measure(settings, folder)


def _one(name: str) -> Entry:
    assert _measure is not None, "a pool calls _begin first"
    return _measure(name)
