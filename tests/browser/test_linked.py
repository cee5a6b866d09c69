"""Explorers on one channel in a real Chromium: linked without the server; and layers without a grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dcnviz.plots.colours import hex_table
from dcnviz.ui.explorer.component import BRIDGE, SCRIPT, STYLE, envelope
from dcnviz.ui.explorer.payload import Affine, LayerField
from tests.browser.hands import hold, rest
from tests.browser.test_explorer_canvas import LOAD, TRACE, base64_of, make_layers, make_payload, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MOUNT = """([data, view]) => {
  window.bridge.default({ data: view });
  window.hosts = data.map((each, n) => {
    const host = document.body.appendChild(document.createElement("div"));
    host.style.width = "300px";
    const shadow = host.attachShadow({ mode: "open" });
    const setStateValue = (name, value) => window.sent.push([n, name, value]);
    window.lib.default({ data: window.bytes(each), parentElement: shadow, setStateValue });
    return shadow;
  });
}"""
STATES = "hosts.map((host) => ({ ...host.querySelector('canvas').dataset }))"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 640, "height": 1500})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(LOAD, [SCRIPT, BRIDGE, STYLE])
    yield page
    assert errors == []
    context.close()


def mount(page: Page, *payloads: bytes, **view: Any) -> None:
    data = [base64_of(envelope("all", payload)) for payload in payloads]
    page.evaluate(MOUNT, [data, {"channel": "all", "colours": hex_table(), "compact": True, **view}])
    for n in range(sum(map(bool, payloads))):
        page.wait_for_function(f"hosts[{n}].querySelector('canvas').dataset.scale")


def states(page: Page) -> list[dict[str, str]]:
    settle(page)
    return list(page.evaluate(STATES))


def centre(page: Page, n: int) -> tuple[float, float]:
    box = page.locator("canvas[data-scale]").nth(n).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def three(page: Page, **view: Any) -> None:
    """Layers of stride 1 and 2 over the same picture: equal places are different cells."""
    layers = make_layers()
    few = layers[:1]
    mount(page, make_payload(few), make_payload(layers[1:2]), make_payload(few), b"", layer=0, **view)


def test_what_is_pointed_at_in_one_is_shown_in_all(page: Page) -> None:
    three(page)
    page.mouse.move(*centre(page, 0))
    first, second, third, _ = states(page)
    assert first["hover"] == third["hover"] != ""
    i, j = map(int, first["hover"].split(","))
    p, q = map(int, second["hover"].split(","))
    jumps, starts = (
        [np.array(getattr(make_layers()[n].cell_to_picture, name)) for n in (0, 1)]
        for name in ("jump", "start")
    )
    apart = np.abs(starts[0] + jumps[0] * (i, j) - starts[1] - jumps[1] * (p, q))
    assert (apart <= jumps[1] / 2 + 1e-6).all()
    page.mouse.move(639, 5)
    assert [each.get("hover") for each in states(page)[:3]] == ["", "", ""]


def test_a_pin_is_for_all_and_told_once(page: Page) -> None:
    three(page)
    page.mouse.click(*centre(page, 1))
    now = states(page)[:3]
    assert all(each["pinned"] for each in now)
    i, j = map(int, now[1]["pinned"].split(","))
    assert page.evaluate("sent") == [[1, "selected", {"i": i, "j": j}]]
    page.locator("canvas[data-scale]").nth(1).focus()
    page.keyboard.press("Escape")
    assert [each["pinned"] for each in states(page)[:3]] == ["", "", ""]


def test_zoom_and_close_up_are_shared(page: Page) -> None:
    three(page, pin={"i": 6, "j": 7})
    page.get_by_role("button", name="Close-up").nth(0).click()
    now = states(page)[:3]
    assert float(now[0]["zoom"]) > 1
    assert len({(each["zoom"], each["top"], each["left"]) for each in now}) == 1
    assert page.evaluate("sent") == [[0, "seen", {"close": True, "lens": None}]]
    page.get_by_role("button", name="Whole picture").nth(2).click()
    assert [each["zoom"] for each in states(page)[:3]] == ["1", "1", "1"]
    assert page.evaluate("sent")[1:] == [[2, "seen", {"close": False, "lens": None}]]


def test_there_is_one_legend_and_it_holds_every_mark(page: Page) -> None:
    three(page)
    settle(page)
    assert page.evaluate("hosts.map((host) => host.querySelectorAll('.legend li').length > 0)") == [
        False,
        False,
        False,
        True,
    ]
    rows = page.evaluate("hosts[3].querySelector('.legend').innerText")
    assert "negative mask" in rows and "offset" in rows
    assert page.evaluate("getComputedStyle(hosts[3].querySelector('.stage')).display") == "none"


def test_fewer_groups_are_enough_for_a_linked_explorer(page: Page) -> None:
    field = make_layers()[0]
    one = LayerField(**{**vars(field), "offsets": field.offsets[:1], "mask": None})
    mount(page, make_payload([one]), make_payload([field]), layer=0, group=1)
    page.mouse.move(*centre(page, 0))
    assert all(each["hover"] for each in states(page))


def attention() -> LayerField:
    chance = np.random.default_rng(8)
    anchors = chance.uniform(0, 1, (1, 40, 2)).astype(np.float32) * [12, 14]
    return LayerField(
        "decoder",
        chance.normal(size=(2, 4, 1, 40, 2)).astype(np.float32),
        chance.random((2, 4, 1, 40)).astype(np.float16),
        (1, 4),
        (1, 1),
        (0, 0),
        (1, 1),
        (13, 15),
        Affine((4.0, 4.0), (1.5, 1.5)),
        Affine((4.0, 4.0), (1.5, 1.5)),
        anchors.astype(np.float32),
    )


def test_points_of_attention_lie_about_their_anchors(page: Page) -> None:
    field = attention()
    assert field.anchors is not None and field.mask is not None
    cells = [(0, 0), (0, 17), (0, 39)]
    for (_, q), answer in zip(
        cells, page.evaluate(TRACE, [base64_of(make_payload([field])), 0, 1, cells]), strict=True
    ):
        positions = 1.5 + 4 * (field.anchors[0, q] + field.offsets[1, :, 0, q].astype(np.float16))
        np.testing.assert_allclose(np.stack([answer["y"], answer["x"]], -1), positions, atol=1e-2)
        np.testing.assert_allclose(
            [answer["baseY"][0], answer["baseX"][3]], 1.5 + 4 * field.anchors[0, q], atol=1e-4
        )
        np.testing.assert_allclose(answer["weight"], field.mask[1, :, 0, q], atol=1e-6)


def test_the_nearest_anchor_is_found_and_keys_go_from_one_to_the_next(page: Page) -> None:
    field = attention()
    assert field.anchors is not None
    places = 1.5 + 4 * field.anchors[0]
    found = page.evaluate(
        """(data) => {
          const [layer] = lib.decode(bytes(data)).layers, at = (y, x) => lib.cellAt(layer, y, x).j;
          const step = (j, di, dj) => lib.stepFrom(layer, { i: 0, j }, di, dj).j;
          return [at(20, 30), at(-99, -99), step(7, 0, 1), step(7, 1, 0), step(7, 0, -1), step(7, -1, 0)];
        }""",
        base64_of(make_payload([field])),
    )
    assert found[0] == int(np.linalg.norm(places - [20, 30], axis=1).argmin())
    assert found[1] == int(np.linalg.norm(places + 99, axis=1).argmin())
    for (dy, dx), q in zip([(0, 1), (1, 0), (0, -1), (-1, 0)], found[2:], strict=True):
        by = places[q] - places[7]
        along = by @ [dy, dx]
        assert q == 7 or (along > 0 and abs(by @ [dx, dy]) <= along + 1e-6)
    assert len(set(found[2:])) > 1


def test_zero_offsets_need_no_bytes(page: Page) -> None:
    field = make_layers()[0]
    still = LayerField(**{**vars(field), "offsets": np.zeros_like(field.offsets)})
    small, large = make_payload([still]), make_payload([field])
    assert len(large) - len(small) >= field.offsets.size * 2
    (answer,) = page.evaluate(TRACE, [base64_of(small), 0, 0, [(3, 4)]])
    assert answer["y"] == answer["baseY"] and answer["x"] == answer["baseX"]


def test_python_hears_of_a_zoom_once_the_hand_rests(page: Page) -> None:
    hold(page)
    three(page, pin={"i": 6, "j": 7})
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").nth(1).click()
    assert page.evaluate("sent") == []
    rest(page)  # one word, not one a step
    ((number, name, seen),) = page.evaluate("sent")
    now = states(page)[1]
    assert (number, name, seen["close"]) == (1, "seen", False)
    assert seen["lens"][0] == float(now["zoom"]) > 3 and min(seen["lens"]) > 0


def test_a_view_begins_with_the_part_of_the_picture_that_a_link_names(page: Page) -> None:
    three(page, pin={"i": 6, "j": 7}, lens=[4, 0.25, 0.5])
    assert {each["zoom"] for each in states(page)[:3]} == {"4"}
    assert page.evaluate("sent") == []
