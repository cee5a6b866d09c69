"""A training told in one picture or in a moving one: where chosen cells look, and how far apart their taps are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from PIL import Image

from dcnviz.plots import marks
from dcnviz.plots.charts import chart, layer_colours
from dcnviz.plots.style import (
    EDGE,
    Theme,
    ThemeName,
    check_picture,
    picture_box,
    show_picture,
    theme_of,
)
from dcnviz.plots.words import Words

if TYPE_CHECKING:
    from dcnviz.training.timeline import Frame, Timeline

MOST_FRAMES = 120
"""A moving picture has at most so many frames: 120 take some 6 seconds to draw and 1 MB."""

WIDE, HIGH, PICTURE = 7.2, 4.4, 3.5  # inches: the whole, and the side of the picture
HOLD = 1500  # milliseconds that the last frame stays
BAND = 0.08  # of the picture's long side: room round it for points beyond its edge
CLEAR = 255  # index of the colour that lets the frame before show
FEW = 9  # taps a cell up to which lines lead to them


def timeline_curves(timeline: Timeline, *, layer: int = -1, theme: ThemeName = "light") -> Figure:
    """How a training went: effective dilation by object size, and loss and accuracy, over the steps.

    Args:
        timeline: of one frame or more.
        layer: whose dilation; the last one if not given.
        theme: "light" or "dark".

    Raises:
        ValueError: if there are no frames.
        IndexError: if there is no such layer.
    """
    page = theme_of(theme)
    _check(timeline, layer)
    figure = Figure(figsize=(WIDE, 2.7), dpi=100, facecolor=page.ground)
    spread = figure.add_axes((0.075, 0.19, 0.36, 0.69))
    score = figure.add_axes((0.575, 0.19, 0.36, 0.69))
    _spread(spread, timeline, layer, page)
    _score(score, timeline, page)
    return figure


def timeline_gif(
    timeline: Timeline,
    *,
    layer: int = -1,
    frames: int = 60,
    seconds: float = 8.0,
    theme: ThemeName = "light",
    words: Words | None = None,
) -> bytes:
    """A training as an animated GIF: the chosen cells' points on the picture, and the curves up to each moment.

    Size and opacity of a point are its mask; with nine taps a cell, lines lead to them from the cell.

    Args:
        timeline: of one frame or more.
        layer: whose points and dilation; the last one if not given.
        frames: how many to draw at most, evenly among those there are, the first and the last among them.
        seconds: that the whole takes, before the last frame holds for a while.
        theme: "light" or "dark".
        words: a language other than English.

    Returns:
        The file, 720 x 440 pixels in at most 255 colours; it repeats for ever.

    Raises:
        ValueError: if there are no frames, or ``frames`` is not from 1 to :data:`MOST_FRAMES`.
        IndexError: if there is no such layer.
    """
    page = theme_of(theme)
    _check(timeline, layer)
    if not 1 <= frames <= MOST_FRAMES:
        raise ValueError(f"frames must be from 1 to {MOST_FRAMES}; got {frames}.")
    count = min(frames, len(timeline.frames))
    chosen = np.unique(np.linspace(0, len(timeline.frames) - 1, count).round().astype(int)).tolist()
    drawn = _Stage(timeline, layer, page, words).shots(chosen)
    each = max(20, round(1000 * seconds / len(drawn)))
    first, *rest = _changes(drawn)
    file = io.BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=[each] * len(rest) + [HOLD],
        loop=0,
        optimize=False,
        disposal=1,
        transparency=CLEAR,
    )
    return file.getvalue()


def _changes(drawn: list[Image.Image]) -> list[Image.Image]:
    """The frames in one table of colours, and what is as in the frame before left out: a third of the bytes."""
    some = [drawn[0], drawn[len(drawn) // 2], drawn[-1]]
    sheet = Image.new("RGB", (some[0].width, sum(shot.height for shot in some)))
    for n, shot in enumerate(some):
        sheet.paste(shot, (0, n * shot.height))
    palette = sheet.quantize(CLEAR, method=Image.Quantize.MEDIANCUT)
    made, before = [], None
    for shot in drawn:
        indices = np.asarray(shot.quantize(palette=palette, dither=Image.Dither.NONE))
        change = indices if before is None else np.where(indices == before, np.uint8(CLEAR), indices)
        made.append(Image.fromarray(change, "P"))
        made[-1].putpalette(palette.getpalette() or [])
        before = indices
    return made


def _check(timeline: Timeline, layer: int) -> None:
    if not timeline.frames:
        raise ValueError("the timeline has no frames yet.")
    if not -len(timeline.layers) <= layer < len(timeline.layers):
        raise IndexError(f"the timeline has {len(timeline.layers)} layers; there is no number {layer}.")
    check_picture(timeline.picture)


def _spread(ax: Axes, timeline: Timeline, layer: int, page: Theme) -> list[Line2D]:
    """Effective dilation of one layer over the steps, a line for each size; the lines, to be shortened."""
    deep = layer % len(timeline.layers) + 1
    chart(theme=page, ax=ax, title=f"Effective dilation, layer {deep}")
    steps = [frame.step for frame in timeline.frames]
    values = np.stack([frame.dilation[layer] for frame in timeline.frames])
    colours = {"background": page.muted, **layer_colours(timeline.sizes[1:], page)}
    drawn = []
    for n, size in enumerate(timeline.sizes):
        style: Any = (0, (3, 2)) if size == "background" else "-"
        drawn += ax.plot(
            steps, values[:, n], linewidth=1.8, linestyle=style, color=colours[size], label=size, gid=size
        )
    _frame_axis(ax, steps, page)
    ax.set_ylim(0, 1.08 * max(1.0, float(np.nanmax(values, initial=1.0))))
    ax.set_ylabel("cells", fontsize=9, color=page.ink)
    ax.legend(
        loc="lower right",
        fontsize=8,
        frameon=False,
        labelcolor=page.ink,
        handlelength=1.3,
        ncols=3,
        columnspacing=1.0,
        title="object radius, pixels",
        title_fontproperties={"size": 8},
        alignment="left",
    ).get_title().set_color(page.ink)
    return drawn


def _score(ax: Axes, timeline: Timeline, page: Theme) -> list[Line2D]:
    """Foreground accuracy at the left axis and loss at the right one; the lines, to be shortened."""
    colours = layer_colours(["loss", "accuracy"], page)
    chart(theme=page, ax=ax, title="")
    steps = [frame.step for frame in timeline.frames]
    drawn = ax.plot(
        steps,
        [frame.accuracy for frame in timeline.frames],
        linewidth=1.8,
        color=colours["accuracy"],
        gid="accuracy",
    )
    _frame_axis(ax, steps, page)
    ax.set_ylim(0, 1)
    ax.set_title("Accuracy on objects", loc="left", fontsize=11, color=colours["accuracy"], pad=6)
    beside = ax.twinx()
    beside.spines[["top", "left", "bottom"]].set_visible(False)
    beside.spines["right"].set_color(page.muted)
    losses = np.array([frame.loss for frame in timeline.frames])
    drawn += beside.plot(
        steps, losses, linewidth=1.4, linestyle=(0, (4, 1.5)), color=colours["loss"], gid="loss"
    )
    beside.set_ylim(0, 1.05 * float(np.nanmax(losses, initial=0.1)))
    beside.locator_params(axis="y", nbins=4)
    beside.tick_params(colors=page.muted, labelcolor=page.ink, labelsize=9, length=3)
    beside.set_title("loss", loc="right", fontsize=11, color=colours["loss"], pad=6)
    return drawn


def _frame_axis(ax: Axes, steps: list[int], page: Theme) -> None:
    ax.set_xlim(0, max(1, steps[-1]))
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("steps", fontsize=9, color=page.ink)


class _Stage:
    """The figure of a moving picture: what stands still is drawn once, and the rest over it for each frame."""

    def __init__(self, timeline: Timeline, layer: int, page: Theme, words: Words | None) -> None:
        self.timeline, self.layer, self.language = timeline, layer, words
        self.figure = Figure(figsize=(WIDE, HIGH), dpi=100, facecolor=page.ground)
        self.canvas = FigureCanvasAgg(self.figure)
        shape = timeline.picture.shape
        wide, high = (PICTURE * n / max(shape[:2]) for n in (shape[1], shape[0]))
        self.picture = self.figure.add_axes(
            (EDGE / WIDE, (HIGH - 0.45 - high) / HIGH, wide / WIDE, high / HIGH)
        )
        self.picture.set_axis_off()
        self.picture.add_patch(_ground(shape, page))
        left, right, bottom, top = picture_box(shape, BAND * max(shape[:2]))
        self.picture.set(xlim=(left, right), ylim=(bottom, top))
        show_picture(self.picture, timeline.picture, smooth=True)
        self.words = self.figure.text(
            EDGE / WIDE, 1 - 0.28 / HIGH, "", fontsize=11, color=page.ink, animated=True
        )
        spread = self.figure.add_axes((0.585, 0.59, 0.345, 0.33))
        score = self.figure.add_axes((0.585, 0.105, 0.345, 0.31))
        self.lines = _spread(spread, timeline, layer, page) + _score(score, timeline, page)
        self.data = [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in self.lines]
        for line in self.lines:
            line.set_animated(True)
        masks = np.stack([frame.masks[layer] for frame in timeline.frames])
        self.full = max(float(np.quantile(np.abs(masks), 0.95)), 1e-6)
        if words is not None:
            words.write_into(self.figure)
            words.dress(self.words)

    def shots(self, chosen: list[int]) -> list[Image.Image]:
        """Each chosen frame, RGB."""
        canvas: Any = self.canvas  # Matplotlib's canvas has no types
        canvas.draw()
        still = canvas.copy_from_bbox(self.figure.bbox)
        made = []
        for n in chosen:
            canvas.restore_region(still)
            self._draw(n)
            made.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
        return made

    def _draw(self, n: int) -> None:
        """Over what stands still: the lines up to the n-th frame, and its words and marks."""
        for line, (steps, values) in zip(self.lines, self.data, strict=True):
            line.set_data(steps[: n + 1], values[: n + 1])
            self.figure.draw_artist(line)
        frame = self.timeline.frames[n]
        said = _words(self.timeline, frame)
        self.words.set_text(self.language.say(said) if self.language else said)
        self.figure.draw_artist(self.words)
        for mark in self._marks(frame):
            self.picture.add_artist(mark)
            self.figure.draw_artist(mark)
            mark.remove()

    def _marks(self, frame: Frame) -> list[Artist]:
        """The cells, lines to their taps if these are few, and the taps."""
        data, stride = self.picture.transData, self.timeline.stride
        centres = stride * np.array(self.timeline.cells, np.float32)[:, ::-1]
        points = frame.places[self.layer][..., ::-1]
        strength = (np.abs(frame.masks[self.layer]) / self.full).clip(0, 1)
        drawn: list[Artist] = []
        few = points.shape[1] <= FEW
        if few:
            pairs = np.stack([np.broadcast_to(centres[:, None], points.shape), points], axis=2)
            drawn.append(marks.lines(pairs.reshape(-1, 2, 2), alpha=0.55))
        radii = (1.6, 3.6) if few else (0.8, 2.2)
        drawn.append(marks.dots(points.reshape(-1, 2), strength.ravel(), radii, data, ring=few))
        for x, y in centres.tolist():
            drawn.append(marks.cell_mark(marks.brackets((x, y), (stride / 2, stride / 2))))
        return drawn


def _ground(shape: tuple[int, ...], page: Theme) -> Rectangle:
    """The band round the picture, where taps look beyond its edge."""
    left, right, bottom, top = picture_box(shape, BAND * max(shape[:2]))
    return Rectangle((left, top), right - left, bottom - top, color=page.band, linewidth=0, zorder=-1)


def _words(timeline: Timeline, frame: Frame) -> str:
    """Version, steps, seconds."""
    name = "plain convolution" if timeline.version == "conv" else timeline.version
    dot = " \N{MIDDLE DOT} "
    clock = f"{frame.seconds:.0f} s" if frame.seconds < 600 else f"{frame.seconds / 60:.0f} min"
    return dot.join((name, f"seed {timeline.seed}", f"step {frame.step:,}", clock))
