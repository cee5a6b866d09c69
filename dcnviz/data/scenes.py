"""Made scenes with labels: shapes of known class and size on textures that tell nothing.

Object and background textures come from one distribution and are dealt out by lot, so the outline alone tells
the class. What a network's sampling points do with an object's size can therefore be read off cleanly, as in
table 2 of the first deformable paper (arXiv 1703.06211).

    python -m dcnviz.data.scenes OUT_DIR        writes the four scenes of the gallery
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from dcnviz.data.shapes import CLASS_NAMES, coverage
from dcnviz.data.textures import Texture, draw_texture

__all__ = [
    "CLASS_NAMES",
    "HELD_OUT_SEED",
    "Scene",
    "gallery_scene",
    "make_scene",
    "scene_batch",
    "write_gallery_scenes",
]

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

HELD_OUT_SEED = 1_000_000
"""Seeds below are for training, this one and those above for measuring, so that no scene is ever in both."""

GALLERY_SEED = 2_000_000
# Chosen by eye: together all six shapes, large and small, on calm and on busy grounds.
GALLERY_NUMBERS = (15, 37, 30, 25)
COLOUR_GAP = 0.3  # least distance of two mean colours in RGB: about 0.17 in each channel
KEEPS = 0.75  # share of an object that later objects leave in sight
PLACES = 16  # tries to find room for an object
BORDER = 0.8  # an object's centre stays this many radii inside the picture


@dataclass(frozen=True)
class Scene:
    """One made scene.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        classes: (H, W) uint8, 0 for the background, else the label of the topmost object that covers half
            of the pixel or more.
        sizes: (H, W) float32, circumscribed radius in pixels of the object that the pixel belongs to, 0 on
            the background.
    """

    picture: Bytes
    classes: Bytes
    sizes: Floats


class _Placed(NamedTuple):
    label: int
    radius: float
    top: int
    left: int
    share: Floats


def make_scene(
    rng: np.random.Generator,
    *,
    size: tuple[int, int] = (96, 96),
    radius: tuple[float, float] = (6.0, 34.0),
    objects: tuple[int, int] = (1, 4),
    photographs: bool = True,
) -> Scene:
    """Make one scene.

    Number of objects, class and angle are uniform; the radius is log-uniform. Objects are placed from large
    to small, each where it hides at most a quarter of any other; one for which no place is found is left out.
    Textures are dealt out at random among the objects and the background, any two with mean colours about
    :data:`COLOUR_GAP` apart or more.

    Args:
        rng: the source of chance; the same state gives the same scene.
        size: (H, W) in pixels.
        radius: smallest and largest circumscribed radius in pixels.
        objects: fewest and most objects.
        photographs: whether crops of the bundled photographs join the textures.

    Returns:
        The scene.

    Raises:
        ValueError: a range is empty or reversed, or the largest object does not fit into the picture.

    Example:
        >>> scene = make_scene(np.random.default_rng(7))
        >>> scene.picture.shape, scene.classes.shape, float(scene.sizes.max()) <= 34
        ((96, 96, 3), (96, 96), True)
    """
    _check(size, radius, objects)
    count = int(rng.integers(objects[0], objects[1] + 1))
    radii = np.sort(radius[0] * (radius[1] / radius[0]) ** rng.random(count))[::-1]
    textures = _draw_textures(rng, count + 1, photographs)
    picture = np.array(textures[0].window(*size))
    classes, sizes = np.zeros(size, np.uint8), np.zeros(size, np.float32)
    owner, areas = np.zeros(size, np.uint8), [0]
    for texture, reach in zip(textures[1:], radii.tolist(), strict=True):
        placed = _place(rng, reach, owner, areas)
        if placed is None:
            continue
        box, share = _clipped(placed, size)
        inside = share >= 0.5
        # Rendered whole and then cut: an object at the border shows the same part of it as anywhere else.
        patch = texture.window(*placed.share.shape)[_inner(placed, size)]
        picture[box] += share[:, :, None] * (patch - picture[box])
        classes[box][inside], sizes[box][inside], owner[box][inside] = placed.label, placed.radius, len(areas)
        areas.append(int(np.count_nonzero(inside)))
    return Scene((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8), classes, sizes)


def scene_batch(
    seed: int,
    index: int,
    count: int,
    *,
    size: tuple[int, int] = (96, 96),
    radius: tuple[float, float] = (6.0, 34.0),
    objects: tuple[int, int] = (1, 4),
    photographs: bool = True,
) -> tuple[Bytes, Bytes, Floats]:
    """Make scenes `index` to `index + count - 1` of a seed; a scene is the same in whatever batch it comes.

    Args:
        seed: below :data:`HELD_OUT_SEED` for training, from there on for measuring.
        index: number of the first scene, from 0.
        count: how many.
        size: as in :func:`make_scene`.
        radius: as in :func:`make_scene`.
        objects: as in :func:`make_scene`.
        photographs: as in :func:`make_scene`.

    Returns:
        pictures (N, H, W, 3) uint8, classes (N, H, W) uint8, sizes (N, H, W) float32.

    Raises:
        ValueError: seed, index or count is negative, or as in :func:`make_scene`.

    Example:
        >>> pictures, classes, sizes = scene_batch(0, 32, 2)
        >>> bool((pictures[1] == scene_batch(0, 33, 1)[0][0]).all())
        True
    """
    if min(seed, index, count) < 0:
        raise ValueError(f"seed, index and count must not be negative, got {seed}, {index}, {count}")
    pictures = np.empty((count, *size, 3), np.uint8)
    classes = np.empty((count, *size), np.uint8)
    sizes = np.empty((count, *size), np.float32)
    for number in range(count):
        rng = np.random.default_rng((seed, index + number))
        scene = make_scene(rng, size=size, radius=radius, objects=objects, photographs=photographs)
        pictures[number], classes[number], sizes[number] = scene.picture, scene.classes, scene.sizes
    return pictures, classes, sizes


def gallery_scene(place: int) -> Scene:
    """Make one of the gallery's scenes anew: the picture "scene-1" has no labels, this has.

    Args:
        place: 1 to 4, as in the picture's name.

    Returns:
        The scene, 192 x 192.

    Raises:
        ValueError: there is no such scene.

    Example:
        >>> round(float(gallery_scene(1).sizes.max()), 1)     # radius of its largest object, in pixels
        43.4
    """
    if not 1 <= place <= len(GALLERY_NUMBERS):
        raise ValueError(f"the gallery's scenes are 1 to {len(GALLERY_NUMBERS)}, got {place}")
    number = GALLERY_NUMBERS[place - 1]
    rng = np.random.default_rng((GALLERY_SEED, number))
    return make_scene(rng, size=(192, 192), radius=(9.0, 44.0), objects=(4, 6), photographs=number % 2 == 0)


def write_gallery_scenes(folder: Path) -> list[Path]:
    """Write the gallery's made scenes as scene-1.png to scene-4.png and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"scene-{place}.png" for place in range(1, len(GALLERY_NUMBERS) + 1)]
    for place, path in enumerate(paths, start=1):
        Image.fromarray(gallery_scene(place).picture).save(path, optimize=True)
    return paths


