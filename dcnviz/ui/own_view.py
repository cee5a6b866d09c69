"""What the page "Your model" shows, beside what it shares with the other pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dcnviz.ui.address import Place, number, one_of, place, written

if TYPE_CHECKING:
    from dcnviz.ui.view import View

TABS = ("recording", "checkpoint", "lines")
LIBRARIES = ("torchvision", "dcnviz", "mmcv", "internimage", "dcnv4", "kornia", "transformers")


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
            return {"tab": self.tab, "lang": view.lang, **self.lines_query()}
        return {
            "tab": self.tab,
            "layer": str(self.number + 1),
            "image": str(self.image + 1),
            "group": str(self.offset_group + 1),
            "cell": written(self.cell),
            "show": ",".join(view.show) or "none",
            "lang": view.lang,
            **view.seen(),
            **({} if view.tap is None else {"tap": str(view.tap)}),
        }

    def lines_query(self) -> dict[str, str]:
        """Whose lines are shown, if not those shown at first; the last chapter of Learn has them, too."""
        return {} if self.library == Own.library else {"library": self.library}


def parse_own(query: Mapping[str, str]) -> Own:
    """The same for "Your model". Numbers are held to what the recording has when it is there.

    >>> parse_own({"tab": "lines", "library": "mmcv", "layer": "-1"})
    Own(tab='lines', number=0, image=0, offset_group=0, cell=None, library='mmcv')
    """
    return Own(
        tab=one_of(query.get("tab"), TABS, Own.tab),
        number=number(query.get("layer"), 10_000),
        image=number(query.get("image"), 10_000),
        offset_group=number(query.get("group"), 10_000),
        cell=place(query.get("cell"), None, 999_999),
        library=one_of(query.get("library"), LIBRARIES, Own.library),
    )
