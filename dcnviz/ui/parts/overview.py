"""Under the explorer: the whole layer at a glance, and what can be downloaded."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.texts import Texts

if TYPE_CHECKING:  # torch is not imported before the page is painted
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
        maps: the figures that can be drawn of it.
    """

    key: str
    recording: Callable[[], Recording]
    pixels: Pixels
    number: int
    group: int = 0
    image: int = 0
    maps: tuple[str, ...] = MAPS


def theme() -> ThemeName:
    """The page's."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_maps(layer: Layer, texts: Texts, lang: str, version: str, taps: int = 9) -> None:
    """Small multiples over the picture, and the choice of the mask's tap."""
    st.markdown(f"## {texts.maps_title}")
    st.markdown(texts.maps_note.format(layer=layer.number + 1, version=version))
    tap = "all"
    if "mask" in layer.maps:
        tap = st.segmented_control(
            texts.tap,
            ["all", *map(str, range(taps))],
            format_func=lambda k: texts.all_taps if k == "all" else k,
            required=True,
            default="all",
            key=f"tap.{lang}.{taps}",
        )
    with st.grid("auto", min_column_width=300):
        for name in layer.maps:
            with st.container(gap="xsmall"):
                st.markdown(f"**{texts.maps[name]}** · {texts.map_help[name]}")
                with st.skeleton(height=240):
                    networks.wait()
                    png = _map(
                        name,
                        layer.key,
                        layer.number,
                        layer.group,
                        layer.image,
                        tap if name == "mask" else "",
                        theme(),
                        layer,
                    )
                st.image(png, width="stretch", alt=f"{texts.maps[name]}. {texts.map_help[name]}")


@st.cache_resource(max_entries=120, show_spinner=False)
def _map(
    name: str, key: str, number: int, group: int, image: int, tap: str, theme: ThemeName, _layer: Layer
) -> bytes:
    """One figure as PNG."""
    recording = _layer.recording()
    path = list(recording)[number]
    with networks.turn():
        from dcnviz import plots

        draw = {
            "arrows": plots.mean_displacement,
            "flow": plots.displacement_flow,
            "magnitude": plots.offset_magnitude,
            "dilation": plots.dilation_map,
        }
        sampling = recording[path]
        arguments = (sampling, _layer.pixels, recording.to_picture[path])
        group = min(group, sampling.groups - 1)
        if name == "mask":
            figure = plots.mask_map(
                *arguments,
                tap=None if tap == "all" else int(tap),
                image=image,
                group=group,
                theme=theme,
                title="",
            )
        else:
            figure = draw[name](*arguments, image=image, group=group, theme=theme, title="")
        return plots.to_png(figure)


def show_downloads(
    layer: Layer, texts: Texts, stem: str, cell: tuple[int, int] | None, *, stacked: bool, numbers: bool
) -> None:
    """The figure of the pinned cell, and all fields with their manifest; made when the button is pressed."""
    st.markdown(f"## {texts.downloads}")
    with st.container(horizontal=True):
        for form, label, mime in (
            ("png", texts.download_png, "image/png"),
            ("svg", texts.download_svg, "image/svg+xml"),
        ):
            st.download_button(
                label,
                _figure_maker(form, layer, cell or (0, 0), stacked, numbers),
                f"{stem}.{form}",
                mime,
                on_click="ignore",
                disabled=cell is None,
            )
        st.download_button(
            texts.download_npz,
            _fields_maker(layer),
            f"{stem}.npz",
            "application/octet-stream",
            on_click="ignore",
        )


def _figure_maker(
    form: str, layer: Layer, cell: tuple[int, int], stacked: bool, numbers: bool
) -> Callable[[], bytes]:
    """A closure that draws the pinned cell: downloads run outside the page's script, so it holds all it needs."""

    def make() -> bytes:
        from dcnviz import plots

        recording = layer.recording()
        path = None if stacked else list(recording)[layer.number]
        figure = plots.sampling_points(
            recording, layer.pixels, cell, layer=path, image=layer.image, group=layer.group, numbers=numbers
        )
        return plots.to_png(figure) if form == "png" else plots.to_svg(figure)

    return make


def _fields_maker(layer: Layer) -> Callable[[], bytes]:
    """The same for the recording's file."""

    def make() -> bytes:
        buffer = io.BytesIO()
        layer.recording().save(buffer)
        return buffer.getvalue()

    return make
