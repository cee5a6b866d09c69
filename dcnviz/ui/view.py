"""What a person is looking at: typed values, kept in the session and written to the address bar.

`View` is what Explore, Compare and a checkpoint's view share, so that picture and cell stay as one goes from page to
page; `Own` is what "Your model" has beside it, `Training` what Train has. Whatever stands in an address is believed
only as far as it fits; the rest falls back to the first screen. How a page is presented (`Presented`) goes with all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import streamlit as st

from dcnviz.data.pictures import gallery
from dcnviz.ui import presented
from dcnviz.ui.address import (
    Lens,
    Place,
    index,
    lens,
    lens_text,
    letters,
    number,
    one_of,
    place,
    share,
    some_of,
    written,
)
from dcnviz.ui.own_view import Own, parse_own
from dcnviz.ui.presented import Presented
from dcnviz.ui.texts import LANGUAGES, language_of
from dcnviz.ui.training_view import Training, parse_training

VERSIONS = ("conv", "v1", "v2", "v3", "v4")
LAYERS = ("0", "1", "2", "stack")
OVERLAYS = ("base", "lines", "mask", "numbers")
GROUPED = {"v3": 8, "v4": 8}  # as dcnviz.models.network.GROUPS, which takes torch to read
CHANNELS = 32  # likewise
OWN = "own"
STRIDE = 4  # picture pixels per cell of the bundled networks, on every layer

Page = Literal["explore", "compare", "model", "learn", "train"]
DEEP = ("field", "locations", "saliency", "health")
CHAPTERS = ("grid", "offsets", "between", "gradient", "stacked", "masks", "groups", "practice", "yours")
NUMBERED = {str(number): name for number, name in enumerate(CHAPTERS, 1)}
"""A teacher who types an address counts."""
TOUR_STEPS = 8
EPS = (0.01, 0.50, 0.10)  # least, most and first bound of a saliency region
METHODS = ("fast", "greedy")
MOST_CHANNELS, MOST_TAPS, MOST_LETTERS = 256, 999, 6000


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
        lens: the part of the picture it opens on otherwise, (zoom, top, left) in shares; None for the whole.
        deep: which deeper look at the pinned cell is open; "" if none is.
        eps: error allowed to a saliency region.
        method: of its search.
        channel: output channel whose numbers are shown; None for the strongest.
        corners: whether the table of corners is open.
        tap: whose mask is drawn as a map; None for all.
        tour: step of the tour over Explore, from 1; 0 for none.
        chapter: of the lesson.
        answer: whether its answer is shown.
        guess: what is guessed, as text, whether or not the answer is shown.
        toy: what a hand has changed on its toy, as `dcnviz.ui.lesson.handed` packs it.
    """

    picture: str = "astronaut"
    version: str = "v2"
    layer: str = "stack"
    group: int = 0
    at: Place | None = None
    show: tuple[str, ...] = ("base", "lines", "mask")
    lang: str = "en"
    close: bool = False
    lens: Lens | None = None
    deep: str = ""
    eps: float = EPS[2]
    method: str = METHODS[0]
    channel: int | None = None
    corners: bool = False
    tap: int | None = None
    tour: int = 0
    chapter: str = CHAPTERS[0]
    answer: bool = False
    guess: str = ""
    toy: str = ""

    def query(self, page: Page = "explore") -> dict[str, str]:
        """The address that restores this view on a page; Compare shows every version and names none."""
        if page == "learn":
            done = {"answer": "1" if self.answer else "", "guess": self.guess, "toy": self.toy}
            return {
                "chapter": self.chapter,
                "lang": self.lang,
                **{name: text for name, text in done.items() if text},
            }
        return {
            "picture": self.picture,
            **({"version": self.version} if page == "explore" else {}),
            "layer": self.layer if self.layer == "stack" else str(int(self.layer) + 1),
            "group": str(self.group + 1),
            "at": written(self.at),
            "show": ",".join(self.show) or "none",
            "lang": self.lang,
            **self.seen(),
            **({} if page == "compare" else self._unusual()),
            **({"tour": str(self.tour)} if self.tour and page == "explore" else {}),
        }

    def seen(self) -> dict[str, str]:
        """Which part of the picture."""
        if self.close:
            return {"close": "1"}
        return {} if self.lens is None else {"lens": lens_text(self.lens)}

    def _unusual(self) -> dict[str, str]:
        """What is chosen under and beside the picture, as far as it is not as at first."""
        searching = self.deep == "saliency"
        found = {
            "deep": self.deep,
            "eps": f"{self.eps:.2f}" if searching and self.eps != View.eps else "",
            "method": self.method if searching and self.method != View.method else "",
            "channel": "" if self.channel is None else str(self.channel),
            "corners": "1" if self.corners else "",
            "tap": "" if self.tap is None else str(self.tap),
        }
        return {name: value for name, value in found.items() if value}


