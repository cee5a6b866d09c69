"""Figures on a page: their words can be read on a phone, none is cut, and figures of one picture are of one width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from dcnviz import plots
from dcnviz.analysis import recording_health
from dcnviz.plots.style import of_side
from dcnviz.plots.words import CHINESE_FONTS, Words, installed
from dcnviz.ui.on_page import ALONE, ROOM, SMALL, layer_name, to_page
from dcnviz.ui.texts import figures
from tests.plots.helpers import PLACE, layer, picture, recording
from tests.ui.test_wording import field

PHONE = 358  # CSS pixels of a picture on a screen 390 wide
LEAST = 9  # CSS pixels
PICTURE, LAYER = picture(), layer(groups=2)
MAPS: dict[str, Callable[[], Figure]] = {
    "arrows": lambda: plots.mean_displacement(LAYER, PICTURE, PLACE, scale=5, title=""),
    "flow": lambda: plots.displacement_flow(LAYER, PICTURE, PLACE, title=""),
    "magnitude": lambda: plots.offset_magnitude(LAYER, PICTURE, PLACE, title=""),
    "dilation": lambda: plots.dilation_map(LAYER, PICTURE, PLACE, title=""),
    "mask": lambda: plots.mask_map(LAYER, PICTURE, PLACE, tap=2, title=""),
    "feature": lambda: plots.viewpoint_maps(LAYER, PICTURE, PLACE, part="feature", title=""),
    "kernel": lambda: plots.viewpoint_maps(LAYER, PICTURE, PLACE, part="kernel", title=""),
}
OTHERS: dict[str, Callable[[], Figure]] = {
    "field": lambda: plots.receptive_field(field(), PICTURE, part="content", title=""),
    "lengths": lambda: plots.offset_lengths(
        {layer_name(n): one for n, one in enumerate(recording_health(recording()).values())}, title=""
    ),
}


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> list[Text]:
    """What is written while a figure is drawn: of the ticks, only those that are seen."""
    written: list[Text] = []
    draw = Text.draw

    def drawn(text: Text, renderer: Any) -> None:
        if text.get_text().strip() and text.get_visible():
            written.append(text)
        draw(text, renderer)

    monkeypatch.setattr(Text, "draw", drawn)
    return written


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", [*MAPS, *OTHERS])
def test_words_are_large_enough_on_a_phone_and_none_is_cut(name: str, lang: str, words: list[Text]) -> None:
    with of_side(SMALL, ROOM):
        figure = {**MAPS, **OTHERS}[name]()
    if lang == "zh":
        Words(figures.CHINESE, installed(CHINESE_FONTS) or "DejaVu Sans").write_into(figure)
    figure.draw_without_rendering()
    page = figure.bbox
    assert words
    for text in words:
        assert text.get_fontsize() / 72 * PHONE / figure.get_figwidth() >= LEAST, text.get_text()
        box = text.get_window_extent()
        inside = page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        assert inside, f"{text.get_text()!r} is cut: {box} on {page}"


def test_maps_of_one_picture_are_of_one_width() -> None:
    widths, alone = set(), set()
    for draw in MAPS.values():
        with of_side(SMALL, ROOM):
            widths.add(round(float(draw().get_figwidth()), 3))
        alone.add(round(float(draw().get_figwidth()), 3))
    assert len(widths) == 1 < len(alone)


def test_what_stands_alone_has_no_room_beside_it() -> None:
    from io import BytesIO

    from PIL import Image

    def draw() -> Figure:
        return plots.mean_displacement(LAYER, PICTURE, PLACE, title="")

    sizes = [Image.open(BytesIO(to_page(draw, "en", ALONE, room))).size for room in (0.0, ROOM)]
    assert np.isclose(sizes[1][0] - sizes[0][0], 200 * ROOM, atol=2) and sizes[0][1] == sizes[1][1]
