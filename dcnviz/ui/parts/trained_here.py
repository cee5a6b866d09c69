"""A network that was trained on this page: its file, and the way to the explorer."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.kept import kept
from dcnviz.ui.networks import Trained
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import change

if TYPE_CHECKING:
    from dcnviz.models import Network
    from dcnviz.training import LiveRecipe


def offer_network(network: Network, recipe: LiveRecipe, steps: int, texts: Texts) -> Callable[[], bytes]:
    """A button that opens the network in the explorer; returns what makes its file."""

    def weights() -> bytes:
        from dcnviz.models.checkpoints import write

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.safetensors"
            write(network, path, {**asdict(recipe), "steps_taken": steps})
            return path.read_bytes()

    name = texts.train.own_name.format(
        version=texts.versions[recipe.version], seed=recipe.seed, steps=f"{steps:,}"
    )
    if st.button(texts.train.open, key="train_open", icon=":material/center_focus_strong:", type="primary"):
        open_network(network, weights(), name)
    return weights


def offer_kept(key: str, texts: Texts) -> bool:
    """Says that a training is over and offers its network; False if none was kept."""
    data = kept(key)
    if data is None:
        return False
    networks.hurry()
    from dcnviz.models import CheckpointError, read_given

    try:
        network = read_given(data)
    except CheckpointError:  # half a file, or another program's
        return False
    st.warning(texts.train.gone_kept)
    if st.button(texts.train.open_kept, key="train_open_kept", icon=":material/center_focus_strong:"):
        open_network(network, data, texts.train.kept_name.format(version=texts.versions[network.version]))
    return True


def open_network(network: Network, data: bytes, name: str) -> None:
    """Makes it the session's own checkpoint, as if its file had been given, and turns to where that is explored."""
    from dcnviz.ui.navigation import turn_to

    digest = hashlib.sha256(data).hexdigest()[:32]
    st.session_state["own_network"] = Trained(f"own {digest}", network.version, network)
    st.session_state["checkpoint_name"] = name
    change(tab="checkpoint")
    turn_to("model")
