"""Figures as bytes and files: no date, no program names, the same figure always the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from dcnviz.data.writing import replacing


def to_png(figure: Figure, *, dpi: float = 200) -> bytes:
    """The figure as PNG.

    Args:
        figure: any of Matplotlib's.
        dpi: pixels an inch; 200 is sharp on a projector, 300 is what most journals ask for.

    >>> to_png(Figure(figsize=(1, 1)))[1:4]
    b'PNG'
    """
    page = io.BytesIO()
    figure.savefig(
        page,
        format="png",
        dpi=dpi,
        metadata={"Software": None},
        facecolor=figure.get_facecolor(),
        bbox_inches=None,
        pil_kwargs={"compress_level": 4},  # half the time of the default, a few percent larger
    )
    return page.getvalue()


def to_svg(figure: Figure, *, dpi: float = 200) -> bytes:
    """The figure as SVG, text as text, so that it can be searched and edited.

    Args:
        figure: any of Matplotlib's.
        dpi: pixels an inch of the pictures in it.

    >>> figure = Figure(figsize=(1, 1))
    >>> _ = figure.text(0, 0, "taps")
    >>> b">taps</text>" in to_svg(figure)
    True
    """
    page = io.BytesIO()
    figure.savefig(
        page,
        format="svg",
        backend="module://dcnviz.plots.svg",
        dpi=dpi,
        metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
        facecolor=figure.get_facecolor(),
        bbox_inches=None,
    )
    return page.getvalue()


def to_pdf(figure: Figure, *, dpi: float = 200) -> bytes:
    """The figure as PDF on a page of its own size, lines as lines, text that can be searched.

    Args:
        figure: any of Matplotlib's.
        dpi: pixels an inch of the pictures in it.

    >>> to_pdf(Figure(figsize=(1, 1)))[:5]
    b'%PDF-'
    """
    page = io.BytesIO()
    figure.savefig(
        page,
        format="pdf",
        dpi=dpi,
        metadata=dict.fromkeys(("Creator", "Producer", "CreationDate")),
        facecolor=figure.get_facecolor(),
        bbox_inches=None,
    )
    return page.getvalue()


MAKERS: dict[str, Callable[..., bytes]] = {".png": to_png, ".svg": to_svg, ".pdf": to_pdf}


def save(figure: Figure, path: str | Path, *, dpi: float = 200) -> Path:
    """Writes the figure; the ending of the path says in which format.

    Args:
        figure: any of Matplotlib's.
        path: ends in ".png", ".svg" or ".pdf".
        dpi: pixels an inch of a PNG, and of the pictures in an SVG or PDF.

    Returns:
        The path.

    Raises:
        ValueError: on another ending.
        OSError: if it cannot be written; what was there before stays.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in MAKERS:
        raise ValueError(f"a figure is written as {', '.join(MAKERS)}; got the ending {target.suffix!r}.")
    drawn = MAKERS[ending](figure, dpi=dpi)
    with replacing(target) as file:
        file.write(drawn)
    return target
