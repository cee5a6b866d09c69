"""A hand over the explorer and its clicks, in a real Chromium, by the page's own clock."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLICKS = 20
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


def hover(page: Page) -> tuple[float, int]:
    """Median gap in milliseconds between animation frames while the pointer moves, and how many gaps."""
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
