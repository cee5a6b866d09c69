"""The page Compare by AppTest: five linked explorers, and a table from the shipped networks and this picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.data.assets import asset
from dcnviz.ui import comparison, networks
from dcnviz.ui.explorer.payload import read_header
from dcnviz.ui.networks import Trained
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import VERSIONS

SCRIPT = """
import streamlit as st
from dcnviz.ui.pages.compare import page
page()
"""


def open_page(**query: str) -> AppTest:
    """The page alone: AppTest opens no page but the first of the app."""
    app = AppTest.from_string(SCRIPT, default_timeout=300)
    for name, value in {"picture": "scene-4", **query}.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*app.markdown, *app.info))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_five_explorers_share_a_channel(lang: str) -> None:
    app = open_page(lang=lang, at="40,52", layer="2", group="3")
    assert not app.exception and not app.error
    protos = [element.proto for element in app.get("bidi_component")]
    data = [p.bytes for p in protos if p.component_name.endswith("dcnviz_explorer")]
    assert len(data) == 6 and all(each[4:11] == b"compare" for each in data)  # the last is the legend
    headers = [read_header(each[11:]) for each in data[:5]]
    assert [header["version"] for header in headers] == list(VERSIONS)
    assert all(layer["groups"] == 1 for header in headers for layer in header["layers"])
    view = json.loads(next(p.json for p in protos if p.component_name.endswith("dcnviz_view")))
    assert (view["channel"], view["pin"], view["compact"]) == ("compare", {"i": 10, "j": 13}, True)


def test_the_table_is_that_of_the_shipped_networks() -> None:
    text = words(open_page(at="40,52", layer="1"))
    for version in VERSIONS:
        about = json.loads(asset(f"checkpoints/{version}.json").read_text())
        assert f"{about['mean_iou']:.3f}" in text and f"{about['parameters']:,}" in text
        for value in list(about["effective_dilation"].values())[-1:]:
            assert all(f"{size:.2f}" in text for size in value[1:])
    shown = networks.from_gallery("scene-4", "en")
    for version in VERSIONS:
        assert f"{comparison.field_pixels(Trained(version, version), shown, (10, 13)):,}" in text


def test_masks_of_v3_sum_to_one_and_plain_has_none() -> None:
    shown = networks.from_gallery("scene-4", "en")
    sums = comparison.mask_sums(Trained("v3", "v3"), shown, 0)
    assert (
        sums is not None
        and sums.low == pytest.approx(1, abs=1e-5)
        and sums.high == pytest.approx(1, abs=1e-5)
    )
    free = comparison.mask_sums(Trained("v2", "v2"), shown, 2)
    assert free is not None and 0 <= free.low < free.mean < free.high <= 9
    assert comparison.mask_sums(Trained("conv", "conv"), shown, 0) is None
    assert comparison.mask_sums(Trained("v1", "v1"), shown, 0) is None


def test_without_a_pin_there_is_no_receptive_field() -> None:
    text = words(open_page(at="none"))
    words_ = LANGUAGES["en"].compare
    assert words_.no_place in text and words_.rows["area"] not in text


@pytest.mark.parametrize(
    "query", [{"layer": "x", "group": "-1", "at": "9e9"}, {"picture": "own", "version": "v9"}]
)
def test_any_address_paints(query: dict[str, str]) -> None:
    app = open_page(**query)
    assert not app.exception and not app.error


def test_missing_figures_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "v2.json").write_text("{}")
    monkeypatch.setattr(comparison, "asset", lambda name: tmp_path / name.split("/")[-1])
    comparison.shipped.cache_clear()
    try:
        for version in ("v1", "v2"):
            with pytest.raises(ValueError, match=f"the figures of {version}"):
                comparison.shipped(version)
    finally:
        comparison.shipped.cache_clear()
