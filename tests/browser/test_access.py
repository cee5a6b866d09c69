"""Every page for everybody: axe-core finds nothing of ours, Tab reaches all and is seen, pictures have words.

Findings of Streamlit's own elements are named in `KNOWN`, by rule and selector; everything else counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dcnviz.ui.texts import LANGUAGES
from tests.browser.hands import PATIENCE
from tests.browser.test_journey import settle
from tests.browser.test_pages import drop
from tests.ui.samples import recording, saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

KNOWN = {
    (
        "presentation-role-conflict",
        "[data-testid=stFileUploaderDropzone]",
    ),  # its role, given while it can be focused
}
PAGES = {
    "explore": ("/?picture=scene-4&at=40,52&layer=2&deep=health", 1280, "en", "light"),
    "compare": ("/compare?picture=scene-4&at=40,52", 390, "zh", "dark"),
    "model": ("/model?tab=recording", 390, "en", "dark"),
    "model, lines": ("/model?tab=lines", 1280, "zh", "light"),
    "learn, asked": ("/learn?chapter=grid", 1280, "en", "dark"),
    "learn, answered": ("/learn?chapter=masks", 390, "en", "light"),
    "learn, groups": ("/learn?chapter=groups", 390, "zh", "light"),
    "learn, mistakes": ("/learn?chapter=practice&answer=1&guess=b", 390, "zh", "dark"),
    "train": ("/train", 1280, "zh", "dark"),
    "train, to start, on a wall": ("/train?source=live&projector=1", 1280, "en", "dark"),
    "train, paused": ("/train?source=live", 390, "zh", "light"),
}
"""Between them, every combination of width, language and theme."""
MOST_TABS = 250
MOTION = r"@keyframes|(transition|animation|scroll-behavior)[\w-]*\s*:"
SCRIPT = (Path(__file__).parent / "access.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def axe() -> str:
    """The script; run by the debugger, which no policy of the page forbids."""
    package = pytest.importorskip("axe_playwright_python")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(params=PAGES, ids=list(PAGES))
def page(request: pytest.FixtureRequest, chromium: Browser, app_url: str) -> Iterator[Page]:
    """Each page, at one width, in one language and theme."""
    address, width, lang, scheme = PAGES[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        locale="en-US",
        color_scheme=scheme,  # type: ignore[arg-type]  # one of two
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{app_url}{address}{'&' if '?' in address else '?'}lang={lang}")
    page.locator("h1").first.wait_for()
    settle(page)
    if request.param == "learn, answered":
        page.get_by_text(LANGUAGES[lang].learn.chapters["masks"].options["4"]).click()
        page.get_by_role("button", name=LANGUAGES[lang].learn.reveal).click()
        page.get_by_text(LANGUAGES[lang].learn.right, exact=True).wait_for()
    if request.param == "train, paused":
        for button in (LANGUAGES[lang].train.begin, LANGUAGES[lang].train.pause):
            page.get_by_role("button", name=button).and_(page.locator(":enabled")).click()
        page.get_by_text(LANGUAGES[lang].train.states["paused"].split("{")[0]).wait_for()
        page.locator(".player[data-frame]").wait_for()
    page.wait_for_timeout(500)
    settle(page)
    yield page
    context.close()


def findings(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    page.evaluate(SCRIPT)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    every = [(rule["id"], node) for rule in found["violations"] for node in rule["nodes"]]
    return [
        f"{rule}: {node['html'][:200]}\n{node['failureSummary']}"
        for rule, node in every
        if not any(rule == known and fits(page, node["target"], selector) for known, selector in KNOWN)
    ]


def fits(page: Page, target: list[Any], selector: str) -> bool:
    """Whether what axe-core found is what a selector names."""
    return bool(page.evaluate("(given) => access.fits(given)", [target, selector]))


def test_the_page_is_for_everybody(page: Page, axe: str) -> None:
    assert findings(page, axe) == []
    assert page.evaluate("access.wordless()") == []
    ours, reached = page.evaluate("access.ours()"), set()
    assert ours or "/model" in page.url, "the page has lost what is to be tested"
    page.evaluate("document.activeElement?.blur()")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate("access.focused()")
        if focused is not None:
            reached.add(focused["number"])
            assert focused["shown"], f"no focus is seen on {ours[focused['number']]}"
        if len(reached) == len(ours):
            break
    assert reached == set(range(len(ours))), [name for n, name in enumerate(ours) if n not in reached]


def test_what_a_person_opens_and_drops_is_for_everybody(chromium: Browser, app_url: str, axe: str) -> None:
    """The gallery, a figure's formats, and a recording of one's own, on a dark wall."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", color_scheme="dark", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    page, texts = context.new_page(), LANGUAGES["zh"]
    page.goto(f"{app_url}/?picture=scene-4&at=40,52&layer=2&deep=field&hide=maps&projector=1&lang=zh")
    download = texts.download.one.format(what=texts.deeper.looks["field"])
    for opener, there in (
        (f"{texts.picture}: ", ".st-key-gallery img"),
        (download, "[data-testid=stPopoverBody] [data-testid=stDownloadButton]"),
    ):
        page.get_by_role("button", name=opener).first.click()
        page.locator(there).first.wait_for()
        settle(page)
        assert findings(page, axe) == []
        assert page.evaluate("access.wordless()") == []
        page.keyboard.press("Escape")
    page.goto(f"{app_url}/model?layer=1&cell=3,4&hide=maps&projector=1&lang=zh")
    page.locator("h1").first.wait_for()
    settle(page)
    drop(page, "mine.npz", saved(recording()))
    page.locator("canvas[data-pinned]").wait_for()
    settle(page)
    assert findings(page, axe) == []
    assert page.evaluate("access.wordless()") == []
    context.close()


def test_whatever_moves_by_itself_asks_first() -> None:
    """In style sheets nothing moves; a script that asks for one frame after the other knows of reduced motion."""
    folder = Path(__file__).parents[2] / "dcnviz" / "ui"
    moving = []
    for file in [*folder.rglob("*.css"), *folder.rglob("*.js"), *folder.rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        style = file.suffix == ".css" and re.search(
            r"@keyframes|(transition|animation|scroll-behavior)[\w-]*\s*:", text
        )
        # One frame: to draw what a hand did, or to know that it was painted.
        frames = re.sub(r"\?\?= requestAnimationFrame\(|requestAnimationFrame\(\(\) => setTimeout", "", text)
        if style or (file.suffix == ".js" and "requestAnimationFrame(" in frames):
            moving.append(file.name)
            assert "prefers-reduced-motion" in text, f"{file.name} moves things and does not ask"
    assert "toy.js" in moving, "the test has lost what it looks for"
