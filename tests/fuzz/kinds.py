"""The decoders, each with whole files to spoil, and what a case that is accepted must be."""

from __future__ import annotations

import io
import json
import logging
from functools import cache
from random import Random
from typing import Any

import numpy as np
import torch
from PIL import Image

from dcnviz.data.decode import PictureError, decode_picture
from dcnviz.data.pictures import gallery
from dcnviz.geometry import MapToPicture
from dcnviz.models import CheckpointError, Network, read_given
from dcnviz.recording import Recording, look
from dcnviz.training import Timeline, TimelineError
from dcnviz.ui import recorded
from dcnviz.ui.explorer.component import cell_of
from dcnviz.ui.lesson.live import live
from dcnviz.ui.own_view import TABS, parse_own
from dcnviz.ui.presented import parse as parse_presented
from dcnviz.ui.recorded import RefusedError, read_upload
from dcnviz.ui.toy.state import Own, Toy, believed, to_data
from dcnviz.ui.training_view import parse_training
from dcnviz.ui.view import (
    CHAPTERS,
    DEEP,
    GROUPED,
    LAYERS,
    OVERLAYS,
    OWN,
    VERSIONS,
    cell_at,
    parse,
)
from tests.fuzz import commands, files
from tests.fuzz.mutators import HOSTILE, splice, spoil, spoil_json
from tests.fuzz.runner import Kind
from tests.recording import samples
from tests.training.test_timeline import made as timeline
from tests.training.test_timeline import packed
from tests.ui import samples as page

logging.getLogger("streamlit").setLevel(logging.CRITICAL)  # its caches speak of a server that is not there


@cache
def pictures() -> tuple[bytes, ...]:
    """Tiny ones of every kind that is read, and of some that are not."""
    y, x = np.mgrid[:20, :24]
    rgb = Image.fromarray(np.stack([y * 12, x * 10, (x + y) * 5], -1).astype(np.uint8))
    turned, paletted, exif = rgb.rotate(90), rgb.convert("P"), Image.Exif()
    exif[0x0112] = 6
    alpha = rgb.convert("RGBA")
    alpha.putalpha(rgb.getchannel(0))
    deep = Image.fromarray((y * 3000 + x).astype(np.uint16))
    several: dict[str, Any] = {"save_all": True, "append_images": [turned.resize(rgb.size)] * 2}
    made: list[tuple[Image.Image, str, dict[str, Any]]] = [
        *((rgb.convert(mode), "PNG", {}) for mode in ("RGB", "L", "LA", "1")),
        (alpha, "PNG", {"exif": exif}),
        (paletted, "PNG", {"transparency": 3}),
        (deep, "PNG", {"transparency": 700}),
        (rgb, "PNG", several),
        (rgb, "JPEG", {"exif": exif, "comment": b"hello"}),
        (rgb, "JPEG", {"progressive": True}),
        *((rgb.convert(mode), "JPEG", {}) for mode in ("L", "CMYK")),
        (rgb, "MPO", several),
        (rgb, "WEBP", {"exif": exif}),
        (alpha, "WEBP", {"lossless": True}),
        (rgb, "WEBP", several),
        (paletted, "GIF", {"transparency": 3, "comment": b"hello", "interlace": 1, **several}),
        *((rgb.convert(mode), "BMP", {}) for mode in ("RGB", "P", "1", "RGBA")),
        *((rgb, format, {}) for format in ("TIFF", "ICO")),
    ]
    found = []
    for image, format, options in made:
        image.save(buffer := io.BytesIO(), format, **options)
        found.append(buffer.getvalue())
    packed = bytearray(found[18])  # a BMP of a palette: the same, run-length encoded
    packed[30:34] = (1).to_bytes(4, "little")
    return (*found, bytes(packed), b"<svg xmlns='http://www.w3.org/2000/svg'/>")


def make_picture(chance: Random) -> bytes:
    data, what = chance.choice(pictures()), chance.random()
    if data.startswith(files.SIGNATURE) and what < 0.6:
        return files.spoil_png(data, chance)
    if what > 0.95:
        return splice(data, chance.choice(pictures()), chance)
    return spoil(data, chance, 120)


