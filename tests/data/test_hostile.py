"""Pictures made to take memory or time, or to pass for what they are not."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcnviz.data import decode
from dcnviz.data.decode import decode_picture
from tests.data.test_decode import code_of, encode, png_chunk, png_claim, ramp
from tests.memory import grown

LARGE = (6300, 6300)  # just within 40 megapixels


def blank_png(size: tuple[int, int], depth: int, kind: int, bytes_a_pixel: int, *between: bytes) -> bytes:
    """A PNG of zeros, packed row by row, so that making it takes no memory either."""
    width, height = size
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(bytes_a_pixel * width + 1)) for _ in range(height)) + packer.flush()
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    )


PALETTE = png_chunk(b"PLTE", bytes(6)), png_chunk(b"tRNS", b"\x80")
WITHIN = {
    "16-bit grey": (16, 0, 2, ()),
    "grey with alpha": (8, 4, 2, ()),
    "a transparent palette": (8, 3, 1, PALETTE),
}


@pytest.mark.parametrize(("depth", "kind", "each", "between"), WITHIN.values(), ids=WITHIN)
def test_the_largest_picture_stays_within_200_mb(
    depth: int, kind: int, each: int, between: tuple[bytes, ...]
) -> None:
    """Modes of 1 or 2 bytes a pixel once took 235 to 416 MB, brought to a plain mode as a whole."""
    data = blank_png(LARGE, depth, kind, each, *between)
    assert len(data) < 100_000
    with grown() as memory:
        assert decode_picture(data, max_side=64).shape == (64, 64, 3)
    assert memory.peak < 200


def test_strips_are_the_same_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = (ramp(403, 607)[:, :, 0].astype(np.uint16) * 257).astype(np.uint16)
    grey = np.dstack([ramp(403, 607)[:, :, 0], ramp(403, 607)[:, :, 1]])
    for image, options in (
        (Image.fromarray(deep), {}),
        (Image.fromarray(grey, "LA"), {}),
        (Image.fromarray(ramp(403, 607)[:, :, 1], "L"), {"transparency": 7}),
        (Image.fromarray(ramp(403, 607)).convert("P"), {"transparency": 3}),
        (Image.fromarray(ramp(403, 607)).convert("CMYK"), None),
    ):
        data = encode(image, "JPEG" if options is None else "PNG", **(options or {}))
        monkeypatch.setattr(decode, "STRIP", 10**9)
        whole = decode_picture(data, max_side=40)
        monkeypatch.setattr(decode, "STRIP", 3000)
        assert np.array_equal(decode_picture(data, max_side=40), whole)


def test_webp_has_a_limit_of_its_own() -> None:
    """A WebP of 106 kB took 611 MB."""
    assert code_of(encode(Image.new("RGB", (4001, 3001)), "WEBP", method=0)) == "too_many_pixels"
    claim = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<II", 10, 0)
    assert code_of(claim + b"\xff\x3f\x00\xff\x3f\x00") in ("too_many_pixels", "broken")


def test_progressive_jpegs_have_a_limit_of_their_own() -> None:
    """Their coefficients are kept in full: 300 MB for 40 megapixels, at whatever size they are wanted."""
    small = encode(Image.new("L", (64, 64)), "JPEG", progressive=True)
    frame = small.index(b"\xff\xc2") + 5
    assert code_of(small[:frame] + struct.pack(">HH", 6000, 6000) + small[frame + 4 :]) == "too_many_pixels"
    assert decode_picture(small).shape == (64, 64, 3)


def test_a_jpeg_of_endless_scans_is_refused_unread() -> None:
    """Each scan of 30 bytes is work for every pixel: a file of 10 MB would have taken an hour."""
    image = encode(Image.new("L", (2000, 2000)), "JPEG", progressive=True)
    last = image.rindex(b"\xff\xda")
    scan = image[last:-2]
    assert decode_picture(image[:-2] + scan * 20 + image[-2:]).shape == (512, 512, 3)
    assert code_of(image[:-2] + scan * 1000 + image[-2:]) == "broken"


def test_compressed_text_in_a_png_is_not_unfolded() -> None:
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 27), 9))
    image = encode(Image.fromarray(ramp()), "PNG")
    with grown() as memory:
        assert code_of(image[:33] + bomb + image[33:]) == "broken"
    assert memory.peak < 40


def test_a_colour_profile_in_a_png_is_not_unfolded() -> None:
    bomb = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1 << 27), 9))
    image = encode(Image.fromarray(ramp()), "PNG")
    with grown() as memory:
        assert code_of(image[:33] + bomb + image[33:]) == "broken"
    assert memory.peak < 40


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_thousands_of_frames_cost_one(format: str) -> None:
    frames = [Image.new("RGB", (16, 16), (n % 256, n // 256, 0)) for n in range(2000)]
    data = encode(frames[0], format, save_all=True, append_images=frames[1:], duration=10)
    assert decode_picture(data)[8, 8].tolist() == [0, 0, 0]


def test_headers_that_lie_are_found_out() -> None:
    bmp = encode(Image.fromarray(ramp()), "BMP")
    gif = encode(Image.fromarray(ramp()).convert("P"), "GIF")
    huge = struct.pack("<ii", 30_000, 30_000)
    cases = [
        (bmp[:18] + huge + bmp[26:], "too_many_pixels"),
        (bmp[:18] + struct.pack("<ii", 3000, 3000) + bmp[26:], "broken"),
        (bmp[:18] + struct.pack("<ii", -64, 48) + bmp[26:], "too_many_pixels"),
        (bmp[:18] + struct.pack("<ii", 64, -(2**31)) + bmp[26:], "too_many_pixels"),
        (gif[:6] + struct.pack("<HH", 65535, 65535) + gif[10:], "too_many_pixels"),
        (png_claim(0, 20), "broken"),
        (png_claim(2**31 - 1, 2**31 - 1), "too_many_pixels"),
    ]
    assert [code_of(data) for data, _ in cases] == [code for _, code in cases]


def test_a_file_that_is_two_things_is_read_as_the_picture_alone() -> None:
    """What stands behind a picture, a zip or a page, is neither read nor kept."""
    for format in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        image = encode(Image.fromarray(ramp()).convert("RGB"), format)
        for more in (b"PK\x05\x06" + bytes(18), b"<script>alert(1)</script>", b"%PDF-1.7\n", b"\xff\xd8\xff"):
            assert np.array_equal(decode_picture(image + more), decode_picture(image))
    assert code_of(b"%PDF-1.7\n" + encode(Image.fromarray(ramp()), "PNG")) == "format"
    assert code_of(b"GIF89a/*" + b"*/=0;alert(1)") == "broken"


def test_no_place_and_no_camera_survive() -> None:
    exif = Image.Exif()
    exif[0x0110] = "a camera"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 10.0)
    data = encode(Image.fromarray(ramp()), "JPEG", exif=exif, comment=b"a secret")
    assert b"a camera" in data and b"a secret" in data
    pixels = decode_picture(data)
    assert type(pixels) is np.ndarray
    again = encode(Image.fromarray(pixels), "WEBP")
    assert b"a camera" not in again and b"EXIF" not in again and b"a secret" not in again


def test_the_limits_in_the_words_for_people_are_those_of_the_code() -> None:
    from dcnviz.ui.texts import LANGUAGES

    limits = {40: decode.MAX_PIXELS, 12: decode.MAX_PIXELS_WEBP, 24: decode.MAX_PIXELS_PROGRESSIVE}
    assert all(millions * 1_000_000 == limit for millions, limit in limits.items())
    english = LANGUAGES["en"].picture_errors["too_many_pixels"]
    chinese = LANGUAGES["zh"].picture_errors["too_many_pixels"]
    assert set(re.findall(r"\d+(?= million)", english)) == {"40", "12", "24"}
    assert set(re.findall(r"\d+(?= 万像素)", chinese)) == {"4000", "1200", "2400"}
    assert Path(decode.__file__).read_text(encoding="utf-8").count("20_000") == 1
