"""A film of a training on a page: the player, what came out, and what can be taken along."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.ui.films import Film, law
from dcnviz.ui.player.component import Start, player
from dcnviz.ui.texts import Texts
from dcnviz.ui.training_view import AXES
from dcnviz.ui.view import change, current, current_training, how
from dcnviz.ui.wording import words_of

if TYPE_CHECKING:
    from dcnviz.plots.style import ThemeName
    from dcnviz.training import Timeline

KEY = "player"


def opening(autoplay: bool = True) -> Start:
    """How a film opens: as the view says. Computed for a whole run of the page, so that it stays within a film."""
    view = current_training()
    return Start(
        frame=view.moment,
        layer=view.depth,
        cell=view.spot,
        group=current().group,
        autoplay=autoplay and view.moment is None,
        axis=view.axis or ("step" if view.source == "ready" else "seconds"),
    )


def show_film(film: Film, start: Start, texts: Texts, *, follow: bool) -> None:
    """The player. What an address asked for is held to what the film has."""
    heads = film.heads(texts)
    last, head = len(film.main.frames) - 1, heads[0]
    ahead = follow or (
        start.frame is None and start.autoplay
    )  # else a film without a moment stands at its end
    start = Start(
        frame=None if ahead else min(last if start.frame is None else start.frame, last),
        layer=min(start.layer, len(head["layers"]) - 1),
        cell=min(start.cell, len(head["cells"]) - 1),
        group=min(start.group, head["groups"] - 1),
        autoplay=start.autoplay,
        axis=start.axis,
    )
    player(
        film.channel,
        heads,
        film.parcels(),
        key=KEY,
        picture=film.picture(),
        start=start,
        follow=follow,
        remember=not follow,
        labels=texts.train.player,
        on_place=remember_place,
    )


def remember_place() -> None:
    """Writes into the view, and so into the address, where the person came to rest; a browser's word, so checked."""
    said = (st.session_state.get(KEY) or {}).get("place")
    if not isinstance(said, Mapping):
        return
    told = said.get("frame") is not None  # not while a film grows
    numbers = [said.get(name) for name in ("layer", "cell", "group", *(["frame"] if told else []))]
    whole = [n for n in numbers if type(n) is int and 0 <= n < 1000]
    if len(whole) == len(numbers):
        layer, cell, group, *frame = whole
        here: dict[str, int | str] = {"moment": frame[0]} if frame else {}
        if said.get("axis") in AXES:
            here["axis"] = said["axis"]
        change(depth=min(layer, 2), spot=min(cell, 8), group=group, **here)


def show_outcome(film: Film, texts: Texts) -> None:
    """The size law in the chosen layer, in words."""
    depth = min(current_training().depth, len(film.main.layers) - 1)
    st.markdown(law(film.main, depth, texts))


def offer_downloads(timeline: Timeline, texts: Texts, weights: Callable[[], bytes] | None = None) -> None:
    """Film, frames and weights; each is made when it is asked for."""
    if not how().shows("downloads"):
        return
    words, depth, dark = texts.train, current_training().depth, st.context.theme.type == "dark"
    lang = current().lang
    name = f"dcnviz-{timeline.version}-seed-{timeline.seed}"

    def gif() -> bytes:
        from dcnviz.plots import timeline_gif

        chosen = min(depth, len(timeline.layers) - 1)
        look: ThemeName = "dark" if dark else "light"
        film: bytes = timeline_gif(timeline, layer=chosen, theme=look, words=words_of(lang))
        return film

    def frames() -> bytes:
        buffer = io.BytesIO()
        timeline.save(buffer)
        return buffer.getvalue()

    with st.container(horizontal=True):
        st.download_button(
            words.gif, gif, f"{name}.gif", "image/gif", on_click="ignore", help=words.gif_help, key="film_gif"
        )
        st.download_button(
            words.timeline,
            frames,
            f"{name}.npz",
            "application/octet-stream",
            on_click="ignore",
            key="film_npz",
        )
        if weights is not None:
            st.download_button(
                words.weights,
                weights,
                f"{name}.safetensors",
                "application/octet-stream",
                on_click="ignore",
                key="film_weights",
            )