def read_picture(data: bytes) -> str:
    try:
        pixels = decode_picture(data, max_side=64)
    except PictureError as error:
        return error.code
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    assert min(pixels.shape[:2]) >= 8 and max(pixels.shape[:2]) <= 64
    return ""


@cache
def recordings() -> tuple[tuple[bytes, files.Parts], ...]:
    """Small ones: a layer with groups and a picture, one of another shape in float16, attention."""
    grouped, odd = Recording(), Recording()
    grouped.image = torch.rand(1, 3, 12, 10)
    grouped.add("body.0", page.grid((2, 2), groups=2, size=(6, 5)))
    grouped.to_picture["body.0"] = MapToPicture((2.0, 2.0))
    odd.add("<b>*odd*</b>", page.grid((1, 3), batch=2, stride=2, size=(5, 7), version="v1"))
    made = [page.saved(grouped), samples.written(odd, dtype="float16"), samples.written(samples.attention())]
    return tuple((data, files.unzipped(data)) for data in made)


def make_recording(chance: Random) -> bytes:
    return _archive(recordings(), chance)


def _archive(whole: tuple[tuple[bytes, files.Parts], ...], chance: Random) -> bytes:
    """An NPZ with a manifest in it, spoiled in one of the ways that there are."""
    (data, parts), what = chance.choice(whole), chance.random()
    if what < 0.35:
        return files.spoil_manifest(parts, chance)
    if what < 0.5:
        return files.spoil_arrays(parts, chance)
    if what < 0.7:
        return files.spoil_zip(parts, chance, ".npy")
    if what > 0.97:
        return splice(data, chance.choice(whole)[0], chance)
    return spoil(data, chance)


def read_recording(data: bytes) -> str:
    """Through the page's door, and on to what the page makes of it."""
    try:
        taken = read_upload(data, "mine.npz")
    except RefusedError as refused:
        return refused.code
    number = len(data) % len(taken.layers)
    sampling = taken.sampling(number)
    assert bool(torch.isfinite(sampling.positions).all())
    if len(data) % 3:  # the rest takes most of the time
        return ""
    shown = recorded.field(taken, number, len(taken.pictures) - 1, sampling.groups - 1)
    assert shown.every >= 1 and shown.payload.startswith(b"DCNV")
    assert recorded.health(taken, number).findings
    return ""


@cache
def timelines() -> tuple[tuple[bytes, files.Parts], ...]:
    data = packed(timeline(2)).getvalue()
    return ((data, files.unzipped(data)),)


def make_timeline(chance: Random) -> bytes:
    return _archive(timelines(), chance)


def read_timeline(data: bytes) -> str:
    try:
        read = Timeline.load(io.BytesIO(data))
    except TimelineError:
        return "refused"
    for frame in read.frames:
        assert np.isfinite(frame.places).all() and np.isfinite(frame.masks).all()
    read.save(io.BytesIO())  # what is believed can be written again
    return ""


@cache
def checkpoint(kind: str) -> tuple[bytes, ...]:
    """The smallest network, in each way that it may come."""
    network = Network("conv")
    state = network.state_dict()
    if kind == "safetensors":
        import safetensors.torch

        return (safetensors.torch.save(dict(state), {"version": "conv"}),)
    found = []
    for value in (state, {"state_dict": state, "epoch": 3}):
        torch.save(value, buffer := io.BytesIO())
        found.append(buffer.getvalue())
    return tuple(found)


@cache
def checkpoint_parts(number: int) -> files.Parts:
    return files.unzipped(checkpoint("pt")[number])


def make_pt(chance: Random) -> bytes:
    data, what = chance.choice(checkpoint("pt")), chance.random()
    if what < 0.55:
        return files.spoil_zip(checkpoint_parts(chance.randrange(2)), chance, "data.pkl")
    if what > 0.97:
        return splice(data, checkpoint("safetensors")[0], chance)
    return spoil(data, chance, 6000)  # the pickle comes first


def make_safetensors(chance: Random) -> bytes:
    data = checkpoint("safetensors")[0]
    return files.spoil_header(data, chance) if chance.random() < 0.5 else spoil(data, chance, 3000)


