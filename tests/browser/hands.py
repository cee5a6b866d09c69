"""A hand that rests when the test says so, and how long it waits.

Pages report what a hand has done once it rests, a few tenths of a second after its last move. On a machine that its
host stops for half a second a test's hand seems to rest between any two moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 180_000
"""Milliseconds that a test waits for what should be there at once: only a hang takes them."""

MOMENT = 100
"""Milliseconds of the shortest wait that stands for a resting hand; shorter ones order what a page does."""

HOLD = """(moment) => {
  const [set, clear] = [window.setTimeout, window.clearTimeout], held = new Map();
  let last = 0; // the browser's own numbers are positive
  window.setTimeout = (work, wait = 0, ...given) => {
    if (wait < moment) return set(work, wait, ...given);
    held.set(--last, () => work(...given));
    return last;
  };
  window.clearTimeout = (number) => { held.delete(number) || clear(number); };
  window.rest = () => {
    const due = [...held.values()];
    held.clear();
    for (const work of due) work();
  };
}"""


def hold(page: Page) -> None:
    """From now on no hand rests on that page, however long it takes."""
    page.evaluate(HOLD, MOMENT)


def rest(page: Page) -> None:
    """The hand rests: what waited for that happens."""
    page.evaluate("rest()")
