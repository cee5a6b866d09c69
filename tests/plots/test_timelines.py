"""A training as a moving picture: right frames, right times, points where they are, and small enough."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dcnviz.plots import timeline_curves, timeline_gif, to_png
from dcnviz.plots.colours import COLOURS
from dcnviz.plots.style import theme_of
from dcnviz.plots.timelines import BAND, EDGE, HOLD, PICTURE
from dcnviz.training import Frame, Timeline

SIDE = 32
CELLS = ((2, 2), (5, 6))


def frame(step: int, reach: float, taps: int = 9) -> Frame:
    """Both cells look at nine places ``reach`` pixels apart."""
    grid = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    grid = np.tile(grid, (taps // 9, 1))
    places = np.stack([4 * np.array(cell) + reach * grid for cell in CELLS])[None].astype(np.float32)
    dilation = np.array([[reach, reach / 2]], np.float32)
    score = step / 100
    return Frame(step, step / 10, 1 - score, score, dilation, places, np.ones((1, 2, taps), np.float32))


def made(count: int, taps: int = 9) -> Timeline:
    frames = tuple(frame(10 * n, 2 + n, taps) for n in range(count))
    picture = np.full((SIDE, SIDE, 3), 120, np.uint8)
    return Timeline("v2", 0, picture, CELLS, 4, ("background", "5-8"), ("a",), frames)


def shots(gif: bytes) -> tuple[list[np.ndarray], list[int]]:  # type: ignore[type-arg]  # pixels
    image = Image.open(io.BytesIO(gif))
    pixels, times = [], []
    for n in range(getattr(image, "n_frames", 1)):
        image.seek(n)
        pixels.append(np.asarray(image.convert("RGB")).astype(int))
        times.append(image.info["duration"])
    return pixels, times


def patch(pixels: np.ndarray, at: tuple[float, float]) -> np.ndarray:  # type: ignore[type-arg]  # pixels
    """The figure about a place of the picture, ``(3, 3, 3)``."""
    span = SIDE * (1 + 2 * BAND)
    y, x = (100 * PICTURE * (n + 0.5 + BAND * SIDE) / span for n in at)
    row, column = round(100 * 0.45 + y), round(100 * EDGE + x)
    return pixels[row - 1 : row + 2, column - 1 : column + 2]


def near(pixels: np.ndarray, colour: str, at: tuple[float, float]) -> bool:  # type: ignore[type-arg]  # pixels
    """Whether the figure has a colour at a place of the picture."""
    wanted = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return bool((np.abs(patch(pixels, at) - wanted).sum(axis=2) < 60).any())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_points_of_each_frame_are_where_the_cells_looked(theme: str) -> None:
    timeline = made(3)
    pixels, times = shots(timeline_gif(timeline, theme=theme, seconds=0.6))  # type: ignore[arg-type]
    assert len(pixels) == 3 and times == [200, 200, HOLD] and pixels[0].shape == (440, 720, 3)
    orange = COLOURS["pinned"].hex
    for shot, seen in zip(pixels, timeline.frames, strict=True):
        assert all(near(shot, orange, tuple(place)) for place in seen.places[0, 0])
    assert not near(pixels[0], orange, tuple(timeline.frames[2].places[0, 1, 0]))
    assert not near(pixels[2], orange, (29.0, 2.0))  # nothing looks there
    ground = [int(theme_of(theme).ground[n : n + 2], 16) for n in (1, 3, 5)]
    assert np.abs(pixels[0][-1, 0] - ground).max() < 8


def test_it_has_no_more_frames_than_asked_for_and_ends_with_the_last() -> None:
    timeline = made(5)
    pixels, times = shots(timeline_gif(timeline, frames=3, seconds=1))
    assert len(pixels) == 3
    whole, _ = shots(timeline_gif(timeline, seconds=1))
    assert len(whole) == 5
    for few, many in ((0, 0), (1, 2), (2, 4)):
        assert np.abs(pixels[few] - whole[many]).mean() < 2  # the tables of colours differ a little
    assert times[0] == 330  # hundredths of a second are all a GIF knows


def test_the_same_timeline_gives_the_same_bytes() -> None:
    assert timeline_gif(made(2)) == timeline_gif(made(2))


def test_lines_lead_to_few_taps_but_not_to_many() -> None:
    few, many = (shots(timeline_gif(made(9, taps), frames=2))[0][-1] for taps in (9, 72))
    halfway = (8.0 + 4.5, 8.0 + 4.5)  # between the first cell and its last tap, ten pixels away
    assert patch(few, halfway).max() > 150 and np.abs(patch(many, halfway) - 120).max() < 10


def test_curves_are_the_frames() -> None:
    timeline = made(4)
    figure = timeline_curves(timeline)
    lines = {line.get_gid(): line for ax in figure.axes for line in ax.get_lines() if line.get_gid()}
    assert lines["5-8"].get_xdata() == pytest.approx([0, 10, 20, 30])
    assert lines["5-8"].get_ydata() == pytest.approx([1, 1.5, 2, 2.5])
    assert lines["background"].get_ydata() == pytest.approx([2, 3, 4, 5])
    assert lines["accuracy"].get_ydata() == pytest.approx([0, 0.1, 0.2, 0.3])
    assert lines["loss"].get_ydata() == pytest.approx([1, 0.9, 0.8, 0.7])
    assert to_png(figure, dpi=50)


def test_gaps_are_drawn_as_gaps() -> None:
    timeline = made(2)
    gap = replace(timeline.frames[0], loss=np.nan, accuracy=np.nan, dilation=np.full((1, 2), np.nan))
    empty = replace(timeline, frames=(gap,))
    assert to_png(timeline_curves(empty, theme="dark"), dpi=50) and timeline_gif(empty)


def test_what_cannot_be_drawn_is_said() -> None:
    for draw in (timeline_gif, timeline_curves):
        with pytest.raises(ValueError, match="no frames yet"):
            draw(made(0))
        with pytest.raises(IndexError, match="1 layers; there is no number 1"):
            draw(made(1), layer=1)
    with pytest.raises(ValueError, match="from 1 to 120; got 121"):
        timeline_gif(made(1), frames=121)
