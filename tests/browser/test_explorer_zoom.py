"""The explorer's zoom in a real Chromium: places stay, cells are found, and the whole picture is what it was."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from dcnviz.plots.colours import hex_table
from dcnviz.ui.explorer.component import BRIDGE, SCRIPT, STYLE, envelope
from dcnviz.ui.explorer.payload import encode
from tests.browser.hands import hold, rest
from tests.browser.test_explorer_canvas import (
    HEIGHT,
    LOAD,
    MOUNT,
    TRACE,
    WIDTH,
    base64_of,
    make_layers,
    make_payload,
    mount,
    pixels,
    settle,
    spot,
    state,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser
LAYER = 1
CELLS = [(4, 5), (6, 7), (7, 9), (9, 11)]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 640, "height": 700}, has_touch=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(LOAD, [SCRIPT, BRIDGE, STYLE])
    yield page
    assert errors == []
    context.close()


def number(page: Page, name: str) -> float:
    return float(state(page)[name])


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        settle(page)


def wheel(page: Page, *steps: float) -> None:
    page.keyboard.down("Control")
    for step in steps:
        page.mouse.wheel(0, step)
        settle(page)
    page.keyboard.up("Control")


def picture_of(cell: tuple[int, int]) -> tuple[float, float]:
    """The picture pixel at a cell of the layer."""
    affine = make_layers()[LAYER].cell_to_picture
    y, x = (affine.start[axis] + affine.jump[axis] * cell[axis] for axis in (0, 1))
    return y, x


def send(page: Page, **view: Any) -> None:
    """A new view from Python."""
    message = {"channel": "here", "colours": hex_table(), "layer": LAYER, **view}
    page.evaluate("(view) => bridge.default({ data: view })", message)
    settle(page)


@pytest.mark.parametrize(("y", "x"), [(26, 30), (10.25, 12.5), (47, 55), (3, 50)])
def test_a_wheel_with_ctrl_keeps_the_place_under_the_pointer(page: Page, y: float, x: float) -> None:
    mount(page, layer=LAYER)
    at = spot(page, y, x)
    page.mouse.move(*at)
    seen = []
    for step in (-25, -100, -3, -100, -100, 30):
        wheel(page, step)
        seen.append(number(page, "zoom"))
        assert spot(page, y, x) == pytest.approx(at, abs=0.5), step
    assert seen[0] < seen[1] < seen[2] < seen[3] < seen[4] > seen[5] > 3


def test_a_wheel_alone_scrolls_the_page(page: Page) -> None:
    mount(page, layer=LAYER)
    page.evaluate("document.body.style.height = '3000px'")
    page.mouse.move(*spot(page, 26, 30))
    page.mouse.wheel(0, 200)
    page.wait_for_function("scrollY > 100")
    assert number(page, "zoom") == 1
    wheel(page, -100)
    assert number(page, "zoom") > 1


def test_what_is_drawn_lies_where_the_attributes_say(page: Page) -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[23, 34] = 255
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    data = encode(file.getvalue(), "image/png", (HEIGHT, WIDTH), make_layers())
    page.evaluate(
        MOUNT,
        [base64_of(envelope("here", data)), {"channel": "here", "colours": hex_table(), "layer": LAYER}],
    )
    page.locator("canvas[data-scale]").first.wait_for()
    page.locator("canvas").first.focus()
    for key in ("0", "+", "+", "+"):
        press(page, key)
        light = pixels(page).sum(-1).astype(float)
        margin = int(np.ceil(number(page, "margin")))
        light[:margin] = light[:, :margin] = light[-margin:] = light[:, -margin:] = 0
        y, x = ((light * grid).sum() / light.sum() + 0.5 for grid in np.indices(light.shape))
        box = page.locator("canvas").first.bounding_box()
        assert box is not None
        assert (box["x"] + x, box["y"] + y) == pytest.approx(spot(page, 23, 34), abs=0.5), key


def test_a_pointer_finds_the_right_cell_in_an_enlarged_picture(page: Page) -> None:
    mount(page, layer=LAYER)
    page.locator("canvas").first.focus()
    for zooms in (2, 5):
        for cell in CELLS:
            y, x = picture_of(cell)
            press(page, "0")
            page.mouse.move(*spot(page, y, x))
            wheel(page, *[-100] * zooms)
            for dy, dx in ((0, 0), (1.9, -1.9), (-1.9, 1.9)):  # a cell is 4 x 4 pixels
                page.mouse.move(*spot(page, y + dy, x + dx))
                settle(page)
                assert state(page)["hover"] == f"{cell[0]},{cell[1]}"
        page.mouse.click(*spot(page, *picture_of(CELLS[-1])))
        assert state(page)["pinned"] == "9,11"
        send(page, epoch=str(zooms))
        page.locator("canvas").first.focus()


def test_the_whole_picture_is_what_it_was(page: Page) -> None:
    hold(page)
    mount(page, layer=LAYER, pin={"i": 6, "j": 7})
    before, told = pixels(page), state(page)
    assert (told["zoom"], told["top"], told["left"]) == ("1", "0", "0")
    page.locator("canvas").first.focus()
    press(page, "+", "=", "+")
    assert number(page, "zoom") == pytest.approx(1.5**3) and (pixels(page) != before).any()
    press(page, "0")
    np.testing.assert_array_equal(pixels(page), before)
    press(page, "+", "-")
    np.testing.assert_array_equal(pixels(page), before)
    page.mouse.move(*spot(page, 10, 12))
    wheel(page, -100, -100, 100, 100)
    page.mouse.move(639, 699)
    settle(page)
    np.testing.assert_array_equal(pixels(page), before)
    assert state(page) == told
    rest(page)
    assert page.evaluate("sent") == []


def test_zoom_ends_at_sixteen_and_at_the_rim(page: Page) -> None:
    mount(page, layer=LAYER)
    box = page.locator("canvas").first.bounding_box()
    assert box is not None
    for y, x in ((-1, -1), (HEIGHT, WIDTH), (20, 30)):
        page.mouse.move(*spot(page, y, x))
        wheel(page, *[-100] * 8)
        assert number(page, "zoom") == 16
        for edge, side in (("left", box["width"]), ("top", box["height"])):
            assert 0 <= number(page, edge) <= 15 * side + 1
        wheel(page, *[100] * 9)
        assert (number(page, "zoom"), number(page, "top"), number(page, "left")) == (1, 0, 0)


def test_keys_and_buttons_keep_the_pinned_cell_in_place(page: Page) -> None:
    mount(page, layer=LAYER, pin={"i": 4, "j": 9})
    at = spot(page, *picture_of((4, 9)))
    page.locator("canvas").first.focus()
    press(page, "+", "+")
    button(page, "Zoom in").click()
    settle(page)
    assert number(page, "zoom") == pytest.approx(1.5**3)
    assert spot(page, *picture_of((4, 9))) == pytest.approx(at, abs=0.5)
    assert "Zoom 3.4" in str(page.locator(".live").text_content())
    page.keyboard.press("Control+0")  # the browser's own
    settle(page)
    assert number(page, "zoom") == pytest.approx(1.5**3)


def test_buttons_work_by_keyboard_and_say_their_state(page: Page) -> None:
    mount(page, layer=LAYER)
    names = ["Close-up", "Zoom in", "Zoom out", "Whole picture"]
    assert page.get_by_role("group", name="Zoom").get_by_role("button").count() == len(names)

    def off() -> list[str]:
        return [name for name in names if button(page, name).get_attribute("aria-disabled") == "true"]

    assert off() == ["Close-up", "Zoom out", "Whole picture"]
    page.locator("canvas").first.focus()
    press(page, "Tab")
    for name in names:
        assert page.evaluate("host.shadowRoot.activeElement.className") in name.lower().replace(
            "-", "_"
        ).replace(" ", "_")
        ring = button(page, name).evaluate(
            "(b) => [getComputedStyle(b).outlineStyle, parseFloat(getComputedStyle(b).outlineWidth)]"
        )
        assert ring == ["solid", 3]
        press(page, "Tab")
    button(page, "Zoom in").focus()
    press(page, "Enter", " ")
    assert number(page, "zoom") == pytest.approx(1.5**2)
    assert page.evaluate("host.shadowRoot.activeElement.className") == "zoom_in"
    assert off() == ["Close-up"]
    press(page, "0")
    assert number(page, "zoom") == 1
    button(page, "Zoom out").focus()
    press(page, "Enter")
    assert number(page, "zoom") == 1, "a button that is off does nothing"
    button(page, "Zoom in").click()
    assert page.evaluate("host.shadowRoot.activeElement.tagName") == "CANVAS", (
        "after a click keys are the picture's"
    )


def test_close_up_shows_every_point_of_the_pinned_cell(page: Page) -> None:
    layers = make_layers(spread=0.3)
    for layer in layers:
        layer.offsets[0, 0, 0, 0] = 0  # no far one
    mount(page, layers, layer="stack", pin={"i": 5, "j": 6})
    whole = pixels(page)
    (points,) = page.evaluate(TRACE, [base64_of(make_payload(layers)), "stack", 0, [(5, 6)]])
    button(page, "Close-up").click()
    settle(page)
    assert number(page, "zoom") > 1.3
    assert button(page, "Close-up").get_attribute("aria-pressed") == "true"
    box = page.locator("canvas").first.bounding_box()
    assert box is not None
    every = np.array([points["y"] + points["baseY"], points["x"] + points["baseX"]])
    for y, x in (every.min(1), every.max(1)):
        sx, sy = spot(page, float(y), float(x))
        assert box["x"] <= sx <= box["x"] + box["width"] and box["y"] <= sy <= box["y"] + box["height"]
    button(page, "Close-up").click()
    settle(page)
    page.mouse.move(639, 699)
    settle(page)
    np.testing.assert_array_equal(pixels(page), whole)
    button(page, "Close-up").click()
    page.mouse.click(*spot(page, 30, 20))
    settle(page)
    assert button(page, "Close-up").get_attribute("aria-pressed") == "false", (
        "the close-up was of another cell"
    )
    assert number(page, "zoom") > 1.3


def test_python_chooses_the_first_sight_and_a_new_layer_keeps_the_close_up(page: Page) -> None:
    mount(page, make_layers(spread=0.3), layer=LAYER, pin={"i": 9, "j": 11}, close_up=True, epoch="a")
    near = number(page, "zoom")
    assert near > 1.5 and button(page, "Close-up").get_attribute("aria-pressed") == "true"
    send(page, layer=0, epoch="a")
    assert number(page, "zoom") > 1.5 and number(page, "zoom") != near
    press(page, "Tab", "0")
    send(page, epoch="a", close_up=True)
    assert number(page, "zoom") == 1, "within an epoch the person's zoom stays"
    send(page, pin={"i": 9, "j": 11}, epoch="b", close_up=True)
    assert number(page, "zoom") == pytest.approx(near)
    send(page, epoch="c")
    assert number(page, "zoom") == 1


@pytest.mark.parametrize("way", ["middle", "space"])
def test_a_hand_moves_the_enlarged_picture(page: Page, way: str) -> None:
    hold(page)
    mount(page, layer=LAYER, pin={"i": 6, "j": 7})
    page.locator("canvas").first.focus()
    press(page, "+", "+", "+")
    before = spot(page, 26, 30)
    page.mouse.move(300, 250)
    if way == "space":
        page.keyboard.down(" ")
    page.mouse.down(button="left" if way == "space" else "middle")
    page.mouse.move(320, 240)
    page.mouse.move(360, 215)
    page.mouse.up(button="left" if way == "space" else "middle")
    if way == "space":
        page.keyboard.up(" ")
    settle(page)
    assert spot(page, 26, 30) == pytest.approx((before[0] + 60, before[1] - 35), abs=0.5)
    assert state(page)["pinned"] == "6,7" and page.evaluate("sent") == []


def test_space_alone_pins(page: Page) -> None:
    mount(page, layer=LAYER)
    page.locator("canvas").first.focus()
    press(page, "ArrowRight", " ")
    assert state(page)["pinned"] == state(page)["hover"] != ""


def test_the_view_follows_the_keys_and_a_pin_that_moves_away(page: Page) -> None:
    mount(page, layer=LAYER, pin={"i": 6, "j": 7}, epoch="a")
    box = page.locator("canvas").first.bounding_box()
    assert box is not None

    def shows(cell: str) -> bool:
        x, y = spot(page, *picture_of((int(cell.split(",")[0]), int(cell.split(",")[1]))))
        return box["x"] <= x <= box["x"] + box["width"] and box["y"] <= y <= box["y"] + box["height"]

    page.locator("canvas").first.focus()
    press(page, *["+"] * 6)
    for key in ("End", "Shift+ArrowDown", "Home", "Shift+ArrowUp", "Shift+ArrowUp"):
        press(page, key)
        assert shows(state(page)["hover"]), key
    assert not shows("6,7")
    press(page, "Enter")
    assert state(page)["pinned"] == "1,0" and shows("1,0")
    zoom = number(page, "zoom")
    send(page, layer=2, epoch="a")  # the same cell of a coarser layer lies elsewhere
    assert number(page, "zoom") == zoom
    press(page, "Escape")
    page.mouse.move(300, 250)
    page.mouse.move(639, 699)  # no cell is shown: the keys begin in the middle of what is seen
    settle(page)
    send(page, epoch="a")
    press(page, "ArrowRight")
    assert shows(state(page)["hover"])


def test_two_fingers_zoom_and_move_and_pin_nothing(page: Page) -> None:
    hold(page)
    mount(page, layer=LAYER)
    page.evaluate("document.body.style.height = '3000px'")
    session = page.context.new_cdp_session(page)
    x, y = spot(page, 26, 30)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": px, "y": py, "id": n} for n, (px, py) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
        settle(page)

    touch("touchStart", (x - 30, y - 40))
    touch("touchStart", (x - 30, y - 40), (x + 30, y + 40))
    for n in range(1, 6):
        touch("touchMove", (x - 30 - 12 * n, y - 40 - 16 * n), (x + 30 + 12 * n, y + 40 + 16 * n))
    assert number(page, "zoom") == pytest.approx(3, rel=0.02)
    assert spot(page, 26, 30) == pytest.approx((x, y), abs=1)
    for n in range(1, 4):
        touch("touchMove", (x - 90 + 10 * n, y - 120 - 12 * n), (x + 90 + 10 * n, y + 120 - 12 * n))
    assert number(page, "zoom") == pytest.approx(3, rel=0.02)
    assert spot(page, 26, 30) == pytest.approx((x + 30, y - 36), abs=1)
    touch("touchEnd", (x - 60, y - 156))
    touch("touchEnd")
    assert page.evaluate("scrollY") == 0
    assert state(page)["pinned"] == "" and state(page)["hover"] == "" and page.evaluate("sent") == []
    page.touchscreen.tap(*spot(page, *picture_of((6, 7))))
    assert state(page)["pinned"] == "6,7", "one finger pins as before"


def test_marks_grow_less_than_the_root_of_the_zoom(page: Page) -> None:
    zooms = [1, 1.5, 2, 4, 9, 16]
    growth = page.evaluate("(zooms) => zooms.map(lib.growthAt)", zooms)
    assert growth[0] == 1 and growth == sorted(growth)
    assert all(g <= z**0.5 for g, z in zip(growth, zooms, strict=True))
