"""Links in a real Chromium: copied on one page, opened in a fresh browser, the same view; and copying refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.hands import PATIENCE
from tests.browser.test_journey import address, settle
from tests.browser.test_pages import drop
from tests.ui.samples import recording, saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
REFUSE = """Object.defineProperty(navigator, "clipboard", { value: undefined }); document.execCommand = () => false;"""
VIEWPORT = {"width": 1280, "height": 720}


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=VIEWPORT, locale="en-US", reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def another(chromium: Browser) -> Iterator[BrowserContext]:
    """Somebody else's browser, in another language, that refuses to copy."""
    context = chromium.new_context(viewport=VIEWPORT, locale="zh-CN", reduced_motion="reduce")
    context.add_init_script(REFUSE)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def opened(context: BrowserContext, url: str, ready: str) -> Page:
    page = context.new_page()
    page.goto(url)
    page.locator(ready).first.wait_for()
    settle(page)
    return page


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy link to this view").click()
    page.get_by_role("status").get_by_text("Link copied.").wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def seen(page: Page) -> dict[str, float]:
    """What the explorer shows: pinned cell, zoom, and the pixel of the picture at the canvas' corner."""
    data = page.locator("canvas[data-scale]").evaluate("(canvas) => ({ ...canvas.dataset })")
    zoom, scale, margin = (float(data[name]) for name in ("zoom", "scale", "margin"))
    y, x = ((float(data[side]) / zoom - margin) / scale for side in ("top", "left"))
    i, j = map(int, data["pinned"].split(","))
    return {"i": i, "j": j, "zoom": zoom, "y": y, "x": x}


def test_explore_in_a_fresh_browser(context: BrowserContext, another: BrowserContext, app_url: str) -> None:
    page = opened(context, f"{app_url}/?hide=maps,downloads", ".st-key-numbers")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "picture=astronaut" in copied(page) and "picture" not in page.url
    page.get_by_role("radiogroup", name="Layer").get_by_text("2", exact=True).click()
    page.wait_for_url(re.compile("layer=2"))
    settle(page)
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    page.get_by_text("The four corners of each sample").click()
    for name in ("lens=", "corners=1"):
        page.wait_for_url(re.compile(name))
    settle(page)
    link = copied(page)

    other = opened(
        another, link.replace("hide=maps", "projector=1&hide=navigation,nothing,maps"), ".st-key-numbers"
    )
    assert other.evaluate("document.documentElement.lang") == "en" and other.title() == "Explore · dcnviz"
    assert seen(other) == pytest.approx(seen(page), abs=4)  # pixels: the band has one width on every page
    assert seen(page)["zoom"] > 3
    panels = [each.locator(".st-key-numbers").inner_text() for each in (page, other)]
    assert panels[0] == panels[1] and "upper left" in panels[0]
    assert other.get_by_role("link", name="Compare").count() == 0
    other.get_by_role("button", name="Copy link to this view").click()
    other.get_by_text("did not allow copying").wait_for()
    shown = other.get_by_label("Link to this view", exact=True).input_value()
    assert {"corners=1", "projector=1", "hide=navigation,maps,downloads"} <= set(shown.split("&"))


