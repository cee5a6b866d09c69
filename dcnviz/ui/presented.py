"""How a page is presented: what a teacher has taken from it, and whether it stands on a wall.

It holds for every page and is in every address: ``?hide=controls,navigation&projector=1``. docs/teaching.md tells
teachers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dcnviz.ui import address

PARTS = (
    *("navigation", "language", "controls", "panel", "deeper", "maps", "downloads"),
    *("tour", "chapters", "link"),
)
"""What can be hidden, by the names that addresses use."""
LARGER = 1.6  # pictures on a wall, to those on a desk


@dataclass(frozen=True)
class Presented:
    """The presentation of every page.

    Attributes:
        hide: names of `PARTS` that are left out.
        projector: large text, thick lines, high contrast.

    >>> Presented(("panel",), projector=True).query()
    {'hide': 'panel', 'projector': '1'}
    """

    hide: tuple[str, ...] = ()
    projector: bool = False

    def query(self) -> dict[str, str]:
        """Its part of an address; nothing of what is usual."""
        hide = {"hide": ",".join(self.hide)} if self.hide else {}
        return {**hide, **({"projector": "1"} if self.projector else {})}

    def shows(self, part: str) -> bool:
        """Whether a part is there."""
        return part not in self.hide

    def wide(self, pixels: int) -> int:
        """Width of a picture that is so wide on a desk."""
        return round(pixels * LARGER) if self.projector else pixels


def parse(query: Mapping[str, str]) -> Presented:
    """What an address asks for; names that are not known are passed over.

    >>> parse({"hide": "panel,everything", "projector": "yes"})
    Presented(hide=('panel',), projector=False)
    """
    return Presented(address.some_of(query.get("hide"), PARTS), query.get("projector") == "1")
