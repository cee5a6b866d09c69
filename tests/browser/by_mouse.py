"""Each chapter of the lesson by mouse: guess, see, and fulfil the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dcnviz.ui.lesson import patients
from dcnviz.ui.lesson.defects.table import DEFECTS
from dcnviz.ui.lesson.reached import reached
from dcnviz.ui.texts import LANGUAGES
from tests.browser.lesson import drag, idle, reveal, spot

if TYPE_CHECKING:
    from playwright.sync_api import Page


def guess_number(page: Page, text: str) -> None:
    guess = page.get_by_test_id("stNumberInputField")
    guess.fill(text)
    guess.press("Enter")


def grid(page: Page, sent: list[object]) -> None:
    page.mouse.click(*spot(page, 1, 5))
    reveal(page)
    for name, value in [("dilation", 2), ("stride", 1), ("padding", 2)]:
        page.locator(f"input[data-name={name}]").fill(str(value))


def offsets(page: Page, sent: list[object]) -> None:
    page.get_by_text("by the same offsets").click()
    reveal(page)
    for n, k in enumerate((0, 3, 6)):
        drag(page, k, 4 + 0.5 * n, 2.1 + 0.4 * n)


def between(page: Page, sent: list[object]) -> None:
    guess_number(page, "4.4")
    reveal(page, "Close: it is 4.50.")
    idle(page)
    page.mouse.move(*spot(page, 1.25, 1.5))
    page.mouse.down()
    sent.clear()
    for n in range(8):
        page.mouse.move(*spot(page, 1.5 + n / 8, 1.5))
    page.get_by_text("(2.").first.wait_for()  # the toy followed
    assert sent == [], "the server heard of it while the hand moved"
    page.mouse.move(*spot(page, 2.5, 1.5))
    page.mouse.up()


def gradient(page: Page, sent: list[object]) -> None:
    page.get_by_text("the middle column, on the slope").click()
    reveal(page)
    for _ in range(4):
        page.get_by_role("button", name="One step uphill").click()
    drag(page, 0, 0.3, 4.6)
    drag(page, 3, 2.2, 4.6)


def stacked(page: Page, sent: list[object]) -> None:
    guess_number(page, "49")
    reveal(page)
    idle(page)
    plain, moved = (page.locator(f".st-key-stage-stacked-{version}") for version in ("conv", "v2"))
    for y, x in ((84, 20), (48, 56)):
        canvas = moved.locator("canvas[data-scale]")
        box = canvas.bounding_box()
        assert box is not None
        scale, margin = (float(canvas.get_attribute(f"data-{name}") or 0) for name in ("scale", "margin"))
        at = [margin + (n + 0.5) * scale for n in (x, y)]
        page.mouse.move(box["x"] + at[0], box["y"] + at[1])
        page.mouse.down()
        page.mouse.up()
        for part, version in ((plain, "conv"), (moved, "v2")):
            python = reached(version, 3, (y // 4, x // 4))
            part.locator(".readout").get_by_text(f"different places {python.places}").wait_for()
            said = part.locator(".readout b").nth(2).inner_text()
            assert abs(float(said.removesuffix(" px")) - python.reach) < 0.1
        idle(page)


def masks(page: Page, sent: list[object]) -> None:
    page.get_by_text("tap 5: it stands on the brightest pixel").click()
    reveal(page, "Not quite. The right answer: tap 4: it is drawn strongest.")
    for k in (2, 5, 6):
        page.get_by_label(f"Mask of tap {k}").fill("0")
        page.get_by_label(f"Mask of tap {k}").press("Enter")


def groups(page: Page, sent: list[object]) -> None:
    page.get_by_text("nothing: each tap has its own number").click()
    reveal(page, "Not quite. The right answer: all become smaller, by the same factor.")
    idle(page)
    page.get_by_role("button", name="free masks (v4)").click()
    page.get_by_text("Sum of the masks: 2.00").wait_for()
    page.get_by_text("add up to 2.00").wait_for()
    bar = page.locator("section.group").first.locator(".bar").nth(3)
    box = bar.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    sent.clear()
    page.mouse.move(x - 40, y)
    page.mouse.move(x - 80, y)
    page.get_by_text("Sum of the masks: 0.00").wait_for()
    assert sent == [], "the server heard of it while the hand moved"
    page.mouse.up()


def practice(page: Page, sent: list[object]) -> None:
    page.locator("[data-testid=stRadio]").get_by_text("picture B").click()
    reveal(page)
    page.get_by_role("button", name="B is broken").click()  # it is A
    page.get_by_text("Not this one.").wait_for()
    for id, mistake in DEFECTS.items():
        letter = mistake.broken.upper()
        page.locator(".st-key-mistake").get_by_text(
            LANGUAGES["en"].practice.defects[id].ask.split("**")[0][:20]
        ).wait_for()
        page.get_by_role("button", name=f"{letter} is broken").click()
        page.get_by_text(f"Yes, {letter} is the broken one.").wait_for()
        if id != "article":
            page.get_by_role("button", name="Next mistake").click()


def yours(page: Page, sent: list[object]) -> None:
    page.locator("[data-testid=stRadio]").get_by_text("recording A").click()
    reveal(page)
    for number, layer in enumerate(patients.numbers("patient")):
        verdict = LANGUAGES["en"].yours.verdicts[layer.code]
        page.locator(f".st-key-layer-{number}").get_by_text(verdict, exact=True).click()
        page.get_by_text(f"Layer {number + 1} ✓").wait_for()


BY_MOUSE: Mapping[str, Callable[[Page, list[object]], None]] = {
    "grid": grid,
    "offsets": offsets,
    "between": between,
    "gradient": gradient,
    "stacked": stacked,
    "masks": masks,
    "groups": groups,
    "practice": practice,
    "yours": yours,
}
"""By the chapter's id. Each is given the page and what went to the server."""
