"""The pages Compare and Your model, and the way between pages, in a real Chromium."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import pytest
import torch

from dcnviz.models import Network
from tests.browser.conftest import ROOT, _stop, _wait_for
from tests.browser.hands import PATIENCE
from tests.browser.test_journey import address, finished, settle
from tests.ui.samples import recording, saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def open_page(context: BrowserContext, url: str) -> tuple[Page, list[str], list[object]]:
    """The page, what went wrong in it, and what went to and from the server."""
    page = context.new_page()
    errors: list[str] = []
    frames: list[object] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for event in ("framesent", "framereceived"):
        page.on("websocket", lambda socket, event=event: socket.on(event, lambda frame: frames.append(frame)))
    page.goto(url)
    settle(page)
    return page, errors, frames


def hovers(page: Page) -> list[str | None]:
    return [each.get_attribute("data-hover") for each in page.locator("canvas[data-scale]").all()]


def drop(page: Page, name: str, data: bytes) -> None:
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


def test_compare_is_linked_without_the_server(
    context: BrowserContext, chromium: Browser, app_url: str
) -> None:
    page, errors, frames = open_page(context, f"{app_url}/compare?picture=scene-4&at=40,52&layer=2&group=3")
    canvases = page.locator("canvas[data-scale]")
    canvases.nth(4).wait_for()
    page.get_by_text("receptive field, pixels").wait_for()
    finished(page)
    page.wait_for_timeout(1000)
    frames.clear()
    for n in (0, 3, 4):
        canvases.nth(n).hover(position={"x": 90 + 20 * n, "y": 120})
        page.wait_for_timeout(60)
        assert len(set(hovers(page))) == 1 and hovers(page)[0]
    assert frames == []

    canvases.nth(2).click(position={"x": 200, "y": 150})
    page.get_by_text("Pinned: pixel").wait_for()
    settle(page)
    pins = {each.get_attribute("data-pinned") for each in canvases.all()}
    assert len(pins) == 1
    i, j = map(int, (pins.pop() or "").split(","))
    assert address(page)["at"] == f"{4 * i},{4 * j}"
    page.get_by_text(f"Pinned: pixel ({4 * i}, {4 * j})").wait_for()
    page.get_by_role("button", name="Close-up").nth(1).click()
    settle(page)
    assert address(page)["close"] == "1"

    other = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    other.set_default_timeout(PATIENCE)
    fresh, fresh_errors, _ = open_page(other, page.url.replace("lang=en", "lang=zh"))
    fresh.locator("canvas[data-scale]").nth(4).wait_for()
    assert {e.get_attribute("data-pinned") for e in fresh.locator("canvas[data-scale]").all()} == {f"{i},{j}"}
    assert float(fresh.locator("canvas[data-scale]").first.get_attribute("data-zoom") or 0) > 1
    assert fresh.get_by_role("heading", name="五种算子，同一张图片").is_visible()
    assert fresh.evaluate("document.documentElement.scrollWidth") <= 390
    assert errors == fresh_errors == []
    other.close()


def test_picture_and_cell_go_with_the_person_from_page_to_page(context: BrowserContext, app_url: str) -> None:
    page, errors, _ = open_page(context, f"{app_url}/?picture=scene-4&at=40,52&layer=1&lang=zh")
    page.get_by_role("link", name="对比").click()
    page.get_by_text("已固定：图片上的像素 (40, 52)").wait_for()
    settle(page)
    assert urlparse(page.url).path == "/compare"
    assert {"picture": "scene-4", "at": "40,52", "layer": "1", "lang": "zh"}.items() <= address(page).items()
    page.get_by_role("link", name="你的模型").click()
    page.get_by_role("heading", name="你的模型").wait_for()
    settle(page)
    assert urlparse(page.url).path == "/model" and address(page)["lang"] == "zh"
    page.get_by_role("link", name="探索").click()
    page.locator(".st-key-numbers").wait_for()
    settle(page)
    assert address(page)["at"] == "40,52"
    assert errors == []


def test_drop_a_recording_and_see_its_points(context: BrowserContext, app_url: str) -> None:
    page, errors, _ = open_page(context, f"{app_url}/model?layer=2&image=2&cell=3,4")
    page.get_by_text("No recording yet").wait_for()
    drop(page, "broken.npz", saved(recording())[:3000])
    page.get_by_text("This is not an .npz file").wait_for()
    drop(page, "mine.npz", saved(recording()))
    page.get_by_text("Cell (3, 4) of layer 2").wait_for()  # as the link says
    settle(page)
    canvas = page.locator("canvas[data-scale]")
    assert canvas.get_attribute("data-pinned") == "3,4"
    canvas.click(position={"x": 200, "y": 200})
    settle(page)
    pinned = canvas.get_attribute("data-pinned")
    assert pinned and pinned != "3,4" and address(page)["cell"] == pinned
    page.get_by_text(f"Cell ({pinned.replace(',', ', ')}) of layer 2").wait_for()

    page.get_by_role("combobox", name="Layer").click()
    page.get_by_role("option", name=re.compile("decoder")).click()
    page.get_by_text("Deformable attention has no grid").wait_for()
    settle(page)
    canvas.click(position={"x": 150, "y": 150})
    page.get_by_text("of layer 4, about pixel").wait_for()
    settle(page)
    assert re.fullmatch(r"0,\d+", address(page)["cell"])
    assert errors == []


def test_drop_a_checkpoint_and_copy_the_lines(context: BrowserContext, app_url: str) -> None:
    page, errors, _ = open_page(context, f"{app_url}/model?tab=checkpoint&picture=scene-4&at=40,52&layer=1")
    buffer = io.BytesIO()
    torch.save(Network("v1").state_dict(), buffer)
    drop(page, "mine.pt", buffer.getvalue())
    page.get_by_text("is a network of v1").wait_for()
    page.locator(".st-key-numbers").get_by_text("Cell (10, 13)").wait_for()
    page.get_by_text("A model: three lines").click()
    page.get_by_text("with dcnviz.record(model)").or_(
        page.locator("[data-testid=stCode]").first
    ).first.wait_for()
    page.get_by_role("radiogroup", name="Library").get_by_text("kornia").click()
    page.get_by_text("ALIKED.from_pretrained").first.wait_for()
    settle(page)
    assert address(page) == {"tab": "lines", "library": "kornia", "lang": "en"}
    assert errors == []


def test_a_deeper_look_follows_the_pinned_cell(context: BrowserContext, app_url: str) -> None:
    page, errors, _ = open_page(context, f"{app_url}/?picture=scene-4&at=40,52&layer=1&version=v1")
    page.get_by_text("Receptive field", exact=True).click()
    first = page.get_by_text("Half of all influence")
    first.wait_for()
    settle(page)
    before = first.inner_text()
    assert address(page)["deep"] == "field"
    page.locator("canvas[data-scale]").click(position={"x": 300, "y": 320})
    page.wait_for_function("(old) => !document.body.innerText.includes(old)", arg=before)
    settle(page)
    page.get_by_text("Saliency region", exact=True).click()
    page.get_by_text("The region takes").wait_for()
    settle(page)
    assert address(page)["deep"] == "saliency" and errors == []


@pytest.fixture
def viewer(tmp_path: Path) -> Iterator[str]:
    """Address of the app as ``python -m dcnviz view`` starts it."""
    (tmp_path / "mine.npz").write_bytes(saved(recording()))
    command = [sys.executable, "-m", "dcnviz", "view", str(tmp_path / "mine.npz"), "--port=0", "--no-browser"]
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
    try:
        yield _wait_for(server, log)
    finally:
        _stop(server)


def test_the_command_opens_the_page_with_the_file(context: BrowserContext, viewer: str) -> None:
    page, errors, _ = open_page(context, f"{viewer}/?cell=2,3&file=/etc/passwd")
    page.get_by_text("Cell (2, 3) of layer 1").wait_for()
    assert page.get_by_text("mine.npz").first.is_visible()
    assert page.get_by_role("heading", name="Your model").is_visible()
    assert errors == []
