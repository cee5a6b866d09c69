"""Hands for the lesson in a browser: where things are on the page, dragging, Tab, and asking for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.test_journey import IDLE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

WHERE = """([y, x]) => {
  const find = (root) => root.querySelector("svg.board") ??
    [...root.querySelectorAll("*")].map((each) => each.shadowRoot && find(each.shadowRoot)).find(Boolean);
  const at = new DOMPoint(40 * x, 40 * y).matrixTransform(find(document).getScreenCTM());
  return [at.x, at.y];
}"""
ACTIVE = """(selector) => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return Boolean(active?.matches(selector));
}"""


def open_lesson(context: BrowserContext, url: str) -> tuple[Page, list[str], list[object]]:
    """The page, what went wrong in it, and what went to the server."""
    page = context.new_page()
    errors: list[str] = []
    sent: list[object] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(url)
    page.locator(".st-key-chapter h2").wait_for()
    idle(page)
    return page, errors, sent


def idle(page: Page) -> None:
    """Waits until the script is through; to be called when something of its new run is on the page."""
    page.locator(IDLE).wait_for()


def spot(page: Page, y: float, x: float) -> tuple[float, float]:
    """Where on the page a place of the map is."""
    page.locator("svg.board").wait_for()
    across, down = page.evaluate(WHERE, [y, x])
    return across, down


def drag(page: Page, k: int, y: float, x: float) -> None:
    box = page.locator(f"g.tap[data-k='{k}'] .dot").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(*spot(page, y, x), steps=3)
    page.mouse.up()


def reveal(page: Page, said: str = "Yes.") -> None:
    page.get_by_role("button", name="Show me").click()
    page.get_by_text(said, exact=True).wait_for()


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is there; also inside the toy."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(ACTIVE, selector):
            return
    pytest.fail(f"no Tab leads to {selector}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def reveal_by_key(page: Page, chapter: str) -> None:
    page.locator(f".st-key-reveal-{chapter} button:enabled").wait_for()
    idle(page)
    tab_to(page, f".st-key-reveal-{chapter} button")
    press(page, "Enter")
    page.get_by_text("Yes.", exact=True).wait_for()
    idle(page)
