import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dcnviz.data.decode import PictureError, decode_picture


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def ramp(height: int = 48, width: int = 64) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([y * 255 // (height - 1), x * 255 // (width - 1), (x + y) % 256], -1).astype(np.uint8)


def code_of(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decode_picture(data)
    message = str(caught.value)
    assert message.endswith(".") and 30 < len(message) < 200
    return caught.value.code


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header


def png_claim(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    return png_header(width, height) + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")


def png_bomb(width: int, height: int) -> bytes:
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(3 * width + 1)) for _ in range(height)) + packer.flush()
    return png_header(width, height) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


EXACT = [("PNG", mode) for mode in ("RGB", "RGBA", "L", "LA", "P", "1")] + [
    ("BMP", mode) for mode in ("RGB", "L", "P", "1")
]


@pytest.mark.parametrize(("format", "mode"), EXACT)
def test_lossless_formats_and_modes_come_back_exact(format: str, mode: str) -> None:
    image = Image.fromarray(ramp()).convert(mode)
    assert np.array_equal(decode_picture(encode(image, format)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize(
    ("format", "mode", "options"),
    [
        ("JPEG", "RGB", {"quality": 95}),
        ("JPEG", "L", {"quality": 95}),
        ("JPEG", "CMYK", {"quality": 95}),
        ("JPEG", "RGB", {"quality": 95, "progressive": True}),
        ("WEBP", "RGB", {"quality": 95}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("GIF", "P", {}),
        ("GIF", "L", {}),
    ],
)
def test_other_formats_and_modes_come_back_close(format: str, mode: str, options: dict[str, object]) -> None:
    smooth = np.repeat(ramp()[:, :, :1], 3, axis=2)
    image = Image.fromarray(smooth).convert(mode)
    difference = decode_picture(encode(image, format, **options)).astype(int) - np.asarray(
        image.convert("RGB")
    )
    assert abs(difference).mean() < 3


def test_result_is_writable_rgb() -> None:
    pixels = decode_picture(encode(Image.fromarray(ramp()), "PNG"))
    assert (pixels.shape, pixels.dtype) == ((48, 64, 3), np.uint8)
    pixels[0] = 0


def test_deep_grey_keeps_its_range() -> None:
    deep = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    pixels = decode_picture(encode(Image.fromarray(deep), "PNG"))
    assert np.array_equal(pixels, np.repeat((deep // 257).astype(np.uint8)[:, :, None], 3, 2))
    assert (pixels.min(), pixels.max()) == (0, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_pictures_are_turned_upright(orientation: int, format: str) -> None:
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :24] = (255, 0, 0)
    upright[16:, 24:] = (0, 0, 255)
    undone = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {"quality": 95} if format == "JPEG" else {}
    pixels = decode_picture(
        encode(Image.fromarray(np.ascontiguousarray(undone)), format, exif=exif, **options)
    )
    assert pixels.shape == upright.shape
    assert abs(pixels.astype(int) - upright).mean() < 8


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_damaged_exif_block_does_not_matter() -> None:
    data = encode(Image.fromarray(ramp()), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff\xff\xff")
    assert decode_picture(data).shape == (48, 64, 3)


def test_transparency_shows_white() -> None:
    half = np.dstack([np.zeros_like(ramp()), np.full((48, 64), 255, np.uint8)])
    half[:, 32:, 3] = 0
    half[:, :8, 3] = 128
    for format, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        pixels = decode_picture(encode(Image.fromarray(half), format, **options))
        assert (pixels[:, 32:] == 255).all()
        assert (pixels[:, 8:32] == 0).all()
        assert abs(pixels[:, :8].astype(int) - 127).max() <= 1


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_transparent_palette_entry_shows_white(format: str) -> None:
    image = Image.fromarray(np.repeat([[0, 1, 2]], 32, 0).repeat(16, 1).astype(np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    pixels = decode_picture(encode(image, format, transparency=1))
    assert [tuple(pixels[5, x]) for x in (5, 20, 40)] == [(255, 0, 0), (255, 255, 255), (0, 0, 255)]


@pytest.mark.parametrize(("array", "key"), [(np.uint8([[7, 200]]), 7), (np.uint16([[700, 60000]]), 700)])
def test_transparent_grey_level_shows_white(array: np.ndarray, key: int) -> None:
    data = encode(Image.fromarray(array.repeat(16, 0).repeat(16, 1)), "PNG", transparency=key)
    assert (decode_picture(data)[:, :16] == 255).all()
    assert (decode_picture(data)[:, 16:] < 255).all()


def test_cmyk_colours_are_not_inverted() -> None:
    red = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    assert abs(decode_picture(encode(red, "JPEG", quality=95)).mean((0, 1)) - (255, 0, 0)).max() < 6


@pytest.mark.parametrize(
    ("format", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("JPEG", "RGB"), ("JPEG", "L")],
)
def test_large_pictures_are_scaled_down_and_keep_their_looks(format: str, mode: str) -> None:
    image = Image.fromarray(np.repeat(ramp(1000, 1501)[:, :, :1], 3, 2)).convert(mode)
    pixels = decode_picture(encode(image, format), max_side=128)
    assert pixels.shape == (85, 128, 3)
    expected = np.asarray(image.convert("RGB").resize((128, 85), Image.Resampling.BOX)).astype(int)
    assert abs(pixels - expected).mean() < 3


def test_small_pictures_are_not_scaled_up() -> None:
    assert decode_picture(encode(Image.fromarray(ramp(8, 9)), "PNG")).shape == (8, 9, 3)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_only_the_first_frame_counts(format: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "green")]
    options = {"lossless": True} if format == "WEBP" else {}
    data = encode(frames[0], format, save_all=True, append_images=frames[1:], **options)
    assert decode_picture(data)[8, 8].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (bytes(10 * 2**20 + 1), "too_large"),
        (b"hello, this is a text", "not_a_picture"),
        (b"<!doctype html><p>page", "not_a_picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "format"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "format"),
        (b"%PDF-1.7\n", "format"),
        (b"\x00\x00\x00\x1cftypheic", "format"),
        (encode(Image.new("RGB", (32, 32)), "TIFF"), "format"),
        (encode(Image.new("RGB", (32, 32)), "ICO"), "format"),
        (encode(Image.new("RGB", (32, 32)), "JPEG2000"), "format"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"\xff\xd8\xff\xe0", "broken"),
        (png_header(20, 20) + png_chunk(b"IEND", b""), "broken"),
        (png_claim(20, 20), "broken"),
        (png_claim(12_000, 12_000), "too_many_pixels"),
        (png_claim(30_000, 30_000), "too_many_pixels"),
        (png_claim(20_001, 9), "too_many_pixels"),
        (encode(Image.new("RGB", (7, 40)), "PNG"), "too_small"),
        (encode(Image.new("RGB", (9000, 10)), "PNG"), "too_small"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_refused_with_a_stable_code(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.filterwarnings("error")
def test_a_bomb_is_refused_even_where_warnings_are_errors() -> None:
    assert code_of(png_claim(12_000, 12_000)) == "too_many_pixels"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_whole_bomb_is_refused() -> None:
    data = png_bomb(12_000, 600)
    assert len(data) < 40_000
    assert decode_picture(data, max_side=512).shape == (26, 512, 3)  # within the limits: decoded and scaled
    assert code_of(data.replace(png_header(12_000, 600), png_header(12_000, 12_000))) == "too_many_pixels"


def test_max_side_must_leave_a_picture() -> None:
    with pytest.raises(ValueError, match="max_side must be at least 8"):
        decode_picture(encode(Image.fromarray(ramp()), "PNG"), max_side=4)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_truncated_files_are_refused_and_never_crash(format: str) -> None:
    data = encode(Image.fromarray(ramp()), format)
    for end in np.linspace(1, len(data) * 0.8, 25).astype(int):
        assert code_of(data[:end]) in ("broken", "not_a_picture")


@pytest.mark.filterwarnings("ignore")
def test_mutated_files_give_a_picture_or_a_picture_error() -> None:
    rng = np.random.default_rng(20)
    image, exif = Image.fromarray(ramp()), Image.Exif()
    exif[0x0112] = 6
    seeds = [
        encode(image, "PNG", exif=exif),
        encode(image.convert("P"), "PNG", transparency=3),
        encode(Image.fromarray(ramp()[:, :, 0].astype(np.uint16) * 257), "PNG"),
        encode(image, "JPEG", exif=exif),
        encode(image.convert("CMYK"), "JPEG"),
        encode(image, "WEBP", exif=exif),
        encode(image.convert("P"), "GIF", save_all=True, append_images=[image.convert("P").rotate(90)]),
        encode(image, "BMP"),
    ]
    for number in range(400):
        data = bytearray(seeds[number % len(seeds)])
        # Half of the time the head, where sizes and tables stand.
        reach = min(len(data), 200) if rng.random() < 0.5 else len(data)
        for place in rng.integers(0, reach, rng.integers(1, 12)):
            data[place] = rng.integers(0, 256)
        if rng.random() < 0.2:
            del data[rng.integers(1, len(data)) :]
        try:
            pixels = decode_picture(bytes(data), max_side=64)
        except PictureError:
            continue
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3 and max(pixels.shape[:2]) <= 64
