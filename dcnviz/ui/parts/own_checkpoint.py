"""Somebody's checkpoint of the bundled architecture: Explore's view of any picture, with that network."""

from __future__ import annotations

import hashlib

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.networks import Trained
from dcnviz.ui.parts.controls import choose_group, choose_layer, choose_picture
from dcnviz.ui.parts.deeper import look_deeper
from dcnviz.ui.parts.download_view import download_view
from dcnviz.ui.parts.own_recording import plain
from dcnviz.ui.parts.pinned import look_around, point_and_see
from dcnviz.ui.parts.shown import picture_of, picture_title
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import GROUPED, current, how

LIMIT_MB = 10  # thirty times as much as the largest takes


def show(texts: Texts) -> None:
    """Draws this part of the page."""
    st.markdown(texts.model.checkpoint_lead)
    trained = _take(texts)
    if trained is None:
        return
    view, shown = picture_of(current(), texts)
    if how().shows("controls"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            choose_picture(view, texts, picture_title(view, texts))
            choose_layer(view, texts)
            choose_group(texts.group, GROUPED.get(trained.version, 1), view.group, view.lang)
    point_and_see(trained, shown)
    look_deeper(trained, shown)
    look_around(trained, shown)
    download_view(trained, shown)


def _take(texts: Texts) -> Trained | None:
    """The network just given, or the session's."""
    words = texts.model
    file = st.file_uploader(
        words.checkpoint_label.format(limit=LIMIT_MB),
        type=["safetensors", "pt", "pth"],
        key="checkpoint_file",
        help=words.checkpoint_help,
        max_upload_size=LIMIT_MB,
    )
    if file is not None and st.session_state.get("checkpoint_id") != file.file_id:
        if refusal := _read(file.getvalue(), file.name, texts):
            st.error(refusal)
        else:
            st.session_state["checkpoint_id"] = file.file_id
    trained: Trained | None = st.session_state.get("own_network")
    if trained is not None:
        name = plain(st.session_state["checkpoint_name"])
        st.markdown(words.checkpoint_shown.format(name=name, version=texts.versions[trained.version]))
    return trained


def _read(data: bytes, name: str, texts: Texts) -> str | None:
    """Keeps a file's network for the session, or says in one sentence why not."""
    if len(data) > LIMIT_MB << 20:
        return texts.model.checkpoint_refusals["too_large"]
    with st.spinner(texts.looking if networks.awake() else texts.waking):
        networks.hurry()
        from dcnviz.models import CheckpointError, read_given

        try:
            with networks.turn():
                network = read_given(data)
        except CheckpointError as error:
            return texts.model.checkpoint_refusals[error.code].format(tensor=plain(error.tensor))
    digest = hashlib.sha256(data).hexdigest()[:32]
    st.session_state["own_network"] = Trained(f"own {digest}", network.version, network)
    st.session_state["checkpoint_name"] = name
    return None
