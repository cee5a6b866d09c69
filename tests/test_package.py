"""The wheel, built from a clean copy and installed into an empty folder: it has what it needs, and the app starts."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("dcnviz", "assets", ".streamlit", "app.py", "setup.py", "pyproject.toml", "requirements.txt")
DOCUMENTS = ("README.md", "LICENSE")
ALONG = ("icon.png", "images", "checkpoints", "first-view", "timelines")  # the screenshots are the README's
MOST_BYTES = 12_000_000
QUIET = ("-q", "--disable-pip-version-check", "--no-deps")
LOOK = """
import dcnviz, numpy, pathlib, sys
from dcnviz import models
from dcnviz.data.pictures import load_picture
from dcnviz.recording import look
here = pathlib.Path(sys.argv[1])
assert pathlib.Path(dcnviz.__file__).is_relative_to(here), dcnviz.__file__
recording = look(models.load("v2"), load_picture("cat")[:64, :96])
assert numpy.isfinite(recording["blocks.2.layer"].positions.numpy()).all()
print(dcnviz.__version__, *recording)
"""


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def environment(site: Path | None = None) -> dict[str, str]:
    """The tests' own libraries, and the installed package alone before them; none of Streamlit's variables."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("STREAMLIT_", "DCNVIZ_"))
    }
    return kept if site is None else {**kept, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed package."""
    source, wheels, target = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "site"))
    for name in SOURCES + DOCUMENTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    pip("wheel", *QUIET, "--no-build-isolation", "-w", wheels, source)
    pip("install", *QUIET, "--no-compile", "--target", target, *wheels.glob("*.whl"))
    assert sum(path.stat().st_size for path in wheels.iterdir()) < MOST_BYTES
    return target


def test_every_file_of_the_package_goes_along_and_nothing_else(site: Path) -> None:
    own = {
        name
        for name in files(ROOT / "dcnviz")
        if name.endswith((".py", ".js", ".css", ".html")) and "__pycache__" not in name
    }
    assets = {name for name in files(ROOT / "assets") if name.split("/")[0] in ALONG}
    wanted = own | {f"_assets/{name}" for name in assets} | {"_app/app.py", "_app/.streamlit/config.toml"}
    assert files(site / "dcnviz") == wanted
    assert (site / "dcnviz/_app/.streamlit/config.toml").read_bytes() == (
        ROOT / ".streamlit/config.toml"
    ).read_bytes()
    others = {path.name for path in site.iterdir()} - {"dcnviz"}
    assert len(others) == 1 and others.pop().endswith(".dist-info")


def test_it_names_what_it_needs(site: Path) -> None:
    (metadata,) = site.glob("*.dist-info/METADATA")
    needed = set(re.findall(r"^Requires-Dist: (\S+)$", metadata.read_text(encoding="utf-8"), re.MULTILINE))
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert needed == {line for line in lines if line and not line.startswith("#")}


def test_a_bundled_network_looks_at_a_bundled_picture(site: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(site)],
        cwd=tmp_path,
        env=environment(site),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "blocks.2.layer" in done.stdout


@pytest.fixture(scope="module")
def address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of ``python -m dcnviz`` from the installed package, started in a folder that has nothing to do with it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with (folder / "log.txt").open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "dcnviz"],
            cwd=folder,
            env={
                **environment(site),
                "STREAMLIT_SERVER_PORT": "0",
                "STREAMLIT_SERVER_HEADLESS": "true",
                "STREAMLIT_SERVER_ALLOWED_HOSTS": "a.example b.example",
            },
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        found, deadline = None, time.monotonic() + 150
        while not found and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            found = re.search(r"URL: http://localhost:(\d+)", (folder / "log.txt").read_text())
        assert found, (folder / "log.txt").read_text()
        yield f"http://127.0.0.1:{found[1]}"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        ended = server.wait(90)
    assert ended == 0, (folder / "log.txt").read_text()


def test_the_app_starts_with_the_settings_of_the_project(address: str) -> None:
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=60) as answer:
        assert answer.read() == b"ok"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    with urllib.request.urlopen(f"{address}/_stcore/host-config", timeout=60) as answer:
        assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("b.example", "http://b.example", 101),
        ("b.example", "http://elsewhere.example", 403),
        ("localhost", "http://localhost", 403),
        ("elsewhere.example", "http://elsewhere.example", 403),
    ],
)
def test_allowed_hosts_may_come_by_the_environment(address: str, host: str, origin: str, status: int) -> None:
    port = int(address.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert line.recv(200).split()[1] == str(status).encode()


def test_the_settings_are_those_that_keep_the_app_to_this_machine() -> None:
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
