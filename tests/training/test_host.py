"""Trainings outside the page: orders, bounds, ends. One real process; the rest by a worker in this one."""

from __future__ import annotations

import io
import os
import queue
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dcnviz.models import CheckpointError
from dcnviz.training import Host, LiveRecipe, Timeline, TooManyRuns
from dcnviz.training import host as module
from dcnviz.training.host import Run
from dcnviz.training.kept import Kept, default_folder, kept, prune
from dcnviz.training.worker import Worker, listen, receive

RECIPE = LiveRecipe("conv", seconds=None, steps=4, frames=4)
TOKEN = "a" * 22


class Silent:
    """A process that does nothing: what a host sees of one."""

    def __init__(self) -> None:
        self.stdin, self.killed = io.BytesIO(), False
        read, self.write = os.pipe()
        self.stdout = os.fdopen(read, "rb")

    def kill(self) -> None:
        if not self.killed:
            os.close(self.write)
        self.killed = True

    def wait(self) -> int:
        return -9

    @property
    def orders(self) -> list[str]:
        return self.stdin.getvalue().decode().splitlines()[1:]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[Silent]:
    """Hosts start these processes, which are listed."""
    made: list[Silent] = []

    def launch() -> Silent:
        made.append(Silent())
        return made[-1]

    monkeypatch.setattr(module, "_launch", launch)
    monkeypatch.setattr(module, "LOOK", 0.005)
    return made


def until(true: Any) -> None:
    """Waits for something that another thread does."""
    end = time.monotonic() + 240
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)


def worked(recipe: LiveRecipe, folder: Path | None, *orders: str) -> tuple[Worker, list[dict[str, Any]]]:
    """What a worker did on some orders, the last of which it waits for if it pauses."""
    out, waiting = io.BytesIO(), queue.Queue[str]()
    for order in orders:
        waiting.put(order)
    worker = Worker(asdict(recipe), folder and str(folder), TOKEN, waiting, out)
    worker.work()
    out.seek(0)
    messages = []
    while message := receive(out):
        about, packed = message
        messages.append({**about, "frames": Timeline.load(io.BytesIO(packed)).frames if packed else ()})
    return worker, messages


def test_a_worker_tells_every_frame_once_and_how_far_it_is(tmp_path: Path) -> None:
    worker, messages = worked(RECIPE, tmp_path)
    told = [frame.step for message in messages for frame in message["frames"]]
    assert told == [frame.step for frame in worker.training.frames] and told[-1] == 4
    assert [m["steps"] for m in messages] == [0, 1, 2, 3, 4, 4]
    assert {m["state"] for m in messages[:-1]} == {"running"} and messages[-1]["state"] == "finished"
    assert messages[-1]["progress"] == 1
    network, timeline = kept(tmp_path, TOKEN).load()  # type: ignore[union-attr]
    assert timeline is not None and [frame.step for frame in timeline.frames] == told
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.allclose(network(picture), worker.training.network.eval()(picture), atol=1e-4)


def test_a_worker_pauses_steps_and_stops(tmp_path: Path) -> None:
    _, messages = worked(RECIPE, tmp_path, "pause", "step", "step", "stop")
    states = [(m["state"], m["steps"]) for m in messages]
    assert states == [
        ("running", 0),
        ("paused", 0),
        ("running", 1),
        ("paused", 1),
        ("running", 2),
        ("paused", 2),
        ("stopped", 2),
    ]
    assert [frame.step for m in messages for frame in m["frames"]] == [0, 1, 2]
    _, messages = worked(RECIPE, None, "pause", "run")
    assert messages[-1]["state"] == "finished"


def test_a_disk_that_takes_nothing_does_not_end_a_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    _, messages = worked(RECIPE, tmp_path / "file")
    assert messages[-1]["state"] == "finished"
    assert capsys.readouterr().err.count("not kept any more") == 1


def test_the_end_of_the_input_is_an_order_to_stop() -> None:
    orders: queue.Queue[str] = queue.Queue()
    listen(io.StringIO("pause\nrun\n"), orders)
    assert [orders.get() for _ in range(3)] == ["pause", "run", "stop"]


