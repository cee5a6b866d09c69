"""Live trainings and their server, in a real Chromium: one a visitor, a bounded number, a server that dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import pytest

from dcnviz.training.host import MOST
from dcnviz.ui.parts.own_recording import plain
from dcnviz.ui.texts import LANGUAGES
from tests.browser.conftest import _stop, _wait_for, start
from tests.browser.test_journey import address
from tests.browser.test_train import LONG

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LONG_TOO = "DCNVIZ_LONG_TESTS"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(
        os.environ.get(LONG_TOO) != "1",
        reason=f"takes half a minute and a server of its own: set {LONG_TOO}=1",
    ),
]
WORDS = LANGUAGES["en"].train


def visitor(chromium: Browser, url: str) -> Page:
    """A browser of one's own on the page Train."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(LONG)
    page = context.new_page()
    page.goto(url)
    return page


def begin(page: Page) -> None:
    page.get_by_role("button", name=WORDS.begin, exact=True).click()


def test_visitors_share_a_server_that_then_dies(chromium: Browser, tmp_path: Path) -> None:
    log, kept = tmp_path / "log.txt", {"TMPDIR": str(tmp_path)}
    pages: list[Page] = []
    server = start(log, **kept)
    try:
        url = _wait_for(server, log)
        pages = [visitor(chromium, f"{url}/train?source=live&seconds=120&seed={n}") for n in range(MOST + 1)]
        for page in pages:
            begin(page)
            page.wait_for_url("**run=**") if page is not pages[-1] else None
        pages[-1].get_by_text(WORDS.full.format(running=MOST, most=MOST)).wait_for()
        assert "run" not in address(pages[-1])
        tokens = [address(page)["run"] for page in pages[:MOST]]
        assert len(set(tokens)) == MOST

        pages[-1].goto(f"{url}/train?source=live&run={tokens[0]}")  # a link to somebody else's
        pages[-1].get_by_text(WORDS.watching).wait_for()
        assert pages[-1].get_by_role("button", name=WORDS.stop).is_disabled()
        for page in pages[:MOST]:
            page.locator(".player[data-frame]").wait_for()
            assert page.get_by_role("button", name=WORDS.begin_again).is_disabled(), "one training a visitor"

        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        server = start(log, str(urlparse(url).port), **kept)
        assert _wait_for(server, log) == url
        pages[0].get_by_text(
            WORDS.gone_kept
        ).wait_for()  # of itself, as soon as the browser is connected again
        pages[0].locator(".player[data-frame]").wait_for()
        pages[0].get_by_role("button", name=WORDS.open).click()
        pages[0].get_by_text(plain(WORDS.kept_name.format(version="v2"))).first.wait_for()
        assert address(pages[0])["tab"] == "checkpoint"
    finally:
        _stop(server)
        for page in pages:
            page.context.close()
