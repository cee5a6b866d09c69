"""Under the explorer: the whole layer at a glance, and what can be downloaded."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.networks import Shown
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import View, cell_at

ThemeName = Literal["light", "dark"]
MAPS = ("arrows", "flow", "magnitude", "dilation", "mask")


def show_maps(view: View, texts: Texts, shown: Shown) -> None:
    """Small multiples over the picture, and the choice of the mask's tap."""
    layer = 2 if view.layer == "stack" else int(view.layer)
    st.markdown(f"## {texts.maps_title}")
    st.markdown(texts.maps_note.format(layer=layer + 1, version=texts.versions[view.version]))
    tap = st.segmented_control(
        texts.tap,
        ["all", *map(str, range(9))],
        format_func=lambda k: texts.all_taps if k == "all" else k,
        required=True,
        default="all",
        key=f"tap.{view.lang}",
    )
    theme: ThemeName = "dark" if st.context.theme.type == "dark" else "light"
    with st.grid("auto", min_column_width=300):
        for name in MAPS:
            with st.container(gap="xsmall"):
                st.markdown(f"**{texts.maps[name]}** · {texts.map_help[name]}")
                with st.skeleton(height=240):
                    networks.wait()
                    png = _map(
                        name,
                        view.version,
                        shown.digest,
                        layer,
                        view.group,
                        tap if name == "mask" else "",
                        theme,
                        shown,
                    )
                st.image(png, width="stretch", alt=f"{texts.maps[name]}. {texts.map_help[name]}")


@st.cache_resource(max_entries=120, show_spinner=False)
def _map(
    name: str, version: str, digest: str, layer: int, group: int, tap: str, theme: ThemeName, _shown: Shown
) -> bytes:
    """One figure as PNG."""
    from dcnviz import plots

    recording = networks.recording(version, digest, _shown.pixels)
    path = list(recording)[layer]
    draw = {
        "arrows": plots.mean_displacement,
        "flow": plots.displacement_flow,
        "magnitude": plots.offset_magnitude,
        "dilation": plots.dilation_map,
    }
    arguments = (recording[path], _shown.pixels, recording.to_picture[path])
    group = min(group, recording[path].groups - 1)
    if name == "mask":
        return plots.to_png(
            plots.mask_map(
                *arguments, tap=None if tap == "all" else int(tap), group=group, theme=theme, title=""
            )
        )
    return plots.to_png(draw[name](*arguments, group=group, theme=theme, title=""))


def show_downloads(view: View, texts: Texts, shown: Shown) -> None:
    """The figure of the pinned cell, and all fields with their manifest; made when the button is pressed."""
    st.markdown(f"## {texts.downloads}")
    cell = cell_at(view.at, shown.pixels.shape[:2])
    stem = f"dcnviz-{view.picture}-{view.version}"
    with st.container(horizontal=True):
        for form, label, mime in (
            ("png", texts.download_png, "image/png"),
            ("svg", texts.download_svg, "image/svg+xml"),
        ):
            st.download_button(
                label,
                _figure_maker(form, view, shown, cell or (0, 0)),
                f"{stem}.{form}",
                mime,
                on_click="ignore",
                disabled=cell is None,
            )
        st.download_button(
            texts.download_npz,
            _fields_maker(view, shown),
            f"{stem}.npz",
            "application/octet-stream",
            on_click="ignore",
        )


def _figure_maker(form: str, view: View, shown: Shown, cell: tuple[int, int]) -> Callable[[], bytes]:
    """A closure that draws the pinned cell: downloads run outside the page's script, so it holds all it needs."""

    def make() -> bytes:
        from dcnviz import plots

        recording = networks.recording(view.version, shown.digest, shown.pixels)
        layer = None if view.layer == "stack" else list(recording)[int(view.layer)]
        figure = plots.sampling_points(
            recording, shown.pixels, cell, layer=layer, group=view.group, numbers="numbers" in view.show
        )
        return plots.to_png(figure) if form == "png" else plots.to_svg(figure)

    return make


def _fields_maker(view: View, shown: Shown) -> Callable[[], bytes]:
    """The same for the recording's file."""

    def make() -> bytes:
        buffer = io.BytesIO()
        networks.recording(view.version, shown.digest, shown.pixels).save(buffer)
        return buffer.getvalue()

    return make
