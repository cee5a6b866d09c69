"""The pages of the app. Each is imported when it is first opened: the first one must not wait for the others."""

from __future__ import annotations

import base64
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.data.assets import asset
from dcnviz.ui.given import given_file
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import language

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage


def explore() -> None:
    """A picture, a network, and where it looked."""
    import_module("dcnviz.ui.pages.explore").page()


def compare() -> None:
    """The five operators side by side."""
    import_module("dcnviz.ui.pages.compare").page()


def model() -> None:
    """Somebody's own recording or checkpoint."""
    import_module("dcnviz.ui.pages.model").page()


def learn() -> None:
    """The lesson."""
    import_module("dcnviz.ui.pages.learn").page()


def train() -> None:
    """A training, watched."""
    import_module("dcnviz.ui.pages.train").page()


FUNCTIONS = {"explore": explore, "compare": compare, "model": model, "learn": learn, "train": train}


def pages() -> list[StreamlitPage]:
    """The five pages, with titles in the person's language; the first screen is "Your model" where a file is given."""
    titles, first = LANGUAGES[language()].pages, "explore" if given_file() is None else "model"
    return [
        st.Page(function, title=titles[name], url_path=name, default=name == first)
        for name, function in FUNCTIONS.items()
    ]


@cache
def icon() -> str:
    """The icon in the browser's tab, as an address that holds it: a browser fetches another one at every click."""
    return "data:image/png;base64," + base64.b64encode(asset("icon.png").read_bytes()).decode("ascii")


def turn_to(name: str) -> None:
    """Leaves the page for another one, which goes on with the session's view."""
    st.switch_page(pages()[list(FUNCTIONS).index(name)])
