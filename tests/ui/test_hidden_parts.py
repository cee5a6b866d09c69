"""What every page has for those who hand it out: the link, the parts left out, the document's language."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.ui.address import lens_of
from dcnviz.ui.presented import PARTS, Presented, parse
from dcnviz.ui.texts import LANGUAGES
from tests.ui.test_explore_page import open_app, words
from tests.ui.test_view import WORDS

PAGES = Path(__file__).parents[2] / "dcnviz" / "ui" / "pages"
SHORT = {"picture": "scene-4", "at": "40,52", "version": "conv"}


def component(app: AppTest, name: str) -> dict[str, Any]:
    """What a component was given."""
    found = next(e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith(name))
    given: dict[str, Any] = json.loads(found.json)
    return given


def test_a_presentation_survives_its_address() -> None:
    chance = random.Random(0)
    for _ in range(200):
        hide = tuple(part for part in PARTS if chance.random() < 0.5)
        here = Presented(hide, chance.random() < 0.5)
        assert parse(here.query()) == here


@pytest.mark.parametrize("text", WORDS)
def test_what_is_not_known_hides_nothing(text: str) -> None:
    assert parse({"hide": text, "projector": text}) in (Presented(), Presented(projector=True))


@pytest.mark.parametrize(
    "value", [None, 4, [4, 0], [4, 0, "0"], [True, 0, 0], [4, float("nan"), 0], [1e9, 0, 0], [1, 0, 0]]
)
def test_a_browser_is_believed_about_the_zoom_only_where_it_fits(value: object) -> None:
    assert lens_of(value) is None
    assert lens_of([4, 0.25, 0.5]) == (4.0, 0.25, 0.5)


def test_the_link_is_the_whole_view_though_the_address_is_bare() -> None:
    app = open_app(**SHORT, lang="zh")
    link = dict(parse_qsl(component(app, "dcnviz_link")["query"]))
    assert link.items() >= {**SHORT, "layer": "stack", "lang": "zh", "show": "base,lines,mask"}.items()
    again = open_app(**link)
    assert dict(parse_qsl(component(again, "dcnviz_link")["query"])) == link
    assert component(app, "dcnviz_page")["lang"] == "zh-CN"


def test_each_part_can_be_left_out() -> None:
    texts = LANGUAGES["en"]
    whole = open_app(**SHORT, lang="en")
    bare = open_app(**SHORT, lang="en", hide=",".join(PARTS))
    assert not bare.exception and not bare.error
    for text in (texts.taps_title, texts.deeper.title, texts.maps_title, texts.download.title):
        assert text in words(whole) and text not in words(bare)
    assert whole.get_by_key("version.en") and whole.get_by_key("lang")
    assert not bare.get("button_group")
    assert "dcnviz_link" not in str([e.proto.component_name for e in bare.get("bidi_component")])
    assert texts.title in words(bare)


@pytest.mark.parametrize("page", ["compare", "model", "learn"])
def test_every_page_can_be_bare_and_on_a_wall(page: str) -> None:
    app = AppTest.from_string(f"from dcnviz.ui.pages.{page} import page\npage()", default_timeout=300)
    app.query_params.update({"hide": ",".join(PARTS), "projector": "1", "lang": "zh", "picture": "scene-4"})
    app.run()
    assert not app.exception and not app.error and not app.get("download_button")
    assert any("--dcnviz-thick" in str(e.proto.body) for e in app.get("html"))


def test_hiding_is_chosen_on_the_page_and_stands_in_the_address() -> None:
    app = open_app(**SHORT, lang="en")
    app.get_by_key("hide.en").set_value(["maps", "controls"]).run()
    assert app.query_params["hide"] == "controls,maps"
    assert LANGUAGES["en"].maps_title not in words(app)
    app.toggle(key="projector").set_value(True).run()
    assert (app.query_params["projector"], app.query_params["picture"]) == ("1", "scene-4")
