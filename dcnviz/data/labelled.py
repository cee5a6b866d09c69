"""A folder of pictures, with labels where they are given.

Beside ``NAME.jpg`` (or any format that :mod:`dcnviz.data.decode` takes) may lie

``NAME.labels.png``
    the class of each pixel: grey or palette, the number itself; 0 is background, and 255 is left out of every
    count, as in PASCAL VOC.
``NAME.sizes.png``
    the radius in pixels of the object that each pixel belongs to, 0 on the background: 8-bit grey in whole
    pixels, 16-bit grey in 1/256 pixel.

Both may have another resolution than the picture, but not another shape. ``labels.txt`` in the folder names the
classes, one a line, from 0.

    python -m dcnviz.data.labelled OUT_DIR --count 40       writes made scenes in this form
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from dcnviz.data.bounded import read_file, read_text
from dcnviz.data.decode import MAX_BYTES, MAX_EDGE, MAX_PIXELS, decode_picture
from dcnviz.data.scenes import CLASS_NAMES, HELD_OUT_SEED, scene_batch

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
LABELS, SIZES, NAMES = ".labels.png", ".sizes.png", "labels.txt"
LEFT_OUT = 255

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Labelled:
    """One picture and what is known of it.

    Attributes:
        picture: ``(H, W, 3)`` uint8, scaled down to the side asked for.
        classes: ``(h, w)`` class of each pixel, or None; maps may have another resolution.
        sizes: ``(h, w)`` float32, radius in pixels of ``picture``, or None.
    """

    picture: Bytes
    classes: npt.NDArray[np.int64] | None
    sizes: npt.NDArray[np.float32] | None


def pictures_in(folder: Path, without: Path | None = None) -> list[str]:
    """Names of the pictures in a folder and those below it, in order, with forward slashes.

    Args:
        folder: where to look.
        without: a folder to leave out, such as the one for results.

    Raises:
        ValueError: if there is no such folder.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}.")
    apart = None if without is None else without.resolve()
    found = []
    for path in folder.rglob("*"):
        if path.suffix.lower() not in SUFFIXES or path.name.endswith((LABELS, SIZES)) or not path.is_file():
            continue
        if apart is None or apart not in path.resolve().parents:
            found.append(path.relative_to(folder).as_posix())
    return sorted(found)


def class_names(folder: Path) -> list[str]:
    """The lines of ``labels.txt``, or no names where it is missing.

    Raises:
        ValueError: if it is no text.
        OSError: if it cannot be read.
    """
    try:
        return read_text(folder / NAMES).splitlines()
    except FileNotFoundError:
        return []


def files_of(path: Path) -> list[bytes]:
    """The bytes of a picture, its labels and its sizes; empty where a file is missing.

    Raises:
        OSError: if one is there and cannot be read.
    """
    beside = [path.with_name(path.stem + ending) for ending in (LABELS, SIZES)]
    found = []
    for file in (path, *beside):
        try:
            found.append(read_file(file, MAX_BYTES))
        except FileNotFoundError:
            found.append(b"")
    return found


def read_labelled(files: list[bytes], max_side: int = 512) -> Labelled:
    """Decodes what :func:`files_of` gave.

    Raises:
        ValueError: if the picture or one of its maps cannot be used; the message says which and why.
    """
    picture = decode_picture(files[0], max_side=max_side)
    classes, sizes = (
        _read_map(data, ending, picture) if data else None
        for data, ending in zip(files[1:], (LABELS, SIZES), strict=True)
    )
    if sizes is not None:
        unit = 1 / 256 if sizes.dtype == np.uint16 else 1.0
        scale = max(picture.shape[:2]) / max(sizes.shape)
        sizes = sizes.astype(np.float32) * np.float32(unit * scale)
    return Labelled(picture, None if classes is None else classes.astype(np.int64), sizes)


class _MapError(ValueError):
    """A PNG that is whole, and no map."""


def _read_map(data: bytes, ending: str, picture: Bytes) -> npt.NDArray[Any]:
    """One channel of whole numbers, 8 or 16 bits, as they stand in the file."""
    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as image:
            if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_EDGE:
                raise _MapError(f"{image.width} x {image.height} are too many pixels")
            if image.mode not in ("L", "P", "I;16", "I"):
                raise _MapError(f"it must be grey or palette; it is {image.mode}")
            values = np.array(image)
    except _MapError as error:
        raise ValueError(f"*{ending} beside it cannot be used: {error}.") from error
    except Exception as error:  # as in decode: a damaged file raises many kinds
        raise ValueError(f"*{ending} beside it cannot be used: it is no PNG, or damaged.") from error
    (h, w), (height, width) = values.shape, picture.shape[:2]
    if abs(h * width - w * height) > max(h, w):  # rounding, where the picture was scaled down
        raise ValueError(f"*{ending} beside it is {h} x {w}, which is not the picture's shape.")
    return values if values.dtype == np.uint8 else values.clip(0, 65535).astype(np.uint16)


def write_scenes(
    folder: Path, count: int, *, seed: int = HELD_OUT_SEED, size: tuple[int, int] = (96, 96)
) -> list[Path]:
    """Writes made scenes with classes, sizes and class names, and returns the pictures' paths.

    Args:
        folder: made if missing.
        count: how many.
        seed: those from ``HELD_OUT_SEED`` up were never trained on.
        size: (H, W) of each.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = write_scenes(Path(place), 1)[0]
    ...     made = read_labelled(files_of(path))
    >>> made.picture.shape, int(made.classes.max()) <= 6, float(made.sizes.max()) > 5
    ((96, 96, 3), True, True)
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        pictures, classes, sizes = scene_batch(seed, number, 1, size=size)
        path = folder / f"scene-{number:04}.png"
        Image.fromarray(pictures[0]).save(path)
        Image.fromarray(classes[0]).save(path.with_suffix(LABELS))
        # Upwards: a radius must not fall below the bound of its bin by rounding.
        Image.fromarray(np.ceil(sizes[0] * 256).astype(np.uint16)).save(path.with_suffix(SIZES))
        paths.append(path)
    (folder / NAMES).write_text("\n".join(CLASS_NAMES) + "\n", encoding="utf-8")
    return paths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write made scenes with their labels.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR")
    parser.add_argument("--count", type=int, default=40, metavar="N", help="how many (default 40)")
    arguments = parser.parse_args()
    print(f"wrote {len(write_scenes(arguments.folder, arguments.count))} scenes to {arguments.folder}")