def _check(size: tuple[int, int], radius: tuple[float, float], objects: tuple[int, int]) -> None:
    if not 0 < radius[0] <= radius[1]:
        raise ValueError(f"radius must be (smallest, largest) with 0 < smallest <= largest, got {radius}")
    if 2 * BORDER * radius[1] + 1 > min(size):
        raise ValueError(
            f"objects of radius {radius[1]} do not fit into a picture of {size[0]} x {size[1]} pixels"
        )
    if not 0 <= objects[0] <= objects[1] <= 200:
        raise ValueError(f"objects must be (fewest, most) within 0 to 200, got {objects}")


def _draw_textures(rng: np.random.Generator, count: int, photographs: bool) -> list[Texture]:
    """Draw textures with mean colours apart, in random order.

    What the search favours, it so favours for objects and background alike.
    """
    chosen = [draw_texture(rng, photographs)]
    gap = COLOUR_GAP
    while len(chosen) < count:
        candidate = draw_texture(rng, photographs)
        near = min(float(((candidate.colour - other.colour) ** 2).sum()) for other in chosen)
        if near >= gap**2:
            chosen.append(candidate)
        else:
            gap *= 0.99  # many objects fill the colour space: ask a little less rather than search for ever
    return [chosen[place] for place in rng.permutation(count)]


def _place(rng: np.random.Generator, radius: float, owner: Bytes, areas: list[int]) -> _Placed | None:
    """Draw an object and find a place where it hides little of the others, None where there is none.

    owner: (H, W) number of the object on top, 0 for the background; areas: pixels drawn of each number.
    """
    label = int(rng.integers(1, len(CLASS_NAMES)))
    within = rng.random(2) - 0.5
    share = coverage(label, radius, float(rng.random() * 2 * np.pi), (float(within[0]), float(within[1])))
    reach, border = share.shape[0] // 2, BORDER * radius
    for _ in range(PLACES):
        y, x = (
            np.round(border + rng.random(2) * (np.array(owner.shape) - 1 - 2 * border)).astype(int).tolist()
        )
        placed = _Placed(label, radius, y - reach, x - reach, share)
        box, visible = _clipped(placed, owner.shape)
        hidden = np.bincount(owner[box][visible >= 0.5], minlength=len(areas))
        left = np.bincount(owner.ravel(), minlength=len(areas)) - hidden
        if all(left[number] >= KEEPS * areas[number] for number in range(1, len(areas))):
            return placed
    return None


def _inner(placed: _Placed, size: tuple[int, ...]) -> tuple[slice, slice]:
    """The part of the object's box that lies in the picture, in coordinates of the box."""
    side = placed.share.shape[0]
    rows = slice(max(0, -placed.top), min(side, size[0] - placed.top))
    return rows, slice(max(0, -placed.left), min(side, size[1] - placed.left))


def _clipped(placed: _Placed, size: tuple[int, ...]) -> tuple[tuple[slice, slice], Floats]:
    """The same part in coordinates of the picture, and the object's coverage there."""
    rows, columns = inner = _inner(placed, size)
    box = (
        slice(rows.start + placed.top, rows.stop + placed.top),
        slice(columns.start + placed.left, columns.stop + placed.left),
    )
    return box, placed.share[inner]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the gallery's made scenes.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR")
    for path in write_gallery_scenes(parser.parse_args().folder):
        print(path)
