"""Places that count, drawn for the screen at every click: without a figure of Matplotlib, in a twentieth of its time.

The same taps, the same close-up, the same colours as :func:`dcnviz.plots.sampling_locations`; what that says in words
stands beside the picture on the page.
"""

from __future__ import annotations

import io

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw, ImageFont

from dcnviz.analysis.sampling_locations import SamplingLocations
from dcnviz.plots.chain import to_xy
from dcnviz.plots.colours import COLOURS
from dcnviz.plots.locations import strongest
from dcnviz.plots.nodes import close_up
from dcnviz.plots.style import (
    AMOUNT,
    Floats,
    Picture,
    ThemeName,
    check_picture,
    dimmed,
    picture_box,
    theme_of,
)

SIDE = 840  # pixels of the longer side: half as many again as the page shows it on
RADII = (1.8, 6.8)  # of the weakest and the strongest dot
STRIP, GAP = 20, 12  # width of the colour strip, and its distance from the picture


def locations_image(
    found: SamplingLocations, picture: Picture, theme: ThemeName = "light"
) -> tuple[bytes, int]:
    """The taps that count for a cell, as JPEG, and how many picture pixels the bar in its corner is long."""
    page, size = theme_of(theme), check_picture(picture).shape[:2]
    points, strength = _counting(found)
    drawn = strongest(strength)
    points, shares = points[drawn], np.sqrt(strength[drawn] / max(float(strength.max(initial=0)), 1e-30))
    left, right, bottom, top = close_up(points, (size[0], size[1])) if len(points) else picture_box(size)
    scale = SIDE / max(right - left, bottom - top)
    wide, high = round(scale * (right - left)), round(scale * (bottom - top))
    ground = Image.fromarray(dimmed(picture, page)).resize(
        (wide, high), Image.Resampling.BICUBIC, box=(left + 0.5, top + 0.5, right + 0.5, bottom + 0.5)
    )
    sheet = Image.new("RGB", (wide + GAP + 2 * STRIP, high), page.ground)
    sheet.paste(ground)
    pen = ImageDraw.Draw(sheet)
    colours = (255 * colormaps[AMOUNT](shares)[:, :3]).round().astype(int)
    radii = RADII[0] + (RADII[1] - RADII[0]) * shares
    for (x, y), radius, colour in zip(scale * (points - (left, top)), radii, colours, strict=True):
        if x + radius < wide:  # nothing of it on the strip
            around = (x - radius, y - radius, x + radius, y + radius)
            pen.ellipse(around, tuple(colour.tolist()), COLOURS["halo"].hex)
    if found.pixel is not None:
        _mark_cell(pen, scale * (found.pixel[1] - left), scale * (found.pixel[0] - top))
    length = next(n for n in (200, 100, 50, 20, 10, 5, 2, 1) if n <= 0.3 * (right - left) or n == 1)
    end, below = 0.95 * wide, 0.95 * high
    bar = (end - scale * length, below - 10, end, below)
    pen.rectangle(bar, COLOURS["base"].hex, COLOURS["halo"].hex, 2)
    _strip(sheet, pen, wide + GAP, high, page.ink)
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue(), length


def _counting(found: SamplingLocations) -> tuple[Floats, Floats]:
    """Places (x, y) and strengths of the taps that count at all."""
    points, strengths = [], []
    for taps in found.values():
        assert taps.on_picture is not None and taps.picture_strength is not None, (
            "the networks' places are known"
        )
        counts = taps.picture_strength > 0
        points.append(to_xy(taps.on_picture[counts]))
        strengths.append(taps.picture_strength[counts].double().numpy())
    return np.concatenate(points), np.concatenate(strengths)


def _mark_cell(pen: ImageDraw.ImageDraw, x: float, y: float, half: float = 18, arm: float = 8) -> None:
    """Brackets about the node's cell, in the pinned cell's colour with a dark rim."""
    for colour, width in ((COLOURS["halo"].hex, 7), (COLOURS["pinned"].hex, 4)):
        for u, v in ((-1, -1), (-1, 1), (1, 1), (1, -1)):
            corner = (x + u * half, y + v * half)
            ends = ((corner[0], corner[1] - v * arm), corner, (corner[0] - u * arm, corner[1]))
            pen.line(ends, colour, width, joint="curve")


def _strip(sheet: Image.Image, pen: ImageDraw.ImageDraw, left: int, high: int, ink: str) -> None:
    """The colours from 0 (below) to the strongest tap's (above)."""
    shades = (255 * colormaps[AMOUNT](np.linspace(1, 0, high))[:, :3]).round().astype(np.uint8)
    sheet.paste(Image.fromarray(np.repeat(shades[:, None], STRIP, axis=1)), (left, 0))
    font = ImageFont.load_default(26)
    for text, y, anchor in (("1", 2, "lt"), ("0", high - 2, "ls")):
        pen.text((left + STRIP + 4, y), text, ink, font, anchor)
