"""The grouped look in a real Chromium: whatever a hand does to it, its numbers are those of dcnv3 and dcnv4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dcnviz.plots.colours import hex_table
from dcnviz.ui.groups.component import CAN, SCRIPT, SHOWN, STYLE
from dcnviz.ui.groups.state import LARGEST, Groups, believed, to_data
from dcnviz.ui.lesson.chapters.groups import LEANING
from dcnviz.ui.lesson.live_groups import live_groups
from dcnviz.ui.texts.learn import ENGLISH
from tests.browser.hands import PATIENCE
from tests.browser.test_toy import LOAD, MOUNT, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 2400}, has_touch=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(LOAD, [SCRIPT, STYLE])
    words = {"labels": {**ENGLISH.toy, **ENGLISH.chapters["groups"].words}, "colours": hex_table()}
    data = {"epoch": "a", "start": to_data(LEANING), "shown": SHOWN, "can": CAN, "largest": LARGEST, **words}
    page.evaluate(MOUNT, data)
    page.locator("section.group[data-outputs]").first.wait_for()
    yield page
    assert errors == []
    context.close()


def reported(page: Page, start: Groups = LEANING) -> Groups:
    """How the groups say they stand; and this says something new."""
    said = page.evaluate("window.sent.splice(0).at(-1)")
    assert said, "nothing was reported"
    state = believed(said, start)
    assert state is not start, "what was reported was not believed"
    return state


def assert_equal(page: Page, state: Groups) -> None:
    """Masks, samples and outputs on the page against the operators'."""
    settle(page)
    right, channel = live_groups(state), 0
    i, j = state.cell
    for number, group in enumerate(state.groups):
        part = page.locator("section.group").nth(number)
        shown = channel + group.channel
        masks = [float(n) for n in (part.get_attribute("data-masks") or "").split(",")]
        assert masks == pytest.approx(right.masks[number], abs=1e-5)
        outputs = [float(n) for n in (part.get_attribute("data-outputs") or "").split(",")]
        assert outputs == pytest.approx(
            [right.outputs[channel + c][i][j] for c in range(len(group.grids))], abs=1e-5
        )
        samples = part.locator("g.tap").evaluate_all("taps => taps.map(tap => +tap.dataset.sample)")
        assert samples == pytest.approx(right.at(shown, state.cell), abs=1e-5)
        every = part.locator("[data-cell]").evaluate_all("cells => cells.map(cell => +cell.dataset.value)")
        assert every == pytest.approx([value for row in right.outputs[shown] for value in row], abs=1e-5)
        channel += len(group.grids)


def test_its_numbers_are_the_operators(page: Page) -> None:
    assert_equal(page, LEANING)
    page.locator("button[data-mode=free]").click()
    state = reported(page)
    assert state == replace(LEANING, free=True)
    assert_equal(page, state)
    page.get_by_label("z of tap 7 in group 2").fill("-3.25")
    page.get_by_label("z of tap 7 in group 2").press("Enter")
    page.get_by_role("button", name="Channel 3").click()
    state = reported(page)
    assert state.groups[1].raw[7] == -3.25 and state.groups[1].channel == 1
    assert state.groups[0] == LEANING.groups[0], "a group changed that nobody touched"
    assert_equal(page, state)
    page.get_by_label("z of tap 7 in group 2").fill("1e9")
    page.get_by_label("z of tap 7 in group 2").press("Enter")
    assert reported(page).groups[1].raw[7] == LARGEST


def test_taps_and_bars_are_dragged_in_the_browser_alone(page: Page) -> None:
    group = page.locator("section.group").nth(1)
    for selector, way in (("g.tap[data-k='4'] .dot", (31, -23)), (".bar >> nth=2", (-60, 0))):
        box = group.locator(selector).bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        before = group.get_attribute("data-outputs")
        page.mouse.move(x + way[0], y + way[1], steps=3)
        settle(page)
        assert group.get_attribute("data-outputs") != before, "nothing moved under the hand"
        assert page.evaluate("window.sent.length") == 0, "the server heard of it before the hand let go"
        page.mouse.up()
        state = reported(page)
        assert_equal(page, state)
    assert state.groups[1].raw[2] == 0  # 1.5 less 60 pixels
    (dy, dx), (old_dy, old_dx) = state.groups[1].offsets[4], LEANING.groups[1].offsets[4]
    assert dy < old_dy and dx > old_dx
    assert state.groups[0] == LEANING.groups[0]


def test_the_keyboard_moves_taps_and_the_cell(page: Page) -> None:
    tap = page.locator("section.group").nth(0).locator("g.tap[data-k='0']")
    tap.focus()
    page.keyboard.press("5")
    page.keyboard.press("Shift+ArrowRight")
    state = reported(page)
    assert state.groups[0].offsets[5] == (0, 1) and state.chosen == (0, 5)
    settle(page)
    assert "adds" in page.locator(".live").inner_text()
    page.locator("section.group").nth(1).locator(".outputs").focus()
    page.keyboard.press("ArrowDown")
    state = reported(page)
    assert state.cell == (2, 2)
    assert_equal(page, state)
