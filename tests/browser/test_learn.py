"""The whole lesson as a learner goes through it in a real Chromium: by mouse, and again by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import CHAPTERS
from tests.browser.by_keyboard import BY_KEYBOARD
from tests.browser.by_mouse import BY_MOUSE
from tests.browser.lesson import idle, open_lesson, press, tab_to
from tests.browser.test_journey import PATIENCE, address

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 1300}, locale="en-US", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def title(number: int, lang: str = "en") -> str:
    return f"{number + 1}. {LANGUAGES[lang].learn.chapters[CHAPTERS[number]].title}"


def complete(page: Page, done: int) -> None:
    page.get_by_text("Chapter complete.").wait_for()
    page.get_by_text(f"{done} of {len(CHAPTERS)} chapters complete").wait_for()


def arrive(page: Page, number: int) -> None:
    page.get_by_role("heading", name=title(number)).wait_for()
    idle(page)


def test_the_lesson_by_mouse(context: BrowserContext, chromium: Browser, app_url: str) -> None:
    page, errors, sent = open_lesson(context, f"{app_url}/learn")
    for number, chapter in enumerate(CHAPTERS):
        if number:
            page.get_by_role("button", name="Next").click()
        arrive(page, number)
        BY_MOUSE[chapter](page, sent)
        complete(page, number + 1)
    page.get_by_text(LANGUAGES["en"].learn.all_done).wait_for()
    assert {"chapter": CHAPTERS[-1], "lang": "en", "answer": "1"}.items() <= address(page).items()
    assert errors == []

    other = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    other.set_default_timeout(PATIENCE)
    fresh, fresh_errors, _ = open_lesson(other, page.url.replace("lang=en", "lang=zh"))
    fresh.get_by_role("heading", name=title(len(CHAPTERS) - 1, "zh")).wait_for()
    assert fresh.evaluate("document.documentElement.scrollWidth") <= 390
    assert fresh_errors == []
    other.close()


def test_the_lesson_by_keyboard_alone(context: BrowserContext, app_url: str) -> None:
    page, errors, _ = open_lesson(context, f"{app_url}/learn?lang=en")
    for number, chapter in enumerate(CHAPTERS):
        if number:
            idle(page)
            tab_to(page, ".st-key-forward button")
            press(page, "Enter")
        arrive(page, number)
        BY_KEYBOARD[chapter](page)
        complete(page, number + 1)
    assert errors == []
