"""Decoding a picture that a stranger brings.

Whatever the bytes hold, the outcome is an RGB array of bounded size or a `PictureError`; no metadata (place,
camera) survives. Sizes are checked before any pixel is decoded, since a file of a few kilobytes may unfold to
gigabytes.

Limits: 10 MB of file, 40 megapixels and 20,000 pixels a side, less for the kinds whose decoders take more memory a
pixel (WebP 12, progressive JPEG 24 megapixels), a number of scans of a progressive JPEG. Held by them, a picture takes
at most about 200 MB while it is decoded, and one is decoded at a time. Made to be slow, 10 MB take some seconds.
"""

from __future__ import annotations

import threading
from io import BytesIO
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_PIXELS_WEBP = 12_000_000
"""libwebp keeps three pictures of the whole size: 15 bytes a pixel with Pillow's own."""
MAX_PIXELS_PROGRESSIVE = 24_000_000
"""A progressive JPEG's coefficients are kept in full, even where it is decoded at an eighth of its size."""
MAX_SCANNED = 2_000_000_000
"""Most pixels times scans of a progressive JPEG. A scan of 30 bytes is work for every pixel: 10 MB of them, an hour."""
MAX_EDGE = 20_000
MIN_EDGE = 8
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
STRIP = 1_000_000
"""Pixels of a large picture that are brought to a plain mode at a time."""
BACKGROUND = (255, 255, 255)
"""What shows through transparent pixels: white."""

Code = Literal["empty", "too_large", "not_a_picture", "format", "too_many_pixels", "too_small", "broken"]

# First bytes of what people try although it is not accepted, so that they learn that the format is at fault.
_OTHER_FORMATS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%!PS", "PostScript"),
    (0, b"%PDF", "PDF"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"\x00\x00\x01\x00", "an icon (ICO)"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"8BPS", "Photoshop"),
    (4, b"ftyp", "HEIC, AVIF or a film"),
)


_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


_TURN = threading.Lock()


