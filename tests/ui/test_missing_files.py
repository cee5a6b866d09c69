"""A file of the package is gone or damaged, or the disk is full: the rest works, and the page says what is missing."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.data import assets
from dcnviz.ui import comparison, networks
from dcnviz.ui.parts import overview
from dcnviz.ui.shelf import Shelf
from dcnviz.ui.texts import LANGUAGES
from tests.ui.seen import panel

KEPT = (networks.from_gallery, networks.thumbnail, networks.bundled)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the assets that may be spoiled, and nothing remembered of the whole ones."""
    shutil.copytree(
        assets.asset("icon.png").parent, tmp_path / "assets", ignore=shutil.ignore_patterns("screenshots")
    )
    monkeypatch.setattr(assets, "_FOLDERS", (tmp_path / "assets",))

    monkeypatch.setattr(networks, "RECORDINGS", Shelf(10**9))
    monkeypatch.setattr(networks, "PAYLOADS", Shelf(10**9))

    def forget() -> None:
        for each in KEPT:
            each.clear()  # type: ignore[attr-defined]  # what st.cache_resource makes of a function
        comparison.shipped.cache_clear()

    forget()
    yield tmp_path / "assets"
    forget()


def draw(name: str) -> None:
    """A page alone; run by Streamlit from its source."""
    from importlib import import_module

    import_module(f"dcnviz.ui.pages.{name}").page()


def page(name: str, **query: str) -> AppTest:
    app = AppTest.from_function(draw, kwargs={"name": name}, default_timeout=300)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def errors(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


def explorers(app: AppTest) -> int:
    return sum(each.proto.component_name.endswith("dcnviz_explorer") for each in app.get("bidi_component"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_network_that_is_gone_is_named_and_the_others_work(files: Path, lang: str) -> None:
    (files / "checkpoints/v3.safetensors").unlink()
    words = LANGUAGES[lang].missing["checkpoint"].format(name="v3")
    gone = page("explore", version="v3", picture="scene-4", lang=lang)
    assert errors(gone) == [words] and explorers(gone) == 0
    assert gone.get_by_key(f"version.{lang}").value == "v3"  # the way out is there
    other = gone.get_by_key(f"version.{lang}").set_value("v1").run()
    assert not other.exception and errors(other) == [] and explorers(other) == 1


def test_compare_goes_on_with_the_networks_that_there_are(files: Path) -> None:
    (files / "checkpoints/v3.safetensors").write_bytes(b"half a file")
    (files / "checkpoints/v1.json").unlink()
    texts = LANGUAGES["en"]
    app = page("compare", picture="scene-4", at="none")
    assert set(errors(app)) == {
        texts.missing["checkpoint"].format(name="v3"),
        texts.missing["figures"].format(name="v1"),
    }
    assert explorers(app) == 5  # four networks, and the legend
    table = next(m.value for m in app.markdown if texts.compare.rows["iou"] in m.value)
    assert "| plain | v2 | v4 |" in table.replace("| |", "|")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_bundled_picture_that_is_damaged_is_named_and_another_shown(files: Path, lang: str) -> None:
    (files / "images/scene-4.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    app = page("explore", picture="scene-4", version="v1", at="40,52", lang=lang)
    title = {"en": "Made scene 4", "zh": "合成场景 4"}[lang]
    assert errors(app) == [LANGUAGES[lang].missing["picture"].format(name=title)]
    assert explorers(app) == 1 and app.query_params["picture"] in ("astronaut", ["astronaut"])


def test_a_full_disk_is_said_and_the_rest_of_the_page_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(overview, "show_maps", full)
    monkeypatch.setattr("dcnviz.ui.parts.pinned.show_maps", full)
    app = page("explore", picture="scene-4", version="v1", at="40,52", lang="zh")
    assert errors(app) == [LANGUAGES["zh"].missing["disk"]]
    assert explorers(app) == 1 and "(10, 13)" in panel(app)
