"""A learner in a browser: the words of the page, where things are on it, dragging, Tab, guessing and asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from dcnviz.ui.lesson.defects.table import DEFECTS
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.texts.chapters.schema import ChapterTexts
from tests.browser.test_journey import IDLE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

RIGHT: Mapping[str, str] = {
    "offsets": "same",
    "between": "4.5",
    "gradient": "slope",
    "stacked": "49",
    "masks": "4",
    "groups": "shrink",
    "practice": "b",
    "yours": "a",
}
"""What is to be guessed in each chapter, by the options' codes or as a number; in the first, tap 2 lands at (1, 5)."""
WHERE = """([y, x]) => {
  const find = (root) => root.querySelector("svg.board") ??
    [...root.querySelectorAll("*")].map((each) => each.shadowRoot && find(each.shadowRoot)).find(Boolean);
  const board = find(document);
  board.scrollIntoView({ block: "center" });
  const at = new DOMPoint(40 * x, 40 * y).matrixTransform(board.getScreenCTM());
  return [at.x, at.y];
}"""
ACTIVE = """(selector) => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return Boolean(active?.matches(selector));
}"""


@dataclass(frozen=True)
class Learner:
    """Somebody at a page of the lesson.

    Attributes:
        page: the browser's.
        lang: of the page.
        sent: what goes to the server, in the order of its going.
        errors: what goes wrong in the page.
    """

    page: Page
    lang: str
    sent: list[object]
    errors: list[str]

    @property
    def texts(self) -> Texts:
        """All words of the page."""
        return LANGUAGES[self.lang]

    def own(self, chapter: str) -> ChapterTexts:
        """The words of a chapter."""
        return self.texts.learn.chapters[chapter]

    def named(self, name: str) -> Locator:
        """A button."""
        return self.page.get_by_role("button", name=name, exact=True)

    def says(self, text: str) -> None:
        """Waits until it stands on the page."""
        self.page.get_by_text(text.replace("**", "")).first.wait_for()

    def idle(self) -> None:
        """Waits until the script is through; to be called when something of its new run is on the page."""
        self.page.locator(IDLE).wait_for()

    def verdict(self, chapter: str, guess: str, said: Literal["right", "wrong", "close"]) -> None:
        """Waits for what is said of a guess."""
        words, options = self.texts.learn, self.own(chapter).options
        truth = options[RIGHT[chapter]] if options else f"{float(RIGHT.get(chapter, 0)):.2f}"
        self.page.get_by_text(getattr(words, said).format(truth=truth, guess=guess), exact=True).wait_for()

    def spot(self, y: float, x: float) -> tuple[float, float]:
        """Where on the page a place of the map is, which is brought into view."""
        self.page.locator("svg.board").wait_for()
        across, down = self.page.evaluate(WHERE, [y, x])
        return across, down

    def drag(self, k: int, y: float, x: float) -> None:
        """Drags a tap to a place of the map."""
        there = self.spot(y, x)
        box = self.page.locator(f"g.tap[data-k='{k}'] .dot").bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(*there, steps=3)
        self.page.mouse.up()

    def tab_to(self, selector: str) -> None:
        """Presses Tab until the focus is there; also inside the toy."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(ACTIVE, selector):
                return
        pytest.fail(f"no Tab leads to {selector}")

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def mistakes(self) -> list[tuple[str, str]]:
        """Each mistake's id, and which picture is the broken one, as they come; waits for each in turn."""
        return [(id, mistake.broken) for id, mistake in DEFECTS.items()]

    def asked(self, id: str) -> None:
        """Waits until a mistake is open."""
        words = self.texts.practice.defects[id].ask.split("**")[0][:20]
        self.page.locator(".st-key-mistake").get_by_text(words).wait_for()


def open_lesson(context: BrowserContext, url: str, lang: str) -> Learner:
    """Somebody who has opened an address."""
    page = context.new_page()
    learner = Learner(page, lang, [], [])
    page.on("pageerror", lambda error: learner.errors.append(str(error)))
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: learner.sent.append(frame)))
    page.goto(url)
    page.locator(".st-key-chapter h2").wait_for()
    learner.idle()
    return learner
