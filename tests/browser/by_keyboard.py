"""Each chapter of the lesson by keyboard alone: guess, see, and fulfil the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dcnviz.ui.lesson import patients
from dcnviz.ui.lesson.defects.table import DEFECTS
from dcnviz.ui.texts import LANGUAGES
from tests.browser.lesson import idle, press, reveal_by_key, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page


def grid(page: Page) -> None:
    tab_to(page, ".guess")
    press(page, *["ArrowUp"] * 5, "ArrowLeft")
    reveal_by_key(page, "grid")
    tab_to(page, "input[data-name=stride]")
    press(page, "ArrowLeft", "Tab", "ArrowRight", "Tab", "ArrowRight")


def offsets(page: Page) -> None:
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space")
    reveal_by_key(page, "offsets")
    tab_to(page, "g.tap")
    for k in (0, 3, 6):
        press(page, str(k), "Shift+ArrowRight", "ArrowRight", "ArrowRight")
    press(page, "6", "ArrowUp", "ArrowUp", "ArrowUp", "0", "ArrowDown", "ArrowDown")


def between(page: Page) -> None:
    tab_to(page, "[data-testid=stNumberInput] input")
    page.keyboard.type("4.5")
    press(page, "Enter")
    reveal_by_key(page, "between")
    tab_to(page, "g.tap")
    press(page, "Shift+ArrowDown", "ArrowDown")


def gradient(page: Page) -> None:
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space", "ArrowDown")
    reveal_by_key(page, "gradient")
    tab_to(page, "g.tap")
    for k in (0, 3, 6):
        press(page, str(k), *["Shift+ArrowRight"] * 3)


def stacked(page: Page) -> None:
    tab_to(page, "[data-testid=stNumberInput] input")
    page.keyboard.type("49")
    press(page, "Enter")
    reveal_by_key(page, "stacked")
    tab_to(page, "canvas")
    press(page, *["Shift+ArrowUp"] * 5, *["Shift+ArrowLeft"] * 3, *["ArrowUp"] * 2, "Enter")
    idle(page)
    page.get_by_text("Cell (12, 12)").wait_for()
    press(page, *["Shift+ArrowDown"] * 2, "ArrowUp", *["Shift+ArrowLeft"] * 2, *["ArrowRight"] * 3, "Enter")


def masks(page: Page) -> None:
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space", "ArrowDown")
    reveal_by_key(page, "masks")
    for k in (2, 5, 6):
        tab_to(page, f"input[aria-label='Mask of tap {k}']")
        press(page, "Control+a", "0", "Enter")


def groups(page: Page) -> None:
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space", "ArrowDown")
    reveal_by_key(page, "groups")
    tab_to(page, "button[data-mode=free]")
    press(page, "Enter")
    page.get_by_text("Sum of the masks: 2.00").wait_for()
    page.get_by_text("add up to 2.00").wait_for()
    idle(page)
    tab_to(page, "input[data-name=raw-0-3]")
    press(page, "Control+a", "-", "2", "Enter")


def practice(page: Page) -> None:
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space", "ArrowDown")
    reveal_by_key(page, "practice")
    for id, mistake in DEFECTS.items():
        page.locator(".st-key-mistake").get_by_text(
            LANGUAGES["en"].practice.defects[id].ask.split("**")[0][:20]
        ).wait_for()
        idle(page)
        tab_to(page, f".st-key-broken-{mistake.broken} button")
        press(page, "Enter")
        page.get_by_text(f"Yes, {mistake.broken.upper()} is the broken one.").wait_for()
        idle(page)
        if id != "article":
            tab_to(page, ".st-key-next-mistake button")
            press(page, "Enter")


def yours(page: Page) -> None:
    tab_to(page, "[data-testid=stRadio] input")
    press(page, "Space")
    reveal_by_key(page, "yours")
    for number, layer in enumerate(patients.numbers("patient")):
        tab_to(page, f".st-key-layer-{number} button")
        press(page, *["ArrowRight"] * list(LANGUAGES["en"].yours.verdicts).index(layer.code), "Enter")
        page.get_by_text(f"Layer {number + 1} ✓").wait_for()
        idle(page)


BY_KEYBOARD: Mapping[str, Callable[[Page], None]] = {
    "grid": grid,
    "offsets": offsets,
    "between": between,
    "gradient": gradient,
    "stacked": stacked,
    "masks": masks,
    "groups": groups,
    "practice": practice,
    "yours": yours,
}
"""By the chapter's id."""
