"""How soon the page Train shows another moment of a training: from the slider's input to what is painted.

    python -m tests.benchmarks.scrub_speed [VERSION ...]

Films of the shipped networks (v2 if none is named), in a real Chromium at 1280 x 900, by its own clock: 60 jumps of
the slider to and fro. "Painted" is the first task after the animation frame in which all canvases were drawn;
"drawing" is that frame's script. The last column says how many websocket frames went either way meanwhile: none, unless
the machine stood still for so long that the slider seemed to rest.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, find_chromium
from tests.load.server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

JUMPS, WARM = 60, 6
SCRUB = """async (jumps) => {
  const inside = (each) => each.shadowRoot?.querySelector(".player");
  const player = [...document.querySelectorAll("*")].map(inside).find(Boolean);
  const slider = player.querySelector("input[type=range]"), last = Number(slider.max), times = [];
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(0);
  }));
  for (let n = 0; n < jumps; n += 1) {
    slider.value = (n * 37) % (last + 1);
    let drawing = 0;
    requestAnimationFrame(() => (drawing = performance.now())); // before the player's own
    const began = performance.now();
    slider.dispatchEvent(new Event("input"));
    requestAnimationFrame(() => (drawing = performance.now() - drawing)); // after it
    const now = await painted();
    if (player.dataset.frame !== slider.value) throw new Error(`shows ${player.dataset.frame}, not ${slider.value}`);
    times.push([now - began, drawing]);
    await new Promise((done) => setTimeout(done, 40));
  }
  return times;
}"""


def scrub(browser: Browser, url: str, version: str) -> str:
    """A row of the table."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce").new_page()
    page.set_default_timeout(120_000)
    told: list[object] = []
    for event in ("framesent", "framereceived"):
        page.on("websocket", lambda ws, event=event: ws.on(event, lambda frame: told.append(frame)))
    page.goto(f"{url}/train?version={version}&frame=1")
    player = page.locator(".player[data-drawn=true]")
    player.wait_for()
    page.wait_for_timeout(4000)
    told.clear()
    both = page.evaluate(SCRUB, JUMPS + WARM)[WARM:]
    times, drawing = ([pair[n] for pair in both] for n in (0, 1))
    words, count = len(told), int(player.get_attribute("data-last") or 0) + 1
    middle, high = statistics.median(times), statistics.quantiles(times, n=10)[-1]
    draw = statistics.median(drawing)
    return f"| {version} | {count} | {middle:.1f} ms | {high:.1f} ms | {max(times):.1f} ms | {draw:.1f} ms | {words} |"


def main(versions: list[str]) -> None:
    """Measures and prints."""
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log.txt") as server,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        print("| film | frames | median | 90th percentile | longest | of it drawing | websocket frames |")
        print("|:--|--:|--:|--:|--:|--:|--:|")
        for version in versions:
            print(scrub(browser, server.url, version))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:] or ["v2"])
