"""Figures as they stand on a page: small, so that their words are as large as the page's, on a phone too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dcnviz.ui import networks
from dcnviz.ui.wording import worded

if TYPE_CHECKING:  # neither Matplotlib nor torch is imported before the page is painted
    from matplotlib.figure import Figure

COLUMN = 300
"""CSS pixels: the least width of a column of figures; three of them are side by side on a desk, one on a phone."""
SMALL, ROOM = 3.3, 0.95
"""Inches of a picture's long side in such a column, and of what is beside it: a colour bar, the wheel of directions.
On a phone an inch is then 80 CSS pixels, and the smallest words of a figure are 10 of them high."""
ALONE = 4.0
"""Inches of the long side of a picture that stands alone, which a desk shows wider."""


def to_page(draw: Callable[[], Figure], lang: str, side: float = SMALL, room: float = ROOM) -> bytes:
    """A figure as PNG.

    Args:
        draw: makes it; takes its own turn for what is heavy.
        lang: of its words.
        side: inches of its picture's long side.
        room: inches beside the picture.
    """
    from dcnviz import plots
    from dcnviz.plots.style import of_side

    with of_side(side, room):
        figure = draw()
    with networks.turn():
        return plots.to_png(worded(figure, lang))


def layer_name(layer: int) -> str:
    """What a figure calls a layer of the bundled networks: by its number, as the pages do, not by its path.

    >>> layer_name(0)
    'layer 1'
    """
    return f"layer {layer + 1}"
