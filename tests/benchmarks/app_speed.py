"""How quick the app is, in a real Chromium on this machine: start, hover, click.

    python -m tests.benchmarks.app_speed

Prints a table. Each start is a new server process and a browser with an empty cache.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, ROOT, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STARTS, CLICKS = 3, 20
FRAMES = """() => new Promise(done => {
  const gaps = []; let last = performance.now();
  const tick = now => { gaps.push(now - last); last = now; gaps.length < 120 ? requestAnimationFrame(tick) : done(gaps); };
  requestAnimationFrame(tick);
})"""


def start_server(log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Starts the app on a free port; returns as soon as the port is known."""
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / "app.py"),
        "--server.port=0",
        "--server.headless=true",
    ]
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    while not (found := re.search(r"URL: http://[\w.]+:(\d+)", log.read_text())):
        if server.poll() is not None:
            raise SystemExit(f"the app ended:\n{log.read_text()}")
        time.sleep(0.02)
    return server, f"http://localhost:{found[1]}"


def stop_server(server: subprocess.Popen[bytes]) -> None:
    """Ends it with its children."""
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(15)


def painted(page: Page, url: str) -> None:
    """Opens the page and waits until the explorer is drawn."""
    page.goto(url)
    page.locator("canvas[data-scale]").wait_for()


def cold_start(browser: Browser, log: Path) -> tuple[float, float]:
    """Seconds from starting the process to the painted explorer, and to the panel's numbers."""
    began = time.perf_counter()
    server, url = start_server(log)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    painted(page, url)
    canvas = time.perf_counter() - began
    page.locator(".st-key-numbers").wait_for()
    numbers = time.perf_counter() - began
    context.close()
    stop_server(server)
    return canvas, numbers


def hover(page: Page) -> tuple[float, int]:
    """Median gap between animation frames while the pointer moves, and websocket frames in that time."""
    canvas = page.locator("canvas[data-scale]")
    box = canvas.bounding_box()
    assert box
    page.evaluate(
        """([x, y, w, h]) => { let n = 0; window.__mover = setInterval(() => { n += 1;
        const at = { clientX: x + 40 + (n * 7) % (w - 80), clientY: y + 40 + (n * 5) % (h - 80), bubbles: true, pointerType: 'mouse' };
        const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot && e.shadowRoot.querySelector('canvas[data-scale]'));
        (root ? root.shadowRoot : document).querySelector('canvas[data-scale]').dispatchEvent(new PointerEvent('pointermove', at)); }, 8); }""",
        [box["x"], box["y"], box["width"], box["height"]],
    )
    gaps = page.evaluate(FRAMES)
    page.evaluate("clearInterval(window.__mover)")
    return statistics.median(gaps), len(gaps)


WATCH = """wanted => { window.__done = new Promise(done => {
  let began = 0;
  window.addEventListener('pointerup', () => { began = performance.now(); }, { capture: true, once: true });
  const seen = () => { const panel = document.querySelector('.st-key-numbers');
    if (began && panel && panel.textContent.includes(wanted)) { watcher.disconnect(); done(performance.now() - began); } };
  const watcher = new MutationObserver(seen);
  watcher.observe(document.body, { childList: true, subtree: true, characterData: true });
}); }"""


def clicks(page: Page) -> list[float]:
    """Milliseconds from letting go of the button to the panel that shows the cell, by the browser's own clock."""
    canvas = page.locator("canvas[data-scale]")
    scale, margin = (float(canvas.get_attribute(f"data-{name}") or 0) for name in ("scale", "margin"))
    times = []
    for n in range(CLICKS + 2):
        i, j = 20 + 3 * n, 30 + 2 * n
        page.evaluate(WATCH, f"({i}, {j})")
        canvas.click(position={"x": margin + scale * 4 * j, "y": margin + scale * 4 * i}, force=True)
        times.append(page.evaluate("window.__done"))
        page.wait_for_timeout(300)
    return times[2:]


def main() -> None:
    """Measures and prints."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        log = Path(folder) / "log.txt"
        starts = [cold_start(browser, log) for _ in range(STARTS)]
        server, url = start_server(log)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        frames: list[str | bytes] = []
        for event in ("framesent", "framereceived"):
            page.on("websocket", lambda ws, event=event: ws.on(event, lambda frame: frames.append(frame)))
        painted(page, url)
        page.wait_for_timeout(12_000)
        frames.clear()
        gap, count = hover(page)
        while_hovering = len(frames)
        frames.clear()
        times = clicks(page)
        size = sum(len(frame) for frame in frames) / (CLICKS + 2)
        browser.close()
        stop_server(server)
    print("| what | measured |\n|:--|--:|")
    print(
        f"| start to painted explorer, cold browser, median of {STARTS} | {statistics.median(s[0] for s in starts):.2f} s |"
    )
    print(f"| start to the pinned cell's numbers | {statistics.median(s[1] for s in starts):.2f} s |")
    print(f"| hovering: median gap between {count} animation frames | {gap:.1f} ms |")
    print(f"| hovering: websocket frames | {while_hovering} |")
    print(f"| click to panel, median of {CLICKS} | {statistics.median(times):.0f} ms |")
    print(f"| click to panel, 90th percentile | {statistics.quantiles(times, n=10)[-1]:.0f} ms |")
    print(f"| bytes per click | {size / 1000:.1f} kB |")


if __name__ == "__main__":
    main()
