"""The explorer's script in a real Chromium: numbers against an independent loop, marks, keys and touches."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from dcnviz.plots.colours import hex_table
from dcnviz.ui.explorer.component import BRIDGE, SCRIPT, STYLE, envelope
from dcnviz.ui.explorer.payload import Affine, LayerField, encode
from tests.browser.hands import hold

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
HEIGHT, WIDTH = 52, 60

LOAD = """async ([script, bridge, style]) => {
  const load = (text) => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  [window.lib, window.bridge] = await Promise.all([load(script), load(bridge)]);
  window.style = Object.assign(document.createElement("style"), { textContent: style });
  window.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  window.sent = [];
}"""
MOUNT = """([data, view]) => {
  const host = (window.host ??= document.body.appendChild(document.createElement("div")));
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  shadow.append(window.style);
  window.bridge.default({ data: view });
  const whole = window.bytes(data), shifted = new Uint8Array(whole.length + 3);
  shifted.set(whole, 3); // as Streamlit does: a view that begins at any byte
  const setStateValue = (name, value) => window.sent.push([name, value]);
  window.unmount = window.lib.default({ data: shifted.subarray(3), parentElement: shadow, setStateValue });
}"""
TRACE = """([data, choice, group, cells]) => {
  const { layers } = window.lib.decode(window.bytes(data)), path = window.lib.chain(layers, choice, group);
  return cells.map(([i, j]) => {
    const set = window.lib.trace(path, group, i, j).levels.at(-1);
    const names = ["y", "x", "baseY", "baseX", "weight", "outside"];
    return Object.fromEntries(names.map((name) => [name, [...set[name]]]));
  });
}"""


def make_layers(*, spread: float = 3.0, masks: bool = True) -> list[LayerField]:
    """Three layers over a 26x30 map: stride 2, a 2x3 kernel, dilation, two groups, offsets past the rim."""
    rng = np.random.default_rng(5)
    shapes: list[tuple[Any, ...]] = [
        ((2, 3), (1, 1), (1, 1), (1, 1)),
        ((3, 3), (2, 2), (1, 1), (1, 1)),
        ((3, 3), (1, 1), (2, 1), (2, 1)),
    ]
    size, jump, start = (26, 30), (2.0, 2.0), (0.5, 0.5)
    layers: list[LayerField] = []
    for kernel, stride, padding, dilation in shapes:
        out = tuple(
            (size[a] + 2 * padding[a] - dilation[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)
        )
        before = Affine(jump, start)
        start = tuple(start[a] + ((kernel[a] - 1) / 2 * dilation[a] - padding[a]) * jump[a] for a in (0, 1))
        jump = tuple(jump[a] * stride[a] for a in (0, 1))
        taps = kernel[0] * kernel[1]
        offsets = rng.normal(scale=spread, size=(2, taps, *out, 2)).astype(np.float32)
        offsets[0, 0, 0, 0] = (40.0, -40.0)  # above 32: the payload keeps float32
        mask = (
            rng.normal(size=(2, taps, *out)).astype(np.float16) if masks else None
        )  # as the payload keeps it
        layers.append(
            LayerField(
                f"l{len(layers)}",
                offsets,
                mask,
                kernel,
                stride,
                padding,
                dilation,
                size,
                before,
                Affine(jump, start),
            )
        )
        size = out
    return layers


def make_payload(layers: list[LayerField]) -> bytes:
    ramp = np.broadcast_to(np.linspace(40, 210, WIDTH, dtype=np.uint8)[None, :, None], (HEIGHT, WIDTH, 3))
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(ramp)).save(file, "PNG")
    return encode(file.getvalue(), "image/png", (HEIGHT, WIDTH), layers, alt="A ramp.")


def between(field: np.ndarray, y: float, x: float) -> np.ndarray:
    """Bilinear value of (H, W, ...) at one position, cell indices held at the border."""
    y0, x0 = math.floor(y), math.floor(x)
    total = np.zeros(field.shape[2:])
    for yy, wy in ((y0, 1 - (y - y0)), (y0 + 1, y - y0)):
        for xx, wx in ((x0, 1 - (x - x0)), (x0 + 1, x - x0)):
            total = (
                total
                + wy * wx * field[min(max(yy, 0), field.shape[0] - 1), min(max(xx, 0), field.shape[1] - 1)]
            )
    return total


def walk(
    layers: list[LayerField], group: int, y: float, x: float, weight: float = 1.0, off: bool = False
) -> Iterator[Any]:
    """Every sample under one position of the last layer's cells, by recursion: (y, x, weight, outside)."""
    if not layers:
        yield y, x, weight, off
        return
    *rest, layer = layers
    for k in range(layer.kernel[0] * layer.kernel[1]):
        ky, kx = divmod(k, layer.kernel[1])
        dy, dx = between(layer.offsets[group, k], y, x)
        ny = y * layer.stride[0] - layer.padding[0] + ky * layer.dilation[0] + dy
        nx = x * layer.stride[1] - layer.padding[1] + kx * layer.dilation[1] + dx
        m = 1.0 if layer.mask is None else float(between(layer.mask[group, k], y, x))
        inside = -1 < ny < layer.input_size[0] and -1 < nx < layer.input_size[1]
        yield from walk(rest, group, ny, nx, weight * m, off or not inside)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def lib(chromium: Browser) -> Iterator[Page]:
    """A page with the script's functions, for what needs no drawing."""
    page = chromium.new_page()
    page.evaluate(LOAD, [SCRIPT, BRIDGE, STYLE])
    yield page
    page.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in which `mount` shows the explorer."""
    context = chromium.new_context(viewport={"width": 640, "height": 700}, has_touch=True)
    page = context.new_page()
    page.evaluate(LOAD, [SCRIPT, BRIDGE, STYLE])
    yield page
    context.close()


def mount(page: Page, layers: list[LayerField] | None = None, **view: Any) -> None:
    data = base64_of(envelope("here", make_payload(layers or make_layers())))
    page.evaluate(MOUNT, [data, {"channel": "here", "colours": hex_table(), **view}])
    page.locator("canvas[data-scale]").first.wait_for()


def state(page: Page) -> dict[str, str]:
    settle(page)
    return dict(page.evaluate("({ ...host.shadowRoot.querySelector('canvas').dataset })"))


def settle(page: Page) -> None:
    frames = "requestAnimationFrame(() => requestAnimationFrame(done))"
    page.evaluate(f"new Promise((done) => setTimeout(() => {frames}))")  # a pin is drawn after a timer


def pixels(page: Page) -> np.ndarray:
    url = page.evaluate("host.shadowRoot.querySelector('canvas').toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")).astype(int)


def spot(page: Page, y: float, x: float) -> tuple[float, float]:
    """Where a picture pixel is on the page, as (x, y)."""
    box, now = page.locator("canvas").first.bounding_box(), state(page)
    assert box is not None
    scale, margin, zoom, top, left = (float(now[name]) for name in ("scale", "margin", "zoom", "top", "left"))
    return (
        box["x"] + zoom * (margin + (x + 0.5) * scale) - left,
        box["y"] + zoom * (margin + (y + 0.5) * scale) - top,
    )


def has_colour(image: np.ndarray, name: str) -> bool:
    wanted = [int(hex_table()[name][n : n + 2], 16) for n in (1, 3, 5)]
    return bool((np.abs(image - wanted).max(-1) <= 2).any())


@pytest.mark.parametrize(("choice", "group"), [(0, 0), (1, 1), (2, 0), ("stack", 0), ("stack", 1)])
def test_positions_agree_with_an_independent_loop(lib: Page, choice: int | str, group: int) -> None:
    layers = make_layers()
    used = layers if choice == "stack" else [layers[int(choice)]]
    rows, columns = used[-1].output_size
    cells = [(0, 0), (0, columns - 1), (rows - 1, 0), (rows - 1, columns - 1), (rows // 2, columns // 3)]
    answers = lib.evaluate(TRACE, [base64_of(make_payload(layers)), choice, group, cells])
    start, jump = np.array(used[0].to_picture.start), np.array(used[0].to_picture.jump)
    for (i, j), answer in zip(cells, answers, strict=True):
        expected = np.array(list(walk(used, group, i, j)))
        np.testing.assert_allclose(
            np.stack([answer["y"], answer["x"]], -1), start + jump * expected[:, :2], atol=1e-4
        )
        np.testing.assert_allclose(answer["weight"], expected[:, 2], atol=1e-5)
        np.testing.assert_array_equal(answer["outside"], expected[:, 3])
    assert any(any(a["outside"]) for a in answers) and not all(all(a["outside"]) for a in answers)


def test_without_offsets_a_stack_is_its_own_base_grid(lib: Page) -> None:
    layers = make_layers(spread=0.0, masks=False)
    for layer in layers:
        layer.offsets[:] = 0
    (answer,) = lib.evaluate(TRACE, [base64_of(make_payload(layers)), "stack", 0, [(5, 6)]])
    assert answer["y"] == answer["baseY"] and answer["x"] == answer["baseX"]
    assert set(answer["weight"]) == {1}


def test_a_stack_ends_where_maps_do_not_fit(lib: Page) -> None:
    layers = make_layers()
    data = base64_of(make_payload([layers[0], layers[2]]))
    assert lib.evaluate("(data) => lib.chain(lib.decode(bytes(data)).layers, 'stack', 0).length", data) == 1


def test_half_precision_without_float16array_is_exact(lib: Page) -> None:
    table = np.array(
        lib.evaluate("Array.from(lib.halfTable(), (v) => (Number.isNaN(v) ? 'nan' : String(v)))"), dtype=float
    )
    expected = np.arange(65536, dtype=np.uint16).view(np.float16).astype(float)
    np.testing.assert_array_equal(table, expected)
    signs = lib.evaluate("Array.from(lib.halfTable().slice(0x8000, 0x8001), (v) => Object.is(v, -0))")
    assert signs == [True]
    with_and_without = """(data) => {
      const native = lib.decode(bytes(data)).layers[0].mask, kept = globalThis.Float16Array;
      globalThis.Float16Array = undefined;
      const own = lib.decode(bytes(data)).layers[0].mask;
      globalThis.Float16Array = kept;
      return native.length === own.length && own.every((v, n) => v === native[n]);
    }"""
    assert lib.evaluate(with_and_without, base64_of(make_payload(make_layers()))) is True


def test_summary_is_mean_spread_and_share_outside(lib: Page) -> None:
    layers = make_layers()
    answer, facts = lib.evaluate(
        f"""(a) => {{
          const path = lib.chain(lib.decode(bytes(a[0])).layers, 1, 0);
          return [({TRACE})(a)[0], lib.summary(lib.trace(path, 0, 3, 4).levels[0])];
        }}""",
        [base64_of(make_payload(layers)), 1, 0, [(3, 4)]],
    )
    moved = np.array([answer["y"], answer["x"]]) - [answer["baseY"], answer["baseX"]]
    mean = moved.mean(1, keepdims=True)
    assert facts["shift"] == pytest.approx(np.linalg.norm(mean))
    assert facts["spread"] == pytest.approx(np.sqrt(((moved - mean) ** 2).sum(0).mean()))
    assert facts["outside"] == pytest.approx(np.mean(answer["outside"]))


def test_hovering_draws_and_leaving_restores(page: Page) -> None:
    mount(page, layer=1)
    before = pixels(page)
    assert not has_colour(before, "sample")
    page.mouse.move(*spot(page, 26, 30))
    settle(page)
    assert has_colour(pixels(page), "sample")
    page.mouse.move(639, 699)
    settle(page)
    np.testing.assert_array_equal(pixels(page), before)
    assert page.evaluate("sent") == []


def test_overlays_change_the_drawing_and_the_legend(page: Page) -> None:
    mount(page, layer=1, pin={"i": 6, "j": 7})
    legend = page.locator(".legend li")
    seen, marks = pixels(page), legend.count()
    for name, value in (("base", False), ("lines", False), ("mask", False), ("numbers", True)):
        view = {"channel": "here", "colours": hex_table(), "layer": 1, "overlays": {name: value}}
        page.evaluate("(view) => bridge.default({ data: view })", view)
        assert (pixels(page) != seen).any(), name
        assert legend.count() == marks - (0 if name == "numbers" else 2 if name == "mask" else 1)


def test_a_click_pins_and_another_releases(page: Page) -> None:
    mount(page, layer=1)
    page.mouse.dblclick(*spot(page, 26, 30))
    pinned = state(page)["pinned"]
    assert pinned and has_colour(pixels(page), "pinned")
    page.mouse.click(*spot(page, 26, 30))
    assert state(page)["pinned"] == ""
    i, j = map(int, pinned.split(","))
    pinning, (name, release) = page.evaluate("sent")
    assert [pinning, name, list(release)] == [["selected", {"i": i, "j": j}], "selected", ["released"]]


def test_keys_move_pin_and_release(page: Page) -> None:
    mount(page, layer=2, pin={"i": 5, "j": 6})
    columns = make_layers()[2].output_size[1]
    page.locator("canvas").first.focus()
    for key, cell in (
        ("ArrowDown", "6,6"),
        ("ArrowRight", "6,7"),
        ("Shift+ArrowUp", "1,7"),
        ("Shift+ArrowUp", "0,7"),
        ("Home", "0,0"),
        ("End", f"0,{columns - 1}"),
    ):
        page.keyboard.press(key)
        settle(page)
        assert state(page)["hover"] == cell, key
    assert f"(0, {columns - 1})" in str(page.locator(".live").text_content())
    page.keyboard.press("Enter")
    assert state(page)["pinned"] == f"0,{columns - 1}"
    page.keyboard.press("Escape")
    assert state(page)["pinned"] == ""
    pinning, (name, release) = page.evaluate("sent")
    assert [pinning, name, list(release)] == [
        ["selected", {"i": 0, "j": columns - 1}],
        "selected",
        ["released"],
    ]


def test_a_tap_pins_at_the_finger(page: Page) -> None:
    mount(page, layer=0)
    page.touchscreen.tap(
        *spot(page, 19.5, 30.5)
    )  # the kernel has two rows: the cells lie half a step above the map's rows
    assert state(page)["pinned"] == "10,15"
    assert page.evaluate("sent") == [["selected", {"i": 10, "j": 15}]]


def drag(page: Page, start: tuple[float, float], step: tuple[float, float]) -> list[str]:
    """A finger moves from a place of the page in six steps; the hovered cells on the way."""
    session = page.context.new_cdp_session(page)
    cells = []
    for n in range(7):
        point = {"x": start[0] + n * step[0], "y": start[1] + n * step[1]}
        kind = "touchMove" if n else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        settle(page)
        cells.append(state(page)["hover"])
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(page)
    return cells


def test_a_finger_explores_sideways_and_scrolls_upwards(page: Page) -> None:
    hold(page)
    mount(page, layer=0)
    page.evaluate("document.body.style.height = '3000px'")
    cells = drag(page, spot(page, 30, 10), (20, 0))
    assert len(set(cells)) > 4 and page.evaluate("scrollY") == 0
    pinned = state(page)["pinned"]
    assert pinned, "the cell under the finger is pinned when it leaves"
    drag(page, spot(page, 40, 5), (0, -25))
    assert page.evaluate("scrollY") > 50
    assert state(page)["pinned"] == pinned


def test_a_finger_that_takes_the_pinned_cell_moves_it_in_every_direction(page: Page) -> None:
    hold(page)
    mount(page, layer=0, pin={"i": 20, "j": 15})
    page.evaluate("document.body.style.height = '3000px'")
    cells = drag(page, spot(page, 40, 30), (0, -25))
    assert len(set(cells)) > 4 and page.evaluate("scrollY") == 0
    assert state(page)["pinned"] == cells[-1] != "20,15"


def test_the_pin_follows_python_only_with_a_new_epoch(page: Page) -> None:
    mount(page, layer=0, pin={"i": 1, "j": 2}, epoch="a")
    assert state(page)["pinned"] == "1,2"
    for epoch, expected in (("a", "1,2"), ("b", "3,4")):
        view = {
            "channel": "here",
            "colours": hex_table(),
            "layer": 0,
            "pin": {"i": 3, "j": 4},
            "epoch": epoch,
        }
        page.evaluate("(view) => bridge.default({ data: view })", view)
        assert state(page)["pinned"] == expected


def test_a_second_call_keeps_the_canvas_and_cleanup_removes_it(page: Page) -> None:
    mount(page, layer=0)
    page.evaluate("window.first = host.shadowRoot.querySelector('canvas')")
    mount(page, make_layers(spread=1.0), layer=0)
    assert page.evaluate("first === host.shadowRoot.querySelector('canvas')") is True
    page.evaluate("unmount()")
    assert page.locator("canvas").count() == 0


def test_it_fits_a_narrow_page_and_is_sharp_there(chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 700}, device_scale_factor=3)
    page = context.new_page()
    page.evaluate(LOAD, [SCRIPT, BRIDGE, STYLE])
    mount(page, pin={"i": 5, "j": 6})
    width, shown, page_width = page.evaluate(
        """() => {
          const canvas = host.shadowRoot.querySelector("canvas");
          return [canvas.width, canvas.clientWidth, document.documentElement.scrollWidth];
        }"""
    )
    assert shown <= 390 and page_width <= 390
    assert width == pytest.approx(3 * shown, abs=3)
    context.close()
