"""What a person did on a stage that is no component of its own: kept in the session under the stage's key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def kept(key: str, epoch: str) -> Mapping[str, Any]:
    """What was kept in this epoch; nothing of another one."""
    said = st.session_state.get(key) or {}
    return said if said.get("epoch") == epoch else {}


def keep(key: str, epoch: str, **what: Any) -> None:
    """Keeps some things, beside what was kept in this epoch before."""
    st.session_state[key] = {**kept(key, epoch), "epoch": epoch, **what}
