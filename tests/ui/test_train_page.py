"""The page Train by AppTest, over a host that trains nothing and films that were made here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.training import Timeline
from dcnviz.ui import films, trainings
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.trainings import Bench
from tests.ui.films import MadeHost, MadeRun, film

SCRIPT = """
import streamlit as st
from dcnviz.ui.pages.train import page
page()
"""
CALLED = """
from dcnviz.ui.parts.film import remember_place
remember_place()
"""  # callbacks of components do not fire in AppTest
WORDS = LANGUAGES["en"].train
each_language = pytest.mark.parametrize("lang", ["en", "zh"])


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> MadeHost:
    """The server's."""
    host = MadeHost()
    bench = Bench(host)  # type: ignore[arg-type]
    monkeypatch.setattr(trainings, "bench", lambda: bench)
    return host


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films of v2 and of plain convolution, and no others."""

    def load(version: str) -> Timeline:
        if version not in ("v2", "conv"):
            raise FileNotFoundError(version)
        return film(version)

    monkeypatch.setattr(films, "shipped", load)


def open_page(**query: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=300)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    alerts = (*app.info, *app.success, *app.warning, *app.error)
    bars = [each.proto.text for each in app.get("progress")]
    return "\n".join([*(str(e.value) for e in (*app.markdown, *alerts)), *bars])


def mounted(app: AppTest, name: str) -> list[Any]:
    """Protos of components."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [proto for proto in protos if proto.component_name.endswith(name)]


def sent(app: AppTest) -> dict[str, Any]:
    """What the player was told."""
    (proto,) = mounted(app, "dcnviz_player")
    data: dict[str, Any] = json.loads(proto.json)
    return data


def button(app: AppTest, name: str) -> Any:
    return app.button(key=f"train_{name}")


def the_run(host: MadeHost) -> MadeRun:
    return next(run for name, run in host.runs.items() if not name.endswith(".plain"))


@each_language
def test_a_film_is_there_at_once(shipped: None, lang: str) -> None:
    app = open_page(lang=lang)
    assert not app.exception and not app.error
    data = sent(app)
    assert (data["channel"], data["follow"]) == ("ready-v2", False)
    assert data["start"] == {
        "frame": None,
        "layer": 2,
        "cell": 2,
        "group": 0,
        "autoplay": True,
        "axis": "step",
    }
    assert len(mounted(app, "dcnviz_parcel")) == 2 and all(m.bytes for m in mounted(app, "dcnviz_parcel"))
    assert data["labels"] == LANGUAGES[lang].train.player
    assert "20" in words(app) and LANGUAGES[lang].train.grows in words(app)


def test_the_address_says_where_the_film_stands(shipped: None) -> None:
    app = open_page(frame="7", layer="2", cell="1", lang="zh")
    start = sent(app)["start"]
    assert (start["frame"], start["layer"], start["cell"], start["autoplay"]) == (6, 1, 0, False)
    start = sent(open_page(frame="4000", cell="9", group="5"))["start"]
    assert (start["frame"], start["cell"], start["group"]) == (19, 3, 0)


@pytest.mark.parametrize(
    "junk", [{"frame": True, "layer": 0, "cell": 3, "group": 0}, {"layer": -1, "cell": "3"}, ["x"], None, "x"]
)
def test_where_a_person_rests_goes_into_the_address(shipped: None, junk: object) -> None:
    app = AppTest.from_string(SCRIPT + CALLED, default_timeout=300).run()
    for place in ({"frame": 11, "layer": 0, "cell": 3, "group": 0}, junk):
        app.session_state["player"] = {"place": place}
        app.run()
        found = [app.query_params[name] for name in ("frame", "layer", "cell")]
        assert found == ["12", "1", "4"]


def test_plain_convolution_beside_a_film(shipped: None) -> None:
    app = open_page(beside="1")
    assert [run["name"] for run in sent(app)["runs"]] == ["main", "plain"]
    assert len(mounted(app, "dcnviz_parcel")) == 4
    app = open_page(beside="1", version="conv")
    assert len(sent(app)["runs"]) == 1 and app.toggle(key="beside").disabled and WORDS.stays in words(app)


@each_language
def test_a_missing_film_is_said_and_the_rest_stays(shipped: None, lang: str) -> None:
    app = open_page(version="v4", lang=lang)
    assert not app.exception and LANGUAGES[lang].train.missing.format(version="v4") in words(app)
    assert not mounted(app, "dcnviz_player")
    app.segmented_control(key=f"version.{lang}").set_value("v2").run()
    assert mounted(app, "dcnviz_player")


