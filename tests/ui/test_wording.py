"""Words within figures: on the Chinese page none of ours is English, and without a font for them all of them are."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator

import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.quiver import QuiverKey
from matplotlib.text import Text

from dcnviz import plots
from dcnviz.analysis import recording_health
from dcnviz.analysis.receptive_field import ReceptiveField
from dcnviz.plots import words
from dcnviz.ui import wording
from dcnviz.ui.texts import figures
from dcnviz.ui.wording import worded
from tests.plots.helpers import PLACE, layer, picture, recording

MEANT = re.compile(r"\bblock(\.\d)?\b|\bv[1-4]\b|\bd\b")
"""A layer's path, a version, and the sign of a derivative."""


def field() -> ReceptiveField:
    one = torch.zeros(3, 40, 56)
    one[:, 9:20, 12:30] = 1
    return ReceptiveField(one, one, "block.1", (2, 4), (10.0, 20.0))


PICTURE, LAYER = picture(), layer(groups=2)
DRAWN: dict[str, Callable[[], Figure]] = {
    "points": lambda: plots.sampling_points(recording(), PICTURE, (0, 0), layer="block.1"),
    "stack": lambda: plots.sampling_points(recording(), PICTURE, (4, 5), view="points"),
    "negative": lambda: plots.sampling_points(layer(signed=True), PICTURE, (4, 5), to_picture=PLACE),
    "side by side": lambda: plots.side_by_side({"conv": recording(), "v2": recording()}, PICTURE, (0, 0)),
    "arrows": lambda: plots.mean_displacement(LAYER, PICTURE, PLACE),
    "flow": lambda: plots.displacement_flow(LAYER, PICTURE, PLACE),
    "magnitude": lambda: plots.offset_magnitude(LAYER, PICTURE, PLACE),
    "dilation": lambda: plots.dilation_map(LAYER, PICTURE, PLACE),
    "mask": lambda: plots.mask_map(LAYER, PICTURE, PLACE, tap=2),
    "lengths": lambda: plots.offset_lengths(recording_health(recording())),
    "viewpoints": lambda: plots.viewpoint_maps(LAYER, PICTURE, PLACE, group=1),
    "field": lambda: plots.receptive_field(field(), PICTURE),
}


def said(figure: Figure) -> Iterator[str]:
    for each in figure.findobj(Text):
        assert isinstance(each, Text)
        yield each.get_text()
    for key in figure.findobj(QuiverKey):
        assert isinstance(key, QuiverKey)
        yield key.text.get_text()


@pytest.mark.parametrize("name", list(DRAWN))
def test_every_word_is_chinese(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "words_of", lambda lang: words.Words(figures.CHINESE, "DejaVu Sans"))
    figure = DRAWN[name]()
    english = list(said(figure))
    chinese = list(said(worded(figure, "zh")))
    assert any(map(re.compile("[a-z]{3}").search, english)), "the figure has words"
    left = [text for text in chinese if re.search("[a-zA-Z]", MEANT.sub("", text))]
    assert not left
    numbers = [sorted(re.findall(r"\d+", " ".join(texts))) for texts in (english, chinese)]
    assert numbers[0] == numbers[1], "a number was lost or changed"


def test_gaps_are_the_same_in_both_languages() -> None:
    for english, chinese in figures.CHINESE.items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese))


def test_figures_stay_english_without_a_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "CHINESE_FONTS", ("No Such Font",))
    wording.words_of.cache_clear()
    try:
        figure = DRAWN["flow"]()
        before = list(said(figure))
        assert list(said(worded(figure, "zh"))) == before
    finally:
        wording.words_of.cache_clear()


def test_a_figure_in_english_is_not_touched() -> None:
    figure = DRAWN["mask"]()
    before = plots.to_png(figure, dpi=40)
    assert plots.to_png(worded(figure, "en"), dpi=40) == before


@pytest.mark.skipif(words.installed(words.CHINESE_FONTS) is None, reason="no font for Chinese is installed")
def test_files_hold_the_letters() -> None:
    figure = worded(DRAWN["flow"](), "zh")
    with warnings.catch_warnings(record=True) as missing:  # Matplotlib warns of a letter that no font has
        warnings.simplefilter("always")
        png, svg, pdf = plots.to_png(figure, dpi=40), plots.to_svg(figure), plots.to_pdf(figure)
    assert not missing and png[1:4] == b"PNG" and pdf.startswith(b"%PDF")
    assert "平均位移" in svg.decode() and str(words.installed(words.CHINESE_FONTS)) in svg.decode()
