"""Somebody's recording in the explorer: choose layer, picture and group, point, and read the numbers."""

from __future__ import annotations

import streamlit as st

from dcnviz.ui import recorded
from dcnviz.ui.explorer.component import View as Frame
from dcnviz.ui.explorer.component import explorer
from dcnviz.ui.given import given_file
from dcnviz.ui.own_view import Own
from dcnviz.ui.parts import own_panel
from dcnviz.ui.parts.controls import choose_group, choose_overlays, number_of
from dcnviz.ui.parts.deeper import sentences
from dcnviz.ui.parts.download_view import download_recorded
from dcnviz.ui.parts.fragments import EXPLORE
from dcnviz.ui.parts.frame import told
from dcnviz.ui.parts.overview import MAPS, Layer, show_maps
from dcnviz.ui.parts.pinned import beside_panel, overlays_of, remember_seen
from dcnviz.ui.recorded import UPLOAD_MB, Recorded, RefusedError
from dcnviz.ui.texts import LANGUAGES, Texts, run_on
from dcnviz.ui.view import change, current, current_own, how

EXPLORER = "recorded"
MOST_NAME = 60  # characters of a layer's name


def show(texts: Texts) -> None:
    """Draws this part of the page."""
    shown = _take(texts)
    if shown is None:
        return
    own = _fitted(current_own(), shown)
    words, lang = texts.model, current().lang
    st.markdown(
        words.summary.format(name=plain(shown.name), layers=len(shown.layers), images=len(shown.pictures))
    )
    if how().shows("controls"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _choose_layer(shown, own, texts)
            choose_group(words.image, len(shown.pictures), own.image, lang, "image")
            sampling = shown.sampling(own.number)
            label = words.group if sampling.anchors is None else words.head
            choose_group(label, sampling.groups, own.offset_group, lang, "offset_group")
    _say_what_is_seen(shown, own, texts)
    with beside_panel() as right:
        explore(shown)
    with right:
        own_panel.pinned_cell(shown, EXPLORER)
    if how().shows("deeper"):
        st.markdown(f"## {texts.deeper.looks['health']}")
        st.markdown(sentences(recorded.health(shown, own.number).findings, texts))
    _look_around(shown, own, texts)
    download_recorded(shown)


def _take(texts: Texts) -> Recorded | None:
    """The recording to show: the one just given, the session's, or the one that the server was started with."""
    words = texts.model
    file = st.file_uploader(
        words.recording_label.format(limit=UPLOAD_MB),
        type=["npz"],
        key="recording_file",
        help=words.recording_help,
        max_upload_size=UPLOAD_MB,
    )
    try:
        if file is not None and st.session_state.get("recording_id") != file.file_id:
            with st.spinner(words.reading):
                taken = recorded.read_upload(file.getvalue(), file.name)
            st.session_state["recording_id"] = file.file_id
            if "own_recording" in st.session_state or given_file():  # what was chosen belonged to another
                change(number=0, image=0, offset_group=0, cell=None, lens=None)
            st.session_state["own_recording"] = taken
        shown: Recorded | None = st.session_state.get("own_recording")
        if shown is None and (path := given_file()):
            with st.spinner(words.reading):
                shown = recorded.read_file(path)
    except RefusedError as refused:
        st.error(words.refusals[refused.code])
        shown = st.session_state.get("own_recording")
    else:
        if shown is None:
            st.info(words.recording_none.format(lines=words.tabs["lines"]))
    return shown


def _fitted(own: Own, shown: Recorded) -> Own:
    """The session's view, held to what this recording has."""
    number = own.number if own.number < len(shown.layers) else 0
    sampling = shown.sampling(number)
    rows, columns = sampling.output_size
    inside = own.cell is not None and own.cell[0] < rows and own.cell[1] < columns
    fits = {
        "number": number,
        "image": own.image if own.image < len(shown.pictures) else 0,
        "offset_group": own.offset_group if own.offset_group < sampling.groups else 0,
        "cell": own.cell if inside else None,
    }
    if any(getattr(own, name) != value for name, value in fits.items()):
        change(**fits)
    return current_own()


def _choose_layer(shown: Recorded, own: Own, texts: Texts) -> None:
    words, key = texts.model, f"number.{current().lang}"

    def name(number: int) -> str:
        sampling, title = shown.sampling(number), shown.layers[number][:MOST_NAME]
        if sampling.anchors is not None:
            return words.msda_name.format(n=number + 1, name=title, q=sampling.output_size[1])
        (kh, kw), (h, w) = sampling.geometry.kernel_size, sampling.output_size
        version = texts.versions.get(sampling.version, sampling.version)
        return words.layer_name.format(n=number + 1, name=title, version=version, kh=kh, kw=kw, h=h, w=w)

    def taken() -> None:
        if (number := number_of(key)) is not None:
            change(number=number, offset_group=0, cell=None)

    st.session_state[key] = own.number
    st.selectbox(
        words.layer,
        range(len(shown.layers)),
        format_func=name,
        key=key,
        on_change=taken,
        width=460,
    )


def _say_what_is_seen(shown: Recorded, own: Own, texts: Texts) -> None:
    """How exact the places are, and what is left out."""
    words = texts.model
    estimated = shown.layers[own.number] in shown.recording.estimated
    said = [words.estimated if estimated else words.exact]
    if shown.blank:
        said.append(words.blank)
    if len(shown.layers) > 1:
        said.append(words.only_layer)
    every = recorded.field(shown, own.number, own.image, own.offset_group).every
    if every > 1:
        said.append(words.thinned.format(every=every))
    st.markdown(run_on(*said))


@st.fragment(key=EXPLORE)
@told()
def explore(shown: Recorded) -> None:
    """The explorer and its overlays."""
    view, own = current(), current_own()
    texts = LANGUAGES[view.lang]
    if how().shows("controls"):
        choose_overlays(view, texts)
    field = recorded.field(shown, own.number, own.image, own.offset_group)
    rows, every = own_panel.steps(shown, own)
    labels = {**texts.explorer, "about": f"{plain(shown.name)}. {texts.explorer['about']}"}
    if shown.sampling(own.number).anchors is not None:
        labels["cell"] = texts.model.query_short
    if every > 1:
        labels["cell"] = texts.model.thinned_short.format(what=labels["cell"], every=every)

    explorer(
        field.payload,
        key=EXPLORER,
        view=Frame(
            layer=0,
            group=0,
            overlays=overlays_of(view),
            pin=None if own.cell is None else (own.cell[0] // rows, own.cell[1] // every),
            epoch=f"{shown.digest} {own.number} {own.image}",
            close_up=view.close,
            lens=view.lens,
        ),
        labels=labels,
        on_selected=lambda: own_panel.remember(EXPLORER, shown),
        on_seen=lambda: remember_seen(EXPLORER),
    )


def _look_around(shown: Recorded, own: Own, texts: Texts) -> None:
    """Small multiples, where the layer has a grid."""
    sampling = shown.sampling(own.number)
    if sampling.anchors is not None:
        st.markdown(texts.model.no_maps)
        return
    left_out = set() if max(sampling.geometry.kernel_size) > 1 else {"dilation"}
    if sampling.version in ("conv", "v1"):
        left_out.add("mask")
    layer = Layer(
        shown.digest,
        lambda: shown.recording,
        shown.pictures[own.image],
        own.number,
        f"{shown.name.removesuffix('.npz')}-layer{own.number + 1}-group{own.offset_group + 1}-image{own.image + 1}",
        own.offset_group,
        own.image,
        tuple(name for name in MAPS if name not in left_out),
    )
    version = texts.versions.get(sampling.version, sampling.version)
    show_maps(layer, texts, current().lang, version, sampling.taps)


def plain(text: str) -> str:
    """A stranger's words without what Markdown would take for its own.

    >>> plain("a*b_[c](d)<e>")
    'a b c d e'
    """
    kept = "".join(c if c.isalnum() or c in " .-#" else " " for c in text[: 2 * MOST_NAME])
    return " ".join(kept.split()).lstrip("#- ") or "?"
