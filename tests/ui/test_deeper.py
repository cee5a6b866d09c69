"""Deeper looks at a cell: nothing before somebody asks, then numbers that are the analyses' own, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.analysis.health import SENTENCES, Code
from dcnviz.ui import deeper, networks
from dcnviz.ui.networks import Trained
from dcnviz.ui.parts import saliency
from dcnviz.ui.parts.deeper import sentences
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import View, parse
from tests.ui.seen import panel

APP = str(Path(__file__).parents[2] / "app.py")
PLACE = {"picture": "scene-4", "at": "40,52", "layer": "2"}


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=300)
    for name, value in {**PLACE, **query}.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.markdown)


def test_nothing_is_computed_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("receptive_field", "locations", "health"):
        monkeypatch.setattr(deeper, name, lambda *a: pytest.fail("nobody asked"))
    monkeypatch.setattr(saliency, "search", lambda *a: pytest.fail("nobody asked"))
    app = open_app()
    assert not app.exception and LANGUAGES["en"].deeper.title in words(app)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("version", ["conv", "v3"])
def test_each_look_opens(version: str, lang: str) -> None:
    app = open_app(version=version, lang=lang)
    texts = LANGUAGES[lang].deeper
    pictures = len(app.get("image"))
    drawn = {
        "field": 1 if version == "conv" else 3,
        "locations": int(version != "conv"),
        "health": 3 * (version != "conv"),
    }
    for look in drawn:
        app.get_by_key(f"deep.{lang}").set_value(look).run()  # draws that part alone
        app.run()
        assert not app.exception and not app.error
        seen = len(app.get("image")) + panel(app).count("<img ")
        assert seen == pictures + drawn[look], look
    assert texts.health in words(app)


def test_a_link_opens_a_look_and_rubbish_none() -> None:
    app = open_app(deep="field", version="v2")
    shown = networks.from_gallery("scene-4", "en")
    field = deeper.receptive_field(Trained("v2", "v2"), shown, 1, (10, 13))
    assert f"95% in {field.pixels():,}" in panel(app)
    assert parse({"deep": "<b>"}).deep == "" and parse(View(deep="health").query()).deep == "health"


def test_every_finding_has_its_sentence_with_the_same_numbers() -> None:
    from dcnviz.analysis.health import Finding

    numbers = {"count": 3.0, "share": 0.25, "longest": 70.0, "regular": 0.1, "mean": 0.01}
    for texts in LANGUAGES.values():
        assert set(texts.deeper.findings) == set(SENTENCES) == set(get_args(Code))
        for code in get_args(Code):
            assert len(sentences([Finding(code, "note", numbers)], texts)) > 10


def test_dots_are_the_taps_that_count_with_the_weakest_first() -> None:
    shown = networks.from_gallery("scene-4", "en")
    found = deeper.locations(Trained("v1", "v1"), shown, 1, (10, 13))
    places, strengths = deeper.dots(found)
    assert len(places) == len(strengths) == sum(int((taps.strength > 0).sum()) for taps in found.values())
    assert deeper.count(found) == sum(taps.strength.numel() for taps in found.values()) > len(places)
    assert (np.diff(strengths) >= 0).all() and strengths[0] > 0
    most = deeper.holding(strengths, 0.95)
    assert strengths[-most:].sum() >= 0.95 * strengths.sum() > strengths[-most + 1 :].sum()
