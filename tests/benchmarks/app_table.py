"""The whole table of how quick and how heavy the app is: `make bench-app`. Targets stand beside what was measured.

python -m tests.benchmarks.app_table [start] [use] [size]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

from dcnviz.ui.texts import LANGUAGES
from tests.benchmarks.clocks import (
    painted,
    painted_at,
    took,
    until_heading,
    until_picture,
    until_version,
    with_clocks,
)
from tests.benchmarks.installed import installed
from tests.benchmarks.pointing import CLICKS, clicks, hover
from tests.browser.conftest import ARGUMENTS, find_chromium
from tests.load.server import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Position, Request

STARTS, PICTURED, SWITCHES, SESSIONS = 3, 8, 8, 5
WAKE = 5.0  # seconds that the background import had, before the first computed picture is asked for
READING = 12.0
LOOKS = {"Places that count": "Places that count", "Receptive field": "Receptive field · total"}
"""The deeper looks that are opened, one after the other, and a picture in each."""
MB = 1e6
WINDOW: ViewportSize = {"width": 1280, "height": 900}
Row = tuple[str, str, str]  # what, target, measured


def shown(page: Page) -> None:
    """Waits for a drawn explorer."""
    page.locator("canvas[data-scale]").first.wait_for()


def starts(browser: Browser, log: Path) -> tuple[float, float, float]:
    """Medians: a new process and an empty browser; the page again; the first computed picture after that."""
    cold, warm, first = [], [], []
    for _ in range(STARTS):
        began = time.time()
        with serving(log) as server:
            context = with_clocks(browser.new_context(viewport=WINDOW))
            page = context.new_page()
            page.goto(server.url)
            cold.append(painted_at(page) - began)
            page.locator(".st-key-numbers").wait_for()
            page.wait_for_timeout(1000 * WAKE)
            until_version(page, "v1")
            page.get_by_role("radiogroup", name="Operator").get_by_text("v1", exact=True).click()
            first.append(took(page))
            page.wait_for_timeout(3000)
            other = context.new_page()
            other.goto(server.url)
            warm.append(painted(other))
            context.close()
    return statistics.median(cold), statistics.median(warm), statistics.median(first)


def switches(page: Page, *, whole: bool) -> list[float]:
    """Seconds from the click in the navigation to the next page's heading, or its end; both were seen before."""
    times = []
    for n in range(SWITCHES + 2):
        link, heading = (
            ("Learn", "Learn deformable convolution"),
            ("Explore", "Where does the network look?"),
        )[n % 2]
        until_heading(page, heading, whole=whole)
        page.get_by_role("link", name=link, exact=True).first.click(no_wait_after=True)
        times.append(took(page))
        page.wait_for_timeout(800)
    return times[2:]


