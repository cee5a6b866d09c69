"""A stage with a picture: shipped networks side by side, pointed at together, through one layer or more.

The points follow the pointer in the browser, as on the page Explore. Python hears of a click, and keeps which cells
were pinned since the stage began: some tasks are about two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import streamlit as st

from dcnviz.ui import networks
from dcnviz.ui.address import Lens, lens_of
from dcnviz.ui.explorer.component import View, cell_of, linked_explorer, linked_legend, linked_view
from dcnviz.ui.lesson.chapter import Answer
from dcnviz.ui.lesson.handed import changed, merged, packed, unpacked
from dcnviz.ui.lesson.kept import keep, kept
from dcnviz.ui.lesson.reached import LAYERS, SCENE, Cell, reached
from dcnviz.ui.networks import Trained
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.texts.chapters.schema import ChapterTexts
from dcnviz.ui.texts.learn import LearnTexts
from dcnviz.ui.texts.sheet import SheetTexts
from dcnviz.ui.view import current

if TYPE_CHECKING:  # neither Matplotlib nor torch is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.recording import Recording

TALL = 430  # CSS pixels of a picture at most
KEPT = 30  # cells pinned last


@dataclass(frozen=True)
class Looking:
    """How the stage stands.

    Attributes:
        depth: layers that are followed, from the last one down.
        pinned: cells (i, j) of the last layer, the one pinned now at the end; never none.
        close: whether a close-up of that cell's points is seen.
        lens: the part of the picture that is seen otherwise; None for the whole.
    """

    depth: int
    pinned: tuple[Cell, ...]
    close: bool = False
    lens: Lens | None = None

    @property
    def cell(self) -> Cell:
        """The one pinned now."""
        return self.pinned[-1]


@dataclass(frozen=True)
class OnPicture:
    """The scene as shipped networks look at it.

    Attributes:
        first: how it stands at first.
        versions: of the networks, from left to right.
        deeper: whether a person may choose how many layers are followed.
    """

    narrow: ClassVar[bool] = True

    first: Looking
    versions: tuple[str, ...]
    deeper: bool

    def start(self, guess: Answer | None = None) -> Looking:
        """As at first; nothing is guessed on the picture."""
        return self.first

    def now(self, key: str, epoch: str, start: Looking) -> Looking:
        """With the cells that were pinned, and the depth that was chosen, in this epoch."""
        return self._believed(kept(key, epoch), start)

    def written(self, now: Looking, start: Looking) -> str:
        """Depth, cells and what is seen, for an address, as far as they are not as at the start."""
        return packed(changed(asdict(now), asdict(start)))

    def read(self, text: str, start: Looking) -> Looking:
        """As an address says; the start where that cannot be."""
        return self._believed(unpacked(text), start)

    def _believed(self, changes: Mapping[str, Any], start: Looking) -> Looking:
        said = merged(asdict(start), changes)
        depth, pinned = said["depth"], said["pinned"]
        if type(depth) is not int or depth not in (range(1, LAYERS + 1) if self.deeper else (start.depth,)):
            return start
        if not isinstance(pinned, list | tuple) or not 0 < len(pinned) <= KEPT:
            return start
        cells = [
            cell_of(dict(zip("ij", each, strict=False))) for each in pinned if isinstance(each, list | tuple)
        ]
        known = tuple(cell for cell in cells if cell is not None and _on_map(cell))
        close = said["close"] is True
        seen = None if close else lens_of(said["lens"])
        return Looking(depth, known, close, seen) if len(known) == len(pinned) else start

    def guess(self, now: Looking) -> Answer | None:
        """None: the page asks."""
        return None

    def mount(self, start: Looking, key: str, epoch: str, words: LearnTexts, own: ChapterTexts) -> None:
        """Draws the choice of the depth, and the networks."""
        now, lang = self.now(key, epoch, start), current().lang
        texts = LANGUAGES[lang]
        shown = networks.from_gallery(f"scene-{SCENE}", lang)
        if self.deeper:
            self._choose_depth(now, key, epoch, own)
        view = View(
            layer="stack",
            depth=now.depth,
            pin=now.cell,
            epoch=epoch,
            max_height=TALL,
            close_up=now.close,
            lens=now.lens,
            compact=True,
            facts=("points", "places", "reach"),
        )
        linked_view(key, view, labels={**texts.explorer, "about": f"{shown.alt} {texts.explorer['about']}"})
        with st.grid("auto", min_column_width=300):
            for version in self.versions:
                part = f"{key}-{version}"
                with st.container(gap="xsmall"):
                    st.markdown(f"**{own.words[version]}**")
                    linked_explorer(
                        networks.payload(Trained(version, version), shown),
                        key=part,
                        channel=key,
                        on_selected=partial(_remember_cell, now, key, epoch, part),
                        on_seen=partial(_remember_seen, now, key, epoch, part),
                    )
            linked_legend(key)

    def drawer(self, now: Looking, own: ChapterTexts) -> Callable[[], Figure]:
        """Draws the networks side by side, through as many layers as are followed."""
        return partial(self._figure, now)

    def _figure(self, now: Looking) -> Figure:
        shown = networks.from_gallery(f"scene-{SCENE}", "en")
        names = {"conv": "plain convolution"}
        recordings = {names.get(each, each): self._followed(each, now.depth) for each in self.versions}
        from dcnviz import plots

        with networks.turn():
            return plots.side_by_side(recordings, shown.pixels, now.cell, title="")

    def _followed(self, version: str, depth: int) -> Recording:
        """The last layers alone."""
        shown = networks.from_gallery(f"scene-{SCENE}", "en")
        whole = networks.recording(Trained(version, version), shown)
        from dcnviz.recording import Recording

        part = Recording()
        for name in list(whole)[-depth:]:
            part.add(name, whole[name])
            part.to_picture[name] = whole.to_picture[name]
        return part

    def alt(self, now: Looking, words: SheetTexts) -> str:
        """Of which cell the points are."""
        return words.alts["picture"].format(i=now.cell[0], j=now.cell[1])

    def numbers(
        self, now: Looking, own: ChapterTexts, words: SheetTexts
    ) -> tuple[list[str], list[list[str]]]:
        """How many places the points reach, and how far."""
        found = [reached(version, now.depth, now.cell) for version in self.versions]
        rows = [
            [own.words["places"], *(f"{each.places}" for each in found)],
            [own.words["reach"], *(own.words["pixels"].format(reach=each.reach) for each in found)],
        ]
        return ["", *(own.words[version] for version in self.versions)], rows

    def _choose_depth(self, now: Looking, key: str, epoch: str, own: ChapterTexts) -> None:
        widget = f"{key}-depth.{current().lang}"
        st.session_state[widget] = now.depth
        st.segmented_control(
            own.words["depth"],
            range(1, LAYERS + 1),
            format_func=lambda depth: own.words[f"depth_{depth}"],
            required=True,
            key=widget,
            on_change=lambda: _keep(replace(now, depth=st.session_state[widget]), key, epoch),
        )


def _remember_cell(now: Looking, key: str, epoch: str, part: str) -> None:
    """Of the network in which it was pinned; a released pin leaves the numbers as they are."""
    cell = cell_of((st.session_state.get(part) or {}).get("selected"))
    if cell is not None and _on_map(cell):
        _keep(replace(now, pinned=(*now.pinned, cell)[-KEPT:]), key, epoch)


def _remember_seen(now: Looking, key: str, epoch: str, part: str) -> None:
    """Of the network in which it was zoomed; the others follow."""
    seen = (st.session_state.get(part) or {}).get("seen")
    if isinstance(seen, Mapping):
        close = seen.get("close") is True
        _keep(replace(now, close=close, lens=None if close else lens_of(seen.get("lens"))), key, epoch)


def _on_map(cell: Cell) -> bool:
    size = networks.from_gallery(f"scene-{SCENE}", "en").pixels.shape
    return all(0 <= n < side // 4 for n, side in zip(cell, size, strict=False))


def _keep(now: Looking, key: str, epoch: str) -> None:
    keep(key, epoch, **asdict(now))
