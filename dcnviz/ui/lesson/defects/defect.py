"""A mistake that is made in practice, as a value: two pictures, of which one is of the mistake, and the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # neither torch nor Matplotlib is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.geometry import Pair
    from dcnviz.plots.style import ThemeName
    from dcnviz.sampling import Sampling


@dataclass(frozen=True)
class Defect:
    """One mistake beside what is right.

    Attributes:
        id: in the texts.
        broken: which of the pictures, A or B, is of the mistake.
        facts: numbers for the texts, worked out when they are asked for.
        figure: draws the mistake (True) or what is right (False), for a theme.
        read: the same in numbers, for those who do not see the picture.
        mend: lines of Python that mend it.
    """

    id: str
    broken: Literal["a", "b"]
    facts: Callable[[], Mapping[str, object]]
    figure: Callable[[bool, ThemeName], Figure]
    read: Callable[[bool], str]
    mend: str


def places(sampling: Sampling, cells: Iterable[Pair], group: int = 0) -> str:
    """Where the taps of some cells end, (y, x) in pixels of the layer's map.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> places(regular(Geometry(1), (4, 4)), [(1, 2)])
    '0: (1.0, 2.0)'
    """
    return "; ".join(
        ", ".join(
            f"{k}: ({y:.1f}, {x:.1f})"
            for k, ((y, x), mask) in enumerate(
                zip(
                    sampling.positions[0, group, :, i, j].tolist(),
                    sampling.mask[0, group, :, i, j].tolist(),
                    strict=True,
                )
            )
            if mask
        )
        for i, j in cells
    )
