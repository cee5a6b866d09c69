"""The controls above the picture. Each writes one field of the view; the view is the only state.

A widget's key carries the language: Streamlit's select widgets compare translated labels, and would lose their value
when the language changes under a fixed key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dcnviz.data.decode import PictureError, decode_picture
from dcnviz.data.pictures import gallery
from dcnviz.ui.faults import MissingError
from dcnviz.ui.networks import from_person, thumbnail
from dcnviz.ui.parts.fragments import DOWNLOADS, EXPLORE, redraw
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.view import LAYERS, OVERLAYS, OWN, VERSIONS, View, change, current, default_pin

MOST_SEGMENTS = 8
"""Of a row of segments; more become a list to choose from."""


def choice(
    name: str,
    label: str,
    options: Sequence[str],
    names: Mapping[str, str],
    value: str,
    *,
    disabled: bool = False,
    help: str | None = None,
) -> None:
    """A row of segments of which one is chosen; writes the view's field ``name``."""
    key = f"{name}.{current().lang}"
    st.session_state[key] = value
    st.segmented_control(
        label,
        options,
        format_func=lambda code: names[code],
        required=True,
        key=key,
        disabled=disabled,
        help=help,
        on_change=lambda: change(**{name: st.session_state[key]}),
    )


def choose_language(view: View, texts: Texts) -> None:
    """English or Chinese."""
    key = "lang"
    st.session_state[key] = view.lang
    st.segmented_control(
        texts.language_label,
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code].language,
        required=True,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: change(lang=st.session_state[key]),
    )


def choose_version(view: View, texts: Texts) -> None:
    """The operator of the network."""
    choice("version", texts.version, VERSIONS, texts.versions, view.version)


def choose_layer(view: View, texts: Texts) -> None:
    """One of the network's three layers, or all stacked."""
    choice("layer", texts.layer, LAYERS, texts.layer_names, view.layer)


def choose_group(label: str, groups: int, chosen: int, lang: str, field: str = "group") -> None:
    """One of several offset groups; nothing where there is one. Writes the view's field."""
    if groups < 2:
        return
    key = f"{field}.{lang}"
    st.session_state[key] = min(chosen, groups - 1)

    def taken() -> None:
        if (number := number_of(key)) is not None:
            change(**{field: number})

    def name(number: int) -> str:
        return str(number + 1)

    if groups <= MOST_SEGMENTS:
        st.segmented_control(label, range(groups), format_func=name, required=True, key=key, on_change=taken)
    else:
        st.selectbox(label, range(groups), format_func=name, width=140, key=key, on_change=taken)


def number_of(key: str) -> int | None:
    """The number chosen from a list (`st.selectbox`), by the widget's key; None if nobody has chosen any.

    A browser that does not have the newest list yet still sends the label of an earlier one: who changes the offset
    group, a channel of the one before; who gives a second recording, a layer of the first. Streamlit does not find it
    among the labels, takes it for a new choice, and hands on the text as it stands.
    """
    said = st.session_state[key]
    return said if isinstance(said, int) else None


def choose_overlays(view: View, texts: Texts) -> None:
    """Which marks are drawn; several."""
    key = f"show.{view.lang}"
    st.session_state[key] = list(view.show)
    st.pills(
        texts.overlays,
        OVERLAYS,
        selection_mode="multi",
        format_func=lambda code: texts.overlay_names[code],
        key=key,
        on_change=lambda: _take_overlays(tuple(st.session_state[key])),
    )


def _take_overlays(chosen: tuple[str, ...]) -> None:
    change(show=tuple(name for name in OVERLAYS if name in chosen))
    redraw(EXPLORE, DOWNLOADS)


def choose_picture(view: View, texts: Texts, title: str) -> None:
    """A popover with the gallery, the upload and the camera."""
    with st.popover(f"{texts.picture}: {title}", icon=":material/image:"):
        key = f"source.{view.lang}"
        st.session_state[key] = st.session_state.setdefault("source", "gallery")
        source = st.segmented_control(
            texts.picture_source,
            list(texts.sources),
            format_func=lambda code: texts.sources[code],
            required=True,
            key=key,
            label_visibility="collapsed",
            on_change=lambda: st.session_state.update(source=st.session_state[key]),
        )
        if source == "gallery":
            _gallery(view)
        elif source == "upload":
            st.file_uploader(
                texts.upload_label,
                type=["png", "jpg", "jpeg", "webp", "gif", "bmp"],
                key="upload",
                help=texts.upload_help,
                on_change=lambda: take_picture("upload", texts),
                max_upload_size=10,
            )
        else:  # rendered only when asked for: the browser asks for the camera as soon as it is there
            st.camera_input(texts.camera_label, key="camera", on_change=lambda: take_picture("camera", texts))
        if error := st.session_state.get("picture_error"):
            st.error(texts.picture_errors.get(error, texts.picture_errors["not_a_picture"]))


def _gallery(view: View) -> None:
    """Thumbnails, each with a button under it."""
    with st.container(key="gallery"), st.grid("auto", min_column_width=110, gap="small"):
        for picture in gallery():
            title = picture.title_zh if view.lang == "zh" else picture.title_en
            with st.container(gap="xsmall"):
                alt = picture.alt_zh if view.lang == "zh" else picture.alt_en
                try:
                    st.image(thumbnail(picture.id), width="stretch", alt=alt)
                except MissingError:  # who chooses it all the same is told
                    st.markdown(alt)
                st.button(
                    title,
                    key=f"take.{picture.id}",
                    type="primary" if picture.id == view.picture else "secondary",
                    width="stretch",
                    on_click=_taker(picture.id),
                )


def _taker(picture_id: str) -> Callable[[], None]:
    def take() -> None:
        st.session_state["picture_error"] = None
        change(picture=picture_id, at=default_pin(picture_id), lens=None)

    return take


def take_picture(key: str, texts: Texts) -> None:
    """Decodes what somebody gave; on refusal the view stays as it is and the reason is kept for the page."""
    given = st.session_state.get(key)
    if given is None:
        return
    try:
        pixels = decode_picture(given.getvalue())
    except PictureError as error:
        st.session_state["picture_error"] = error.code
        return
    st.session_state["picture_error"] = None
    st.session_state["own"] = from_person(pixels, texts.own_picture_alt)
    height, width = pixels.shape[:2]
    change(picture=OWN, at=(height // 2, width // 2), lens=None)
