"""Work divided among machines that share no folder but the pictures: two threads stand for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dcnviz.data.labelled import write_scenes
from dcnviz.statistics import Ranks, Settings, collect
from dcnviz.statistics.journal import Journal
from dcnviz.statistics.measure import Measure

SETTINGS = Settings("v1")


class Threads(Ranks):
    """Ranks that meet in a list instead of a network."""

    def __init__(self, rank: int, table: list[Any], barrier: threading.Barrier) -> None:
        super().__init__(rank, len(table))
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "barrier", barrier)

    def gather(self, mine: Any) -> list[Any]:
        self.table[self.rank] = mine  # type: ignore[attr-defined]
        self.barrier.wait(60)  # type: ignore[attr-defined]
        everyone = list(self.table)  # type: ignore[attr-defined]
        self.barrier.wait(60)  # type: ignore[attr-defined]
        return everyone

    def bring(self, mine: Any) -> list[Any]:
        everyone = self.gather(mine)
        return [] if self.rank else everyone


def together(folder: Path, outs: list[Path]) -> list[list[dict[str, Any]]]:
    table: list[Any] = [None] * len(outs)
    barrier = threading.Barrier(len(outs))
    with ThreadPoolExecutor(len(outs)) as pool:
        runs = [
            pool.submit(collect, SETTINGS, folder, out, ranks=Threads(n, table, barrier))
            for n, out in enumerate(outs)
        ]
        return [run.result() for run in runs]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pictures")
    write_scenes(made, 5)
    return made


@pytest.fixture(scope="module")
def alone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return collect(SETTINGS, folder, tmp_path_factory.mktemp("alone"))


def test_each_machine_has_its_own_progress_and_the_first_all_entries(folder, alone, tmp_path) -> None:
    outs = [tmp_path / "a", tmp_path / "b"]
    first, second = together(folder, outs)
    assert first == alone and second == []
    lines = [len((out / f"progress-{n}.jsonl").read_text().splitlines()) for n, out in enumerate(outs)]
    assert lines == [1 + 3, 1 + 2]


def test_progress_of_one_machine_is_known_to_the_others(folder, alone, tmp_path, monkeypatch) -> None:
    """Three entries lie on the second machine only; the other two are measured, and no more."""
    with Journal(tmp_path / "b", 7, Measure(SETTINGS, folder).key()) as journal:
        for entry in alone[1:4]:
            journal.write(entry)
    measured: list[str] = []
    original = Measure.__call__

    def count(self: Measure, name: str) -> dict[str, Any]:
        measured.append(name)
        return original(self, name)

    monkeypatch.setattr(Measure, "__call__", count)
    first, _ = together(folder, [tmp_path / "a", tmp_path / "b"])
    assert first == alone
    assert sorted(measured) == [alone[0]["name"], alone[4]["name"]]


def test_a_shared_folder_gives_no_entry_twice(folder, alone, tmp_path) -> None:
    collect(SETTINGS, folder, tmp_path)
    first, _ = together(folder, [tmp_path, tmp_path])
    assert first == alone


def test_machines_that_see_different_pictures(folder, tmp_path) -> None:
    class Other(Ranks):
        def gather(self, mine: Any) -> list[Any]:
            return [mine, (["another.png"], mine[1])]

    with pytest.raises(ValueError, match="the processes see different"):
        collect(SETTINGS, folder, tmp_path, ranks=Other(0, 2))
