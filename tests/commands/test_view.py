"""``python -m dcnviz view``: the file reaches the app by the environment alone; what cannot be shown is said first."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from dcnviz.__main__ import main
from dcnviz.commands import app
from dcnviz.ui import given, serving


def recording(folder: Path) -> Path:
    path = folder / "mine.npz"
    np.savez(path, manifest=np.array("{}"))
    return path


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.npz", None, "No such file"),
        ("a.npz", b"", "is not an NPZ file"),
        ("a.npz", b"\x89PNG", "is not an NPZ file"),
        ("a.npz", "npz", "is not a recording of dcnviz"),
    ],
)
def test_what_is_no_recording_is_said_before_a_server_starts(
    name: str, content: object, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if content == "npz":
        np.savez(path, a=np.ones(3))
    elif isinstance(content, bytes):
        path.write_bytes(content)
    assert main(["view", str(path)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "x", "9" * 3000])
def test_a_port_that_is_none_is_refused(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["view", str(recording(tmp_path)), f"--port={port}"])
    assert "must be a whole number from 0 to 65,535" in capsys.readouterr().err


def test_the_file_goes_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(given.VARIABLE, "")  # put back afterwards
    seen = []
    monkeypatch.setattr(serving, "serve", lambda *found: seen.append(found) or 0)
    file = recording(tmp_path).relative_to(tmp_path)
    assert main(["view", str(file), "--port=8600", "--no-browser"]) == 0
    assert seen == [(app.entry(), {"server.port": "8600", "server.headless": "true"})]
    assert given.given_file() == tmp_path / "mine.npz"


def test_without_a_file_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(given.VARIABLE, raising=False)
    assert given.given_file() is None


def test_the_server_answers_and_ends_with_its_terminal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dcnviz", "view", str(recording(tmp_path)), "--port=0", "--no-browser"]
    with (tmp_path / "log.txt").open("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            found = None
            deadline = time.monotonic() + 150
            while not found and time.monotonic() < deadline:
                time.sleep(0.1)
                found = re.search(r"URL: http://[\w.]+:(\d+)", Path(log.name).read_text())
            assert found
            with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/_stcore/health", timeout=60) as answer:
                assert isinstance(answer, io.IOBase) and answer.read() == b"ok"
        finally:
            os.killpg(process.pid, signal.SIGINT)
        assert process.wait(90) == 0