def default_pin(picture: str) -> Place | None:
    """The place worth looking at first on a picture of the gallery."""
    return next((p.pin for p in gallery() if p.id == picture), None)


def parse(query: Mapping[str, str], lang: str = "en", page: Page = "explore") -> View:
    """The view that an address asks for; what does not fit is left at its default.

    >>> parse({"picture": "cat", "version": "v9", "layer": "2", "at": "12,x"}).layer
    '1'
    """
    pictures = {p.id for p in gallery()} | {OWN}
    picture = one_of(query.get("picture"), pictures, View.picture)
    version = one_of(query.get("version"), VERSIONS, View.version)
    layer, chapter = query.get("layer", View.layer), query.get("chapter", View.chapter)
    groups = GROUPED.get(version, 1) if page in ("explore", "train") else max(GROUPED.values())
    return View(
        picture=picture,
        version=version,
        layer={"1": "0", "2": "1", "3": "2"}.get(layer, "stack"),
        group=number(query.get("group"), groups),
        at=place(query.get("at"), default_pin(picture)),
        show=some_of(query.get("show"), OVERLAYS, View.show),
        lang=one_of(query.get("lang"), LANGUAGES, lang),
        close=query.get("close") == "1",
        lens=None if query.get("close") == "1" else lens(query.get("lens")),
        deep=one_of(query.get("deep"), DEEP, ""),
        eps=share(query.get("eps"), *EPS),
        method=one_of(query.get("method"), METHODS, View.method),
        channel=index(query.get("channel"), MOST_CHANNELS),
        corners=query.get("corners") == "1",
        tap=index(query.get("tap"), MOST_TAPS),
        tour=(index(query.get("tour"), TOUR_STEPS + 1) or 0) if page == "explore" else 0,
        chapter=one_of(NUMBERED.get(chapter, chapter), CHAPTERS, View.chapter),
        answer=query.get("answer") == "1",
        guess=letters(query.get("guess"), 40),
        toy=letters(query.get("toy"), MOST_LETTERS),
    )


def language() -> str:
    """The session's language; at first the one of the address, or of the browser."""
    if "view" in st.session_state:
        return current().lang
    return one_of(st.query_params.get("lang"), LANGUAGES, language_of(st.context.locale))


def enter(page: Page) -> View:
    """Begins a page. The first page of a session takes its address; to a later one, the navigation leads without."""
    before, st.session_state["page"] = st.session_state.get("page"), page
    if "view" not in st.session_state:
        st.session_state["view"] = parse(st.query_params, language_of(st.context.locale), page)
        st.session_state["own_view"] = parse_own(st.query_params if page in ("model", "learn") else {})
        st.session_state["training_view"] = parse_training(st.query_params if page == "train" else {})
        st.session_state["presented"] = presented.parse(st.query_params)
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


def how() -> Presented:
    """How this session's pages are presented; before its first page, what the address says."""
    found: Presented = st.session_state.get("presented") or presented.parse(st.query_params)
    return found


def change(**changes: Any) -> None:
    """Changes fields of the session's view, its `Own`, `Training` or `Presented`, and the address with them."""
    page: Page = st.session_state["page"]
    view = replace(current(), **_of(View, changes))
    if page in ("explore", "train") and view.group >= GROUPED.get(view.version, 1):
        view = replace(view, group=0)
    st.session_state["view"] = view
    st.session_state["own_view"] = replace(current_own(), **_of(Own, changes))
    st.session_state["training_view"] = replace(current_training(), **_of(Training, changes))
    st.session_state["presented"] = replace(how(), **_of(Presented, changes))
    st.query_params.from_dict(whole_address())


def _of(kind: type[View | Own | Training | Presented], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the changes that are of fields of this class."""
    return {field.name: changes[field.name] for field in fields(kind) if field.name in changes}


def whole_address() -> dict[str, str]:
    """The address that restores what the session shows now."""
    page: Page = st.session_state["page"]
    view = current()
    if page == "model":
        query = current_own().query(view)
    elif page == "train":
        query = current_training().query(view.version, view.group, view.lang)
    else:
        query = {**view.query(page), **(current_own().lines_query() if page == "learn" else {})}
    return {**query, **how().query()}


def channels_of(version: str, group: int) -> range:
    """Output channels of a layer of the networks; with v3 and v4, those of an offset group.

    >>> channels_of("v2", 0), channels_of("v3", 1)
    (range(0, 32), range(4, 8))
    """
    share = CHANNELS // GROUPED.get(version, 1)
    return range(group * share, (group + 1) * share)


def cell_at(place: Place | None, size: tuple[int, ...]) -> Place | None:
    """The cell nearest to a place of a picture of that many rows and columns, on the map.

    >>> cell_at((120, 4000), (512, 512))
    (30, 127)
    """
    if place is None:
        return None
    rows, columns = (-(-n // STRIDE) for n in size)
    return min(round(place[0] / STRIDE), rows - 1), min(round(place[1] / STRIDE), columns - 1)