def test_learn_in_a_fresh_browser(context: BrowserContext, another: BrowserContext, app_url: str) -> None:
    page = opened(context, f"{app_url}/learn?chapter=between&answer=1&guess=3.20", "svg.board")
    page.locator("g.tap").focus()
    for key in ("Shift+ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    page.get_by_text("(2.25, 1.75)").first.wait_for()
    settle(page)
    link = copied(page)
    assert {"toy", "guess", "answer"} <= address(page).keys()

    other = opened(another, link.replace("lang=en", "lang=zh"), "svg.board")
    assert other.evaluate("document.documentElement.lang") == "zh-CN"
    taps = [each.locator("g.tap").evaluate("(tap) => ({ ...tap.dataset })") for each in (page, other)]
    assert taps[0] == taps[1] and float(taps[0]["y"]) == 2.25
    assert other.get_by_text("你猜的是 3.20").is_visible()


def test_what_is_chosen_in_a_chapter_is_in_its_link(
    context: BrowserContext, another: BrowserContext, app_url: str
) -> None:
    """A guess that was not shown yet; then the mistake that is open, and that a picture of it was named in vain."""
    page = opened(context, f"{app_url}/learn?chapter=practice", "[data-testid=stRadio]")
    page.locator("[data-testid=stRadio]").get_by_text("picture C").click()
    page.wait_for_url(re.compile("guess=c"))
    other = opened(another, copied(page), "[data-testid=stRadio]")
    assert other.locator("[data-testid=stRadio] input").nth(2).is_checked()
    assert other.get_by_role("button", name="Show me").is_enabled() and "answer" not in other.url

    page.get_by_role("button", name="Show me").click()
    page.locator(".st-key-mistake").wait_for()
    page.get_by_text("4 Exploding offsets").click()
    page.get_by_role("button", name="A is broken").click()
    page.get_by_text("Not this one.").wait_for()
    settle(page)
    other.goto(copied(page))
    other.get_by_text("Not this one.").wait_for()
    settle(other)
    assert other.locator(".st-key-mistake").inner_text() == page.locator(".st-key-mistake").inner_text()


def test_the_other_pages_in_a_fresh_browser(
    context: BrowserContext, another: BrowserContext, app_url: str
) -> None:
    canvas = "canvas[data-scale]"
    page = opened(
        context, f"{app_url}/compare?picture=scene-4&at=40,52&hide=maps,downloads", f"{canvas} >> nth=4"
    )
    page.get_by_role("radiogroup", name="Layer").get_by_text("2", exact=True).click()
    page.wait_for_url(re.compile("layer=2"))
    page.locator(canvas).nth(1).click(position={"x": 150, "y": 120})
    page.wait_for_url(lambda url: "at=40%2C52" not in url and "at=40,52" not in url)
    settle(page)
    other = opened(another, copied(page), f"{canvas} >> nth=4")
    pins = [each.locator(canvas).nth(4).get_attribute("data-pinned") for each in (page, other)]
    assert pins[0] == pins[1] != "10,13"
    assert {**address(page), "lang": "en"} == address(other) and address(other)["layer"] == "2"

    for each in (page, other):
        link = (
            f"{app_url}/model?layer=2&image=2&cell=3,4&hide=deeper,maps,downloads"
            if each is page
            else copied(page)
        )
        each.goto(link)
        settle(each)
        drop(each, "mine.npz", saved(recording()))
        each.get_by_text("Cell (3, 4) of layer 2").wait_for()
        settle(each)
    assert address(page).items() <= address(other).items()
    assert other.locator(canvas).get_attribute("data-pinned") == "3,4"

    page.goto(f"{app_url}/train?version=v1&frame=9&layer=2&cell=4")
    page.locator(".player[data-frame='8']").wait_for()
    page.get_by_role("slider", name="Moment of the training").press("ArrowLeft")
    page.wait_for_url(re.compile("frame=8"))
    settle(page)
    other.goto(copied(page))
    other.locator(".player[data-frame='7']").wait_for()
    settle(other)
    assert (
        address(page) == address(other) and {"version": "v1", "cell": "4"}.items() <= address(other).items()
    )
    spreads = [each.locator(".cells label").first.get_attribute("data-spread") for each in (page, other)]
    assert spreads[0] == spreads[1]


def test_the_tour_by_keyboard(context: BrowserContext, app_url: str) -> None:
    page = opened(context, f"{app_url}/?hide=maps,downloads", ".st-key-numbers")
    page.locator(".st-key-begin_tour button").press("Enter")
    page.get_by_text("Step 1 of 8.").wait_for()
    canvas = page.locator("canvas[data-scale]")
    canvas.focus()
    for key in ("ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("Done.").wait_for()
    assert address(page)["tour"] == "1"
    page.locator(".st-key-tour_next button").press("Enter")
    page.get_by_text("Step 2 of 8.").wait_for()
    page.get_by_role("radiogroup", name="Layer").get_by_text("3", exact=True).click()
    page.get_by_text("Done.").wait_for()
    box = page.locator(".st-key-tour").bounding_box()
    assert box and 0 < box["y"] < VIEWPORT["height"] / 2, "the step stays in sight"
    page.locator(".st-key-tour_leave button").press("Enter")
    page.get_by_role("button", name="Tour, from step 2").press("Enter")
    page.get_by_text("Step 2 of 8.").wait_for()
