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
    """Megabytes: resident, and of that its own.

    Its own is what is no file's (the libraries' 300 MB are files'): to count what nobody else shares would be to count
    those, too, whenever no other program has them loaded.
    """

    rss: float
    own: float

    def __str__(self) -> str:
        return f"RSS {self.rss:.0f} MB, own {self.own:.0f} MB"


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
        resident = psutil.Process(self.process.pid).memory_info().rss / MB
        return Memory(resident, _anonymous(self.process.pid) or resident)

    def seconds(self) -> float:
        """Processor time taken so far."""
        return _taken(self.process.pid)

    def others(self) -> float:
        """Processor time that neither the server nor this process took: what is measured while it is high is theirs."""
        machine = psutil.cpu_times()
        return float(machine.user + machine.nice + machine.system) - self.seconds() - _taken(os.getpid())


def _anonymous(process: int) -> float:
    """Megabytes that are no file's, where the system tells (Linux); else 0."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return 1024 * int(found[1]) / MB if found else 0.0


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
