"""A training before a class, in a real Chromium: watched, paused, stopped, scrubbed, opened in the explorer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.hands import PATIENCE
from tests.browser.test_journey import address
from tests.browser.test_pages import open_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
LONG = 4 * PATIENCE  # the training's process makes way for everything else on a busy machine


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 1300}, locale="en-US")
    context.set_default_timeout(LONG)
    yield context
    context.close()


def until(done: Callable[[], bool], page: Page) -> None:
    """Waits for something that grows by and by."""
    end = time.monotonic() + LONG / 1000
    while not done():
        assert time.monotonic() < end, "it did not happen"
        page.wait_for_timeout(100)


def spreads(page: Page) -> list[float]:
    return [float(each.get_attribute("data-spread") or "nan") for each in page.locator(".cells label").all()]


def frame(page: Page, which: str = "frame") -> int:
    return int(page.locator(".player").get_attribute(f"data-{which}") or -1)


def caught_up(page: Page) -> int:
    """The newest frame, when the player has glided there."""
    page.wait_for_timeout(1000)
    until(lambda: frame(page) == frame(page, "last"), page)
    return frame(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_class_watches_a_network_learn(context: BrowserContext, app_url: str) -> None:
    page, errors, frames = open_page(context, f"{app_url}/train?source=live&seconds=20&seed=3&cell=2")
    press(page, "Start training")
    page.locator(".player[data-frame]").wait_for()
    assert spreads(page) == pytest.approx([1, 1, 1, 1], abs=0.01)  # the regular grid
    until(lambda: max(abs(each - 1) for each in spreads(page)) > 0.03, page)
    press(page, "Pause")
    page.get_by_text("Paused after").wait_for()
    before = caught_up(page)
    press(page, "One step")
    until(lambda: frame(page, "last") > before, page)
    press(page, "Stop")
    page.get_by_text("Stopped after").wait_for()
    page.get_by_role("button", name="Start anew").and_(page.locator(":enabled")).wait_for()
    key, last = address(page)["run"], caught_up(page)
    page.wait_for_timeout(500)
    frames.clear()
    slider = page.get_by_role("slider", name="Moment of the training")
    slider.focus()
    seen = {last: spreads(page)}
    for name in ["ArrowLeft"] * 4 + ["Home"]:
        page.keyboard.press(name)
        page.wait_for_timeout(60)
        seen[frame(page)] = spreads(page)
    assert len(seen) >= 5 and seen[0] == pytest.approx([1, 1, 1, 1], abs=0.01) != seen[last]
    assert frames == []  # not a word to the server

    again, more, _ = open_page(context, f"{app_url}/train?source=live&run={key}")  # as if loaded anew
    again.locator(f".player[data-last='{last}']").wait_for()
    again.close()
    press(page, "Open in the explorer")
    page.locator("canvas[data-scale]").wait_for()
    page.get_by_text("trained here").first.wait_for()
    assert address(page)["tab"] == "checkpoint"
    assert errors == more == []