@pytest.mark.timeout(900)  # on a busy machine a process takes long to start
def test_a_real_process_from_start_to_download(tmp_path: Path) -> None:
    host = Host(1, folder=tmp_path)
    run = host.start("one", replace(RECIPE, steps=20_000))
    assert run.state == "starting" and run.timeline() is None
    until(lambda: run.steps > 0 or run.ended)
    run.pause()
    until(lambda: run.state == "paused" or run.ended)
    timeline, steps = run.timeline(), run.steps
    assert timeline is not None and timeline.version == "conv" and run.error == ""
    run.step_once()
    until(lambda: run.state == "paused" and run.steps == steps + 1)
    assert run.timeline().frames[-1].step == steps + 1  # type: ignore[union-attr]
    assert run.network().version == "conv"  # type: ignore[union-attr]
    host.close()
    assert run.state == "stopped" and run.ended and host.running() == 0
    later = Host(folder=tmp_path).kept(run.token)  # as after a restart
    assert isinstance(later, Kept) and later.load()[1].frames[-1].step == run.steps  # type: ignore[union-attr]


def test_no_more_run_than_may(silent: list[Silent], tmp_path: Path) -> None:
    host = Host(2, folder=tmp_path)
    first, second = host.start("one", RECIPE), host.start("two", RECIPE)
    with pytest.raises(TooManyRuns, match="2 trainings run") as refused:
        host.start("three", RECIPE)
    assert (refused.value.running, refused.value.most, host.running()) == (2, 2, 2)
    again = host.start("one", RECIPE)  # one a session: the first makes room
    until(lambda: first.ended)
    assert silent[0].killed and host.get("one") is again and first.state == "stopped"
    silent[1].kill()
    until(lambda: second.ended)
    host.start("three", RECIPE)
    for process in silent:
        process.kill()
    until(lambda: host.running() == 0)


def test_a_run_ends_when_its_session_does_or_nobody_asks(silent: list[Silent], tmp_path: Path) -> None:
    host, there = Host(2, folder=tmp_path), [True]
    run = host.start("one", RECIPE, alive=lambda: there[0])
    time.sleep(0.05)
    assert silent[0].orders == []
    there[0] = False
    until(lambda: silent[0].orders == ["stop"])
    run._stop_by = 0.0  # it does not: patience ends
    until(lambda: silent[0].killed)
    until(lambda: run.state == "stopped")
    Host(2, folder=tmp_path, idle=0.01).start("one", RECIPE)
    until(lambda: silent[1].orders == ["stop"])
    silent[1].kill()


def test_a_process_that_dies_is_a_failed_run_and_nothing_more(silent: list[Silent], tmp_path: Path) -> None:
    run = Host(folder=tmp_path).start("one", RECIPE)
    silent[0].kill()
    until(lambda: run.ended)
    assert run.state == "failed" and "ended unexpectedly (code -9)" in run.error
    run.pause()
    run.stop()  # orders to what is gone are heard by nobody
    assert run.timeline() is None and run.network() is None


def test_ended_runs_are_not_remembered_for_ever(
    silent: list[Silent], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    host, runs = Host(folder=tmp_path), list[Run]()
    for n in range(5):
        runs.append(host.start(str(n), RECIPE))
        silent[-1].kill()
        until(lambda run=runs[-1]: run.ended)
    assert [host.get(str(n)) is not None for n in range(5)] == [False, False, True, True, True]


def test_what_is_kept_is_bounded_in_age_number_and_bytes(tmp_path: Path) -> None:
    for n in range(6):
        file = tmp_path / f"{n}{TOKEN}.npz"
        file.write_bytes(b"x" * 100)
        os.utime(file, (time.time() - 3600 * (6 - n),) * 2)
    (tmp_path / "README.md").write_text("mine")
    prune(tmp_path, hours=5.5)
    assert len(list(tmp_path.glob("*.npz"))) == 5
    prune(tmp_path, files=4)
    prune(tmp_path, most=350)
    assert sorted(path.name[0] for path in tmp_path.glob("*.npz")) == ["3", "4", "5"]
    assert (tmp_path / "README.md").exists()


def test_a_token_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret.safetensors").write_text("x")
    for token in ("../secret", "secret", "", "a" * 22, "a" * 21 + "\n", "/etc/passwd" * 2):
        assert kept(tmp_path, token) is None
    (tmp_path / f"{TOKEN}.safetensors").write_text("damaged")
    found = kept(tmp_path, TOKEN)
    assert found is not None and found.timeline is None
    with pytest.raises(CheckpointError):
        found.load()


def test_the_folder_is_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = default_folder()
    assert folder.parent == tmp_path and default_folder() == folder
    if hasattr(os, "getuid"):
        assert folder.stat().st_mode & 0o777 == 0o700
        folder.rmdir()
        folder.symlink_to(tmp_path)
        with pytest.raises(PermissionError, match="somebody else"):
            default_folder()
