"""A real Chromium, and the real app, for the tests that need them.

Without a Chromium these tests are skipped with a word on how to get one; where they must run (set
``DCNVIZ_REQUIRE_BROWSER=1``), its absence is a failure. ``DCNVIZ_CHROMIUM`` names another executable.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",  # a made camera that nobody has to allow
    "--use-fake-device-for-media-stream",
)
GET_ONE = (
    "no Chromium found: install one (Debian and Ubuntu: apt install chromium) and playwright, "
    "or name its executable in DCNVIZ_CHROMIUM"
)
START_SECONDS = 120.0


def find_chromium() -> str | None:
    """Path of the browser to use, or None."""
    named = os.environ.get("DCNVIZ_CHROMIUM")
    return next((path for name in ([named] if named else NAMES) if (path := shutil.which(name))), None)


def _missing(reason: str) -> None:
    if os.environ.get("DCNVIZ_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless browser for the session; each test opens its own context or page in it."""
    path = find_chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        _missing(GET_ONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app, started for the session on a port that the system chose."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    server = start(log)
    try:
        yield _wait_for(server, log)
    finally:
        _stop(server)


def start(log: Path, port: str = "0", **environment: str) -> subprocess.Popen[bytes]:
    """Starts a server of the app; what it prints goes into the file."""
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    command += [f"--{name}={value}" for name, value in options.items()]
    with log.open("w") as out:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **environment},
        )


def _wait_for(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text()
        if server.poll() is not None:
            pytest.fail(f"the app ended with code {server.returncode} before it answered:\n{text}")
        port = re.search(r"URL: http://[\w.]+:(\d+)", text)
        if port and _healthy(address := f"http://127.0.0.1:{port[1]}"):
            return address
        time.sleep(0.1)
    pytest.fail(f"the app did not answer within {START_SECONDS:.0f} s:\n{log.read_text()}")


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=20) as answer:
            return bool(answer.read() == b"ok")
    except (urllib.error.URLError, OSError):
        return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is not None:
        return
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
