"""The toy in a real Chromium: whatever a hand does to it, its numbers are the operator's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from dcnviz.plots.colours import hex_table
from dcnviz.ui.lesson.live import Live, live
from dcnviz.ui.texts.learn import ENGLISH
from dcnviz.ui.toy.component import CAN, SCRIPT, SHOWN, STYLE
from dcnviz.ui.toy.state import Own, Toy, believed, to_data
from tests.browser.hands import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LOAD = """async ([script, style]) => {
  const load = (text) => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  window.lib = await load(script);
  window.host = document.body.appendChild(document.createElement("div"));
  window.shadow = host.attachShadow({ mode: "open" });
  shadow.append(Object.assign(document.createElement("style"), { textContent: style }));
  window.sent = [];
}"""
MOUNT = """(data) => {
  const setStateValue = (name, value) => window.sent.push(value);
  window.lib.default({ data, parentElement: window.shadow, setStateValue });
}"""
ALL_HANDS = tuple(name for name in CAN if name != "guess")

rng = random.Random(7)
GRID = tuple(tuple(float(rng.randint(0, 9)) for _ in range(7)) for _ in range(6))


def scattered(**changes: Any) -> Toy:
    """Taps anywhere: between pixels, exactly on lines of pixels, half and wholly outside, at -1 exactly."""
    offsets = tuple(
        (rng.choice([-1, 0, 1, 0.5, -1.25]), rng.choice([-1, 0, 2, 0.37, -0.75])) for _ in range(9)
    )
    masks = tuple(rng.choice([0, 1, 0.4, -0.5]) for _ in range(9))
    weights = tuple(rng.choice([1, -2, 0.5]) for _ in range(9))
    other = tuple((round(rng.uniform(-3, 3), 2), round(rng.uniform(-3, 3), 2)) for _ in range(9))
    cells = {(0, 0): Own(offsets, masks), (1, 2): Own(other, (1.0,) * 9)}
    return Toy(GRID, **{"weights": weights, "padding": 1, "bias": 0.5, "cells": cells, **changes})


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 390, "height": 1500},
        has_touch=True,
        reduced_motion="reduce",
        device_scale_factor=2,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(LOAD, [SCRIPT, STYLE])
    yield page
    assert errors == []
    context.close()


def mount(page: Page, start: Toy, *, epoch: str = "a", shown: Any = SHOWN, can: Any = ALL_HANDS) -> None:
    words = {"labels": dict(ENGLISH.toy), "colours": hex_table(), "rate": 0.1}
    page.evaluate(MOUNT, {"epoch": epoch, "start": to_data(start), "shown": shown, "can": can, **words})
    page.locator(".toy[data-output]").wait_for()


def settle(page: Page) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def reported(page: Page, start: Toy) -> Toy:
    """How the toy says it stands; and this says something new."""
    said = page.evaluate("window.sent.splice(0).at(-1)")
    assert said, "the toy reported nothing"
    toy = believed(said, start)
    assert toy is not start, "what the toy reported was not believed"
    return toy


def assert_equal(page: Page, toy: Toy) -> Live:
    """All numbers on the page against the operator's, and its gradients by autograd."""
    settle(page)
    right = live(toy)
    marks = page.locator("g.tap").evaluate_all("taps => taps.map(tap => ({ ...tap.dataset }))")
    assert float(page.locator(".toy").get_attribute("data-output") or "nan") == pytest.approx(
        right.output, abs=1e-5
    )
    for k, mark in enumerate(marks):
        numbers = {name: float(mark[name]) for name in ("y", "x", "sample", "product", "slopeY", "slopeX")}
        places, arrows = right.places[k], right.arrows[k]
        wanted = (*places, right.samples[k], right.products[k], *arrows)
        assert tuple(numbers.values()) == pytest.approx(wanted, abs=1e-5), (k, numbers, wanted)
    shown = page.locator(".outputs [data-cell]").evaluate_all(
        "cells => cells.map(cell => +cell.dataset.value)"
    )
    assert shown == pytest.approx([value for row in right.outputs for value in row], abs=1e-5)
    return right


