"""The Explore page by AppTest: every combination paints, links restore, bad links and bad pictures do not harm."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dcnviz.ui.explorer.payload import read_header
from tests.ui.seen import panel, words

APP = str(Path(__file__).parents[2] / "app.py")


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=300)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def header(app: AppTest) -> dict[str, object]:
    """Of the explorer's payload, behind the name of its channel."""
    mounted = next(e for e in app.get("bidi_component") if e.proto.component_name.endswith("dcnviz_explorer"))
    data = mounted.proto.bytes
    return read_header(data[data.index(b"DCNV") :])


def test_the_first_screen() -> None:
    app = open_app()
    assert not app.exception
    assert "Where does the network look?" in words(app)
    assert "<strong>729 points</strong>" in panel(app)
    assert header(app)["version"] == "v2"


@pytest.mark.parametrize("version", ["conv", "v1", "v2", "v3", "v4"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_version_paints_in_both_languages(version: str, lang: str) -> None:
    app = open_app(version=version, picture="scene-4", at="40,52", layer="2", lang=lang)
    assert not app.exception and not app.error
    assert header(app)["version"] == version
    assert "(10, 13)" in words(app)
    assert len(app.get("image")) >= 5


@pytest.mark.parametrize(
    "query",
    [
        {
            "picture": "../../etc/passwd",
            "version": "<b>",
            "layer": "x",
            "group": "-1",
            "at": "9e9,nan",
            "show": "\x00",
        },
        {"at": "9999,9999", "picture": "cat"},
        {"version": "v3", "group": "4", "layer": "3", "at": "none"},
    ],
)
def test_any_address_paints(query: dict[str, str]) -> None:
    app = open_app(**query)
    assert not app.exception and not app.error


def test_a_link_to_somebodys_own_picture_says_so() -> None:
    app = open_app(picture="own", at="3,3")
    assert not app.exception
    assert any("not part of a link" in element.value for element in app.info)


def test_changing_the_version_keeps_the_pin_and_writes_the_address() -> None:
    app = open_app(picture="scene-4", at="40,52", layer="1")
    app.get_by_key("version.en").set_value("v3").run()
    assert not app.exception
    assert address(app, "version") == "v3"
    assert address(app, "at") == "40,52"
    assert "(10, 13)" in words(app)


def test_switching_the_language_keeps_everything_else() -> None:
    app = open_app(picture="scene-4", at="40,52", version="v1", layer="1")
    app.get_by_key("lang").set_value("zh").run()
    assert not app.exception
    assert "网络在看哪里" in words(app)
    assert address(app, "version") == "v1" and address(app, "at") == "40,52"


def test_the_pin_can_be_released() -> None:
    app = open_app(picture="scene-4", at="none")
    assert any("No cell is pinned" in element.value for element in app.info)


def address(app: AppTest, name: str) -> str | None:
    """A value of the address bar; AppTest gives lists for what the page wrote, plain text for what was given."""
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def upload(app: AppTest, name: str, data: bytes, mime: str = "image/png") -> AppTest:
    app.get_by_key("source.en").set_value("upload").run()
    return app.file_uploader(key="upload").upload(name, data, mime).run()


def test_an_uploaded_picture_is_shown_scaled() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.full((700, 1400, 3), 90, np.uint8)).save(buffer, "PNG")
    app = upload(open_app(picture="scene-4"), "wide.png", buffer.getvalue())
    assert not app.exception
    picture = header(app)["picture"]
    assert isinstance(picture, dict) and (picture["height"], picture["width"]) == (256, 512)
    assert address(app, "picture") == "own"


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\nbroken"]
)
def test_a_bad_picture_is_refused_in_one_sentence_and_nothing_is_lost(data: bytes) -> None:
    app = upload(open_app(picture="scene-4", at="40,52"), "bad.png", data)
    assert not app.exception
    assert len(app.error) == 1
    assert address(app, "picture") == "scene-4"
    assert header(app)["picture"]["width"] == 192  # type: ignore[index]
