"""Downloads: every figure in three formats, under a name of its own, of the view as it stands, at a click only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from matplotlib.figure import Figure
from streamlit.testing.v1 import AppTest

from dcnviz import plots
from dcnviz.ui import networks
from dcnviz.ui.networks import Trained
from dcnviz.ui.parts import download, download_view
from dcnviz.ui.parts.download import FORMATS, stem_of
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import View
from dcnviz.ui.wording import words_of
from tests.ui.test_explore_page import APP

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF-"}
Offered = dict[str, Callable[[], bytes]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Offered]:
    """What the page's download buttons would give, by the file's name."""
    import streamlit as st

    found: Offered = {}

    def button(label: str, data: Any, file_name: str, mime: str, **options: Any) -> bool:
        assert options["on_click"] == "ignore" and callable(data), "a download must not run the page again"
        assert file_name not in found, f"two files of one name: {file_name}"
        found[file_name] = data
        return False

    monkeypatch.setattr(st, "download_button", button)
    yield found


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=300)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_each_figure_of_explore_is_offered_in_three_formats(
    offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(plots, "sampling_points", lambda *a, **k: drawn.append("points") or Figure((1, 1)))
    app = open_page(picture="scene-4", at="40,52", layer="2", version="v2", deep="health", lang="zh")
    assert not app.exception and drawn == []
    stems = {name.rsplit(".", 1)[0] for name in offered if not name.endswith((".npz", ".html"))}
    assert {f"{stem}.{form}" for stem in stems for form in FORMATS} <= offered.keys()
    assert "dcnviz-explore-scene-4-v2-layer2-10-13" in stems
    assert {stem.split("-")[1] for stem in stems} == {
        *("explore", "arrows", "flow", "magnitude", "dilation", "mask", "lengths", "feature", "kernel"),
    }
    images = len(app.get("image"))
    gallery = len([1 for each in app.get("button") if each.key and each.key.startswith("take.")])
    assert len(stems) - 1 == images - gallery, "a picture on the page has no download"
    for form, start in STARTS.items():
        assert offered[f"dcnviz-explore-scene-4-v2-layer2-10-13.{form}"]().startswith(start)
    assert drawn == ["points"] * 3


def test_no_cell_no_figure() -> None:
    app = open_page(picture="scene-4", at="none", lang="en")
    assert not app.exception
    words = LANGUAGES["en"].download
    disabled = [each for each in app.get("download_button") if each.proto.label in words.figures.values()]
    assert len(disabled) == 3 and all(each.proto.disabled for each in disabled)
    assert any(words.nothing in each.value for each in app.markdown)


def test_what_is_drawn_is_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    shown = networks.from_gallery("scene-4", "en")
    monkeypatch.setattr(plots, "sampling_points", lambda *a, **k: asked.update(k, cell=a[2]) or Figure())
    view = View(picture="scene-4", layer="1", group=3, show=("base", "numbers"), close=True)
    download_view.points_drawer(Trained("v3", "v3"), shown, view, (10, 13))()
    assert asked["layer"].startswith("blocks.1") and (asked["cell"], asked["group"]) == ((10, 13), 3)
    assert asked["view"] == "points" and asked["numbers"] and asked["without"] == ("lines", "masks")
    assert asked["title"].endswith("v3 · layer 2 · group 4 of 8")  # counted as the page counts
    download_view.points_drawer(Trained("v2", "v2"), shown, View(), (1, 1))()
    assert (asked["layer"], asked["view"], asked["group"], asked["without"]) == (None, None, 0, ())


def test_a_maker_needs_no_session() -> None:
    def draw() -> Figure:
        figure = Figure((1, 1))
        figure.text(0, 0, "taps")
        return figure

    for form, start in STARTS.items():
        assert download._maker(draw, form, "zh")().startswith(start)


def test_names_are_plain() -> None:
    assert stem_of("model", "../../x y", "", None, "Ünï", (3, 4)) == "dcnviz-model-x-y-n-3-4"
    assert re.fullmatch(r"[A-Za-z0-9-]+", stem_of("a" * 500))


def test_compare_offers_all_five_in_one_figure(offered: Offered) -> None:
    script = "from dcnviz.ui.pages.compare import page\npage()"
    app = AppTest.from_string(script, default_timeout=300)
    for name, value in {"picture": "scene-4", "at": "40,52", "layer": "2", "lang": "zh"}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    svg, chinese = offered["dcnviz-compare-scene-4-layer2-group1-10-13.svg"]().decode(), words_of("zh")
    for version in ("conv", "v1", "v2", "v3", "v4"):
        assert f">{chinese.say(version) if chinese else version}</text>" in svg