def tap(page: Page, k: int) -> Locator:
    return page.locator(f"g.tap[data-k='{k}']")


def middle(page: Page, k: int) -> tuple[float, float]:
    box = tap(page, k).locator(".dot").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_it_starts_with_the_operators_numbers(page: Page) -> None:
    for number in range(6):
        start = scattered(cell=rng.choice([(0, 0), (1, 2), (3, 3)]), off=(4,) if number % 2 else ())
        mount(page, start, epoch=str(number))
        assert_equal(page, start)


def test_a_tap_is_dragged_in_the_browser_alone(page: Page) -> None:
    start = Toy(GRID, padding=1, cell=(2, 2))
    mount(page, start)
    x, y = middle(page, 4)
    page.mouse.move(x, y)
    page.mouse.down()
    before = page.locator(".toy").get_attribute("data-output")
    page.mouse.move(x + 13, y - 21)
    settle(page)
    assert page.locator(".toy").get_attribute("data-output") != before, "nothing moved under the hand"
    page.mouse.move(x + 17, y + 9)
    settle(page)
    assert page.evaluate("window.sent.length") == 0, "the server heard of it before the hand let go"
    page.mouse.up()
    toy = reported(page, start)
    dy, dx = toy.own.offsets[4]
    assert toy.chosen == 4 and dy > 0.1 and dx > 0.2
    assert all(offset == (0, 0) for k, offset in enumerate(toy.own.offsets) if k != 4)
    assert_equal(page, toy)
    # Off the map it reads 0, and says so.
    page.mouse.move(*middle(page, 4))
    page.mouse.down()
    page.mouse.move(0, 0)
    page.mouse.up()
    toy = reported(page, start)
    assert assert_equal(page, toy).samples[4] == 0 and "outside" in (
        tap(page, 4).get_attribute("class") or ""
    )


def test_a_tap_is_dragged_by_a_finger(page: Page) -> None:
    start = Toy(GRID, cell=(1, 1))
    mount(page, start)
    x, y = middle(page, 0)
    session = page.context.new_cdp_session(page)
    for n in range(4):
        point = {"x": x + 6 * n, "y": y + 9 * n}
        session.send(
            "Input.dispatchTouchEvent", {"type": "touchMove" if n else "touchStart", "touchPoints": [point]}
        )
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("window.sent.length > 0")
    toy = reported(page, start)
    assert min(toy.own.offsets[0]) > 0.1 and page.evaluate("scrollY") == 0
    assert_equal(page, toy)


def test_the_keyboard_does_all_of_it(page: Page) -> None:
    start = Toy(GRID, padding=1, cell=(2, 2))
    mount(page, start)
    tap(page, 0).focus()
    page.keyboard.press("5")
    assert tap(page, 5).evaluate("tap => tap === tap.getRootNode().activeElement")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    toy = reported(page, start)
    assert toy.own.offsets[5] == (1, 0.25)
    assert_equal(page, toy)
    words = tap(page, 5).get_attribute("aria-valuetext") or ""
    assert "(3.00, 3.25)" in words and f"{live(toy).samples[5]:.2f}" in words
    assert page.locator(".live").inner_text() == words
    page.keyboard.press("Tab")
    assert tap(page, 6).evaluate("tap => tap === tap.getRootNode().activeElement")
    page.keyboard.press("5")
    page.keyboard.press("Delete")
    assert reported(page, start).own.offsets[5] == (0, 0)
    page.locator(".outputs").focus()
    page.keyboard.press("ArrowLeft")
    toy = reported(page, start)
    assert toy.cell == (2, 1)
    assert_equal(page, toy)