def read_checkpoint(data: bytes) -> str:
    try:
        network = read_given(data)
    except CheckpointError as error:
        return error.code
    assert network.version == "conv" and not network.training
    if (
        len(data) % 5 == 0
    ):  # numbers of any size get through, and may overflow in the network: that has a sentence
        try:
            look(network, np.zeros((16, 24, 3), np.uint8))
        except ValueError as error:
            assert "NaN or infinite" in str(error)
    return ""


NAMES = (*("picture", "version", "layer", "group", "at", "show", "lang", "close", "deep", "chapter"), "tab")
NAMES += ("image", "cell", "library", "file", "\0", "x" * 3000)
VALUES = (
    *(p.id for p in gallery()),
    OWN,
    *VERSIONS,
    *LAYERS,
    *OVERLAYS,
    *DEEP,
    *CHAPTERS,
    *TABS,
    "en",
    "zh",
    "1",
)
VALUES += (
    "base,mask",
    "base,lines,mask,numbers",
    "120,226",
    "9999,9999",
    "none",
    "99999",
    "kornia",
    "1e9",
    "-1",
)


def make_address(chance: Random) -> dict[str, str]:
    def value() -> str:
        text = chance.choice(VALUES)
        if chance.random() < 0.4:
            text = spoil(text.encode(), chance).decode("latin-1")
        return text if chance.random() < 0.85 else str(chance.choice(HOSTILE))

    return {chance.choice(NAMES): value() for _ in range(chance.randint(0, 10))}


def read_address(query: dict[str, str]) -> str:
    """An address is never refused: what does not fit falls back."""
    parse_training(query), parse_presented(query)
    for kind in ("explore", "compare", "model", "learn"):
        view, own = parse(query, "zh", kind), parse_own(query)  # type: ignore[arg-type]  # each of them
        assert view.version in VERSIONS and view.layer in LAYERS and set(view.show) <= set(OVERLAYS)
        assert view.picture in {p.id for p in gallery()} | {OWN} and view.lang in ("en", "zh")
        assert view.deep in ("", *DEEP) and view.chapter in CHAPTERS and own.tab in TABS
        assert 0 <= view.group < (GROUPED.get(view.version, 1) if kind == "explore" else 8)
        cell = cell_at(view.at, (340, 512))
        assert cell is None or (0 <= cell[0] < 85 and 0 <= cell[1] < 128)
        again = parse(view.query(kind), "en", kind)  # type: ignore[arg-type]
        assert kind != "explore" or (again.at, again.show, again.deep) == (view.at, view.show, view.deep)
        assert all(len(text) < 60 for text in (*view.query(kind).values(), *own.query(view).values()))  # type: ignore[arg-type]
    return ""


TOY = Toy(
    ((1.0, 5.0, 2.0, 7.0), (3.0, 0.0, 8.0, 4.0), (6.0, 2.0, 9.0, 1.0), (2.0, 4.0, 3.0, 5.0)),
    size=2,
    padding=1,
    cell=(1, 2),
    cells={(1, 2): Own(((0.5, 0.25),) * 4, (0.5,) * 4)},
    off=(2,),
    guess=(0, 1),
)


def make_message(chance: Random) -> Any:
    """What a component's script may say: as JSON says it."""
    whole = chance.choice((to_data(TOY), to_data(TOY), {"i": 3, "j": 4}))
    return json.loads(json.dumps(spoil_json(whole, chance)))


def read_message(value: Any) -> str:
    cell = cell_of(value)
    assert cell is None or all(type(n) is int for n in cell)
    toy = believed(value, TOY)
    if toy.output_size is not None and toy is not TOY and toy.chosen == 0:
        assert all(np.isfinite(live(toy).outputs).flat)
    return "" if cell is not None or toy is not TOY else "not believed"


KINDS: dict[str, Kind] = {
    name: Kind(name, make, read)
    for name, make, read in (
        ("pictures", make_picture, read_picture),
        ("recordings", make_recording, read_recording),
        ("timelines", make_timeline, read_timeline),
        ("safetensors", make_safetensors, read_checkpoint),
        ("pt", make_pt, read_checkpoint),
        ("addresses", make_address, read_address),
        ("messages", make_message, read_message),
        (commands.NAME, commands.make, commands.read),
    )
}
"""The table. A new decoder is one row."""
