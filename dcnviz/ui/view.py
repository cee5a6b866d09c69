"""What a person is looking at: typed values, kept in the session and written to the address bar.

`View` is what Explore, Compare and a checkpoint's view share, so that picture and cell stay as one goes from page to
page; `Own` is what "Your model" has beside it, `Training` what Train has. Whatever stands in an address is believed
only as far as it fits; the rest falls back to the first screen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import streamlit as st

from dcnviz.data.pictures import gallery
from dcnviz.ui.texts import LANGUAGES, language_of
from dcnviz.ui.training_view import Training, parse_training

VERSIONS = ("conv", "v1", "v2", "v3", "v4")
LAYERS = ("0", "1", "2", "stack")
OVERLAYS = ("base", "lines", "mask", "numbers")
GROUPED = {"v3": 8, "v4": 8}  # as dcnviz.models.network.GROUPS, which takes torch to read
OWN = "own"
STRIDE = 4  # picture pixels per cell of the bundled networks, on every layer

Page = Literal["explore", "compare", "model", "learn", "train"]
TABS = ("recording", "checkpoint", "lines")
DEEP = ("field", "locations", "saliency", "health")
CHAPTERS = ("grid", "offsets", "between", "gradient", "stacked", "masks", "groups")
LIBRARIES = ("torchvision", "dcnviz", "mmcv", "internimage", "dcnv4", "kornia", "transformers")

Place = tuple[int, int]


@dataclass(frozen=True)
class View:
    """A picture, a network and a place.

    Attributes:
        picture: id of a picture of the gallery, or "own".
        version: "conv", "v1", "v2", "v3" or "v4".
        layer: "0", "1", "2", or "stack" for all layers down to the picture.
        group: offset group.
        at: the pinned cell's place (y, x) in picture pixels, or None.
        show: the overlays that are drawn.
        lang: "en" or "zh".
        close: whether the page opens on a close-up of the pinned cell's points.
        deep: which deeper look at the pinned cell is open; "" if none is.
        chapter: of the lesson.
    """

    picture: str = "astronaut"
    version: str = "v2"
    layer: str = "stack"
    group: int = 0
    at: Place | None = None
    show: tuple[str, ...] = ("base", "lines", "mask")
    lang: str = "en"
    close: bool = False
    deep: str = ""
    chapter: str = CHAPTERS[0]

    def query(self, page: Page = "explore") -> dict[str, str]:
        """The address that restores this view on a page; Compare shows every version and names none."""
        if page == "learn":
            return {"chapter": self.chapter, "lang": self.lang}
        return {
            "picture": self.picture,
            **({"version": self.version} if page == "explore" else {}),
            "layer": self.layer if self.layer == "stack" else str(int(self.layer) + 1),
            "group": str(self.group + 1),
            "at": _written(self.at),
            "show": ",".join(self.show) or "none",
            "lang": self.lang,
            **({"close": "1"} if self.close else {}),
            **({"deep": self.deep} if self.deep and page != "compare" else {}),
        }


@dataclass(frozen=True)
class Own:
    """What "Your model" shows.

    Attributes:
        tab: "recording", "checkpoint" or "lines".
        number: of the recording's layer, from 0.
        image: number in its batch.
        offset_group: of the layer.
        cell: (i, j) pinned on that layer's map, or None.
        library: whose three lines are shown.
    """

    tab: str = "recording"
    number: int = 0
    image: int = 0
    offset_group: int = 0
    cell: Place | None = None
    library: str = "torchvision"

    def query(self, view: View) -> dict[str, str]:
        """The address of the page, as far as its tab needs it."""
        if self.tab == "checkpoint":
            return {"tab": self.tab, **view.query("model")}
        if self.tab == "lines":
            return {"tab": self.tab, "library": self.library, "lang": view.lang}
        return {
            "tab": self.tab,
            "layer": str(self.number + 1),
            "image": str(self.image + 1),
            "group": str(self.offset_group + 1),
            "cell": _written(self.cell),
            "show": ",".join(view.show) or "none",
            "lang": view.lang,
        }


def default_pin(picture: str) -> Place | None:
    """The place worth looking at first on a picture of the gallery."""
    return next((p.pin for p in gallery() if p.id == picture), None)


def parse(query: Mapping[str, str], lang: str = "en", page: Page = "explore") -> View:
    """The view that an address asks for; what does not fit is left at its default.

    >>> parse({"picture": "cat", "version": "v9", "layer": "2", "at": "12,x"}).layer
    '1'
    """
    pictures = {p.id for p in gallery()} | {OWN}
    picture = _one_of(query.get("picture"), pictures, View.picture)
    version = _one_of(query.get("version"), VERSIONS, View.version)
    layer = query.get("layer", View.layer)
    asked = query.get("show")
    groups = GROUPED.get(version, 1) if page in ("explore", "train") else max(GROUPED.values())
    return View(
        picture=picture,
        version=version,
        layer={"1": "0", "2": "1", "3": "2"}.get(layer, "stack"),
        group=_number(query.get("group"), groups),
        at=_place(query.get("at"), default_pin(picture)),
        show=View.show if asked is None else tuple(name for name in OVERLAYS if name in asked.split(",")),
        lang=_one_of(query.get("lang"), LANGUAGES, lang),
        close=query.get("close") == "1",
        deep=_one_of(query.get("deep"), DEEP, ""),
        chapter=_one_of(query.get("chapter"), CHAPTERS, View.chapter),
    )


def parse_own(query: Mapping[str, str]) -> Own:
    """The same for "Your model". Numbers are held to what the recording has when it is there.

    >>> parse_own({"tab": "lines", "library": "mmcv", "layer": "-1"})
    Own(tab='lines', number=0, image=0, offset_group=0, cell=None, library='mmcv')
    """
    return Own(
        tab=_one_of(query.get("tab"), TABS, Own.tab),
        number=_number(query.get("layer"), 10_000),
        image=_number(query.get("image"), 10_000),
        offset_group=_number(query.get("group"), 10_000),
        cell=_place(query.get("cell"), None, 999_999),
        library=_one_of(query.get("library"), LIBRARIES, Own.library),
    )


def _one_of(value: str | None, known: Any, default: str) -> str:
    return value if value is not None and value in known else default


def _number(text: str | None, count: int) -> int:
    """``"1"`` to the count as 0 to one less, anything else as 0."""
    number = int(text) if text and re.fullmatch(r"\d{1,5}", text, re.ASCII) else 0
    return number - 1 if 1 <= number <= count else 0


def _place(text: str | None, default: Place | None, most: int = 9_999) -> Place | None:
    """``"120,226"`` as a place, ``"none"`` as no place, anything else, or beyond ``most``, as the default."""
    if text == "none":
        return None
    match = re.fullmatch(rf"(\d{{1,{len(str(most))}}}),(\d{{1,{len(str(most))}}})", text or "", re.ASCII)
    return (int(match[1]), int(match[2])) if match else default


def _written(place: Place | None) -> str:
    return "none" if place is None else f"{place[0]},{place[1]}"


def language() -> str:
    """The session's language; at first the one of the address, or of the browser."""
    if "view" in st.session_state:
        return current().lang
    return _one_of(st.query_params.get("lang"), LANGUAGES, language_of(st.context.locale))


