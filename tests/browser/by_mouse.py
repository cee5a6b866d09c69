"""Each chapter of the lesson by mouse: guess, see, and fulfil the task."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from dcnviz.ui.lesson import patients
from dcnviz.ui.lesson.reached import reached
from tests.browser.hands import PATIENCE
from tests.browser.lesson import RIGHT, Learner


def choose(learner: Learner, chapter: str, code: str = "") -> None:
    """Guesses one of the options, by default the right one, and asks for the answer."""
    guess = code or RIGHT[chapter]
    learner.page.locator("[data-testid=stRadio]").get_by_text(learner.own(chapter).options[guess]).click()
    learner.named(learner.texts.learn.reveal).click()
    learner.verdict(chapter, guess, "right" if guess == RIGHT[chapter] else "wrong")


def guess_number(learner: Learner, chapter: str, text: str) -> None:
    field = learner.page.get_by_test_id("stNumberInputField")
    field.fill(text)
    field.press("Enter")
    learner.named(learner.texts.learn.reveal).click()
    learner.verdict(chapter, text, "right" if text == RIGHT[chapter] else "close")


def grid(learner: Learner) -> None:
    learner.page.mouse.click(*learner.spot(1, 5))
    learner.named(learner.texts.learn.reveal).click()
    learner.verdict("grid", "", "right")
    for name, value in [("dilation", 2), ("stride", 1), ("padding", 2)]:
        learner.page.locator(f"input[data-name={name}]").fill(str(value))


def offsets(learner: Learner) -> None:
    choose(learner, "offsets")
    for n, k in enumerate((0, 3, 6)):
        learner.drag(k, 4 + 0.5 * n, 2.1 + 0.4 * n)


def between(learner: Learner) -> None:
    guess_number(learner, "between", "4.4")
    learner.idle()
    page = learner.page
    page.mouse.move(*learner.spot(1.25, 1.5))
    page.mouse.down()
    learner.sent.clear()
    for n in range(8):
        page.mouse.move(*learner.spot(1.5 + n / 8, 1.5))
    page.get_by_text("(2.").first.wait_for()  # the toy followed
    assert learner.sent == [], "the server heard of it while the hand moved"
    page.mouse.move(*learner.spot(2.5, 1.5))
    page.mouse.up()


def gradient(learner: Learner) -> None:
    choose(learner, "gradient")
    for _ in range(4):
        learner.named(learner.texts.learn.toy["step"]).click()
    learner.drag(0, 0.3, 4.6)
    learner.drag(3, 2.2, 4.6)


def stacked(learner: Learner) -> None:
    guess_number(learner, "stacked", "49")
    learner.idle()
    page, labels = learner.page, learner.texts.explorer
    plain, moved = (page.locator(f".st-key-stage-stacked-{version}") for version in ("conv", "v2"))
    for y, x in ((84, 20), (48, 56)):
        canvas = moved.locator("canvas[data-scale]")
        scale, margin = (float(canvas.get_attribute(f"data-{name}") or 0) for name in ("scale", "margin"))
        canvas.click(position={"x": margin + (x + 0.5) * scale, "y": margin + (y + 0.5) * scale})
        for part, version in ((plain, "conv"), (moved, "v2")):
            python = reached(version, 3, (y // 4, x // 4))
            part.locator(".readout").get_by_text(f"{labels['places']} {python.places}").wait_for()
            said = part.locator(".readout b").nth(2)
            deadline = time.monotonic() + PATIENCE / 1000
            while abs(float(said.inner_text().split()[0]) - python.reach) >= 0.1:  # the cell's before, yet
                assert time.monotonic() < deadline, (version, said.inner_text(), python.reach)
                page.wait_for_timeout(50)
        learner.idle()


def masks(learner: Learner) -> None:
    choose(learner, "masks", "5")
    for k in (2, 5, 6):
        field = learner.page.get_by_label(learner.texts.learn.toy["mask_of"].format(k=k))
        field.fill("0")
        field.press("Enter")


def groups(learner: Learner) -> None:
    choose(learner, "groups", "stay")
    learner.idle()
    page, words = learner.page, learner.own("groups")
    learner.named(words.words["free"]).click()
    learner.says(f"{words.words['total']} 2.00")
    learner.says(words.state.split("{sum}")[0] + "2.00")
    bar = page.locator("section.group").first.locator(".bar").nth(3)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    learner.sent.clear()
    page.mouse.move(x - 40, y)
    page.mouse.move(x - 80, y)
    learner.says(f"{words.words['total']} 0.00")
    assert learner.sent == [], "the server heard of it while the hand moved"
    page.mouse.up()


def practice(learner: Learner) -> None:
    choose(learner, "practice")
    words = learner.texts.practice
    learner.named(words.is_broken.format(letter="B")).click()  # it is A
    learner.says(words.not_this.split("{")[0].strip())
    for id, broken in learner.mistakes():
        learner.asked(id)
        learner.named(words.is_broken.format(letter=broken.upper())).click()
        learner.says(words.found.format(letter=broken.upper()))
        if id != "article":
            learner.named(words.following).click()


def yours(learner: Learner) -> None:
    choose(learner, "yours")
    words = learner.texts.yours
    for number, layer in enumerate(patients.numbers("patient")):
        part = learner.page.locator(f".st-key-layer-{number}")
        part.get_by_text(words.verdicts[layer.code], exact=True).click()
        learner.says(f"{words.layer.format(n=number + 1)} ✓")


BY_MOUSE: Mapping[str, Callable[[Learner], None]] = {
    each.__name__: each
    for each in (grid, offsets, between, gradient, stacked, masks, groups, practice, yours)
}
"""By the chapter's id."""
