"""Each chapter of the lesson by keyboard alone: guess, see, and fulfil the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dcnviz.ui.lesson import patients
from tests.browser.lesson import RIGHT, Learner


def guess(learner: Learner, chapter: str) -> None:
    """Guesses what is right, and asks for the answer."""
    options = list(learner.own(chapter).options)
    if options:
        learner.tab_to("[data-testid=stRadio] input")
        learner.press("Space", *["ArrowDown"] * options.index(RIGHT[chapter]))
    elif chapter in RIGHT:
        learner.tab_to("[data-testid=stNumberInput] input")
        learner.page.keyboard.type(RIGHT[chapter])
        learner.press("Enter")
    learner.page.locator(f".st-key-reveal-{chapter} button:enabled").wait_for()
    learner.idle()
    learner.tab_to(f".st-key-reveal-{chapter} button")
    learner.press("Enter")
    learner.verdict(chapter, RIGHT.get(chapter, ""), "right")
    learner.idle()


def grid(learner: Learner) -> None:
    learner.tab_to(".guess")
    learner.press(*["ArrowUp"] * 5, "ArrowLeft")
    guess(learner, "grid")
    learner.tab_to("input[data-name=stride]")
    learner.press("ArrowLeft", "Tab", "ArrowRight", "Tab", "ArrowRight")


def offsets(learner: Learner) -> None:
    guess(learner, "offsets")
    learner.tab_to("g.tap")
    for k in (0, 3, 6):
        learner.press(str(k), "Shift+ArrowRight", "ArrowRight", "ArrowRight")
    learner.press("6", "ArrowUp", "ArrowUp", "ArrowUp", "0", "ArrowDown", "ArrowDown")


def between(learner: Learner) -> None:
    guess(learner, "between")
    learner.tab_to("g.tap")
    learner.press("Shift+ArrowDown", "ArrowDown")


def gradient(learner: Learner) -> None:
    guess(learner, "gradient")
    learner.tab_to("g.tap")
    for k in (0, 3, 6):
        learner.press(str(k), *["Shift+ArrowRight"] * 3)


def stacked(learner: Learner) -> None:
    guess(learner, "stacked")
    learner.tab_to("canvas")
    learner.press(*["Shift+ArrowUp"] * 5, *["Shift+ArrowLeft"] * 3, *["ArrowUp"] * 2, "Enter")
    learner.idle()
    words = learner.own("stacked").words
    learner.says(words["table"].format(i=12, j=12, depth=words["depth_3"]))
    learner.press(*["Shift+ArrowDown"] * 2, "ArrowUp", *["Shift+ArrowLeft"] * 2, *["ArrowRight"] * 3, "Enter")


def masks(learner: Learner) -> None:
    guess(learner, "masks")
    for k in (2, 5, 6):
        learner.tab_to(f"input[aria-label='{learner.texts.learn.toy['mask_of'].format(k=k)}']")
        learner.press("Control+a", "0", "Enter")


def groups(learner: Learner) -> None:
    guess(learner, "groups")
    words = learner.own("groups")
    learner.tab_to("button[data-mode=free]")
    learner.press("Enter")
    learner.says(f"{words.words['total']} 2.00")
    learner.says(words.state.split("{sum}")[0] + "2.00")
    learner.idle()
    learner.tab_to("input[data-name=raw-0-3]")
    learner.press("Control+a", "-", "2", "Enter")


def practice(learner: Learner) -> None:
    guess(learner, "practice")
    for id, broken in learner.mistakes():
        learner.asked(id)
        learner.idle()
        learner.tab_to(f".st-key-broken-{broken} button")
        learner.press("Enter")
        learner.says(learner.texts.practice.found.format(letter=broken.upper()))
        learner.idle()
        if id != "article":
            learner.tab_to(".st-key-next-mistake button")
            learner.press("Enter")


def yours(learner: Learner) -> None:
    guess(learner, "yours")
    words = learner.texts.yours
    for number, layer in enumerate(patients.numbers("patient")):
        learner.tab_to(f".st-key-layer-{number} button")
        learner.press(*["ArrowRight"] * list(words.verdicts).index(layer.code), "Enter")
        learner.says(f"{words.layer.format(n=number + 1)} ✓")
        learner.idle()


BY_KEYBOARD: Mapping[str, Callable[[Learner], None]] = {
    each.__name__: each
    for each in (grid, offsets, between, gradient, stacked, masks, groups, practice, yours)
}
"""By the chapter's id."""
