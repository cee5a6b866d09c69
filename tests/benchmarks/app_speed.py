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
  const gaps = [];
  let last = performance.now();
  const tick = now => {
    gaps.push(now - last);
    last = now;
    if (gaps.length < 120) requestAnimationFrame(tick);
    else done(gaps);
  };
  requestAnimationFrame(tick);
})"""
MOVE = """() => {
  const inside = node => node.shadowRoot?.querySelector('canvas[data-scale]');
  const canvas = [...document.querySelectorAll('*')].map(inside).find(Boolean)
    ?? document.querySelector('canvas[data-scale]');
  const { left, top, width, height } = canvas.getBoundingClientRect();
  let n = 0;
  window.__mover = setInterval(() => {
    n += 1;
    const place = { clientX: left + 40 + (n * 7) % (width - 80), clientY: top + 40 + (n * 5) % (height - 80) };
    canvas.dispatchEvent(new PointerEvent('pointermove', { ...place, bubbles: true, pointerType: 'mouse' }));
  }, 8);
}"""
WATCH = """wanted => {
  window.__done = new Promise(done => {
    let began = 0;
    const press = event => { began = event.timeStamp; };
    window.addEventListener('pointerup', press, { capture: true, once: true });
    const watcher = new MutationObserver(() => {
      const panel = document.querySelector('.st-key-numbers');
      if (!began || !panel?.textContent.includes(wanted)) return;
      watcher.disconnect();
      const next = new MessageChannel();
      next.port1.onmessage = () => done(performance.now() - began);
      requestAnimationFrame(() => next.port2.postMessage(0));
    });
    watcher.observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}"""
"""From the pointer's event, by its own time, to the first task after the frame with the new numbers."""


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
    page.evaluate(MOVE)
    gaps = page.evaluate(FRAMES)
    page.evaluate("clearInterval(window.__mover)")
    return statistics.median(gaps), len(gaps)


def clicks(page: Page) -> list[float]:
    """Milliseconds from letting go of the button until the cell's panel is painted, by the browser's own clock."""
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
    began, numbers = (statistics.median(column) for column in zip(*starts, strict=True))
    rows = {
        f"start to painted explorer, cold browser, median of {STARTS}": f"{began:.2f} s",
        "start to the pinned cell's numbers": f"{numbers:.2f} s",
        f"hovering: median gap between {count} animation frames": f"{gap:.1f} ms",
        "hovering: websocket frames": str(while_hovering),
        f"click to panel, median of {CLICKS}": f"{statistics.median(times):.0f} ms",
        "click to panel, 90th percentile": f"{statistics.quantiles(times, n=10)[-1]:.0f} ms",
        "bytes per click": f"{size / 1000:.1f} kB",
    }
    print("| what | measured |\n|:--|--:|")
    for what, measured in rows.items():
        print(f"| {what} | {measured} |")


if __name__ == "__main__":
    main()
