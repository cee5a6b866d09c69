"""Under the explorer: the whole layer at a glance."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import streamlit as st

from dcnviz.ui import heavy, networks
from dcnviz.ui.on_page import COLUMN, to_page
from dcnviz.ui.parts.download import offer_figure, stem_of
from dcnviz.ui.parts.frame import told
from dcnviz.ui.parts.waiting import bring_each
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import change, current, how

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.recording import Recording
    from dcnviz.ui.networks import Pixels

ThemeName = Literal["light", "dark"]
MAPS = ("arrows", "flow", "magnitude", "dilation", "mask")


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of one recorded picture, as the figures need it.

    Attributes:
        key: what caches know recording and picture by.
        recording: gives the recording; called when a figure is drawn.
        pixels: the picture.
        number: of the layer.
        group: offset group.
        image: number of the picture in the batch.
        name: of picture, network and layer, for the names of files.
        maps: the figures that can be drawn of it.
    """

    key: str
    recording: Callable[[], Recording]
    pixels: Pixels
    number: int
    name: str
    group: int = 0
    image: int = 0
    maps: tuple[str, ...] = MAPS


def theme() -> ThemeName:
    """The page's."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_maps(layer: Layer, texts: Texts, lang: str, version: str, taps: int = 9) -> None:
    """Small multiples over the picture, and the choice of the mask's tap."""
    if not how().shows("maps"):
        return
    st.markdown(f"## {texts.maps_title}")
    st.markdown(texts.maps_note.format(layer=layer.number + 1, version=version))
    tap = current().tap if (current().tap or 0) < taps else None
    if "mask" in layer.maps:
        choose_tap(texts, lang, taps, tap)
    look, whose = theme(), {name: tap if name == "mask" else None for name in layer.maps}
    keys = {
        name: ("map", name, layer.key, layer.number, layer.group, layer.image, whose[name], look, lang)
        for name in layer.maps
    }

    def draw(name: str) -> bytes:
        networks.wait()
        return _map(name, layer, whose[name], look, lang)

    with told():
        bring_each("maps", keys, draw, lambda all_: _grid(layer, whose, keys, texts, all_))


def _grid(
    layer: Layer, whose: Mapping[str, int | None], keys: Mapping[str, Hashable], texts: Texts, all_: bool
) -> None:
    """Those maps that are drawn, and room for the others; once all are there, with their downloads."""
    with st.grid("auto", min_column_width=how().wide(COLUMN)):
        for name, key in keys.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{texts.maps[name]}** · {texts.map_help[name]}")
                if (png := heavy.KEPT.get(key)) is None:
                    st.skeleton(height=240)
                    continue
                st.image(png, width="stretch", alt=f"{texts.maps[name]}. {texts.map_help[name]}")
                if all_:
                    stem = stem_of(name, layer.name, "" if whose[name] is None else f"tap-{whose[name]}")
                    offer_figure(partial(draw_map, name, layer, whose[name]), stem, texts.maps[name], texts)


def choose_tap(texts: Texts, lang: str, taps: int, chosen: int | None) -> None:
    """Whose mask is drawn: one tap's, or all."""
    key, every = f"tap.{lang}.{taps}", "all"
    st.session_state[key] = every if chosen is None else str(chosen)

    def taken() -> None:
        said = st.session_state[key]
        change(tap=None if said == every else int(said))

    st.segmented_control(
        texts.tap,
        [every, *map(str, range(taps))],
        format_func=lambda k: texts.all_taps if k == every else k,
        required=True,
        key=key,
        on_change=taken,
    )


def _map(name: str, layer: Layer, tap: int | None, theme: ThemeName, lang: str) -> bytes:
    """One figure as PNG."""
    return to_page(lambda: draw_map(name, layer, tap, theme=theme, title=""), lang)


def draw_map(
    name: str, layer: Layer, tap: int | None, *, theme: ThemeName = "light", title: str | None = None
) -> Figure:
    """One figure: a name of `MAPS`; ``tap`` is whose mask is drawn, None for all."""
    recording = layer.recording()
    from dcnviz import plots

    path = list(recording)[layer.number]
    sampling = recording[path]
    arguments = (sampling, layer.pixels, recording.to_picture[path])
    group, image = min(layer.group, sampling.groups - 1), layer.image
    draw: dict[str, Callable[..., Figure]] = {
        "arrows": plots.mean_displacement,
        "flow": plots.displacement_flow,
        "magnitude": plots.offset_magnitude,
        "dilation": plots.dilation_map,
        "mask": partial(plots.mask_map, tap=tap),
    }
    with networks.turn():
        return draw[name](*arguments, image=image, group=group, theme=theme, title=title)
