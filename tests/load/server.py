"""The app in a process of its own, and how much memory it has."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
MB = 1e6


@dataclass(frozen=True)
class Memory:
    """Megabytes: resident (with what it shares), and its own alone."""

    rss: float
    uss: float

    def __str__(self) -> str:
        return f"RSS {self.rss:.0f} MB, own {self.uss:.0f} MB"


@dataclass(frozen=True)
class Server:
    """A running app."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

    def memory(self) -> Memory:
        """As it is now."""
        full = psutil.Process(self.process.pid).memory_full_info()
        return Memory(full.rss / MB, full.uss / MB)

    def seconds(self) -> float:
        """Processor time taken so far."""
        return _taken(self.process.pid)

    def others(self) -> float:
        """Processor time that neither the server nor this process took: what is measured while it is high is theirs."""
        machine = psutil.cpu_times()
        return float(machine.user + machine.nice + machine.system) - self.seconds() - _taken(os.getpid())


def _taken(process: int) -> float:
    times = psutil.Process(process).cpu_times()
    return float(times.user + times.system)


@contextmanager
def serving(log: Path, *, settings: dict[str, str] | None = None) -> Iterator[Server]:
    """Starts the app on a port that the system chooses, and ends it after the block."""
    options = {"server.port": "0", "server.headless": "true", **(settings or {})}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    command += [f"--{name}={value}" for name, value in options.items()]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        yield Server(process, _port(process, log), log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"URL: http://[\w.]+:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.02)
    raise SystemExit(f"the app did not start:\n{log.read_text()}")
