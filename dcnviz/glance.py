"""What a notebook shows of a `Sampling` or a `Recording`: a small drawing and the numbers that say what it is.

Pure strings, and Pillow for the picture: no Matplotlib, so that a cell that ends in a recording costs nothing.
Everything that comes from a model or a file is escaped. Ink is the page's own (``currentColor``), so that it
reads on light and dark pages; over a picture it is white with a dark rim.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from html import escape
from typing import Any, Protocol

import torch
from torch import Tensor

SIDE = 220  # pixels of the drawing's long side
CELLS, POINTS = 5, 400  # cells drawn along the long side; taps drawn in all, about
MOST_ROWS = 40  # layers listed; more than that are counted


class Layer(Protocol):
    """What is needed of a `Sampling`, which stands above this module."""

    @property
    def offsets(self) -> Tensor:
        """``(B, G, K, H_out, W_out, 2)``."""

    @property
    def base(self) -> Tensor:
        """``(..., H_out, W_out, 2)``, with whatever axes before them."""

    @property
    def inside(self) -> Tensor:
        """``(B, G, K, H_out, W_out)``."""

    @property
    def input_size(self) -> tuple[int, int]:
        """``(H, W)`` of the input map."""

    @property
    def version(self) -> str:
        """Of the operator."""


class Place(Protocol):
    """What is needed of a `MapToPicture`."""

    def to_picture(self, positions: Tensor) -> Tensor:
        """Positions on the map as pixels of the picture."""


class Seen(Protocol):
    """What is needed of a `Recording` besides its layers."""

    @property
    def image(self) -> Tensor | None:
        """``(B, C, H, W)``."""

    @property
    def to_picture(self) -> Mapping[str, Place]:
        """Where the layers' input maps lie."""

    @property
    def estimated(self) -> set[str]:
        """Layers whose place is estimated."""


def sampling_html(layer: Layer) -> str:
    """One layer: its map, and over it some cells with all their taps.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> text = sampling_html(regular(Geometry(3, padding=1), (6, 8)))
    >>> text.startswith("<div"), "6 x 8" in text, len(text) < 20_000
    (True, True, True)
    """
    numbers = _numbers(layer)
    rows = "".join(f"<tr>{_cell(name)}{_cell(value)}</tr>" for name, value in numbers.items())
    drawing = _svg(layer.input_size, *_some_cells(layer), "")
    caption = "some cells and their taps; image 0, group 0"
    return _side_by_side(drawing, caption, _table(rows))


def recording_html(layers: Mapping[str, Layer], seen: Seen) -> str:
    """A recording: the picture, some cells of the last layer that has a place on it with their taps, and all layers."""
    heads = ["layer", *_NUMBERS, "place"]
    lines = ["<tr>" + "".join(f"<th>{escape(h)}</th>" for h in heads) + "</tr>"]
    for name in list(layers)[:MOST_ROWS]:
        known = "estimated" if name in seen.estimated else "exact" if name in seen.to_picture else "unknown"
        cells = [name, *_numbers(layers[name]).values(), known]
        lines.append("<tr>" + "".join(map(_cell, cells)) + "</tr>")
    if len(layers) > MOST_ROWS:
        lines.append(f"<tr><td colspan={len(heads)}>and {len(layers) - MOST_ROWS} more</td></tr>")
    drawing, caption = _picture_of(layers, seen)
    return _side_by_side(drawing, caption, _table("".join(lines)))


def sampling_line(layer: Layer) -> str:
    """A layer in one line, for a terminal: numbers of tensors would fill it.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> sampling_line(regular(Geometry(3, padding=1), (6, 8)))
    '<Sampling conv: (B, G, K, H, W) = (1, 1, 9, 6, 8) on a map of 6 x 8>'
    """
    shape, (height, width) = tuple(layer.offsets.shape[:5]), layer.input_size
    return f"<Sampling {layer.version}: (B, G, K, H, W) = {shape} on a map of {height} x {width}>"


def recording_line(layers: Mapping[str, Layer]) -> str:
    """A recording in one line, for a terminal.

    >>> recording_line({})
    '<Recording of no layers>'
    """
    names = list(layers)
    shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    count = {0: "no layers", 1: "1 layer"}.get(len(names), f"{len(names)} layers")
    return f"<Recording of {count}{': ' if names else ''}{shown}>"


_NUMBERS = (
    "version",
    "images",
    "groups",
    "taps",
    "input map",
    "output map",
    "mean offset",
    "outside the map",
)


def _numbers(layer: Layer) -> dict[str, str]:
    batch, groups, taps, *out = layer.offsets.shape[:5]
    samples = layer.inside.numel()
    length = float(torch.hypot(*layer.offsets.double().unbind(-1)).mean()) if samples else 0.0
    outside = 1 - float(layer.inside.double().mean()) if samples else 0.0
    values = (
        layer.version,
        str(batch),
        str(groups),
        str(taps),
        f"{layer.input_size[0]} x {layer.input_size[1]}",
        f"{out[0]} x {out[1]}",
        f"{length:.2f} px",
        f"{100 * outside:.1f} %",
    )
    return dict(zip(_NUMBERS, values, strict=True))


