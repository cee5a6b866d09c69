"""No text is missing in either language, and every code that the pages use has its words."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib.resources import files
from typing import get_args

import pytest

from dcnviz.data import decode
from dcnviz.ui.overview import MAPS
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import LAYERS, OVERLAYS, VERSIONS

ENGLISH, CHINESE = LANGUAGES["en"], LANGUAGES["zh"]


def leaves(texts: Texts) -> Iterator[tuple[str, str]]:
    for field in fields(Texts):
        value = getattr(texts, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name}.{key}", text) for key, text in value.items())
        elif isinstance(value, tuple):
            yield from ((f"{field.name}.{n}", text) for n, text in enumerate(value))
        else:
            yield field.name, value


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=list(LANGUAGES))
def test_no_text_is_empty(texts: Texts) -> None:
    assert all(text.strip() for _, text in leaves(texts))


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    english, chinese = dict(leaves(ENGLISH)), dict(leaves(CHINESE))
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        gaps = [{g for _, g, _, _ in string.Formatter().parse(t) if g} for t in (text, chinese[name])]
        assert gaps[0] == gaps[1], name


def test_chinese_is_chinese() -> None:
    same = {
        "versions.v1",
        "versions.v2",
        "versions.v3",
        "versions.v4",
        "layer_names.0",
        "layer_names.1",
        "layer_names.2",
    }
    for name, text in leaves(CHINESE):
        assert name in same or re.search("[\u4e00-\u9fff]", text), name


def test_every_code_has_its_words() -> None:
    assert set(ENGLISH.versions) == set(ENGLISH.lead_pinned) == set(VERSIONS)
    assert set(ENGLISH.layer_names) == set(LAYERS)
    assert set(ENGLISH.overlay_names) == set(OVERLAYS)
    assert set(ENGLISH.maps) == set(ENGLISH.map_help) == set(MAPS)
    assert set(ENGLISH.picture_errors) == set(get_args(decode.Code))


def test_the_explorer_knows_each_label() -> None:
    script = files("dcnviz.ui.explorer").joinpath("explorer.js").read_text(encoding="utf-8")
    table = re.search(r"const ENGLISH = \{(.*?)\n\};", script, re.DOTALL)
    assert table
    without_texts = re.sub(r'"[^"]*"', '""', table[1])
    assert set(re.findall(r"(\w+):", without_texts)) == set(ENGLISH.explorer)
