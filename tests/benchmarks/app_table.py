"""The whole table of how quick and how heavy the app is: `make bench-app`. Targets stand beside what was measured.

python -m tests.benchmarks.app_table [start] [use] [size]
"""

from __future__ import annotations

import importlib.metadata
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.benchmarks.app_speed import CLICKS, clicks, hover
from tests.browser.conftest import ARGUMENTS, find_chromium
from tests.load.server import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page, Position

STARTS, PICTURED, SWITCHES, SESSIONS = 3, 8, 8, 5
WAKE = 5.0  # seconds that the background import had, before the first computed picture is asked for
READING = 12.0
LOOK = "Places that count"  # the deeper look that is opened
MB = 1e6
Row = tuple[str, str, str]  # what, target, measured


def shown(page: Page) -> None:
    """Waits for a drawn explorer."""
    page.locator("canvas[data-scale]").first.wait_for()


def opened(page: Page, url: str) -> None:
    """Goes there, and waits for a drawn explorer."""
    page.goto(url)
    shown(page)


def timed(act: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def starts(browser: Browser, log: Path) -> tuple[float, float, float]:
    """Medians: a new process and an empty browser; the page again; the first computed picture after that."""
    cold, warm, first = [], [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        with serving(log) as server:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.goto(server.url)
            shown(page)
            cold.append(time.perf_counter() - began)
            page.locator(".st-key-numbers").wait_for()
            page.wait_for_timeout(1000 * WAKE)
            first.append(timed(lambda page=page: choose_version(page, "v1")))  # type: ignore[misc]  # bound at once
            page.wait_for_timeout(3000)
            other = context.new_page()
            warm.append(timed(lambda page=other, url=server.url: opened(page, url)))  # type: ignore[misc]
            context.close()
    return statistics.median(cold), statistics.median(warm), statistics.median(first)


def choose_version(page: Page, label: str) -> None:
    """Another network, until its numbers are there."""
    page.get_by_role("radiogroup", name="Operator").get_by_text(label, exact=True).click()
    page.wait_for_url(f"**version={label}**")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.locator(".st-key-numbers").wait_for()


def switches(page: Page) -> list[float]:
    """Seconds from the navigation to the heading of the next page, the pages having been seen before."""
    times = []
    for n in range(SWITCHES + 2):
        link, heading = (
            ("Learn", "Learn deformable convolution"),
            ("Explore", "Where does the network look?"),
        )[n % 2]
        page.get_by_role("link", name=link, exact=True).first.click(no_wait_after=True)
        began = time.perf_counter()
        page.get_by_role("heading", name=heading).wait_for()
        times.append(time.perf_counter() - began)
        page.wait_for_timeout(800)
    return times[2:]


WATCH_PICTURE = """alt => {
  const find = () => document.querySelector(`img[alt="${alt}"]`);
  const before = find().src;
  window.__done = new Promise(done => {
    let began = 0;
    window.addEventListener('pointerup', () => { began = performance.now(); }, { capture: true, once: true });
    const look = () => {
      const picture = find();
      if (began && picture && picture.src !== before && picture.complete) done(performance.now() - began);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""


def clicks_with_picture(page: Page) -> float:
    """Milliseconds, the median, from a click to the new picture of the deeper look that is open."""
    page.locator(".st-key-deep-en").get_by_text(LOOK, exact=True).click()
    page.get_by_role("img", name=LOOK).wait_for()
    page.wait_for_timeout(1000)
    canvas = page.locator("canvas[data-scale]")
    scale, margin = (float(canvas.get_attribute(f"data-{name}") or 0) for name in ("scale", "margin"))
    times = []
    for n in range(PICTURED + 1):
        page.evaluate(WATCH_PICTURE, LOOK)
        place: Position = {"x": margin + scale * 4 * (40 + 2 * n), "y": margin + scale * 4 * (30 + 3 * n)}
        canvas.click(position=place, force=True)
        times.append(page.evaluate("window.__done"))
        page.wait_for_timeout(300)
    page.locator(".st-key-deep-en").get_by_text(LOOK, exact=True).click()
    return float(statistics.median(times[1:]))


def upload(page: Page) -> float:
    """Seconds from choosing a picture file of about 10 MB to its explorer."""
    noise = np.random.default_rng(0).integers(0, 255, (1790, 1790, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG", compress_level=0)
    page.get_by_role("button", name="Picture:").click()
    page.get_by_role("radiogroup", name="Where from").get_by_text("Upload", exact=True).click()
    field = page.locator("[data-testid=stFileUploader] input[type=file]")
    file: FilePayload = {"name": "mine.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    began = time.perf_counter()
    field.set_input_files(file)
    page.wait_for_url("**picture=own**")
    page.locator(".st-key-numbers").get_by_text("Cell (64, 64)").wait_for()
    return time.perf_counter() - began


def memory(browser: Browser, server: Server) -> float:
    """Megabytes of the server's own memory that one more session takes."""
    pages = []
    before = server.memory().uss
    for _ in range(SESSIONS):
        pages.append(browser.new_context().new_page())
        pages[-1].goto(server.url)
        shown(pages[-1])
        pages[-1].wait_for_timeout(1500)
    more = (server.memory().uss - before) / SESSIONS
    for page in pages:
        page.context.close()
    return more


def installed() -> tuple[float, float]:
    """Megabytes of what the app needs in this environment, and of them torch's with what its build brings."""
    total, torch = 0.0, 0.0
    for name in needed():
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        size = sum(f.size or 0 for f in files) / MB
        total += size
        torch += size if name.startswith(("torch", "nvidia", "triton", "cuda")) else 0
    return total, torch


def needed() -> set[str]:
    """The packages of requirements.txt, and all below them."""
    root = Path(__file__).parents[2] / "requirements.txt"
    open_ = [line.split("#")[0] for line in root.read_text().splitlines()]
    found: set[str] = set()
    while open_:
        name = base(open_.pop())
        if not name or name in found:
            continue
        found.add(name)
        try:
            open_ += [r for r in importlib.metadata.requires(name) or [] if "extra ==" not in r]
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def base(requirement: str) -> str:
    """The bare name of a requirement, as packages are named.

    >>> base("Pillow>=10 ; python_version > '3'"), base("nvidia_cublas[x]")
    ('pillow', 'nvidia-cublas')
    """
    name = requirement.strip()
    for end in "<>=!~;[( ":
        name = name.split(end)[0]
    return name.lower().replace("_", "-")


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
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        frames: list[str | bytes] = []
        for event in ("framesent", "framereceived"):
            page.on("websocket", lambda ws, event=event: ws.on(event, lambda frame: frames.append(frame)))
        page.goto(server.url)
        shown(page)
        page.wait_for_timeout(1000 * READING)
        frames.clear()
        gap, count = hover(page)
        hovering = len(frames)
        frames.clear()
        times = clicks(page)
        size = sum(len(frame) for frame in frames) / (CLICKS + 2) / 1000
        pictured = clicks_with_picture(page)
        switch = statistics.median(switches(page))
        own = upload(page)
        page.context.close()
    return [
        (f"click to panel of numbers, median of {CLICKS}", "60 ms", f"{statistics.median(times):.0f} ms"),
        ("the same, 90 %", "", f"{statistics.quantiles(times, n=10)[-1]:.0f} ms"),
        (f"click to picture of a deeper look, median of {PICTURED}", "150 ms", f"{pictured:.0f} ms"),
        ("bytes per click", "10 kB", f"{size:.1f} kB"),
        (f"hovering: median gap of {count} frames", "16.7 ms", f"{gap:.1f} ms"),
        ("hovering: websocket frames", "0", str(hovering)),
        (f"page switch, median of {SWITCHES}", "300 ms", f"{1000 * switch:.0f} ms"),
        ("upload of a 10 MB picture to its explorer and numbers", "1.5 s", f"{own:.2f} s"),
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
