"""What a person is looking at: one typed value, kept in the session and written to the address bar.

Whatever stands in an address is believed only as far as it fits; the rest falls back to the first screen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import streamlit as st

from dcnviz.data.pictures import gallery
from dcnviz.ui.texts import LANGUAGES, language_of

VERSIONS = ("conv", "v1", "v2", "v3", "v4")
LAYERS = ("0", "1", "2", "stack")
OVERLAYS = ("base", "lines", "mask", "numbers")
GROUPED = {"v3": 4, "v4": 4}
OWN = "own"
STRIDE = 4  # picture pixels per cell of the bundled networks, on every layer

Layer = Literal["0", "1", "2", "stack"]


@dataclass(frozen=True)
class View:
    """The state of the Explore page.

    Attributes:
        picture: id of a picture of the gallery, or "own".
        version: "conv", "v1", "v2", "v3" or "v4".
        layer: "0", "1", "2", or "stack" for all layers down to the picture.
        group: offset group.
        at: the pinned cell's place (y, x) in picture pixels, or None.
        show: the overlays that are drawn.
        lang: "en" or "zh".
    """

    picture: str = "astronaut"
    version: str = "v2"
    layer: str = "stack"
    group: int = 0
    at: tuple[int, int] | None = None
    show: tuple[str, ...] = ("base", "lines", "mask")
    lang: str = "en"

    def query(self) -> dict[str, str]:
        """The address that restores this view."""
        return {
            "picture": self.picture,
            "version": self.version,
            "layer": self.layer if self.layer == "stack" else str(int(self.layer) + 1),
            "group": str(self.group + 1),
            "at": "none" if self.at is None else f"{self.at[0]},{self.at[1]}",
            "show": ",".join(self.show) or "none",
            "lang": self.lang,
        }


def default_pin(picture: str) -> tuple[int, int] | None:
    """The place worth looking at first on a picture of the gallery."""
    return next((p.pin for p in gallery() if p.id == picture), None)


def parse(query: Mapping[str, str], lang: str = "en") -> View:
    """The view that an address asks for; what does not fit is left at its default.

    >>> parse({"picture": "cat", "version": "v9", "layer": "2", "at": "12,x"}).layer
    '1'
    """
    pictures = {p.id for p in gallery()} | {OWN}
    picture = _one_of(query.get("picture"), pictures, View.picture)
    version = _one_of(query.get("version"), VERSIONS, View.version)
    layer = query.get("layer", View.layer)
    asked = query.get("show")
    group = query.get("group", "1")
    groups = GROUPED.get(version, 1)
    return View(
        picture=picture,
        version=version,
        layer={"1": "0", "2": "1", "3": "2"}.get(layer, "stack"),
        group=int(group) - 1 if group in {str(n + 1) for n in range(groups)} else 0,
        at=_place(query.get("at"), picture),
        show=View.show if asked is None else tuple(name for name in OVERLAYS if name in asked.split(",")),
        lang=_one_of(query.get("lang"), LANGUAGES, lang),
    )


def _one_of(value: str | None, known: Any, default: str) -> str:
    return value if value is not None and value in known else default


def _place(text: str | None, picture: str) -> tuple[int, int] | None:
    """``"120,226"`` as a place, ``"none"`` as no place, anything else as the picture's own first place."""
    if text == "none":
        return None
    match = re.fullmatch(r"(\d{1,4}),(\d{1,4})", text or "", re.ASCII)
    return (int(match[1]), int(match[2])) if match else default_pin(picture)


def current() -> View:
    """The session's view; at first the one of the address."""
    if "view" not in st.session_state:
        st.session_state["view"] = parse(st.query_params, language_of(st.context.locale))
    view: View = st.session_state["view"]
    return view


def change(**fields: Any) -> None:
    """Changes the session's view and the address with it."""
    view = replace(current(), **fields)
    if view.group >= GROUPED.get(view.version, 1):
        view = replace(view, group=0)
    st.session_state["view"] = view
    st.query_params.from_dict(view.query())


def cell_at(place: tuple[int, int] | None, size: tuple[int, ...]) -> tuple[int, int] | None:
    """The cell nearest to a place of a picture of that many rows and columns, on the map.

    >>> cell_at((120, 4000), (512, 512))
    (30, 127)
    """
    if place is None:
        return None
    rows, columns = (-(-n // STRIDE) for n in size)
    return min(round(place[0] / STRIDE), rows - 1), min(round(place[1] / STRIDE), columns - 1)