class PictureError(ValueError):
    """A picture that is refused.

    Attributes:
        code: stable name of the reason, for translation: "empty", "too_large" (bytes), "not_a_picture",
            "format" (a picture of a kind that is not accepted), "too_many_pixels", "too_small" or "broken".
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code


def decode_picture(data: bytes, *, max_side: int = 512) -> npt.NDArray[np.uint8]:
    """Decode an uploaded picture.

    Takes PNG, JPEG, WebP, GIF and BMP, the first frame of each. Turns it upright by its EXIF orientation,
    scales 16-bit grey to 8 bits, lays transparent pixels on white, and scales down (never up).

    Args:
        data: the whole file, at most 10 MB.
        max_side: longest side of the result in pixels, at least 8.

    Returns:
        (H, W, 3) uint8 RGB, writable, with max(H, W) <= max_side.

    Raises:
        PictureError: the bytes are no picture that is accepted; its `code` says why.
        ValueError: max_side is too small.

    Example:
        >>> try:
        ...     decode_picture(b"hello")
        ... except PictureError as error:
        ...     error.code
        'not_a_picture'
    """
    if max_side < MIN_EDGE:
        raise ValueError(f"max_side must be at least {MIN_EDGE} pixels, got {max_side}")
    if not data:
        raise PictureError("empty", "The file is empty; choose a picture (PNG, JPEG, WebP, GIF or BMP).")
    if len(data) > MAX_BYTES:
        raise PictureError(
            "too_large", f"The file has {len(data) / 2**20:.1f} MB; pictures of up to 10 MB are accepted."
        )
    try:
        with _TURN, _open(data) as image:
            _check_size(image.size, max_side)
            _check_work(image, data)
            return _to_array(image, max_side)
    except PictureError:
        raise
    # Decoders meet hostile bytes here: besides OSError, mutated files have raised SyntaxError, struct.error,
    # IndexError, KeyError, zlib.error, OverflowError and MemoryError.
    except Exception as error:
        raise _broken() from error


def _open(data: bytes) -> Image.Image:
    """Read the header only; the explicit list keeps out formats whose decoders run programs, such as EPS."""
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels("far too many") from None
    except UnidentifiedImageError as error:
        raise _unidentified(data) from error


def _unidentified(data: bytes) -> PictureError:
    accepted = "PNG, JPEG, WebP, GIF and BMP are accepted"
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) or data[8:12] == b"WEBP":
        return _broken()
    for start, magic, name in _OTHER_FORMATS:
        if data[start : start + len(magic)] == magic:
            return PictureError("format", f"The file looks like {name}; {accepted}.")
    if b"<svg" in data[:1024].lower():
        return PictureError("format", f"The file looks like SVG; {accepted}.")
    return PictureError("not_a_picture", f"This file is not a picture that can be read; {accepted}.")


def _check_size(size: tuple[int, int], max_side: int) -> None:
    width, height = size
    if width * height > MAX_PIXELS or max(size) > MAX_EDGE:
        raise _too_many_pixels(f"{width} x {height}")
    if min(_scaled(size, max_side)) < MIN_EDGE:
        raise PictureError(
            "too_small",
            f"The picture has {width} x {height} pixels; fitted into {max_side} x {max_side}, each side must "
            f"keep at least {MIN_EDGE}.",
        )


def _check_work(image: Image.Image, data: bytes) -> None:
    """Refuses what would take more memory or time to decode than its pixels alone say."""
    pixels, progressive = image.width * image.height, bool(image.info.get("progressive"))
    if image.format == "WEBP" and pixels > MAX_PIXELS_WEBP:
        raise _too_many_pixels(f"{image.width} x {image.height}", MAX_PIXELS_WEBP, " of WebP")
    if progressive and pixels > MAX_PIXELS_PROGRESSIVE:
        raise _too_many_pixels(
            f"{image.width} x {image.height}", MAX_PIXELS_PROGRESSIVE, " of progressive JPEG"
        )
    # Inside a scan, 0xFF is followed by 0x00 or a restart: what is found are the scans, and few others.
    if progressive and data.count(b"\xff\xda") * pixels > MAX_SCANNED:
        raise _broken()


def _too_many_pixels(came: str, most: int = MAX_PIXELS, kind: str = "") -> PictureError:
    return PictureError(
        "too_many_pixels",
        f"The picture has {came} pixels; up to {most // 1_000_000} megapixels{kind} and {MAX_EDGE} pixels a "
        "side are accepted.",
    )


def _broken() -> PictureError:
    return PictureError("broken", "The picture is damaged or incomplete and cannot be decoded.")


def _scaled(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    factor = min(1.0, max_side / max(size))
    return round(size[0] * factor), round(size[1] * factor)


def _to_array(image: Image.Image, max_side: int) -> npt.NDArray[np.uint8]:
    target = _scaled(image.size, max_side)
    # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size for a fraction of the work; twice the wanted size
    # leaves the final scaling something to average. MPO, which some telephones write, is JPEG with further
    # pictures after the first.
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (2 * target[0], 2 * target[1]))
    image.load()
    turn = _turn(image)
    rgb = _on_background(_reduced(image, target))
    if rgb.size != target:
        rgb = rgb.resize(target, Image.Resampling.LANCZOS)
    return np.array(rgb if turn is None else rgb.transpose(turn))


def _reduced(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """The picture in a plain mode, averaged to not less than twice the wanted size.

    In strips: a large picture in a mode of 1 or 2 bytes a pixel would take four times as much in a plain one.
    """
    factor = max(1, min(image.width // (2 * target[0]), image.height // (2 * target[1])))
    if factor == 1:
        return _plain(image)
    rows = factor * max(1, STRIP // (image.width * factor))
    strips = []
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        strip.info = image.info  # a palette's or a grey's transparent value
        strips.append(_plain(strip).reduce(factor))
    whole = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        whole.paste(strip, (0, top))
        top += strip.height
    return whole


def _turn(image: Image.Image) -> Image.Transpose | None:
    """The transposition that sets the picture upright; None without an EXIF block that makes sense."""
    try:
        return _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # of many kinds: a damaged EXIF block says nothing against the pixels
        return None


def _plain(image: Image.Image) -> Image.Image:
    """A mode whose pixels can be averaged: palettes and 16 bits resolved, transparency as a channel."""
    if image.mode.startswith("I"):
        return _from_deep_grey(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _on_background(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", image.size, BACKGROUND), image).convert("RGB")


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """16-bit grey to 8 bits by scaling; Pillow's own conversion clips at 255: nearly all is white."""
    deep = np.asarray(image)
    if deep.dtype != np.uint16:
        deep = deep.clip(0, 65535).astype(np.uint16)
    grey = (deep // 257).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[deep == transparent] = BACKGROUND[0]
    return Image.fromarray(grey)
