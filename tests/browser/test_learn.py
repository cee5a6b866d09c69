"""The whole lesson as a learner goes through it in a real Chromium: by mouse, and again by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dcnviz.ui.texts import LANGUAGES
from tests.browser.test_journey import IDLE, PATIENCE, address

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

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


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 1300}, locale="en-US", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def open_lesson(context: BrowserContext, url: str) -> tuple[Page, list[str], list[object]]:
    """The page, what went wrong in it, and what went to the server."""
    page = context.new_page()
    errors: list[str] = []
    sent: list[object] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(url)
    page.locator("svg.board").wait_for()
    idle(page)
    return page, errors, sent


def idle(page: Page) -> None:
    """Waits until the script is through; to be called when something of its new run is on the page."""
    page.locator(IDLE).wait_for()


def spot(page: Page, y: float, x: float) -> tuple[float, float]:
    """Where on the page a place of the map is."""
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


def complete(page: Page, done: int) -> None:
    page.get_by_text("Chapter complete.").wait_for()
    page.get_by_text(f"{done} of 5 chapters complete").wait_for()


def turn(page: Page, title: str) -> None:
    page.get_by_role("button", name="Next").click()
    page.get_by_role("heading", name=title).wait_for()
    idle(page)


def test_the_lesson_by_mouse(context: BrowserContext, chromium: Browser, app_url: str) -> None:
    page, errors, sent = open_lesson(context, f"{app_url}/learn")
    page.mouse.click(*spot(page, 1, 5))
    reveal(page)
    for name, value in [("dilation", 2), ("stride", 1), ("padding", 2)]:
        page.locator(f"input[data-name={name}]").fill(str(value))
    complete(page, 1)

    turn(page, "2. Let each look move")
    page.get_by_text("by the same offsets").click()
    reveal(page)
    for n, k in enumerate((0, 3, 6)):
        drag(page, k, 4 + 0.5 * n, 2.1 + 0.4 * n)
    complete(page, 2)

    turn(page, "3. Between the pixels")
    guess = page.get_by_test_id("stNumberInputField")
    guess.fill("4.4")
    guess.press("Enter")
    reveal(page, "Close: it is 4.50.")
    idle(page)
    page.mouse.move(*spot(page, 1.25, 1.5))
    page.mouse.down()
    sent.clear()
    for n in range(8):
        page.mouse.move(*spot(page, 1.5 + n / 8, 1.5))
    page.get_by_text("(2.").first.wait_for()  # the toy followed
    assert sent == [], "the server heard of it while the hand moved"
    page.mouse.move(*spot(page, 2.5, 1.5))
    page.mouse.up()
    complete(page, 3)

    turn(page, "4. How an offset learns")
    page.get_by_text("the middle column, on the slope").click()
    reveal(page)
    for _ in range(4):
        page.get_by_role("button", name="One step uphill").click()
    drag(page, 0, 0.3, 4.6)
    drag(page, 3, 2.2, 4.6)
    complete(page, 4)

    turn(page, "5. How much each look counts")
    page.get_by_text("tap 5: it stands on the brightest pixel").click()
    reveal(page, "Not quite. The right answer: tap 4: it is drawn strongest.")
    for k in (2, 5, 6):
        page.get_by_label(f"Mask of tap {k}").fill("0")
        page.get_by_label(f"Mask of tap {k}").press("Enter")
    complete(page, 5)
    page.get_by_text(LANGUAGES["en"].learn.all_done).wait_for()
    assert address(page) == {"chapter": "masks", "lang": "en"}
    assert errors == []

    other = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    other.set_default_timeout(PATIENCE)
    fresh, fresh_errors, _ = open_lesson(other, page.url.replace("lang=en", "lang=zh"))
    fresh.get_by_role("heading", name="5. 每个采样点算多少").wait_for()
    assert fresh.evaluate("document.documentElement.scrollWidth") <= 390
    assert fresh_errors == []
    other.close()


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


def turn_by_key(page: Page, title: str) -> None:
    idle(page)
    tab_to(page, ".st-key-forward button")
    press(page, "Enter")
    page.get_by_role("heading", name=title).wait_for()
    idle(page)


def test_the_lesson_by_keyboard_alone(context: BrowserContext, app_url: str) -> None:
    page, errors, _ = open_lesson(context, f"{app_url}/learn?lang=en")
    tab_to(page, ".guess")
    press(page, *["ArrowUp"] * 5, "ArrowLeft")
    reveal_by_key(page, "grid")
    tab_to(page, "input[data-name=stride]")
    press(page, "ArrowLeft", "Tab", "ArrowRight", "Tab", "ArrowRight")
    complete(page, 1)

    turn_by_key(page, "2. Let each look move")
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space")
    reveal_by_key(page, "offsets")
    tab_to(page, "g.tap")
    for k in (0, 3, 6):
        press(page, str(k), "Shift+ArrowRight", "ArrowRight", "ArrowRight")
    press(page, "6", "ArrowUp", "ArrowUp", "ArrowUp", "0", "ArrowDown", "ArrowDown")
    complete(page, 2)

    turn_by_key(page, "3. Between the pixels")
    tab_to(page, "[data-testid=stNumberInput] input")
    page.keyboard.type("4.5")
    press(page, "Enter")
    reveal_by_key(page, "between")
    tab_to(page, "g.tap")
    press(page, "Shift+ArrowDown", "ArrowDown")
    complete(page, 3)

    turn_by_key(page, "4. How an offset learns")
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space", "ArrowDown")
    reveal_by_key(page, "gradient")
    tab_to(page, "g.tap")
    for k in (0, 3, 6):
        press(page, str(k), *["Shift+ArrowRight"] * 3)
    complete(page, 4)

    turn_by_key(page, "5. How much each look counts")
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space", "ArrowDown")
    reveal_by_key(page, "masks")
    for k in (2, 5, 6):
        tab_to(page, f"input[aria-label='Mask of tap {k}']")
        press(page, "Control+a", "0", "Enter")
    complete(page, 5)
    assert errors == []
