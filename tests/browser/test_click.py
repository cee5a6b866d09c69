"""A click's way to its numbers, in a real Chromium: fetched at once, or sent where that fails; and what follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_journey import address, context, finished, open_page, panel, point, segment, settle

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
__all__ = ["context"]  # the fixture


@pytest.fixture
def asked(context: BrowserContext) -> Iterator[list[str]]:
    """Addresses of panels that the browser fetched."""
    urls: list[str] = []
    context.on("request", lambda request: "/panel/" in request.url and urls.append(request.url))
    yield urls


def in_place(page: Page, cell: str) -> None:
    """Waits for the numbers of a cell, and for the page that follows."""
    panel(page).get_by_text(f"Cell ({cell})").wait_for()
    i, j = (4 * int(n) for n in cell.split(", "))
    page.wait_for_url(re.compile(f"at={i}(,|%2C){j}"))
    settle(page)


def test_a_click_is_answered_by_the_panel_s_own_address(
    context: BrowserContext, app_url: str, asked: list[str]
) -> None:
    page, errors = open_page(context, app_url)
    finished(page)
    point(page, 200, 300, click=True)
    in_place(page, "50, 75")
    assert [url.rsplit("/", 2)[1:] for url in asked] == [["50", "75"]]
    segment(page, "Layer", "2")  # another view is another address; the cell stays
    panel(page).get_by_text("Cell (50, 75) of layer 2").wait_for()
    settle(page)
    assert asked[-1].split("/")[4] == asked[0].split("/")[4] and asked[-1] != asked[0]
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_role("link", name="Explore", exact=True).click()
    panel(page).get_by_text("Cell (50, 75) of layer 2").wait_for()
    assert errors == []


@pytest.mark.parametrize("fault", ["no server", "no address"])
def test_where_it_cannot_be_fetched_the_page_brings_it(
    context: BrowserContext, app_url: str, fault: str
) -> None:
    page, errors = open_page(context, app_url)
    finished(page)

    def refuse(route: Route) -> None:
        route.abort() if fault == "no server" else route.fulfill(status=404)

    point(page, 100, 100, click=True)
    in_place(page, "25, 25")
    page.route("**/panel/**", refuse)
    for y, x in ((200, 300), (120, 160)):
        point(page, y, x, click=True)
        in_place(page, f"{y // 4}, {x // 4}")
    segment(page, "Layer", "1")
    panel(page).get_by_text("Cell (30, 40) of layer 1").wait_for()
    page.unroute("**/panel/**")
    point(page, 200, 300, click=True)
    in_place(page, "50, 75")
    assert errors == []


def test_the_last_of_quick_clicks_stays(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, app_url)
    finished(page)
    for n in range(8):
        point(page, 100 + 12 * n, 140 + 8 * n, click=True)
    in_place(page, "46, 49")
    page.wait_for_timeout(1000)
    assert panel(page).get_by_text("Cell (46, 49)").is_visible() and address(page)["at"] == "184,196"
    page.keyboard.press("Escape")
    page.get_by_text("No cell is pinned").wait_for()
    settle(page)
    assert panel(page).get_by_text("Cell (").count() == 0
    assert errors == []


def test_the_pin_that_came_with_the_page_is_released(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, f"{app_url}/?at=100,100&layer=1")
    finished(page)
    page.locator("canvas[data-scale]").first.focus()
    page.keyboard.press("Escape")
    page.get_by_text("No cell is pinned").wait_for()
    page.wait_for_url(re.compile("at=none"))
    assert errors == []


def test_the_same_cell_is_pinned_in_another_picture(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, app_url)
    finished(page)
    point(page, 200, 300, click=True)
    in_place(page, "50, 75")
    page.get_by_role("button", name="Picture: Astronaut").click()
    page.locator("[class*=st-key-take] button").nth(3).click()
    page.wait_for_url(re.compile("picture=dandelions"))
    settle(page)
    page.keyboard.press("Escape")  # puts the gallery away
    point(page, 200, 300, click=True)
    in_place(page, "50, 75")
    assert errors == []


def test_a_cell_released_before_it_is_told_stays_released(context: BrowserContext, app_url: str) -> None:
    page, errors = open_page(context, app_url)
    finished(page)
    page.evaluate(
        """() => {
          const frame = window.requestAnimationFrame.bind(window);
          window.requestAnimationFrame = (work) => setTimeout(() => frame(work), 400);
        }"""
    )
    point(page, 200, 300, click=True)
    panel(page).get_by_text("Cell (50, 75)").wait_for()  # Python does not know it yet
    page.keyboard.press("Escape")
    page.get_by_text("No cell is pinned").wait_for()
    page.wait_for_timeout(1000)
    settle(page)
    assert page.get_by_text("No cell is pinned").is_visible() and address(page)["at"] == "none"
    assert errors == []


@pytest.mark.parametrize(
    ("look", "name"), [("locations", "Places that count"), ("field", "Receptive field · total")]
)
def test_an_open_look_follows_by_itself(
    context: BrowserContext, app_url: str, asked: list[str], look: str, name: str
) -> None:
    page, errors = open_page(context, f"{app_url}/?deep={look}")
    picture = page.get_by_role("img", name=name)
    picture.wait_for()
    finished(page)
    point(page, 120, 160, click=True)
    in_place(page, "30, 40")
    finished(page)
    before = picture.get_attribute("src")
    asked.clear()
    point(page, 200, 300, click=True)
    in_place(page, "50, 75")
    finished(page)
    assert len({url.split("/")[4] for url in asked}) == 2, "the numbers and the look, each by its address"
    fetched = picture.get_attribute("src")
    assert fetched != before
    page.reload()  # what the page itself draws of that cell
    picture.wait_for()
    assert picture.get_attribute("src") == fetched and errors == []
