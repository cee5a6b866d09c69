"""What is worked out of a pinned cell on demand, each kept by network, picture, layer and cell.

All of it is heavy: the pages ask for it in the queue (`dcnviz.ui.heavy`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.comparison import as_image
from dcnviz.ui.networks import Pixels, Shown, Trained
from dcnviz.ui.on_page import ALONE, layer_name, to_page

if TYPE_CHECKING:  # neither Matplotlib nor torch is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.analysis import Health, ReceptiveField, SaliencyRegion, SamplingLocations
    from dcnviz.analysis.receptive_field import Part
    from dcnviz.plots.style import ThemeName
    from dcnviz.plots.viewpoints import Viewpoint

Cell = tuple[int, int]


def receptive_field(trained: Trained, shown: Shown, layer: int, cell: Cell) -> ReceptiveField:
    """The effective receptive field of a cell."""
    return _receptive_field(trained.key, shown.digest, layer, cell, trained, shown)


@st.cache_resource(max_entries=12, show_spinner=False)
def _receptive_field(
    key: str, digest: str, layer: int, cell: Cell, _trained: Trained, _shown: Shown
) -> ReceptiveField:
    model, path = _ready(_trained, layer)
    samplings = list(networks.recording(_trained, _shown).values())[: layer + 1]
    from dcnviz.analysis.window import window_of

    return window_of(samplings, cell).receptive_field(model, as_image(_shown.pixels), path)


def locations(trained: Trained, shown: Shown, layer: int, cell: Cell) -> SamplingLocations:
    """The effective sampling locations of a cell."""
    return _locations(trained.key, shown.digest, layer, cell, trained, shown)


@st.cache_resource(max_entries=4, show_spinner=False)
def _locations(
    key: str, digest: str, layer: int, cell: Cell, _trained: Trained, _shown: Shown
) -> SamplingLocations:
    model, path = _ready(_trained, layer)
    samplings = list(networks.recording(_trained, _shown).values())[: layer + 1]
    from dcnviz.analysis.window import window_of

    return window_of(samplings, cell).sampling_locations(model, as_image(_shown.pixels), path, samplings)


def health(trained: Trained, shown: Shown) -> dict[str, Health]:
    """Of every layer, by its path."""
    return _health(trained.key, shown.digest, trained, shown)


@st.cache_resource(max_entries=12, show_spinner=False)
def _health(key: str, digest: str, _trained: Trained, _shown: Shown) -> dict[str, Health]:
    recording = networks.recording(_trained, _shown)
    from dcnviz.analysis import recording_health

    return recording_health(recording)


def _ready(trained: Trained, layer: int) -> tuple[Any, str]:
    """The network, and the path of its layer."""
    model = trained.model()
    return model, list(model.maps_to_picture())[layer]


def field_pictures(
    trained: Trained, shown: Shown, layer: int, cell: Cell, parts: tuple[Part, ...], theme: ThemeName
) -> tuple[dict[Part, bytes], int]:
    """Parts of the receptive field over the picture, cut to where the whole field lies, each as JPEG.

    And how many pixels the bar in their corners is long.
    """
    field = receptive_field(trained, shown, layer, cell)
    from dcnviz.plots.quick import field_images

    return field_images(field, shown.pixels, parts, theme)


def field_figure(
    trained: Trained,
    shown: Shown,
    layer: int,
    cell: Cell,
    part: Part,
    theme: ThemeName = "light",
    title: str | None = None,
) -> Figure:
    """The same as a figure."""
    field = replace(receptive_field(trained, shown, layer, cell), layer=layer_name(layer))
    from dcnviz import plots

    with networks.turn():
        return plots.receptive_field(field, shown.pixels, part=part, theme=theme, title=title)


def dots(found: SamplingLocations) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The taps that count at all: places on the picture ``(N, 2)``, and strengths ``(N,)``, the weakest first."""
    places, strengths = [], []
    for taps in found.values():
        if taps.on_picture is None or taps.picture_strength is None:
            continue
        counts = taps.picture_strength > 0  # thousands of hundreds of thousands: only they are sorted
        places.append(taps.on_picture[counts].numpy())
        strengths.append(taps.picture_strength[counts].numpy())
    strength = np.concatenate(strengths)
    order = strength.argsort(kind="stable")
    return np.concatenate(places)[order], strength[order]


