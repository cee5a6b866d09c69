"""Compare: plain, v1, v2, v3 and v4 on one picture, linked, and what they come to in numbers."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dcnviz.ui import comparison, heavy, networks
from dcnviz.ui.explorer.component import View as Frame
from dcnviz.ui.explorer.component import linked_explorer, linked_legend, linked_view
from dcnviz.ui.networks import Shown, Trained
from dcnviz.ui.parts.controls import choose_group, choose_layer, choose_overlays, choose_picture
from dcnviz.ui.parts.download_view import download_comparison
from dcnviz.ui.parts.fragments import EXPLORE, PANEL
from dcnviz.ui.parts.frame import show_heading, told
from dcnviz.ui.parts.panel import table
from dcnviz.ui.parts.pinned import overlays_of, remember_pin, remember_seen
from dcnviz.ui.parts.shown import picture_of, picture_title
from dcnviz.ui.parts.waiting import bring_each
from dcnviz.ui.texts import LANGUAGES, Texts, run_on
from dcnviz.ui.view import GROUPED, VERSIONS, View, cell_at, current, enter, how

CHANNEL = "compare"
TALL = 400  # CSS pixels of a panel at most, so that two rows of them are seen at once
TABLE = """<style>
.st-key-compared table { font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.st-key-compared th, .st-key-compared td { padding: 0.2rem 0.55rem; }
.st-key-compared td:not(:first-child), .st-key-compared th { white-space: nowrap; }
.st-key-compared td:first-child { min-width: 7.5rem; }
.st-key-compared [data-testid=stMarkdownContainer] { overflow-x: auto; }
@media (max-width: 640px) {
  .st-key-compared table { font-size: 0.76rem; }
  .st-key-compared th, .st-key-compared td { padding: 0.2rem; }
  .st-key-compared td:not(:first-child) { white-space: normal; }
  .st-key-compared td:first-child { min-width: 5.2rem; }
}
</style>"""


def page() -> None:
    """Draws the page."""
    view = enter("compare")
    texts = LANGUAGES[view.lang]
    view, shown = picture_of(view, texts)
    show_heading(view, texts, texts.compare.title)
    st.markdown(texts.compare.lead)
    if how().shows("controls"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            choose_picture(view, texts, picture_title(view, texts))
            choose_layer(view, texts)
            choose_group(texts.compare.group, max(GROUPED.values()), view.group, view.lang)
    with told():
        panels(shown)
        download_comparison(shown)
        numbers(shown)


@st.fragment(key=EXPLORE)
@told()
def panels(shown: Shown) -> None:
    """The five explorers. They share a channel, and so everything that is pointed at."""
    view = current()
    texts = LANGUAGES[view.lang]
    if how().shows("controls"):
        choose_overlays(view, texts)
    linked_view(
        CHANNEL,
        Frame(
            layer="stack" if view.layer == "stack" else int(view.layer),
            group=0,  # of the payload, which holds the chosen group alone
            overlays=overlays_of(view),
            pin=cell_at(view.at, shown.pixels.shape[:2]),
            epoch=shown.digest,
            max_height=how().wide(TALL),
            close_up=view.close,
            lens=view.lens,
            compact=True,
        ),
        labels={**texts.explorer, "about": run_on(shown.alt, texts.explorer["about"])},
    )
    with st.grid("auto", min_column_width=how().wide(300)):
        for version in VERSIONS:
            key = f"{CHANNEL}-{version}"
            with st.container(gap="xsmall"):
                st.markdown(f"**{texts.versions[version]}** · {texts.compare.captions[version]}")
                with told():  # each for itself: one that is missing does not take the others along
                    with st.spinner(texts.looking if networks.awake() else texts.waking):
                        fields = networks.payload(Trained(version, version), shown, view.group)
                    linked_explorer(
                        fields,
                        key=key,
                        channel=CHANNEL,
                        on_selected=partial(remember_pin, key),
                        on_seen=partial(remember_seen, key),
                    )
        linked_legend(CHANNEL)


@st.fragment(key=PANEL)
@told()
def numbers(shown: Shown) -> None:
    """The table. A click redraws it alone; the receptive fields come one by one, as they are ready."""
    if not how().shows("panel"):
        return
    view = current()
    texts = LANGUAGES[view.lang]
    cell = cell_at(view.at, shown.pixels.shape[:2])
    words = texts.compare
    st.markdown(f"## {words.table_title}")
    y_x = {} if cell is None else {"y": 4 * cell[0], "x": 4 * cell[1]}
    there = _there()
    if not there:
        return
    unequal = len({comparison.shipped(version).steps for version in there}) > 1
    place_words = words.no_place if cell is None else words.place.format(**y_x)
    st.markdown(run_on(place_words, words.unequal if unequal else ""))
    with st.container(key="compared"):
        st.html(TABLE)
        rows = _rows(view, texts, shown, there)
        if cell is None:
            st.markdown(_table(texts, rows, None, there))
        else:
            _table_with_areas(cell, shown, texts, rows, there)
    scenes, layer = comparison.shipped(there[0]).scenes, _layer(view) + 1
    st.markdown("\n".join(f"- {note.format(scenes=scenes, layer=layer)}" for note in words.notes.values()))


def _table_with_areas(
    cell: tuple[int, int], shown: Shown, texts: Texts, rows: list[list[str]], there: list[str]
) -> None:
    """The table with the receptive fields, as far as they are known."""
    keys = {version: ("area", version, shown.digest, cell) for version in there}

    def show(_: bool) -> None:
        known = {version: heavy.KEPT.get(key) for version, key in keys.items()}
        areas = {version: texts.compare.pending if n is None else f"{n:,}" for version, n in known.items()}
        st.markdown(_table(texts, rows, areas, there))

    def measure(version: str) -> int:
        return comparison.field_pixels(Trained(version, version), shown, cell)

    bring_each("areas", keys, measure, show)


def _layer(view: View) -> int:
    return 2 if view.layer == "stack" else int(view.layer)


def _there() -> list[str]:
    """The versions whose network and figures are not missing; of the others it is said."""
    found = []
    for version in VERSIONS:
        with told():
            networks.bundled(version)
            comparison.shipped(version)
            found.append(version)
    return found


def _rows(view: View, texts: Texts, shown: Shown, there: list[str]) -> list[list[str]]:
    """The table without its last row."""
    words, about = texts.compare, [comparison.shipped(version) for version in there]
    sizes = next((list(each.dilation) for each in about if each.dilation), [])
    rows = [
        [words.rows["iou"], *(f"{each.iou:.3f}" for each in about)],
        [words.rows["foreground"], *(f"{each.foreground:.3f}" for each in about)],
        [words.rows["parameters"], *(f"{each.parameters:,}" for each in about)],
        [words.rows["steps"], *(f"{each.steps:,}" for each in about)],
    ]
    for size in sizes:
        found = (f"{each.dilation[size]:.2f}" if size in each.dilation else words.fixed for each in about)
        label = size.replace("over ", "> ").replace("-", "–")
        rows.append([words.rows["dilation"].format(size=label), *found])
    sums = [comparison.mask_sums(Trained(version, version), shown, _layer(view)) for version in there]
    written = (words.no_mask if s is None else words.range.format(**vars(s)).replace("-", "−") for s in sums)
    return [*rows, [words.rows["mask"], *written]]


def _table(texts: Texts, rows: list[list[str]], areas: dict[str, str] | None, there: list[str]) -> str:
    last = [] if areas is None else [[texts.compare.rows["area"], *areas.values()]]
    return table([texts.compare.measure, *(texts.versions[version] for version in there)], [*rows, *last])
