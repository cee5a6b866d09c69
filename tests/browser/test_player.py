"""The player in a real Chromium, without a server: it shows what the film holds, and obeys mouse and keys."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from dcnviz.plots.colours import hex_table
from dcnviz.training import Timeline
from dcnviz.ui.films import MAIN, PLAIN, Film
from dcnviz.ui.player.component import BRIDGE, SCRIPT, STYLE
from dcnviz.ui.texts import LANGUAGES
from tests.browser.hands import PATIENCE, hold, rest
from tests.ui.films import film

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LOAD = """async ([script, bridge, style]) => {
  const load = (text) => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  window.lib = await load(script);
  window.bridge = await load(bridge);
  window.shadow = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
  shadow.append(Object.assign(document.createElement("style"), { textContent: style }));
  window.sent = [];
  window.places = new Map();
}"""
MOUNT = """([data, parcels]) => {
  window.close = window.lib.default({ data, parentElement: shadow, setStateValue: (name, value) => sent.push(value) });
  for (const [name, text] of Object.entries(parcels)) {
    if (!places.has(name)) places.set(name, document.createElement("div"));
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    window.bridge.default({ data: bytes, parentElement: places.get(name) });
  }
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 900, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(LOAD, [SCRIPT, BRIDGE, STYLE])
    yield page
    assert errors == []
    context.close()


def mount(page: Page, shown: Film, *, follow: bool = False, **start: Any) -> Locator:
    first = {"frame": None, "layer": 2, "cell": 2, "group": 0, "autoplay": False, "axis": "step", **start}
    data = {
        "channel": shown.channel,
        "runs": shown.heads(LANGUAGES["en"]),
        "picture": shown.picture(),
        "start": first,
        "follow": follow,
        "remember": not follow,
        "labels": dict(LANGUAGES["en"].train.player),
        "colours": hex_table(),
    }
    parcels = {name: base64.b64encode(data).decode() for name, data in shown.parcels().items()}
    page.evaluate(MOUNT, [data, parcels])
    player = page.locator(f".player[data-last='{len(shown.main.frames) - 1}']")
    player.wait_for()
    return player


def settle(page: Page) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def spreads(player: Locator) -> list[float]:
    return [
        float(each.get_attribute("data-spread") or "nan") for each in player.locator(".cells label").all()
    ]


def at(player: Locator) -> str | None:
    return player.get_attribute("data-frame")


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_every_frame_is_shown_as_it_is(page: Page, version: str) -> None:
    timeline = film(version, 40)
    player = mount(page, Film("a", {MAIN: timeline}), frame=0)
    slider = player.locator("input[type=range]")
    for n in (0, 17, 39):
        slider.fill(str(n))
        settle(page)
        share = n / 39
        assert spreads(player) == pytest.approx([1 + share * cell for cell in range(4)], abs=0.01)
        frame = timeline.frames[n]
        assert f"Step {frame.step}" in player.locator(".readout").inner_text()
        assert f"{frame.accuracy:.2f}" in (slider.get_attribute("aria-valuetext") or "")
        chart = player.get_by_role("img", name="Effective dilation by object radius, layer 3")
        numbers = [f"{size} px {1 + share * k:.2f}" for k, size in enumerate(("5–8", "8–12", "12–20"), 1)]
        assert all(number in (chart.get_attribute("aria-label") or "") for number in numbers)
    assert player.locator("fieldset", has_text="Group").count() == (1 if version == "v3" else 0)


def test_by_keyboard(page: Page) -> None:
    player = mount(page, Film("a", {MAIN: film("v2", 40)}), frame=10)
    slider = player.locator("input[type=range]")
    slider.focus()
    for key, frame in [("ArrowRight", "11"), ("ArrowLeft", "10"), ("End", "39"), ("Home", "0")]:
        page.keyboard.press(key)
        settle(page)
        assert at(player) == frame, key
    page.keyboard.press("Space")
    page.locator(".player[data-playing=true]").wait_for()
    page.locator(".player:not([data-frame='0'])").wait_for()
    page.keyboard.press("Space")
    page.locator(".player[data-playing=false]").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("shadow.activeElement.name") == "player-axis"


def test_it_opens_on_its_moment_though_frames_come_by_and_by(page: Page) -> None:
    shown = Film("a", {MAIN: film("v2", 40)})
    assert len(shown.parcels()) > 1, "the film has become too short for this test"
    player = mount(page, shown, frame=38)
    settle(page)
    assert at(player) == "38" and spreads(player)[3] == pytest.approx(1 + 3 * 38 / 39, abs=0.01)


def test_the_legend_follows_the_operator(page: Page) -> None:
    for version, marks in [("conv", 3), ("v1", 4), ("v2", 5), ("conv", 3)]:
        player = mount(page, Film(version, {MAIN: film(version, 3)}), frame=0)
        assert player.locator(".legend li").count() == marks, version


def test_what_is_chosen_and_where_it_rests_is_reported_once(page: Page) -> None:
    hold(page)
    player = mount(page, Film("a", {MAIN: film("v2", 40)}), frame=0)
    player.locator("input[type=range]").fill("12")
    player.get_by_role("radio", name="1", exact=True).check()
    player.get_by_role("radio", name="4 background").check()
    assert page.evaluate("sent") == []
    rest(page)
    place = {"channel": "a", "frame": 12, "layer": 0, "cell": 3, "group": 0, "axis": "step"}
    assert page.evaluate("sent") == [place]


def test_a_click_on_the_picture_chooses_the_nearest_cell(page: Page) -> None:
    player = mount(page, Film("a", {MAIN: film("v2", 4)}), frame=0)
    canvas = player.locator("canvas.scene")
    page.locator(".player[data-drawn=true]").wait_for()
    box = canvas.bounding_box()
    assert box is not None
    scale = box["width"] / (64 + 14)
    canvas.click(position={"x": (9 * 4 + 0.5 + 7) * scale, "y": (4 * 4 + 0.5 + 7) * scale})
    page.locator(".player[data-cell='3']").wait_for()


def test_a_growing_film_is_followed_until_a_hand_goes_back(page: Page) -> None:
    whole = film("v2", 40)

    def first(count: int) -> Film:
        part = Timeline(**{**vars(whole), "frames": whole.frames[:count]})
        return Film("a", {MAIN: part})

    player = mount(page, first(3), follow=True)
    player = mount(page, first(20), follow=True)
    page.locator(".player[data-frame='19']").wait_for()
    player.locator("input[type=range]").fill("5")
    player = mount(page, first(30), follow=True)
    settle(page)
    assert at(player) == "5"
    player.locator("input[type=range]").fill("29")
    mount(page, first(40), follow=True)
    page.locator(".player[data-frame='39']").wait_for()


def test_motion_starts_by_itself_only_where_it_is_welcome(page: Page, chromium: Browser) -> None:
    player = mount(page, Film("a", {MAIN: film("v2", 40)}), autoplay=True)
    page.wait_for_timeout(400)
    assert (player.get_attribute("data-playing"), at(player)) == ("false", "0")
    page.emulate_media(reduced_motion="no-preference")
    mount(page, Film("b", {MAIN: film("v2", 40)}), autoplay=True)
    page.locator(".player[data-playing=true]").wait_for()
    page.locator(".player:not([data-frame='0'])").wait_for()


def test_plain_convolution_has_its_curves_and_leaves_with_them(page: Page) -> None:
    mount(page, Film("a", {MAIN: film("v2", 9), PLAIN: film("conv", 6)}), frame=8)
    chart = page.get_by_role("img", name="Accuracy on objects, scenes")
    assert "v2 1.00, plain 0.00" in (chart.get_attribute("aria-label") or "")
    mount(page, Film("b", {MAIN: film("v2", 5)}), frame=4)
    assert "plain" not in (chart.get_attribute("aria-label") or "")
    page.evaluate("close()")
    assert page.locator(".player").count() == 0