WATCH_PICTURE = """alt => {
  const find = () => document.querySelector(`img[alt="${alt}"]`);
  const before = find().src;
  window.__done = new Promise(done => {
    let began = 0;
    window.addEventListener('pointerup', event => { began = event.timeStamp; }, { capture: true, once: true });
    const look = () => {
      const picture = find();
      if (began && picture && picture.src !== before && picture.complete) done(performance.now() - began);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""


def clicks_with_picture(page: Page, look: str) -> float:
    """Milliseconds, the median, from a click to the new picture of the deeper look that is open."""
    page.locator(".st-key-deep-en").get_by_text(look, exact=True).click()
    page.get_by_role("img", name=LOOKS[look]).wait_for()
    page.wait_for_timeout(1000)
    canvas = page.locator("canvas[data-scale]")
    scale, margin = (float(canvas.get_attribute(f"data-{name}") or 0) for name in ("scale", "margin"))
    times = []
    for n in range(PICTURED + 1):
        page.evaluate(WATCH_PICTURE, LOOKS[look])
        place: Position = {"x": margin + scale * 4 * (40 + 2 * n), "y": margin + scale * 4 * (30 + 3 * n)}
        canvas.click(position=place, force=True)
        times.append(page.evaluate("window.__done"))
        page.wait_for_timeout(300)
    page.locator(".st-key-deep-en").get_by_text(look, exact=True).click()
    page.wait_for_timeout(500)
    return float(statistics.median(times[1:]))


def weight(request: Request) -> int:
    """Bytes of a request and its answer, with their headers."""
    return sum(request.sizes().values())


def ten_megabytes(folder: Path) -> dict[str, Path]:
    """Two pictures of nearly 10 MB: pixels as they are, and a photograph's worth of 25 megapixels."""
    grains = np.random.default_rng(0)
    noise = grains.integers(0, 255, (1790, 1790, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "mine.png", compress_level=0)
    blurred = Image.fromarray(noise[:300, :300]).resize((5000, 5000), Image.Resampling.BICUBIC)
    grained = np.asarray(blurred) + grains.normal(0, 9, (5000, 5000, 1))
    Image.fromarray(grained.clip(0, 255).astype(np.uint8)).save(folder / "mine.jpg", quality=86)
    return {"PNG": folder / "mine.png", "JPEG of 25 megapixels": folder / "mine.jpg"}


def upload(page: Page, file: Path) -> float:
    """Seconds from the choice of a picture's file to its explorer and the numbers of the cell in its middle."""
    page.get_by_role("button", name="Picture:").click()
    page.get_by_role("radiogroup", name="Where from").get_by_text("Upload", exact=True).click()
    field = page.locator("[data-testid=stFileUploader] input[type=file]")
    field.wait_for(state="attached")
    until_picture(page, LANGUAGES["en"].own_picture_alt, "Cell (64, 64)")
    field.set_input_files(file)
    return took(page)


def uploads(browser: Browser, server: Server) -> list[Row]:
    """A row for each picture: uploaded in a browser of its own, with torch awake."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, file in ten_megabytes(Path(folder)).items():
            page = with_clocks(browser.new_context(viewport=WINDOW)).new_page()
            page.goto(server.url)
            shown(page)
            page.wait_for_timeout(3000)
            size, seconds = file.stat().st_size / MB, upload(page, file)
            rows.append(
                (f"upload to its explorer and numbers: {kind}, {size:.1f} MB", "1.5 s", f"{seconds:.2f} s")
            )
            page.context.close()
    return rows


def memory(browser: Browser, server: Server) -> float:
    """Megabytes of the server's own memory that one more session takes."""
    pages = []
    before = server.memory().own
    for _ in range(SESSIONS):
        pages.append(browser.new_context().new_page())
        pages[-1].goto(server.url)
        shown(pages[-1])
        pages[-1].wait_for_timeout(1500)
    more = (server.memory().own - before) / SESSIONS
    for page in pages:
        page.context.close()
    return more


def of_start(browser: Browser, log: Path) -> list[Row]:
    """Rows of a server that has just started."""
    cold, warm, first = starts(browser, log)
    return [
        (f"cold start to painted explorer, median of {STARTS}", "3.5 s", f"{cold:.2f} s"),
        ("warm: the page again in the same browser", "1.5 s", f"{warm:.2f} s"),
        (f"first computed picture, after {WAKE:.0f} s of reading", "1 s", f"{first:.2f} s"),
    ]


def of_use(browser: Browser, log: Path) -> list[Row]:
    """Rows of a page that somebody works with."""
    with serving(log) as server:
        page = with_clocks(browser.new_context(viewport=WINDOW)).new_page()
        frames: list[str | bytes] = []
        fetched: list[Request] = []
        for event in ("framesent", "framereceived"):
            page.on("websocket", lambda ws, event=event: ws.on(event, lambda frame: frames.append(frame)))
        page.on("requestfinished", lambda request: fetched.append(request))
        page.goto(server.url)
        shown(page)
        page.wait_for_timeout(1000 * READING)
        frames.clear()
        gap, count = hover(page)
        hovering = len(frames)
        frames.clear()
        fetched.clear()
        times = clicks(page)
        size = (sum(map(len, frames)) + sum(map(weight, fetched))) / (CLICKS + 2) / 1000
        pictured = {look: clicks_with_picture(page, look) for look in LOOKS}
        heading, switch = (statistics.median(switches(page, whole=whole)) for whole in (False, True))
        page.context.close()
        own = uploads(browser, server)
    return [
        (f"click to panel of numbers, median of {CLICKS}", "60 ms", f"{statistics.median(times):.0f} ms"),
        ("the same, 90 %", "", f"{statistics.quantiles(times, n=10)[-1]:.0f} ms"),
        *(
            (f"click to picture, {look!r} open, median of {PICTURED}", "150 ms", f"{took_:.0f} ms")
            for look, took_ in pictured.items()
        ),
        ("bytes per click", "10 kB", f"{size:.1f} kB"),
        (f"hovering: median gap of {count} frames", "16.7 ms", f"{gap:.1f} ms"),
        ("hovering: websocket frames", "0", str(hovering)),
        (f"page switch to the next heading, median of {SWITCHES}", "300 ms", f"{1000 * heading:.0f} ms"),
        ("the same to the end of the page", "", f"{1000 * switch:.0f} ms"),
        *own,
    ]


def of_size(browser: Browser, log: Path) -> list[Row]:
    """Rows of memory and disk."""
    with serving(log) as server:
        time.sleep(3)
        idle = server.memory()
        page = browser.new_context().new_page()
        page.goto(server.url)
        shown(page)
        page.wait_for_timeout(1000 * READING)
        awake = server.memory()
        each = memory(browser, server)
        page.context.close()
    total, torch = installed()
    return [
        ("server's memory before the first page", "", str(idle)),
        ("server's memory with torch awake", "", str(awake)),
        ("one more session", "", f"{each:.1f} MB"),
        ("installed: the app's packages", "", f"{total / 1000:.1f} GB"),
        ("of that torch, with its build's libraries", "", f"{torch / 1000:.1f} GB"),
    ]


PARTS: dict[str, Callable[[Browser, Path], list[Row]]] = {"start": of_start, "use": of_use, "size": of_size}


def main(names: Sequence[str]) -> int:
    """Measures and prints the parts of these names, or all."""
    if unknown := set(names) - set(PARTS):
        print(
            f"There is no part {', '.join(sorted(unknown))}: the parts are {', '.join(PARTS)}.",
            file=sys.stderr,
        )
        return 2
    print("| what | target | measured |\n|:--|--:|--:|")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        for name in names or PARTS:
            for what, target, measured in PARTS[name](browser, Path(folder) / "log.txt"):
                print(f"| {what} | {target} | {measured} |", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