@each_language
def test_a_training_from_start_to_end(host: MadeHost, lang: str) -> None:
    texts = LANGUAGES[lang].train
    app = open_page(source="live", lang=lang, seed="7", rate="1", start="spread", seconds="20", version="v1")
    assert not app.exception and texts.idle in words(app) and str(host.most) in words(app)
    assert all(button(app, name).disabled for name in ("pause", "step", "stop"))
    app = button(app, "begin").click().run()
    run = the_run(host)
    said = (
        run.recipe.version,
        run.recipe.seed,
        run.recipe.predictor_factor,
        run.recipe.start,
        run.recipe.seconds,
    )
    assert said == ("v1", 7, 1.0, "spread", 20.0)
    assert app.query_params["run"] == run.token
    assert not app.exception and sent(app)["follow"] and button(app, "begin").disabled
    assert app.segmented_control(key=f"version.{lang}").disabled
    before = mounted(app, "dcnviz_parcel")[0].bytes
    run.become("running", 8)
    app.run()
    assert mounted(app, "dcnviz_parcel")[0].bytes != before
    run.become("finished")
    app.run()
    assert not sent(app)["follow"] and texts.grows in words(app) and not button(app, "begin").disabled
    assert {each.key for each in app.get("download_button")} >= {"film_gif", "film_npz", "film_weights"}


def test_pause_step_go_on_and_stop(host: MadeHost) -> None:
    app = open_page(source="live", lang="en")
    app = button(app, "begin").click().run()
    run = the_run(host)
    app = button(app, "pause").click().run()
    assert button(app, "pause").label == WORDS.resume and "Paused" in words(app)
    app = button(app, "step").click().run()
    app = button(app, "pause").click().run()
    assert button(app, "pause").label == WORDS.pause
    button(app, "stop").click().run()
    assert run.asked == ["pause", "step", "resume", "stop"]


def test_a_page_loaded_anew_finds_its_training(host: MadeHost) -> None:
    app = open_page(source="live")
    app = button(app, "begin").click().run()
    again = open_page(source="live", run=app.query_params["run"])
    assert mounted(again, "dcnviz_player") and not button(again, "stop").disabled


def test_another_visitor_may_watch_and_begin_an_own_one(
    host: MadeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(source="live")
    token = button(app, "begin").click().run().query_params["run"]
    monkeypatch.setattr(trainings, "session", lambda: "somebody else")
    other = open_page(source="live", run=token)
    assert WORDS.watching in words(other) and button(other, "stop").disabled
    other = button(other, "begin").click().run()
    assert other.query_params["run"] != token and len(host.runs) == 2
    assert not any(run.ended for run in host.runs.values())


@each_language
def test_a_full_server_says_so(host: MadeHost, lang: str) -> None:
    from dcnviz.training import LiveRecipe

    for name in ("x", "y"):
        host.start(name, LiveRecipe("v2"))
    app = open_page(source="live", lang=lang)
    app = button(app, "begin").click().run()
    assert LANGUAGES[lang].train.full.format(running=2, most=2) in words(app) and not app.exception
    assert "run" not in app.query_params and not button(app, "begin").disabled


@pytest.mark.parametrize("diverged", [True, False])
def test_a_training_that_broke_off_is_said_in_a_sentence(host: MadeHost, diverged: bool) -> None:
    app = open_page(source="live", lang="en")
    app = button(app, "begin").click().run()
    the_run(host).become("failed", 5)
    the_run(host).diverged = diverged
    app.run()
    said = (WORDS.diverged if diverged else WORDS.failed).format(steps=40)
    assert (
        [each.value for each in app.error] == [said] and not app.exception and mounted(app, "dcnviz_player")
    )


def test_plain_convolution_is_trained_afterwards(host: MadeHost) -> None:
    app = open_page(source="live", lang="en", beside="1")
    app = button(app, "begin").click().run()
    assert WORDS.plain_states["waiting"].format(budget=60) in words(app)
    the_run(host).become("finished")
    app.run()
    assert [run["name"] for run in sent(app)["runs"]] == ["main", "plain"] and sent(app)["follow"]
    for run in host.runs.values():
        run.become("finished")
    app.run()
    assert not sent(app)["follow"] and len(app.get("progress")) == 2


@each_language
def test_after_a_restart_the_kept_network_is_offered(host: MadeHost, lang: str) -> None:
    texts = LANGUAGES[lang].train
    app = open_page(source="live", run="n" * 22, lang=lang)
    assert texts.gone in words(app) and not app.exception
    token = button(app, "begin").click().run().query_params["run"]
    the_run(host).become("finished")
    app.run()
    trainings.bench().courses.clear()  # what a new server knows
    app = open_page(source="live", run=token, lang=lang)
    assert texts.gone_kept in words(app) and mounted(app, "dcnviz_player") and button(app, "open")


@pytest.mark.parametrize(
    "query",
    [{"source": "<b>", "frame": "-1"}, {"source": "live", "run": "../..", "seed": "1e9", "version": "v9"}],
)
def test_any_address_paints(host: MadeHost, shipped: None, query: dict[str, str]) -> None:
    app = open_page(**query)
    assert not app.exception and not app.error


def test_a_teacher_may_leave_controls_and_downloads_out(host: MadeHost, shipped: None) -> None:
    app = open_page(hide="controls,downloads")
    assert mounted(app, "dcnviz_player") and not app.get("download_button")
    assert "beside" not in [each.key for each in app.toggle]
    assert not [each for each in app.get("button_group") if str(each.key).startswith(("source", "version"))]
    app = open_page(hide="controls,downloads", source="live", version="v1")
    assert not button(app, "begin").disabled and not app.exception
    button(app, "begin").click().run()
    assert the_run(host).recipe.version == "v1"
