"""What is worked out of a pinned cell on demand, each kept by network, picture, layer and cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dcnviz.plots.colours import COLOURS
from dcnviz.ui import networks
from dcnviz.ui.comparison import as_image
from dcnviz.ui.networks import Pixels, Shown, Trained

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.analysis import Health, ReceptiveField, SamplingLocations
    from dcnviz.plots.style import ThemeName

Cell = tuple[int, int]
SCALE = "√ share of the strongest"
LEAST_SIDE = 64  # picture pixels of a figure's window
MOST_DOTS = 6000
"""Drawn of the sampling locations, the strongest; the others would lie under them, all but black."""


def receptive_field(trained: Trained, shown: Shown, layer: int, cell: Cell) -> ReceptiveField:
    """The effective receptive field of a cell."""
    return _receptive_field(trained.key, shown.digest, layer, cell, trained, shown.pixels)


@st.cache_resource(max_entries=12, show_spinner=False)
def _receptive_field(
    key: str, digest: str, layer: int, cell: Cell, _trained: Trained, _pixels: Pixels
) -> ReceptiveField:
    model, path = _ready(_trained, layer)
    from dcnviz.analysis import effective_receptive_field

    with networks.turn():
        return effective_receptive_field(model, as_image(_pixels), cell, layer=path)


def locations(trained: Trained, shown: Shown, layer: int, cell: Cell) -> SamplingLocations:
    """The effective sampling locations of a cell."""
    return _locations(trained.key, shown.digest, layer, cell, trained, shown.pixels)


@st.cache_resource(max_entries=4, show_spinner=False)
def _locations(
    key: str, digest: str, layer: int, cell: Cell, _trained: Trained, _pixels: Pixels
) -> SamplingLocations:
    model, path = _ready(_trained, layer)
    from dcnviz.analysis import effective_sampling_locations

    with networks.turn():
        return effective_sampling_locations(model, as_image(_pixels), cell, layer=path)


def health(trained: Trained, shown: Shown) -> dict[str, Health]:
    """Of every layer, by its path."""
    return _health(trained.key, shown.digest, trained, shown)


@st.cache_resource(max_entries=12, show_spinner=False)
def _health(key: str, digest: str, _trained: Trained, _shown: Shown) -> dict[str, Health]:
    recording = networks.recording(_trained, _shown)
    from dcnviz.analysis import recording_health

    with networks.turn():
        return recording_health(recording)


def _ready(trained: Trained, layer: int) -> tuple[Any, str]:
    """The network, and the path of its layer."""
    model = trained.model()
    return model, list(model.maps_to_picture())[layer]


def field_picture(
    trained: Trained, shown: Shown, layer: int, cell: Cell, part: str, theme: ThemeName
) -> bytes:
    """A part of the receptive field over the picture, cut to where the whole field lies, as PNG."""
    return _field_picture(trained.key, shown.digest, layer, cell, part, theme, trained, shown)


@st.cache_resource(max_entries=40, show_spinner=False)
def _field_picture(
    key: str,
    digest: str,
    layer: int,
    cell: Cell,
    part: str,
    theme: ThemeName,
    _trained: Trained,
    _shown: Shown,
) -> bytes:
    field = receptive_field(_trained, _shown, layer, cell)
    from dcnviz import plots
    from dcnviz.plots.fields import BAR
    from dcnviz.plots.style import (
        AMOUNT,
        colour_bar,
        dimmed,
        figure_of,
        panel,
        picture_box,
        show_picture,
        theme_of,
    )

    total = field.magnitude().numpy()
    top, bottom, left, right = window(total)
    # Of the strongest pixel of the whole, so that parts compare; the root, as few pixels hold most of it.
    values = np.sqrt(field.magnitude(part).numpy() / max(float(total.max()), 1e-12))  # type: ignore[arg-type]
    cut, values = _shown.pixels[top:bottom, left:right], values[top:bottom, left:right]
    with networks.turn():
        page, box = theme_of(theme), picture_box(cut.shape)
        ax = panel(box, theme=page, ax=None, title="", right=BAR)
        show_picture(ax, dimmed(cut, page), smooth=True)
        seen = (5 * values).clip(0, 0.9)  # where there is no influence, the picture shows
        drawn = ax.imshow(values, extent=box, cmap=AMOUNT, vmin=0, vmax=1, alpha=seen, zorder=1)
        colour_bar(ax, drawn, SCALE, page, extend="max" if values.max() > 1 + 1e-6 else "neither")
        return plots.to_png(figure_of(ax))


def window(values: np.ndarray[Any, Any]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a square that holds what is above a thousandth of the most, with a rim.

    >>> import numpy as np
    >>> spot = np.zeros((200, 300)); spot[100, 150:170] = 1
    >>> window(spot)
    (68, 132, 128, 192)
    """
    rows, columns = np.nonzero(values > 1e-3 * values.max()) if values.max() > 0 else np.nonzero(values == 0)
    ends = [(int(line.min()), int(line.max()) + 1) for line in (rows, columns)]
    side = max(LEAST_SIDE, *(round(1.2 * (high - low)) for low, high in ends))
    edges: list[int] = []
    for (low, high), size in zip(ends, values.shape, strict=True):
        first = min(max(0, (low + high - side) // 2), max(0, size - side))
        edges += [first, min(size, first + side)]
    return edges[0], edges[1], edges[2], edges[3]


def dots(found: SamplingLocations) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All taps of all layers: places on the picture ``(N, 2)``, and strengths ``(N,)``, the weakest first."""
    places, strengths = [], []
    for taps in found.values():
        if taps.on_picture is None or taps.picture_strength is None:
            continue
        places.append(taps.on_picture.reshape(-1, 2).numpy())
        strengths.append(taps.picture_strength.reshape(-1).numpy())
    strength = np.concatenate(strengths)
    order = strength.argsort(kind="stable")
    return np.concatenate(places)[order], strength[order]


def holding(strengths: np.ndarray[Any, Any], share: float) -> int:
    """How few of the strengths (the weakest first) hold a share of their sum.

    >>> holding(np.array([0.0, 1.0, 1.0, 8.0]), 0.8), holding(np.zeros(3), 0.9)
    (1, 0)
    """
    if not strengths.any():
        return 0
    held = strengths[::-1].astype(np.float64).cumsum()
    return int((held < share * held[-1] * (1 - 1e-12)).sum()) + 1


def locations_picture(trained: Trained, shown: Shown, layer: int, cell: Cell, theme: ThemeName) -> bytes:
    """The sampling locations over the picture, as PNG."""
    return _locations_picture(trained.key, shown.digest, layer, cell, theme, trained, shown)


@st.cache_resource(max_entries=20, show_spinner=False)
def _locations_picture(
    key: str, digest: str, layer: int, cell: Cell, theme: ThemeName, _trained: Trained, _shown: Shown
) -> bytes:
    places, strengths = dots(locations(_trained, _shown, layer, cell))
    places, strengths = places[-MOST_DOTS:], strengths[-MOST_DOTS:]
    from dcnviz import plots
    from dcnviz.plots.fields import BAR
    from dcnviz.plots.style import (
        AMOUNT,
        colour_bar,
        dimmed,
        figure_of,
        panel,
        picture_box,
        show_picture,
        theme_of,
    )

    with networks.turn():
        page, counting = theme_of(theme), strengths > 1e-3 * strengths.max()
        places, shares = places[counting], np.sqrt(strengths[counting] / max(float(strengths.max()), 1e-12))
        density = np.zeros(_shown.pixels.shape[:2])
        inside = ((places >= 0) & (places < density.shape)).all(1)
        density[tuple(places[inside].astype(int).T)] = 1.0
        top, bottom, left, right = window(density)
        cut = _shown.pixels[top:bottom, left:right]
        ax = panel(picture_box(cut.shape), theme=page, ax=None, title="", right=BAR)
        show_picture(ax, dimmed(cut, page), smooth=True)
        drawn = ax.scatter(
            places[:, 1] - left,
            places[:, 0] - top,
            c=shares,
            s=10,
            cmap=AMOUNT,
            vmin=0,
            vmax=1,
            linewidths=0,
            zorder=2,
        )
        colour_bar(ax, drawn, SCALE, page)
        return plots.to_png(figure_of(ax))


def region_picture(pixels: Pixels, mask: np.ndarray[Any, Any]) -> Pixels:
    """The picture as it is inside a region, grey and dark outside, with a rim in the colour of the pinned cell.

    >>> picture, upper = np.full((8, 8, 3), 200, np.uint8), np.arange(64).reshape(8, 8) < 32
    >>> region_picture(picture, upper)[[0, 3, 7], 0].tolist()
    [[200, 200, 200], [230, 159, 0], [56, 56, 56]]
    """
    grey = (0.28 * (pixels @ np.array([0.299, 0.587, 0.114])) + 0.5).astype(np.uint8)
    drawn = np.where(mask[..., None], pixels, grey[..., None]).astype(np.uint8)
    inner = mask.copy()
    for axis in (0, 1):
        for by in (-2, -1, 1, 2):
            inner &= np.roll(mask, by, axis) | _at_the_edge(mask.shape, by, axis)
    colour = COLOURS["pinned"].hex
    drawn[mask & ~inner] = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return drawn


def _at_the_edge(shape: tuple[int, ...], by: int, axis: int) -> np.ndarray[Any, Any]:
    """Where a rolled array has come round from the other side."""
    edge = np.zeros(shape, bool)
    place = slice(None, by) if by > 0 else slice(by, None)
    edge[(place, slice(None)) if axis == 0 else (slice(None), place)] = True
    return edge


def health_pictures(
    trained: Trained, shown: Shown, layer: int, group: int, theme: ThemeName
) -> tuple[bytes, bytes]:
    """Histogram of the layers' offset lengths, and the two viewpoints of one layer, as PNG."""
    return _health_pictures(trained.key, shown.digest, layer, group, theme, trained, shown)


@st.cache_resource(max_entries=20, show_spinner=False)
def _health_pictures(
    key: str, digest: str, layer: int, group: int, theme: ThemeName, _trained: Trained, _shown: Shown
) -> tuple[bytes, bytes]:
    recording, found = networks.recording(_trained, _shown), health(_trained, _shown)
    from dcnviz import plots

    with networks.turn():
        name = list(recording)[layer]
        place = recording.to_picture[name]
        both = plots.viewpoint_maps(recording[name], _shown.pixels, place, group=group, theme=theme)
        return plots.to_png(plots.offset_lengths(found, theme=theme, title="")), plots.to_png(both)
