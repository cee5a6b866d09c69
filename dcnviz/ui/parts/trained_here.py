"""A network that was trained on this page: its file, and the way to the explorer."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.networks import Trained
from dcnviz.ui.texts import Texts
from dcnviz.ui.view import change

if TYPE_CHECKING:
    from dcnviz.models import Network
    from dcnviz.training import Run


def weights_of(run: Run) -> Callable[[], bytes]:
    """What makes the file of a training's network, when it is asked for."""

    def weights() -> bytes:
        network = run.network()
        assert network is not None, "the page offers it only where there is one"
        return file_of(network, {**asdict(run.recipe), "steps_taken": run.steps})

    return weights


def file_of(network: Network, about: Mapping[str, Any]) -> bytes:
    """As :func:`dcnviz.models.checkpoints.write` writes it."""
    from dcnviz.models.checkpoints import write

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.safetensors"
        write(network, path, about)
        return path.read_bytes()


def offer_network(load: Callable[[], Network | None], name: str, texts: Texts) -> None:
    """A button that makes the network the session's own checkpoint, as if its file had been given, and goes there."""
    from dcnviz.ui.navigation import turn_to

    if not st.button(
        texts.train.open, key="train_open", icon=":material/center_focus_strong:", type="primary"
    ):
        return
    networks.hurry()
    network = load()
    if network is None:
        st.warning(texts.train.nothing_kept)
        return
    digest = hashlib.sha256(file_of(network, {})).hexdigest()[:32]
    st.session_state["own_network"] = Trained(f"own {digest}", network.version, network)
    st.session_state["checkpoint_name"] = name
    change(tab="checkpoint")
    turn_to("model")
