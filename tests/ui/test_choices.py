"""What was chosen stays chosen: in the other language, with another list, and when the browser still has an old one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.ui import given
from dcnviz.ui.lesson.chapters import CHAPTERS
from tests.ui.samples import recording, saved

APP = str(Path(__file__).parents[2] / "app.py")
LEARN = "from dcnviz.ui.pages.learn import page\npage()"
GONE = "3. of another list"


def open_app(**query: str) -> AppTest:
    return opened(AppTest.from_file(APP, default_timeout=300), query)


def opened(app: AppTest, query: dict[str, str]) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The app begins at the page Your model, with a recording of so many pictures that they are a list."""
    path = tmp_path / "mine.npz"
    path.write_bytes(saved(recording(batch=9)))
    monkeypatch.setenv(given.VARIABLE, str(path))


def chosen(app: AppTest) -> dict[str, Any]:
    """The values of all widgets to choose with, by their keys without the language."""
    kinds = ("selectbox", "segmented_control", "pills", "radio", "select_slider", "number_input")
    widgets = [widget for kind in kinds for widget in app.get(kind)]
    found = {widget.key.replace(".en", "").replace(".zh", ""): widget.value for widget in widgets}
    return {key: value for key, value in found.items() if key != "lang"}


def in_chinese(app: AppTest) -> AppTest:
    return app.segmented_control(key="lang").set_value("zh").run()


def test_explores_choices_stay_in_the_other_language() -> None:
    app = open_app(version="v4", layer="2", group="5", show="mask,numbers", channel="3", lang="en")
    app.segmented_control(key="source.en").set_value("upload").run()
    before = chosen(app)
    assert (before["version"], before["layer"], before["group"], before["source"]) == ("v4", "1", 4, "upload")
    assert chosen(in_chinese(app)) == before and not app.exception


def test_a_recordings_choices_stay_in_the_other_language(many: None) -> None:
    app = open_app(layer="1", image="8", group="2", lang="en")
    before = chosen(app)
    assert (before["number"], before["image"], before["offset_group"]) == (0, 7, 1)
    assert chosen(in_chinese(app)) == before and not app.exception


@pytest.mark.parametrize("kind", ["choice", "number"])
def test_a_guess_not_yet_given_stays_in_the_other_language(kind: str) -> None:
    chapter = next(each for each in CHAPTERS if each.question.kind == kind)
    app = opened(AppTest.from_string(LEARN, default_timeout=300), {"chapter": chapter.id, "lang": "en"})
    name = f"guess-{chapter.id}-0"
    if kind == "choice":
        app.radio(key=f"{name}.en").set_value(list(app.radio(key=f"{name}.en").options)[-1])
    else:
        app.number_input(key=f"{name}.en").set_value(2.0)
    app.run()
    before = chosen(app)
    assert before[name] is not None
    assert chosen(in_chinese(app)) == before and not app.exception
    assert chosen(app.segmented_control(key="lang").set_value("en").run()) == before


def send(app: AppTest, key: str, label: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """What a browser sends that has not got the newest list."""
    box = app.selectbox(key=key)
    usual = type(box).index
    monkeypatch.setattr(type(box), "index", property(lambda each: 0 if each.key == key else usual.fget(each)))
    box.options = [label]
    return box.set_value(label).run()


def test_an_old_label_chooses_no_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(version="v2", channel="3")
    send(app, "channel.en", "strongest (77)", monkeypatch)
    assert not app.exception and app.session_state["view"].channel == 3


@pytest.mark.parametrize("key", ["number", "image"])
def test_an_old_label_chooses_nothing_of_a_recording(
    key: str, many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(layer="2", image="9")
    send(app, f"{key}.en", GONE, monkeypatch)
    assert not app.exception
    assert (app.session_state["own_view"].number, app.session_state["own_view"].image) == (1, 8)
