"""No text is missing in either language, and every code that the pages use has its words."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib.resources import files
from typing import get_args

import pytest

from dcnviz.data import decode
from dcnviz.ui.parts.overview import MAPS
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import LAYERS, OVERLAYS, VERSIONS

ENGLISH, CHINESE = LANGUAGES["en"], LANGUAGES["zh"]


def leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its path, of classes in classes too."""
    inner: Mapping[object, object] | None = None
    if is_dataclass(value):
        inner = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, Mapping):
        inner = value
    elif isinstance(value, tuple):
        inner = dict(enumerate(value))
    if inner is None:
        yield name, str(value)
        return
    for key, part in inner.items():
        yield from leaves(part, f"{name}.{key}" if name else str(key))


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
        assert (
            name in same
            or name.startswith("model.library_names.")
            or not re.search("[a-zA-Z]", re.sub(r"\{.*?\}", "", text))
            or re.search("[\u4e00-\u9fff]", text)
        ), name


def test_every_code_has_its_words() -> None:
    assert set(ENGLISH.versions) == set(ENGLISH.lead_pinned) == set(VERSIONS)
    assert set(ENGLISH.layer_names) == set(LAYERS)
    assert set(ENGLISH.overlay_names) == set(OVERLAYS)
    assert set(ENGLISH.maps) == set(ENGLISH.map_help) == set(MAPS)
    assert set(ENGLISH.compare.captions) == set(VERSIONS)
    assert set(ENGLISH.picture_errors) == set(get_args(decode.Code))


def test_the_explorer_knows_each_label() -> None:
    script = files("dcnviz.ui.explorer").joinpath("explorer.js").read_text(encoding="utf-8")
    table = re.search(r"const ENGLISH = \{(.*?)\n\};", script, re.DOTALL)
    assert table
    without_texts = re.sub(r'"[^"]*"', '""', table[1])
    assert set(re.findall(r"(\w+):", without_texts)) == set(ENGLISH.explorer)