def count(found: SamplingLocations) -> int:
    """How many taps there are in all."""
    return sum(taps.inside.numel() for taps in found.values() if taps.to_picture is not None)


def holding(strengths: np.ndarray[Any, Any], share: float) -> int:
    """How few of the strengths (the weakest first) hold a share of their sum.

    >>> holding(np.array([0.0, 1.0, 1.0, 8.0]), 0.8), holding(np.zeros(3), 0.9)
    (1, 0)
    """
    if not strengths.any():
        return 0
    held = strengths[::-1].astype(np.float64).cumsum()
    return int((held < share * held[-1] * (1 - 1e-12)).sum()) + 1


def locations_picture(
    trained: Trained, shown: Shown, layer: int, cell: Cell, theme: ThemeName
) -> tuple[bytes, int]:
    """The sampling locations over the picture, as JPEG, and how many pixels the bar in its corner is long."""
    found = locations(trained, shown, layer, cell)
    from dcnviz.plots.quick import locations_image

    return locations_image(found, shown.pixels, theme)


def locations_figure(
    trained: Trained,
    shown: Shown,
    layer: int,
    cell: Cell,
    theme: ThemeName = "light",
    title: str | None = None,
) -> Figure:
    """The same as a figure."""
    found = locations(trained, shown, layer, cell)
    title = f"Effective sampling locations \N{MIDDLE DOT} {layer_name(layer)}" if title is None else title
    from dcnviz import plots

    with networks.turn():
        return plots.sampling_locations(found, shown.pixels, theme=theme, title=title)


def region_picture(region: SaliencyRegion, pixels: Pixels, layer: int, theme: ThemeName, lang: str) -> bytes:
    """A saliency region over the picture, as PNG."""
    return to_page(lambda: region_figure(region, pixels, layer, theme, ""), lang, ALONE, room=0)


def region_figure(
    region: SaliencyRegion, pixels: Pixels, layer: int, theme: ThemeName = "light", title: str | None = None
) -> Figure:
    """The same as a figure."""
    region = replace(region, layer=layer_name(layer))
    from dcnviz import plots

    with networks.turn():
        return plots.saliency_region(region, pixels, theme=theme, title=title)


def health_pictures(
    trained: Trained, shown: Shown, layer: int, group: int, theme: ThemeName, lang: str
) -> tuple[bytes, bytes, bytes]:
    """Histogram of the layers' offset lengths, and one layer from either viewpoint, as PNG."""
    return _health_pictures(trained.key, shown.digest, layer, group, theme, lang, trained, shown)


@st.cache_resource(max_entries=20, show_spinner=False)
def _health_pictures(
    key: str,
    digest: str,
    layer: int,
    group: int,
    theme: ThemeName,
    lang: str,
    _trained: Trained,
    _shown: Shown,
) -> tuple[bytes, bytes, bytes]:
    def view(part: Viewpoint) -> bytes:
        return to_page(lambda: viewpoint_figure(_trained, _shown, layer, group, part, theme, ""), lang)

    lengths = to_page(lambda: lengths_figure(_trained, _shown, theme, ""), lang)
    return lengths, view("feature"), view("kernel")


def lengths_figure(
    trained: Trained, shown: Shown, theme: ThemeName = "light", title: str | None = None
) -> Figure:
    """How long the offsets of each layer are."""
    found = {layer_name(n): one for n, one in enumerate(health(trained, shown).values())}
    from dcnviz import plots

    with networks.turn():
        return plots.offset_lengths(found, theme=theme, title=title)


def viewpoint_figure(
    trained: Trained,
    shown: Shown,
    layer: int,
    group: int,
    part: Viewpoint,
    theme: ThemeName = "light",
    title: str | None = None,
) -> Figure:
    """One layer from one of the two viewpoints."""
    recording = networks.recording(trained, shown)
    from dcnviz import plots

    with networks.turn():
        name = list(recording)[layer]
        place = recording.to_picture[name]
        return plots.viewpoint_maps(
            recording[name], shown.pixels, place, group=group, part=part, theme=theme, title=title
        )
