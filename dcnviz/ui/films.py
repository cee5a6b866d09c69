"""Films of trainings: those of the shipped networks from files, and what the player is told of any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import streamlit as st

from dcnviz.data.assets import asset
from dcnviz.ui import networks
from dcnviz.ui.player.payload import about, parcels, picture
from dcnviz.ui.texts import Texts

if TYPE_CHECKING:
    from dcnviz.training import Timeline

MAIN, PLAIN = "main", "plain"


@st.cache_resource(show_spinner=False)
def shipped(version: str) -> Timeline:
    """The film of a network that comes with dcnviz.

    Raises:
        FileNotFoundError: if it does not come along.
        dcnviz.training.TimelineError: if its file is damaged.
    """
    path = asset(f"timelines/{version}.npz")
    networks.hurry()
    from dcnviz.training import Timeline

    return Timeline.load(path)


@dataclass(frozen=True, eq=False)
class Film:
    """What the player is sent.

    Attributes:
        channel: names the film.
        timelines: by run; the first is the one whose points are shown.
    """

    channel: str
    timelines: Mapping[str, Timeline]

    @property
    def main(self) -> Timeline:
        """The one whose points are shown."""
        return self.timelines[MAIN]

    def heads(self, texts: Texts) -> list[dict[str, Any]]:
        """What the runs are about, in a person's language."""
        layers = [texts.layer_names[str(number)] for number in range(len(self.main.layers))]
        return [
            about(
                timeline,
                run,
                label=texts.versions[timeline.version],
                layers=layers,
                cells=cell_names(len(timeline.cells), texts),
                sizes=size_names(timeline, texts),
            )
            for run, timeline in self.timelines.items()
        ]

    def parcels(self) -> dict[str, bytes]:
        """All frames, by names that stay while the film grows."""
        return {
            f"{run}-{number}": data
            for run, timeline in self.timelines.items()
            for number, data in enumerate(parcels(timeline, self.channel, run))
        }

    def picture(self) -> dict[str, Any]:
        """The picture that the cells look at."""
        return picture(self.main.picture)


def cell_names(count: int, texts: Texts) -> list[str]:
    """One cell on each object, from small to large, then one on the background."""
    names = texts.train.cells
    between = [names["middle"]] * max(count - 3, 0)
    return [names["smallest"], *between, names["largest"], names["ground"]][-count:]


def size_names(timeline: Timeline, texts: Texts) -> list[str]:
    """Radii in picture pixels, as a person reads them."""
    return [size_name(size, texts) for size in timeline.sizes]


def size_name(size: str, texts: Texts) -> str:
    """As in "5–8 px"."""
    if size == "background":
        return texts.train.background
    return texts.train.size.format(size=size.replace("over ", "> ").replace("-", "–"))


def law(timeline: Timeline, layer: int, texts: Texts) -> str:
    """What came out in one layer: the effective dilation of each size at the end, and whether it grows."""
    words, last = texts.train, timeline.frames[-1].dilation[layer]
    if timeline.version == "conv":
        return words.stays
    each = [(size_name(size, texts), float(value)) for size, value in zip(timeline.sizes, last, strict=True)]
    objects = [pair for size, pair in zip(timeline.sizes, each, strict=True) if size != "background"]
    ground = [pair for pair in each if pair not in objects]
    growing = all(round(a, 2) < round(b, 2) for (_, a), (_, b) in pairwise(objects))  # as it is written
    numbers = " · ".join(f"{name} **{value:.2f}**" for name, value in [*objects, *ground])
    verdict = words.grows if growing else words.does_not_grow
    return words.verdict.format(layer=texts.layer_names[str(layer)], numbers=numbers, law=verdict)
