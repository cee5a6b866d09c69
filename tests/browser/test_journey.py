"""One person's way through the page, in a real Chromium: open, hover, pin, change, upload, share, switch to dark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image

from dcnviz.recording import Recording
from tests.browser.hands import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-US", color_scheme="light"
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def settle(page: Page) -> None:
    """Waits until the page's script has run and stays idle."""
    page.wait_for_timeout(150)
    page.locator(IDLE).wait_for()
    page.wait_for_timeout(150)
    page.locator(IDLE).wait_for()


def finished(page: Page) -> None:
    """Waits until no heavy work of the page is under way, so that the page asks for nothing by itself."""
    settle(page)
    while page.locator("[class*=st-key-awaited]").count():
        page.wait_for_timeout(200)
    settle(page)


def open_page(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    page.locator("canvas[data-scale]").wait_for()
    page.locator(".st-key-numbers").wait_for()
    settle(page)
    return page, errors


def canvas(page: Page) -> Locator:
    return page.locator("canvas[data-scale]")


def panel(page: Page) -> Locator:
    """The numbers of the pinned cell."""
    return page.locator(".st-key-numbers")


def point(page: Page, y: float, x: float, *, click: bool = False) -> None:
    """Moves to a pixel of the picture, and clicks there."""
    scale, margin = (float(canvas(page).get_attribute(f"data-{name}") or 0) for name in ("scale", "margin"))
    where = {"x": margin + scale * x, "y": margin + scale * y}
    if click:
        canvas(page).click(position=where)
    else:
        canvas(page).hover(position=where)


def address(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def segment(page: Page, name: str, label: str) -> None:
    page.get_by_role("radiogroup", name=name).get_by_text(label, exact=True).click()
    settle(page)


def test_the_first_screen_teaches_without_a_click(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, app_url)
    assert page.get_by_role("heading", name="Where does the network look?").is_visible()
    assert page.get_by_text("From the pinned cell").is_visible()
    assert canvas(page).get_attribute("data-pinned") not in (None, "")
    assert "729" in page.locator(".st-key-numbers").inner_text()
    assert errors == []


def test_hovering_draws_without_the_server(context: BrowserContext, app_url: str) -> None:
    page = context.new_page()
    frames: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    page.goto(app_url)
    page.locator(".st-key-numbers").wait_for()
    finished(page)
    page.wait_for_timeout(1500)
    frames.clear()
    seen = set()
    for step in range(40):
        point(page, 60 + 8 * step, 100 + 7 * step)
        seen.add(canvas(page).get_attribute("data-hover"))
    assert len(seen) > 30
    assert frames == []


def test_pin_change_and_share(context: BrowserContext, chromium: Browser, app_url: str) -> None:
    page, errors = open_page(context, app_url)
    point(page, 200, 300, click=True)
    panel(page).get_by_text("Cell (50, 75)").wait_for()
    page.wait_for_url(re.compile("at=200(,|%2C)300"))  # after the panel is painted

    segment(page, "Operator", "v3")
    page.locator("canvas[data-version=v3]").wait_for()
    panel(page).get_by_text("Cell (50, 75)").wait_for()
    segment(page, "Group", "2")
    segment(page, "Layer", "2")
    panel(page).get_by_text("Cell (50, 75) of layer 2").wait_for()
    page.get_by_text("tap numbers").click()
    settle(page)
    wanted = {"picture": "astronaut", "version": "v3", "layer": "2", "group": "2", "at": "200,300"}
    assert wanted.items() <= address(page).items()
    assert "numbers" in address(page)["show"]

    other = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark", locale="en-US")
    other.set_default_timeout(PATIENCE)
    fresh, fresh_errors = open_page(other, page.url)
    assert canvas(fresh).get_attribute("data-pinned") == canvas(page).get_attribute("data-pinned")
    assert fresh.locator(".st-key-numbers").inner_text() == page.locator(".st-key-numbers").inner_text()
    background = fresh.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert sum(int(part) for part in background[4:-1].split(",")) < 200  # dark
    assert errors == fresh_errors == []
    other.close()


def test_switching_to_dark_keeps_the_view(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, f"{app_url}/?at=100,100&layer=1")
    light, drawn = canvas(page).screenshot(), page.get_by_role("img", name="Offset magnitude")
    before = drawn.get_attribute("src")
    page.emulate_media(color_scheme="dark")
    page.locator(f'img[alt^="Offset magnitude"]:not([src="{before}"])').wait_for()  # Python draws it anew
    settle(page)
    assert panel(page).get_by_text("Cell (25, 25) of layer 1").is_visible()
    assert canvas(page).screenshot() != light
    assert errors == []


def test_upload_a_picture_and_a_broken_one(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, app_url)
    page.get_by_role("button", name="Picture: Astronaut").click()
    segment(page, "Where from", "Upload")
    chooser = page.locator("[data-testid=stFileUploader] input[type=file]")
    chooser.set_input_files(
        {"name": "broken.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"no" * 40}
    )
    page.get_by_role("alert").first.wait_for()
    assert canvas(page).is_visible()  # nothing is lost

    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    panel(page).get_by_text("Cell (25, 38)").wait_for()
    assert address(page)["picture"] == "own"
    assert errors == []


def test_take_a_picture(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, app_url)
    page.get_by_role("button", name="Picture: Astronaut").click()
    segment(page, "Where from", "Camera")
    from playwright.sync_api import TimeoutError as NotYet

    shutter = page.get_by_role("button", name="Take Photo")
    taken = page.get_by_role("button", name="Picture: Your picture")
    shutter.wait_for()
    for _ in range(8):  # a press before the camera's first frame takes nothing, as it would not for a person
        if shutter.is_visible():
            shutter.click()
        with suppress(NotYet):
            taken.wait_for(timeout=6000)
            break
    taken.wait_for()
    settle(page)
    assert address(page)["picture"] == "own"
    assert canvas(page).is_visible()
    assert errors == []


def test_downloads(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, f"{app_url}/?picture=scene-4&at=40,52&layer=2")
    page.get_by_role("heading", name="Download this view").wait_for()
    settle(page)
    files = {}
    for name in ("Figure, PNG", "Figure, SVG", "Figure, PDF", "Fields, NPZ"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        files[name] = waiting.value.path().read_bytes()
    assert files["Figure, PNG"].startswith(b"\x89PNG")
    assert b"<svg" in files["Figure, SVG"][:600] and files["Figure, PDF"].startswith(b"%PDF-")
    recording = Recording.load(io.BytesIO(files["Fields, NPZ"]))
    assert [s.positions.shape for s in recording.values()] == [(1, 1, 9, 48, 48, 2)] * 3
    assert errors == []


def test_keyboard_alone(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, f"{app_url}/?at=100,100&layer=1")
    canvas(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    panel(page).get_by_text("Cell (30, 26)").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("No cell is pinned").wait_for()
    page.wait_for_url(re.compile("at=none"))
    assert errors == []


def test_chinese_and_narrow(chromium: Browser, app_url: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
    context.set_default_timeout(PATIENCE)
    page, errors = open_page(context, app_url)
    assert page.get_by_role("heading", name="网络在看哪里？").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert errors == []
    context.close()


def test_nothing_leaves_this_machine(context: BrowserContext, app_url: str) -> None:
    page = context.new_page()
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    page.goto(app_url)
    page.locator(".st-key-numbers").wait_for()
    settle(page)
    assert hosts - {None} == {"127.0.0.1"}
