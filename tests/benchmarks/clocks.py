"""Clocks inside the page: each begins at what a person does, and ends with the frame that shows what came of it.

Playwright's own waits are no clocks: before a click they wait for the button to stand still, and while they wait for
something they look every half second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

READY = """(() => {
  const shadows = () => [...document.querySelectorAll('[data-testid^=stBidi], [data-testid^=stBidi] *')]
    .map(node => node.shadowRoot).filter(Boolean);
  window.__explorer = () => shadows().map(root => root.querySelector('canvas[data-scale]')).find(Boolean);
  window.__numbers = () => document.querySelector('.st-key-numbers')?.textContent ?? '';
  /** Calls back with the time of the first frame in which something is so. */
  window.__when = (holds, then) => {
    const look = now => { holds() ? then(now) : requestAnimationFrame(look); };
    requestAnimationFrame(look);
  };
  /** A promise of the milliseconds from an event of the person's until something is so. */
  window.__from = (event, holds) => {
    window.__took = new Promise(done => addEventListener(event, ({ timeStamp }) => {
      __when(holds, now => done(now - timeStamp));
    }, { capture: true, once: true }));
  };
  window.__painted = new Promise(done => __when(() => __explorer(), done));
})()"""
"""Loaded before the page's own scripts."""

VERSION = """label => {
  const before = __numbers();
  __from('click', () => __explorer()?.dataset.version === label && __numbers() && __numbers() !== before);
}"""
HEADING = """({ title, whole }) => __from('click', () =>
  [...document.querySelectorAll('h1')].some(each => each.textContent.includes(title) && each.checkVisibility())
  && (!whole || document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')))"""
PICTURE = """({ alt, cell }) => __from('change', () =>
  __explorer()?.ariaLabel.startsWith(alt) && __numbers().includes(cell))"""


def with_clocks(context: BrowserContext) -> BrowserContext:
    """Puts the clocks into all pages of a browser that are opened from now on."""
    context.add_init_script(READY)
    return context


def painted(page: Page) -> float:
    """Seconds from the page's request to the first frame with an explorer. Waits for it."""
    return float(page.evaluate("__painted")) / 1000


def painted_at(page: Page) -> float:
    """The same as a time of day, as `time.time` tells it."""
    return float(page.evaluate("__painted.then(now => performance.timeOrigin + now)")) / 1000


def until_version(page: Page, label: str) -> None:
    """Sets the clock from the next click to this network's fields in the explorer and its numbers beside it."""
    page.evaluate(VERSION, label)


def until_heading(page: Page, title: str, *, whole: bool = False) -> None:
    """Sets the clock from the next click to a page's heading, or until that page is there to its end."""
    page.evaluate(HEADING, {"title": title, "whole": whole})


def until_picture(page: Page, alt: str, cell: str) -> None:
    """Sets the clock from the choice of a file to its picture in the explorer and a cell's numbers beside it."""
    page.evaluate(PICTURE, {"alt": alt, "cell": cell})


def took(page: Page) -> float:
    """Seconds by the clock that was set. Waits for its end."""
    return float(page.evaluate("__took")) / 1000
