"""Under the explorer: a deeper look at the pinned cell, of which nothing is computed until somebody opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from dcnviz.ui import deeper, heavy
from dcnviz.ui.networks import Shown, Trained
from dcnviz.ui.on_page import COLUMN
from dcnviz.ui.panel.component import dress, panel
from dcnviz.ui.panel.desk import Cell
from dcnviz.ui.parts.download import offer_figure, stem_of
from dcnviz.ui.parts.fragments import DEEPER, redraw
from dcnviz.ui.parts.frame import told
from dcnviz.ui.parts.overview import theme
from dcnviz.ui.parts.pinned import EXPLORER, name_of
from dcnviz.ui.parts.saliency import show_saliency
from dcnviz.ui.parts.waiting import bring
from dcnviz.ui.sheet.paper import image, prose, side_by_side
from dcnviz.ui.texts import LANGUAGES, Texts, run_on
from dcnviz.ui.view import DEEP, GROUPED, View, cell_at, change, current, how

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.analysis import Finding, Health
    from dcnviz.analysis.receptive_field import Part

T = TypeVar("T")
PARTS: tuple[Part, ...] = ("total", "content", "geometry")


@st.fragment(key=DEEPER)
@told()
def look_deeper(trained: Trained, shown: Shown) -> None:
    """The choice of looks, and the open one."""
    view = current()
    texts = LANGUAGES[view.lang]
    cell = cell_at(view.at, shown.pixels.shape[:2])
    if cell is None or not how().shows("deeper"):
        return
    st.markdown(f"## {texts.deeper.title}")
    key = f"deep.{view.lang}"
    st.session_state[key] = view.deep or None
    st.segmented_control(
        texts.deeper.choose,
        DEEP,
        format_func=lambda code: texts.deeper.looks[code],
        key=key,
        on_change=lambda: take_look(st.session_state[key] or ""),
    )
    if not view.deep:
        return
    show = {"field": _field, "locations": _locations, "saliency": show_saliency, "health": _health}[view.deep]
    with told():
        show(trained, shown, cell, view, texts)


def take_look(deep: str) -> None:
    """Opens a look, or none."""
    change(deep=deep)
    redraw(DEEPER)


def _layer(view: View) -> int:
    return 2 if view.layer == "stack" else int(view.layer)


def _named(view: View, *rest: object) -> tuple[object, ...]:
    """Names what the open look needs: all of the view that it depends on, and the rest."""
    return (view.deep, _layer(view), theme(), view.lang, *rest)


def _brought(view: View, texts: Texts, key: tuple[object, ...], work: Callable[[], T]) -> T | None:
    """What the open look needs, or None while the queue shows the person's place."""

    def close() -> None:
        heavy.give_up(DEEPER)
        change(deep="")
        redraw(DEEPER)

    return bring(DEEPER, key, work, stop=(texts.waiting.stop, close))


def _field(trained: Trained, shown: Shown, cell: Cell, view: View, texts: Texts) -> None:
    words, layer, look, wide = texts.deeper, _layer(view), theme(), how().wide(COLUMN)
    parts = PARTS if trained.version != "conv" else PARTS[:1]
    titles = {part: f"{words.looks['field']} · {words.field_parts[part]}" for part in parts}

    def drawn(cell: Cell) -> str:
        field = deeper.receptive_field(trained, shown, layer, cell)
        half, most = (field.pixels(share=share) for share in (0.5, 0.95))
        both = words.field_two if len(parts) > 1 else words.field_plain
        said = run_on(words.field.format(half=half, most=most), both.format(share=field.geometry_share))
        pictures, length = deeper.field_pictures(trained, shown, layer, cell, parts, look)
        pieces = (prose(f"**{words.field_parts[p]}**") + image(pictures[p], titles[p]) for p in parts)
        scale = prose(words.field_scale.format(length=length))
        return "\n".join((prose(said), side_by_side(pieces, wide), scale))

    if not _follow(trained, shown, cell, view, texts, drawn):
        return
    with st.container(horizontal=True):
        for part in parts:
            draw = partial(deeper.field_figure, trained, shown, layer, cell, part)
            offer_figure(draw, stem_of("field", part, name_of(view, trained), cell), titles[part], texts)


def _locations(trained: Trained, shown: Shown, cell: Cell, view: View, texts: Texts) -> None:
    words, layer, look, wide = texts.deeper, _layer(view), theme(), how().wide(560)
    if trained.version == "conv":
        st.markdown(words.locations_plain)
        return
    title = words.looks["locations"]

    def drawn(cell: Cell) -> str:
        found = deeper.locations(trained, shown, layer, cell)
        _, strengths = deeper.dots(found)
        picture, length = deeper.locations_picture(trained, shown, layer, cell, look)
        said = words.locations.format(count=deeper.count(found), most=deeper.holding(strengths, 0.95))
        scale = prose(words.locations_scale.format(length=length))
        return f"{prose(said)}\n{image(picture, title, wide)}\n{scale}"

    if _follow(trained, shown, cell, view, texts, drawn):
        draw = partial(deeper.locations_figure, trained, shown, layer, cell)
        offer_figure(draw, stem_of("locations", name_of(view, trained), cell), title, texts)


def _follow(
    trained: Trained, shown: Shown, cell: Cell, view: View, texts: Texts, drawn: Callable[[Cell], str]
) -> bool:
    """Shows what is drawn of the pinned cell, as a panel that the browser asks of others; False while it waits."""
    about = _named(view, how().wide(COLUMN), trained.key, shown.digest)
    if _brought(view, texts, (*about, cell), lambda: drawn(cell)) is None:
        return False
    who = heavy.me()

    def answer(cell: Cell) -> str:
        return heavy.at_once(who, DEEPER, (*about, cell), lambda: drawn(cell))

    dress()
    panel(answer, cell, key=f"look-{view.deep}", about=about, channel=EXPLORER)
    return True


def _health(trained: Trained, shown: Shown, cell: Cell, view: View, texts: Texts) -> None:
    words, layer, look = texts.deeper, _layer(view), theme()
    group = min(view.group, GROUPED.get(trained.version, 1) - 1)

    def work() -> tuple[Health, bytes, bytes, bytes]:
        health = list(deeper.health(trained, shown).values())[layer]
        if trained.version == "conv":
            return health, b"", b"", b""
        return health, *deeper.health_pictures(trained, shown, layer, group, look, view.lang)

    if (brought := _brought(view, texts, _named(view, trained.key, shown.digest, group), work)) is None:
        return
    found, lengths, feature, kernel = brought
    st.markdown(f"**{words.health_title.format(layer=layer + 1)}** · {words.health}")
    st.markdown(sentences(found.findings, texts))
    if trained.version == "conv":
        return
    draw = partial(deeper.viewpoint_figure, trained, shown, layer, group)
    drawn = {
        "lengths": (lengths, partial(deeper.lengths_figure, trained, shown)),
        "feature": (feature, partial(draw, "feature")),
        "kernel": (kernel, partial(draw, "kernel")),
    }
    with st.grid("auto", min_column_width=how().wide(COLUMN)):
        for code, (png, make) in drawn.items():
            title, text = words.health_figures[code]
            with st.container(gap="xsmall"):
                st.markdown(f"**{title}** · {text}")
                st.image(png, width="stretch", alt=f"{title}. {text}")
                offer_figure(make, stem_of(code, name_of(view, trained, f"layer{layer + 1}")), title, texts)


def sentences(findings: Iterable[Finding], texts: Texts) -> str:
    """What was found, a point each."""
    return "\n".join(f"- {texts.deeper.findings[each.code].format(**each.numbers)}" for each in findings)
