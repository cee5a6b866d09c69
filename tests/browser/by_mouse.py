"""Each chapter of the lesson by mouse: guess, see, and fulfil the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.browser.lesson import drag, idle, reveal, spot

if TYPE_CHECKING:
    from playwright.sync_api import Page


def grid(page: Page, sent: list[object]) -> None:
    page.mouse.click(*spot(page, 1, 5))
    reveal(page)
    for name, value in [("dilation", 2), ("stride", 1), ("padding", 2)]:
        page.locator(f"input[data-name={name}]").fill(str(value))


def offsets(page: Page, sent: list[object]) -> None:
    page.get_by_text("by the same offsets").click()
    reveal(page)
    for n, k in enumerate((0, 3, 6)):
        drag(page, k, 4 + 0.5 * n, 2.1 + 0.4 * n)


def between(page: Page, sent: list[object]) -> None:
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


def gradient(page: Page, sent: list[object]) -> None:
    page.get_by_text("the middle column, on the slope").click()
    reveal(page)
    for _ in range(4):
        page.get_by_role("button", name="One step uphill").click()
    drag(page, 0, 0.3, 4.6)
    drag(page, 3, 2.2, 4.6)


def masks(page: Page, sent: list[object]) -> None:
    page.get_by_text("tap 5: it stands on the brightest pixel").click()
    reveal(page, "Not quite. The right answer: tap 4: it is drawn strongest.")
    for k in (2, 5, 6):
        page.get_by_label(f"Mask of tap {k}").fill("0")
        page.get_by_label(f"Mask of tap {k}").press("Enter")


BY_MOUSE: Mapping[str, Callable[[Page, list[object]], None]] = {
    "grid": grid,
    "offsets": offsets,
    "between": between,
    "gradient": gradient,
    "masks": masks,
}
"""By the chapter's id. Each is given the page and what went to the server."""
