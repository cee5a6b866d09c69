"""The meaning of every colour, and the only place where colours are defined.

The hues come from the set of Okabe and Ito (jfly.uni-koeln.de/color), which people with the common colour
vision deficiencies can tell apart. Blue and orange stay far apart under each of them, so they carry the
distinction that matters most: what lies under the pointer, and what is pinned. The other marks differ in
shape too, and all have a dark rim, so that they read on any photograph.

Nothing but the standard library is imported here: a page can use the table before Matplotlib is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Colour:
    """One colour and what it stands for.

    >>> COLOURS["pinned"].hex
    '#E69F00'
    """

    hex: str
    meaning: str


COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "base": Colour("#FFFFFF", "base grid: the undeformed positions of the taps"),
        "sample": Colour("#56B4E9", "sampled point of the cell under the pointer"),
        "pinned": Colour("#E69F00", "pinned cell and its sampled points"),
        "line": Colour("#FFFFFF", "offset: from a tap's base position to its sampled position"),
        "mask": Colour("#009E73", "mask strength, where it is drawn as a bar or a curve"),
        "outside": Colour("#CC79A7", "sample outside the map: its value is 0"),
        "gradient": Colour("#D55E00", "gradient of the output with respect to a tap's position"),
        "halo": Colour("#101418", "rim round marks and text, so that they read on any picture"),
    }
)
"""Name of the meaning -> colour. Names are stable: scripts and the explorer's drawing code use them."""


def hex_table() -> dict[str, str]:
    """The table as plain strings, name -> ``#RRGGBB``, for what is drawn outside Python.

    >>> hex_table()["outside"]
    '#CC79A7'
    """
    return {name: colour.hex for name, colour in COLOURS.items()}