def test_weights_and_masks_are_typed_and_taps_frozen_or_switched_off(page: Page) -> None:
    start = scattered(cell=(1, 2))
    mount(page, start)
    page.get_by_label("Weight of tap 3").fill("-1.5")
    page.get_by_label("Mask of tap 3").fill("0.25")
    page.get_by_label("Mask of tap 3").press("Enter")
    toy = reported(page, start)
    assert (toy.weights[3], toy.own.masks[3]) == (-1.5, 0.25)
    assert_equal(page, toy)
    page.get_by_label("Weight of tap 3").fill("")  # no number yet: nothing changes
    assert_equal(page, toy)
    page.get_by_role("button", name="Switch off").click()
    toy = reported(page, start)
    assert toy.off == (3,) and assert_equal(page, toy).products[3] == 0
    page.get_by_role("button", name="Freeze").click()
    frozen = reported(page, start)
    assert frozen.frozen == (3,)
    tap(page, 3).focus()
    page.keyboard.press("ArrowRight")
    assert reported(page, start).own.offsets[3] == toy.own.offsets[3]


def test_a_step_follows_the_gradients_and_spares_the_frozen(page: Page) -> None:
    start = scattered(cell=(1, 2), frozen=(0, 7))
    mount(page, start)
    page.get_by_role("button", name="One step uphill").click()
    toy, arrows = reported(page, start), live(start).arrows
    for k, (now, before) in enumerate(zip(toy.own.offsets, start.own.offsets, strict=True)):
        step = (0.0, 0.0) if k in start.frozen else tuple(0.1 * n for n in arrows[k])
        assert now == pytest.approx((before[0] + step[0], before[1] + step[1]), abs=0.0051)
    assert_equal(page, toy)


def test_sliders_and_the_impossible_explained(page: Page) -> None:
    start = scattered(cell=(3, 4))
    mount(page, start)
    for name, value in [
        ("stride", 2),
        ("padding", 3),
        ("size", 5),
        ("dilation", 2),
        ("size", 2),
        ("stride", 3),
    ]:
        page.locator(f"input[data-name={name}]").fill(str(value))
        toy = reported(page, start)
        assert getattr(toy, name) == value
        assert_equal(page, toy)
    remarks = page.locator(".remarks")
    for name, value in [("size", 5), ("dilation", 4), ("padding", 0)]:
        page.locator(f"input[data-name={name}]").fill(str(value))
    remarks.get_by_text("4 · (5 − 1) + 1 = 17").wait_for()
    toy = reported(page, start)
    assert toy.output_size is None and "larger by 6" in remarks.inner_text()
    page.locator("input[data-name=dilation]").fill("1")
    page.locator("input[data-name=padding]").fill("3")
    page.locator("input[data-name=size]").fill("1")
    remarks.get_by_text("wasteful").wait_for()
    page.locator("input[data-name=stride]").fill("4")
    remarks.get_by_text("never seen").wait_for()
    assert_equal(page, reported(page, start))


def test_a_guess_is_placed_by_pointer_or_keys(page: Page) -> None:
    start = Toy(GRID, padding=1, cell=(2, 2))
    mount(page, start, shown=("values", "taps"), can=("guess",))
    assert "reads" not in (tap(page, 4).get_attribute("aria-valuetext") or ""), "the answer is given away"
    page.mouse.click(*middle(page, 4))
    assert reported(page, start).guess == (2, 2)
    page.locator(".guess").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    toy = reported(page, start)
    assert toy.guess == (1, 1) and toy.own.offsets[4] == (0, 0)


def test_new_data_of_the_same_epoch_keeps_what_the_hand_did(page: Page) -> None:
    start = Toy(GRID, cell=(1, 1))
    mount(page, start)
    tap(page, 8).focus()
    page.keyboard.press("ArrowUp")
    toy = reported(page, start)
    mount(page, start, shown=[*SHOWN[:4], *SHOWN[6:]])
    assert_equal(page, toy)
    mount(page, start, epoch="b")
    assert_equal(page, start)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_taps_glide_to_a_new_epoch_where_motion_is_welcome(chromium: Browser) -> None:
    page = chromium.new_page(reduced_motion="no-preference")
    page.evaluate(LOAD, [SCRIPT, STYLE])
    start = Toy(GRID, padding=1, cell=(1, 1))
    mount(page, start)
    there = Toy(GRID, padding=1, cell=(1, 1)).moved({2: (2, 1)})
    mount(page, there, epoch="b")
    page.locator(".toy[data-moving=false]").wait_for()
    assert_equal(page, there)
    page.close()
