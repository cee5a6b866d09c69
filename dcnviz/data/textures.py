"""Textures of the made scenes: one distribution that objects and backgrounds share.

A texture is a mean colour plus a stationary pattern around it (noise at some scale, waves from fine stripes
to slow gradients, or both), or a crop of a bundled photograph. Drawing one fixes everything; `window` then
renders any size of it, so a texture looks alike on a small object and behind the whole picture, and gives no
hint which of the two it fills.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from dcnviz.data.pictures import gallery, load_picture

Floats = npt.NDArray[np.float32]

BANK_SEED = 1703_06211
FIELDS = 40
FIELD_SIDE = 256
PHOTOGRAPH_SHARE = 0.3
CONTRAST = 0.3
"""Of a texture about its mean: outlines must stand out if 32 channels are to see shapes, not patterns."""

SHORTEST_LEVEL = 96


@dataclass(frozen=True)
class Texture:
    """One drawn texture.

    Attributes:
        colour: (3,) float32 RGB in [0, 1], its mean colour, by which scenes keep neighbours apart.
    """

    colour: Floats

    def window(self, height: int, width: int) -> Floats:
        """Render the texture as (height, width, 3) float32 RGB; values may leave [0, 1] a little."""
        return np.broadcast_to(self.colour, (height, width, 3))


@dataclass(frozen=True)
class _Noise:
    field: int
    start: tuple[int, int]

    def pattern(self, height: int, width: int) -> Floats:
        field = _noise_bank()[self.field]
        y, x = self.start
        window: Floats
        if y + height <= FIELD_SIDE and x + width <= FIELD_SIDE:
            window = field[y : y + height, x : x + width]
        else:  # the fields are periodic, so a window may run over the edge without a seam
            rows, columns = np.arange(y, y + height) % FIELD_SIDE, np.arange(x, x + width) % FIELD_SIDE
            window = field[rows[:, None], columns[None, :]]
        return window


@dataclass(frozen=True)
class _Wave:
    period: float
    angle: float
    phase: float
    hardness: float

    def pattern(self, height: int, width: int) -> Floats:
        turn = 2 * np.pi / self.period
        y = (np.arange(height) * (turn * np.cos(self.angle)) + self.phase).astype(np.float32)
        x = (np.arange(width) * (turn * np.sin(self.angle))).astype(np.float32)
        # sin(y + x) from four one-dimensional tables: two outer products instead of a sine per pixel.
        wave: Floats = np.outer(np.sin(y), np.cos(x)) + np.outer(np.cos(y), np.sin(x))
        clipped: Floats = np.clip(wave * np.float32(self.hardness), -1, 1)
        return clipped


@dataclass(frozen=True)
class _Patterned(Texture):
    layers: tuple[tuple[_Noise | _Wave, Floats], ...]

    def window(self, height: int, width: int) -> Floats:
        picture = np.empty((height, width, 3), np.float32)
        picture[:] = self.colour
        for layer, direction in self.layers:
            picture += layer.pattern(height, width)[:, :, None] * direction
        return picture


@dataclass(frozen=True)
class _Photograph(Texture):
    level: tuple[int, int]
    centre: tuple[int, int]
    turns: tuple[bool, bool, bool]
    gain: Floats
    shift: Floats

    def window(self, height: int, width: int) -> Floats:
        pixels = _photograph_bank()[self.level[0]][self.level[1]][0]
        down, right, transposed = self.turns
        if transposed:
            height, width = width, height
        rows = _mirrored(self.centre[0] - height // 2, height, pixels.shape[0])
        columns = _mirrored(self.centre[1] - width // 2, width, pixels.shape[1])
        crop = pixels[rows[:: -1 if down else 1, None], columns[None, :: -1 if right else 1]]
        if transposed:
            crop = crop.transpose(1, 0, 2)
        return self.colour + CONTRAST * (crop * self.gain + self.shift - self.colour)


def draw_texture(rng: np.random.Generator, photographs: bool = True) -> Texture:
    """Draw one texture from the distribution that objects and backgrounds share.

    Args:
        rng: the source of chance.
        photographs: whether crops of the bundled photographs take part (a share of :data:`PHOTOGRAPH_SHARE`).

    Returns:
        A texture, rendered by its `window`.

    Example:
        >>> draw_texture(np.random.default_rng(0)).window(4, 5).shape
        (4, 5, 3)
    """
    if rng.random() < PHOTOGRAPH_SHARE and photographs and _photograph_bank():
        return _draw_photograph(rng)
    lightness, kind, contrast, second = rng.random(4).tolist()
    colour = np.clip(0.08 + 0.84 * lightness + rng.normal(0, 0.14, 3), 0, 1).astype(np.float32)
    strength = CONTRAST * 0.02 * 9.0**contrast
    layers: list[tuple[_Noise | _Wave, Floats]] = []
    if kind < 0.75:
        layers.append((_draw_noise(rng), _draw_direction(rng, strength)))
        if second < 0.5:
            layers.append((_draw_noise(rng), _draw_direction(rng, strength * 0.6)))
    if kind > 0.55:
        layers.append((_draw_wave(rng), _draw_direction(rng, strength * 1.2)))
    return _Patterned(colour, tuple(layers))


def _draw_noise(rng: np.random.Generator) -> _Noise:
    field, y, x = (rng.random(3) * (FIELDS, FIELD_SIDE, FIELD_SIDE)).astype(int).tolist()
    return _Noise(field, (y, x))


def _draw_wave(rng: np.random.Generator) -> _Wave:
    scale, turn, phase, hard = rng.random(4).tolist()
    # From stripes of 4 px to gradients that take the whole picture; every third wave has hard edges.
    return _Wave(4.0 * 100.0**scale, 2 * np.pi * turn, 2 * np.pi * phase, 1.0 if hard < 0.67 else 3.0)


def _draw_direction(rng: np.random.Generator, strength: float) -> Floats:
    """A direction in RGB near grey, as in photographs, where light and shade outweigh changes of hue."""
    direction = rng.normal(0, 0.5, 3) + (1 if rng.random() < 0.5 else -1)
    return (direction * (strength * 3**0.5 / np.linalg.norm(direction))).astype(np.float32)


def _draw_photograph(rng: np.random.Generator) -> _Photograph:
    bank = _photograph_bank()
    which, level, y, x, down, right, transposed = rng.random(7).tolist()
    photograph = int(which * len(bank))
    step = int(level * len(bank[photograph]))
    pixels, means = bank[photograph][step]
    # Away from the edges as far as the usual window needs, so that the mirrored continuation is seldom seen.
    half = SHORTEST_LEVEL // 2
    room_y, room_x = pixels.shape[0] - 2 * half, pixels.shape[1] - 2 * half
    centre = half + int(y * room_y), half + int(x * room_x)
    gain = (0.75 + 0.5 * rng.random() + rng.normal(0, 0.06, 3)).astype(np.float32) / np.float32(255)
    shift = (rng.normal(0, 0.08) + rng.normal(0, 0.04, 3)).astype(np.float32)
    turns = down < 0.5, right < 0.5, transposed < 0.5
    return _Photograph(means[centre] * gain + shift, (photograph, step), centre, turns, gain, shift)


def _mirrored(start: int, count: int, size: int) -> npt.NDArray[np.intp]:
    """Indices start .. start+count-1, reflected at both ends of 0 .. size-1."""
    index = np.arange(start, start + count) % (2 * size)
    return np.minimum(index, 2 * size - 1 - index)


@lru_cache(maxsize=1)
def _noise_bank() -> Floats:
    """(FIELDS, FIELD_SIDE, FIELD_SIDE) periodic noise of grains from 1 to 40 px, mean 0, deviation 1."""
    rng = np.random.default_rng(BANK_SEED)
    frequency = np.hypot(np.fft.fftfreq(FIELD_SIDE)[:, None], np.fft.rfftfreq(FIELD_SIDE)[None, :])
    frequency[0, 0] = 1
    fields = np.empty((FIELDS, FIELD_SIDE, FIELD_SIDE), np.float32)
    for index, grain in enumerate(np.geomspace(1, 40, FIELDS)):
        spectrum = np.fft.rfft2(rng.standard_normal((FIELD_SIDE, FIELD_SIDE)))
        # Two families in turn: one size of grain (Gaussian blur), and all sizes at once (power law).
        gain = (
            np.exp(-((frequency * grain * 1.5) ** 2)) if index % 2 else frequency ** -(0.6 + index / FIELDS)
        )
        gain[0, 0] = 0
        field = np.fft.irfft2(spectrum * gain, (FIELD_SIDE, FIELD_SIDE))
        fields[index] = field / field.std()
    return fields


@lru_cache(maxsize=1)
def _photograph_bank() -> tuple[tuple[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], ...], ...]:
    """For each photograph its levels, each smaller by sqrt(2): pixels, and their means over 17 px."""
    bank = []
    for picture in gallery():
        if not picture.in_textures:
            continue
        image = Image.fromarray(load_picture(picture.id))
        levels = []
        while min(image.size) >= SHORTEST_LEVEL:
            levels.append((np.asarray(image), np.asarray(image.filter(ImageFilter.BoxBlur(8)))))
            size = round(image.width / 2**0.5), round(image.height / 2**0.5)
            image = image.resize(size, Image.Resampling.LANCZOS)
        bank.append(tuple(levels))
    return tuple(bank)
