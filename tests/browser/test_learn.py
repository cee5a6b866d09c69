"""The whole lesson as a learner goes through it in a real Chromium: by mouse, and again by keyboard alone.

By mouse in English on a wide page, by keyboard in Chinese on one as narrow as a phone: between them, both of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dcnviz.ui.view import CHAPTERS
from tests.browser.by_keyboard import BY_KEYBOARD
from tests.browser.by_mouse import BY_MOUSE
from tests.browser.hands import PATIENCE
from tests.browser.lesson import Learner, open_lesson
from tests.browser.test_journey import address

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def browser_of(chromium: Browser, width: int, height: int) -> BrowserContext:
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    return context


def title(learner: Learner, number: int) -> str:
    return f"{number + 1}. {learner.own(CHAPTERS[number]).title}"


def complete(learner: Learner, done: int) -> None:
    words = learner.texts.learn
    learner.says(words.complete)
    learner.says(words.progress.format(done=done, count=len(CHAPTERS)))


def arrive(learner: Learner, number: int) -> None:
    learner.page.get_by_role("heading", name=title(learner, number)).wait_for()
    learner.idle()


def by_mouse(learner: Learner) -> None:
    for number, chapter in enumerate(CHAPTERS):
        if number:
            learner.named(learner.texts.learn.forward).click()
        arrive(learner, number)
        BY_MOUSE[chapter](learner)
        complete(learner, number + 1)
    learner.says(learner.texts.learn.all_done)


def by_keyboard(learner: Learner) -> None:
    for number, chapter in enumerate(CHAPTERS):
        if number:
            learner.idle()
            learner.tab_to(".st-key-forward button")
            learner.press("Enter")
        arrive(learner, number)
        BY_KEYBOARD[chapter](learner)
        complete(learner, number + 1)


def test_the_lesson_by_mouse(chromium: Browser, app_url: str) -> None:
    with browser_of(chromium, 1280, 1300) as context:
        learner = open_lesson(context, f"{app_url}/learn", "en")
        by_mouse(learner)
        assert {"chapter": CHAPTERS[-1], "lang": "en", "answer": "1"}.items() <= address(learner.page).items()
        assert learner.errors == []

        with browser_of(chromium, 390, 844) as other:
            fresh = open_lesson(other, learner.page.url.replace("lang=en", "lang=zh"), "zh")
            arrive(fresh, len(CHAPTERS) - 1)
            fresh.says(fresh.texts.learn.complete)  # whatever was said of the layers came along
            assert fresh.page.evaluate("document.documentElement.scrollWidth") <= 390
            assert fresh.errors == []


def test_the_lesson_by_keyboard_alone(chromium: Browser, app_url: str) -> None:
    with browser_of(chromium, 390, 844) as context:
        learner = open_lesson(context, f"{app_url}/learn?lang=zh", "zh")
        by_keyboard(learner)
        assert learner.errors == []
