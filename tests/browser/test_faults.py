"""The server dies, the network goes, the home cannot be written, nothing outside answers: and the page stays.

One server for all of it, started in a home that is not there, with a guard in it that writes down whom it calls.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import ROOT, _stop, _wait_for
from tests.browser.hands import PATIENCE
from tests.browser.test_journey import address, canvas, panel, point, segment, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

GUARD = """
import os, sys
def _write_down(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["CALLS"], "a") as file:
            file.write(f"{event} {args[1:] if event in ('socket.connect', 'socket.sendto') else args}\\n")
sys.addaudithook(_write_down)
_write_down("socket.connect", (None, "the guard stands, for 127.0.0.1"))
"""
LOCAL = ("127.0.0.1", "localhost", "'::1'", "None")


class Server:
    """The app, on one port, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls, self.port = folder, folder / "calls.txt", "0"
        (folder / "sitecustomize.py").write_text(GUARD)
        self.calls.touch()

    def start(self) -> str:
        log = self.folder / "log.txt"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MPL"))}
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dcnviz", "app", "--no-browser", f"--port={self.port}"],
                cwd=ROOT,
                env={
                    **kept,
                    "HOME": "/proc/nobody",
                    "PYTHONPATH": str(self.folder),
                    "CALLS": str(self.calls),
                },
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        url = _wait_for(self.process, log)
        self.port = str(urlparse(url).port)
        return url

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"))
    yield made
    _stop(made.process)


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def give_picture(page: Page) -> None:
    """A picture that only this session has."""
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    page.get_by_role("button", name="Picture: ").click()
    segment(page, "Where from", "Upload")
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    panel(page).get_by_text("Cell (25, 38)").wait_for()
    page.keyboard.press("Escape")
    settle(page)


def test_faults_one_after_another(page: Page, server: Server) -> None:
    hosts: set[str | None] = set()
    errors: list[str] = []
    page.context.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    page.on("pageerror", lambda error: errors.append(str(error)))

    # The network goes for some seconds: the session is the same.
    page.goto(f"{server.start()}/?picture=scene-4&at=40,52&layer=1&version=v1")
    panel(page).wait_for()
    settle(page)
    give_picture(page)
    page.context.set_offline(True)
    page.wait_for_timeout(3000)
    page.context.set_offline(False)
    page.wait_for_timeout(1500)
    settle(page)
    segment(page, "Operator", "v2")
    panel(page).get_by_text("Cell (25, 38)").wait_for()
    assert page.get_by_role("button", name="Picture: Your picture").is_visible()
    assert address(page)["picture"] == "own" and address(page)["version"] == "v2"

    # The server dies, and comes again at the same address: a bundled picture's view is restored by it.
    page.goto(f"http://127.0.0.1:{server.port}/?picture=scene-4&at=40,52&layer=1&version=v1")
    panel(page).get_by_text("Cell (10, 13) of layer 1").wait_for()
    settle(page)
    point(page, 80, 120, click=True)
    panel(page).get_by_text("Cell (20, 30) of layer 1").wait_for()
    settle(page)
    before, said = page.url, panel(page).inner_text()
    server.kill()
    page.wait_for_timeout(1000)
    assert canvas(page).is_visible()  # what was painted stays, and is still pointed at
    server.start()
    page.wait_for_timeout(1000)
    page.reload()
    panel(page).get_by_text("Cell (20, 30) of layer 1").wait_for()
    settle(page)
    assert page.url == before and panel(page).inner_text() == said

    # Every page, in this home: painted, with figures, and nobody outside was asked by the page or by the server.
    for path, wanted in (
        ("?picture=scene-4&at=40,52&layer=2&deep=field", "text=Half of all influence"),
        ("compare?picture=scene-4&at=40,52", "text=receptive field, pixels"),
        ("model?tab=lines", "[data-testid=stCode]"),
        ("learn?chapter=between", ".st-key-chapter canvas, .st-key-chapter svg"),
        ("train", "h1"),
    ):
        page.goto(f"http://127.0.0.1:{server.port}/{path}")
        page.locator(wanted).first.wait_for()
        page.wait_for_timeout(1500)  # not until it is idle: a page may go on by itself
        assert page.get_by_text("could not use its disk").count() == 0
    assert errors == []
    assert hosts - {None, ""} == {"127.0.0.1"}
    called = server.calls.read_text().splitlines()
    assert sum("the guard stands" in line for line in called) >= 2  # in each of the two servers
    assert [line for line in called if not any(name in line for name in LOCAL)] == []