def _some_cells(layer: Layer) -> tuple[Tensor, Tensor]:
    """``(N, 1, 2)`` the middle of some undeformed cells and ``(N, K, 2)`` their taps; finite ones only."""
    rows, columns, taps = *layer.offsets.shape[3:5], layer.offsets.shape[2]
    if layer.offsets.shape[0] == 0:
        return torch.zeros(0, 1, 2), torch.zeros(0, taps, 2)
    along = max(2, min(CELLS, int((POINTS / taps) ** 0.5)))
    if min(rows, columns) == 1:  # attention's queries in a row: as many as in a square
        along = along**2
    step = max(1, -(-max(rows, columns) // along))
    i = torch.arange((rows - 1) % step // 2, rows, step)
    j = torch.arange((columns - 1) % step // 2, columns, step)
    base = layer.base[0, 0] if layer.base.ndim == 6 else layer.base  # attention's has batch and group
    start, moved = (
        values[:, i][:, :, j].flatten(1, 2).transpose(0, 1).detach().cpu().double()
        for values in (base, layer.offsets[0, 0])
    )
    good = torch.isfinite(moved).flatten(1).all(dim=1)
    return start[good].mean(dim=1, keepdim=True), (start + moved)[good]


def _picture_of(layers: Mapping[str, Layer], seen: Seen) -> tuple[str, str]:
    """The drawing of a recording and what stands below it."""
    placed = [name for name in layers if name in seen.to_picture]
    if seen.image is None or seen.image.numel() == 0 or not placed:
        return "", ""
    name = placed[-1]
    cells, taps = (seen.to_picture[name].to_picture(points) for points in _some_cells(layers[name]))
    size = (int(seen.image.shape[2]), int(seen.image.shape[3]))
    drawing = _svg(size, cells, taps, thumbnail(seen.image))
    return drawing, f"some cells and their taps in {name}; image 0, group 0"


def _svg(size: tuple[int, int], cells: Tensor, taps: Tensor, picture: str) -> str:
    """A drawing in coordinates of pixels, (x, y), pixel centres at integers."""
    one = max(size) / SIDE  # a pixel of the drawing
    box = f'viewBox="-0.5 -0.5 {size[1]} {size[0]}" width="{size[1] / one:.0f}" height="{size[0] / one:.0f}"'
    place = f'x="-0.5" y="-0.5" width="{size[1]}" height="{size[0]}"'
    ink = "#fff" if picture else "currentColor"
    if picture:
        ground = f'<image {place} href="{picture}" preserveAspectRatio="none"/>'
    else:
        ground = f'<rect {place} fill="none" stroke="{ink}" stroke-opacity=".35" stroke-width="{one:.3g}"/>'
    spokes, dots = _paths(cells, taps, 1 if max(size) > 60 else 2)
    strokes = [(spokes, ink, 0.8), (dots, ink, 3.4)]
    if picture:  # a dark rim below all
        strokes = [(spokes, "#000", 2.2), (dots, "#000", 5.4), *strokes]
    drawn = "".join(
        f'<path d="{path}" stroke="{colour}" stroke-width="{wide * one:.3g}"/>'
        for path, colour, wide in strokes
    )
    lines = f'<g fill="none" stroke-linecap="round">{drawn}</g>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {box}>{ground}{lines}</svg>'


def _paths(cells: Tensor, taps: Tensor, digits: int) -> tuple[str, str]:
    """Path data: a line from each cell to each of its taps, and a dot (a line of no length) on each tap."""
    spokes, dots = [], []
    for (y, x), around in zip(cells[:, 0].tolist(), taps.tolist(), strict=True):
        for v, u in around:
            spokes.append(f"M{x:.{digits}f} {y:.{digits}f}L{u:.{digits}f} {v:.{digits}f}")
            dots.append(f"M{u:.{digits}f} {v:.{digits}f}h0")
    return "".join(spokes), "".join(dots)


def thumbnail(image: Tensor) -> str:
    """The first picture of a batch as a small JPEG in a ``data:`` address.

    Numbers within [0, 1] are shown as they are, within [0, 255] scaled, and any others (normalised pictures)
    stretched from the least to the greatest. More than three channels: the first three.

    >>> thumbnail(torch.rand(1, 3, 40, 60))[:23]
    'data:image/jpeg;base64,'
    """
    from PIL import Image

    values = torch.nan_to_num(image[0, :3].detach().cpu().float(), 0.0, 0.0, 0.0)
    if values.shape[0] != 3:
        values = values[:1].expand(3, -1, -1)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 255:
        values = (values - low) / max(high - low, 1e-12)
    elif high > 1:
        values = values / 255
    picture = Image.fromarray((values.permute(1, 2, 0) * 255).round().byte().contiguous().numpy())
    picture.thumbnail((3 * SIDE // 2, 3 * SIDE // 2))  # more than is drawn: screens with small pixels
    page = io.BytesIO()
    picture.save(page, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(page.getvalue()).decode("ascii")


def _table(rows: str) -> str:
    return f'<table style="color:inherit;font-size:inherit">{rows}</table>'


def _cell(value: Any) -> str:
    return f'<td style="text-align:left;padding:.1em .8em .1em 0">{escape(str(value))}</td>'


def _side_by_side(drawing: str, caption: str, table: str) -> str:
    figure = f'<div>{drawing}<div style="font-size:85%">{escape(caption)}</div></div>' if drawing else ""
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:1.2em;align-items:flex-start">'
        f"{figure}<div>{table}</div></div>"
    )
