"""The pictures of a deeper look that follow a click, without a figure of Matplotlib, in a twentieth of its time.

The same values, the same close-up, the same colours as :func:`dcnviz.plots.sampling_locations` and
:func:`dcnviz.plots.receptive_field`; what those say in words stands beside the pictures on the page.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw, ImageFont

from dcnviz.analysis.receptive_field import Part, ReceptiveField
from dcnviz.analysis.sampling_locations import SamplingLocations
from dcnviz.plots.chain import to_xy
from dcnviz.plots.colours import COLOURS
from dcnviz.plots.locations import strongest
from dcnviz.plots.nodes import close_up, fading
from dcnviz.plots.receptive import box_of
from dcnviz.plots.style import (
    AMOUNT,
    Box,
    Floats,
    Picture,
    Theme,
    ThemeName,
    check_picture,
    dimmed,
    picture_box,
    theme_of,
)

SIDE = 840  # pixels of the longer side: half as many again as the page shows it on
THIRD = 600  # of one of three side by side, likewise
RADII = (1.8, 6.8)  # of the weakest and the strongest dot
STRIP, GAP = 20, 12  # width of the colour strip, and its distance from the picture


@dataclass
class _Sheet:
    """A part of the dimmed picture, enlarged, with room for a strip of colours at its right.

    Attributes:
        picture: what is looked at.
        box: the part, (left, right, bottom, top) in picture pixels.
        side: pixels of the longer side.
        page: the theme.
    """

    picture: Picture
    box: Box
    side: int
    page: Theme
    drawn: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        ground = self.enlarged(Image.fromarray(dimmed(self.picture, self.page)), Image.Resampling.BICUBIC)
        self.drawn = Image.new("RGB", (ground.width + GAP + 2 * STRIP, ground.height), self.page.ground)
        self.drawn.paste(ground)
        self.wide, self.high = ground.size

    @property
    def scale(self) -> float:
        """Pixels of the sheet in one of the picture."""
        left, right, bottom, top = self.box
        return self.side / max(right - left, bottom - top)

    def enlarged(self, image: Image.Image, how: Image.Resampling) -> Image.Image:
        """The part of an image as large as the picture."""
        left, right, bottom, top = self.box
        size = round(self.scale * (right - left)), round(self.scale * (bottom - top))
        return image.resize(size, how, box=(left + 0.5, top + 0.5, right + 0.5, bottom + 0.5))

    def at(self, points: Floats) -> Floats:
        """Places (x, y) on the picture as places on the sheet."""
        return self.scale * (points - (self.box[0], self.box[3]))

    def finished(self, pixel: tuple[float, float] | None, shades: Floats) -> tuple[bytes, int]:
        """With the cell, a bar and the colours: as JPEG, and how many picture pixels the bar is long.

        Args:
            pixel: (y, x), the cell's place.
            shades: ``(n, 3 or 4)`` in [0, 1], from 0 to the strongest, opaque or not.
        """
        pen = ImageDraw.Draw(self.drawn)
        if pixel is not None:
            _mark_cell(pen, *self.at(np.array([pixel[1], pixel[0]])))
        across = self.box[1] - self.box[0]
        length = next(n for n in (200, 100, 50, 20, 10, 5, 2, 1) if n <= 0.3 * across or n == 1)
        end, below = 0.95 * self.wide, 0.95 * self.high
        bar = (end - self.scale * length, below - 10, end, below)
        pen.rectangle(bar, COLOURS["base"].hex, COLOURS["halo"].hex, 2)
        self._strip(pen, shades)
        buffer = io.BytesIO()
        self.drawn.save(buffer, "JPEG", quality=88, subsampling=0)
        return buffer.getvalue(), length

    def _strip(self, pen: ImageDraw.ImageDraw, shades: Floats) -> None:
        """The colours from 0 (below) to the strongest (above)."""
        rows = shades[np.linspace(len(shades) - 1, 0, self.high).round().astype(int)]
        strip = Image.fromarray((255 * rows).round().astype(np.uint8)[:, None].repeat(STRIP, axis=1))
        left = self.wide + GAP
        self.drawn.paste(strip, (left, 0), strip if strip.mode == "RGBA" else None)
        font = ImageFont.load_default(26)
        for text, y, anchor in (("1", 2, "lt"), ("0", self.high - 2, "ls")):
            pen.text((left + STRIP + 4, y), text, self.page.ink, font, anchor)


def locations_image(
    found: SamplingLocations, picture: Picture, theme: ThemeName = "light"
) -> tuple[bytes, int]:
    """The taps that count for a cell, as JPEG, and how many picture pixels the bar in its corner is long."""
    size = check_picture(picture).shape[:2]
    points, strength = _counting(found)
    drawn = strongest(strength)
    points, shares = points[drawn], np.sqrt(strength[drawn] / max(float(strength.max(initial=0)), 1e-30))
    box = close_up(points, (size[0], size[1])) if len(points) else picture_box(size)
    sheet = _Sheet(picture, box, SIDE, theme_of(theme))
    pen = ImageDraw.Draw(sheet.drawn)
    colours = (255 * colormaps[AMOUNT](shares)[:, :3]).round().astype(int)
    radii = RADII[0] + (RADII[1] - RADII[0]) * shares
    for (x, y), radius, colour in zip(sheet.at(points), radii, colours, strict=True):
        if x + radius < sheet.wide:  # nothing of it on the strip
            around = (x - radius, y - radius, x + radius, y + radius)
            pen.ellipse(around, tuple(colour.tolist()), COLOURS["halo"].hex)
    return sheet.finished(found.pixel, colormaps[AMOUNT](np.linspace(0, 1, 256))[:, :3])


def field_images(
    found: ReceptiveField, picture: Picture, parts: tuple[Part, ...], theme: ThemeName = "light"
) -> tuple[dict[Part, bytes], int]:
    """Parts of a cell's receptive field, each as JPEG, and how many picture pixels the bar in a corner is long."""
    size = check_picture(picture).shape[:2]
    most = max(float(found.magnitude().max()), 1e-30)
    box, colours = box_of(found, (size[0], size[1]), whole=False), fading()
    shades: Floats = colours(np.linspace(0, 1, 256))
    left, right, bottom, top = box
    rows = slice(max(0, int(top)), int(bottom) + 2)
    columns = slice(max(0, int(left)), int(right) + 2)
    made: dict[Part, bytes] = {}
    length = 0
    for part in parts:
        sheet = _Sheet(picture, box, THIRD, theme_of(theme))
        near = found.magnitude(part)[rows, columns].double().numpy() / most
        over = Image.new("RGBA", (size[1], size[0]))  # transparent but for what is seen
        seen = Image.fromarray(colours(np.sqrt(near.clip(0, 1)), bytes=True))
        over.paste(seen, (columns.start, rows.start))
        over = sheet.enlarged(over, Image.Resampling.NEAREST)
        sheet.drawn.paste(over, mask=over)
        made[part], length = sheet.finished(found.pixel, shades)
    return made, length


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
