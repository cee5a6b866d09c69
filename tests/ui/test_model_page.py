"""The page Your model by AppTest: recordings, checkpoints, the three lines; links, rubbish and refusals."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from dcnviz.models import Network
from dcnviz.ui import given
from dcnviz.ui.explorer.payload import read_header
from dcnviz.ui.own_view import LIBRARIES
from dcnviz.ui.snippets import MODELS, lines
from dcnviz.ui.texts import LANGUAGES
from tests.ui.samples import recording, saved
from tests.ui.seen import words

APP = str(Path(__file__).parents[2] / "app.py")
COMMENTS = LANGUAGES["en"].model.comments


@pytest.fixture(autouse=True)
def start_at_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """As ``python -m dcnviz view`` starts it; AppTest opens no page but the first."""
    path = tmp_path / "mine.npz"
    path.write_bytes(saved(recording()))
    monkeypatch.setenv(given.VARIABLE, str(path))
    return path


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=300)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def address(app: AppTest, name: str) -> str | None:
    """A value of the address bar; AppTest gives lists for what the page wrote, plain text for what was given."""
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def header(app: AppTest) -> dict[str, object]:
    mounted = next(e for e in app.get("bidi_component") if e.proto.component_name.endswith("dcnviz_explorer"))
    data = mounted.proto.bytes
    return read_header(data[data.index(b"DCNV") :])


def drop(app: AppTest, data: bytes, name: str = "mine.npz", key: str = "recording_file") -> AppTest:
    return app.file_uploader(key=key).upload(name, data, "application/octet-stream").run()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_servers_recording_is_shown(lang: str) -> None:
    app = open_app(lang=lang, cell="2,3")
    assert not app.exception and not app.error
    text = words(app)
    assert LANGUAGES[lang].model.no_contributions in text and LANGUAGES[lang].model.exact in text
    assert "(2, 3)" in text and LANGUAGES[lang].deeper.looks["health"] in text
    assert len(app.get("image")) == 5


def test_a_link_is_restored_and_held_to_what_there_is() -> None:
    app = open_app(layer="2", image="2", group="9", cell="5,7", show="base")
    assert not app.exception and "(5, 7)" in words(app)
    assert header(app)["layers"][0]["kernel"] == [1, 5]  # type: ignore[index]
    assert address(app, "group") == "1" and address(app, "image") == "2"
    assert len(app.get("image")) == 4  # no masks in v1


def test_an_estimated_place_is_said_to_be() -> None:
    app = open_app(layer="3")
    assert LANGUAGES["en"].model.estimated in words(app)
    assert "<b>" not in words(app)


def test_attention_is_shown_by_its_queries() -> None:
    app = open_app(layer="4", cell="0,7")
    assert not app.exception and not app.error
    assert "Query 7 of layer 4" in words(app) and LANGUAGES["en"].model.no_maps in words(app)
    assert LANGUAGES["en"].model.no_figure in words(app) and LANGUAGES["en"].download.nothing not in words(
        app
    )
    assert len(app.get("image")) == 0
    app.get_by_key("offset_group.en").set_value(1).run()
    assert not app.exception and address(app, "group") == "2"


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "<b>", "layer": "0", "image": "-1", "group": "x", "cell": "9,9,9"},
        {"layer": "99999", "cell": "999999,999999", "show": "\x00", "lang": "xx"},
        {"tab": "checkpoint", "picture": "../x", "at": "nan"},
        {"tab": "lines", "library": "os"},
        {"file": "/etc/passwd", "recording": "/etc/passwd"},
    ],
)
def test_any_address_paints(query: dict[str, str]) -> None:
    app = open_app(**query)
    assert not app.exception and not app.error


def test_another_recording_takes_its_place_and_a_broken_one_does_not() -> None:
    app = drop(open_app(layer="2", cell="5,7"), saved(recording(batch=1)), "other.npz")
    assert not app.exception and "**other.npz**" in words(app)
    for data, code in ((b"PK", "not_npz"), (b"", "empty"), (b"x" * 50, "not_npz")):
        drop(app, data, f"{code}.npz")
        assert not app.exception
        assert [error.value for error in app.error] == [LANGUAGES["en"].model.refusals[code]]
        assert "**other.npz**" in words(app)


def test_a_hostile_name_stays_text() -> None:
    app = drop(open_app(), saved(recording()), "![x](http://evil) <img src=x>.npz")
    assert not app.exception
    assert not any(sign in element.value for element in app.markdown for sign in ("](http", "<img"))


def test_a_file_that_is_gone_is_said_to_be(start_at_the_page: Path) -> None:
    start_at_the_page.unlink()
    app = open_app(lang="zh")
    assert not app.exception
    assert [error.value for error in app.error] == [LANGUAGES["zh"].model.refusals["missing"]]


def checkpoint(network: Network) -> bytes:
    buffer = io.BytesIO()
    torch.save(network.state_dict(), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_checkpoint_opens_explores_view(lang: str) -> None:
    app = open_app(tab="checkpoint", picture="scene-4", at="40,52", layer="2", group="3", lang=lang)
    drop(app, checkpoint(Network("v3")), "mine.pt", "checkpoint_file")
    assert not app.exception and not app.error
    assert header(app)["version"] == "v3" and "(10, 13)" in words(app)
    assert address(app, "group") == "3"


def test_a_bad_checkpoint_is_refused_in_one_sentence() -> None:
    app = open_app(tab="checkpoint", picture="scene-4", lang="zh")
    broken = Network("v1")
    with torch.no_grad():
        broken.head.bias[0] = np.nan
    for data, code in ((b"hello", "damaged"), (b"\x80\x02.", "legacy"), (checkpoint(broken), "not_finite")):
        drop(app, data, "bad.pt", "checkpoint_file")
        assert not app.exception
        wanted = LANGUAGES["zh"].model.checkpoint_refusals[code].format(tensor="head.bias")
        assert [error.value for error in app.error] == [wanted]


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_three_lines_can_be_copied_for_each_library(library: str) -> None:
    app = open_app(tab="lines", library=library)
    assert app.code[0].value.strip() == lines(library, COMMENTS).strip()
    assert "with dcnviz.record(model) as recording:" in app.code[0].value
    compile(lines(library, COMMENTS), library, "exec")


def test_every_library_has_its_lines_and_words() -> None:
    for texts in LANGUAGES.values():
        assert set(MODELS) == set(LIBRARIES) == set(texts.model.libraries) == set(texts.model.library_names)


def test_the_lines_for_dcnviz_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(lines("dcnviz", COMMENTS).replace("512, 512", "40, 40"), "lines", "exec"), {})
    assert (tmp_path / "mine.npz").is_file()