def enter(page: Page) -> View:
    """Begins a page. The first page of a session takes its address; to a later one, the navigation leads without."""
    before, st.session_state["page"] = st.session_state.get("page"), page
    if "view" not in st.session_state:
        st.session_state["view"] = parse(st.query_params, language_of(st.context.locale), page)
        st.session_state["own_view"] = parse_own(st.query_params if page == "model" else {})
        st.session_state["training_view"] = parse_training(st.query_params if page == "train" else {})
    elif before != page:
        change()
    return current()


def current() -> View:
    """The session's view."""
    view: View = st.session_state["view"]
    return view


def current_own() -> Own:
    """The session's view of somebody's own model."""
    own: Own = st.session_state["own_view"]
    return own


def current_training() -> Training:
    """The session's view of a training."""
    training: Training = st.session_state["training_view"]
    return training


def change(**changes: Any) -> None:
    """Changes fields of the session's view, of its `Own` or its `Training`, and the address with them."""
    page: Page = st.session_state["page"]
    view = replace(current(), **_of(View, changes))
    own, training = (
        replace(current_own(), **_of(Own, changes)),
        replace(current_training(), **_of(Training, changes)),
    )
    if page in ("explore", "train") and view.group >= GROUPED.get(view.version, 1):
        view = replace(view, group=0)
    st.session_state.update({"view": view, "own_view": own, "training_view": training})
    if page == "model":
        query = own.query(view)
    elif page == "train":
        query = training.query(view.version, view.group, view.lang)
    else:
        query = view.query(page)
    st.query_params.from_dict(query)


def _of(kind: type[View | Own | Training], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the changes that are of fields of this class."""
    return {field.name: changes[field.name] for field in fields(kind) if field.name in changes}


def cell_at(place: Place | None, size: tuple[int, ...]) -> Place | None:
    """The cell nearest to a place of a picture of that many rows and columns, on the map.

    >>> cell_at((120, 4000), (512, 512))
    (30, 127)
    """
    if place is None:
        return None
    rows, columns = (-(-n // STRIDE) for n in size)
    return min(round(place[0] / STRIDE), rows - 1), min(round(place[1] / STRIDE), columns - 1)
