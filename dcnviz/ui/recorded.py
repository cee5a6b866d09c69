"""A recording that somebody brings: read with bounded memory, and laid out for the explorer one layer at a time."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import streamlit as st
from PIL import Image

from dcnviz.data.bounded import DirectoryError, open_zip
from dcnviz.ui import networks
from dcnviz.ui.explorer.fields import field_of
from dcnviz.ui.explorer.payload import Affine, LayerField, encode
from dcnviz.ui.networks import Pixels

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.analysis import Health
    from dcnviz.recording import Recording
    from dcnviz.sampling import Sampling

UPLOAD_MB = 64
"""As in .streamlit/config.toml. A file that the server's owner names may be larger."""

UNFOLDED_MB = 512
"""Most that an uploaded file may unfold to."""

FIELD_BYTES = 24_000_000
"""Most bytes of a layer's fields that go to the browser; of a larger layer every second, third ... cell is shown."""

SHOWN_SIDE = 1024
"""Pixels on the long side of the picture as it goes to the browser; its places keep their own unit."""

BLANK = 128  # grey, where there is no picture
LEAST_BLANK = 256  # pixels on its long side

Refusal = Literal["empty", "too_large", "not_npz", "not_recording", "damaged", "no_layers", "missing"]


class RefusedError(ValueError):
    """A file that is not shown; ``code`` says why, for translation."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code)
        self.code: Refusal = code


@dataclass(frozen=True, eq=False)
class Recorded:
    """A recording on its way through the page.

    Attributes:
        name: of the file.
        digest: what caches know it by.
        recording: with a place on the picture for every layer.
        pictures: one for each input of the batch.
        blank: whether the file held none, and these are grey.
    """

    name: str
    digest: str
    recording: Recording
    pictures: tuple[Pixels, ...]
    blank: bool

    @property
    def layers(self) -> list[str]:
        """Their names, in the order in which they ran."""
        return list(self.recording)

    def sampling(self, number: int) -> Sampling:
        """Of one layer."""
        return self.recording[self.layers[number]]


def read_upload(data: bytes, name: str) -> Recorded:
    """A recording from an uploaded file.

    Raises:
        RefusedError: if it is none, or too large.
    """
    if not data:
        raise RefusedError("empty")
    if len(data) > UPLOAD_MB << 20:
        raise RefusedError("too_large")
    with networks.turn():
        return _read(io.BytesIO(data), name, hashlib.sha256(data).hexdigest()[:32], UNFOLDED_MB << 20)


def read_file(path: Path) -> Recorded:
    """A recording that the person who started the server named; read once for all.

    Raises:
        RefusedError: if it is none, cannot be read, or is too large.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise RefusedError("missing") from error
    return _read_file(str(path), f"{path} {about.st_size} {about.st_mtime_ns}")


@st.cache_resource(max_entries=1, show_spinner=False)
def _read_file(path: str, about: str) -> Recorded:
    try:
        with networks.turn(), Path(path).open("rb") as file:
            return _read(file, Path(path).name, hashlib.sha256(about.encode()).hexdigest()[:32], None)
    except OSError as error:
        raise RefusedError("missing") from error


def _read(file: Any, name: str, digest: str, limit: int | None) -> Recorded:
    try:
        with open_zip(file) as archive:
            parts = archive.infolist()
    except DirectoryError as error:
        raise RefusedError("too_large") from error
    except Exception as error:  # zipfile raises many kinds on what is no archive
        raise RefusedError("not_npz") from error
    if "manifest.npy" not in {part.filename for part in parts}:
        raise RefusedError("not_recording")
    if limit is not None and sum(part.file_size for part in parts) > limit:
        raise RefusedError("too_large")
    file.seek(0)
    networks.hurry()
    from dcnviz.recording import Recording, RecordingError

    try:
        recording = Recording.load(file)
    except RecordingError as error:
        raise RefusedError("too_large" if "would fill" in str(error) else "damaged") from error
    if not len(recording) or any(0 in sampling.offsets.shape for sampling in recording.values()):
        raise RefusedError("no_layers")
    pictures, blank = _pictures(recording)
    _place_all(recording, pictures[0].shape[:2])
    return Recorded(name, digest, recording, pictures, blank)


def _pictures(recording: Recording) -> tuple[tuple[Pixels, ...], bool]:
    """The batch as pictures, or grey ones as large as the layers' maps say."""
    batch = min(sampling.batch for sampling in recording.values())
    if recording.image is not None and recording.image.numel() and recording.image.shape[0] >= batch:
        return tuple(to_pixels(image.numpy()) for image in recording.image[:batch]), False
    sides = [256.0, 256.0]
    placed = [
        (recording.to_picture[name], s.input_size)
        for name, s in recording.items()
        if name in recording.to_picture
    ]
    for axis in (0, 1):
        if placed:
            sides[axis] = max(place.jump[axis] * size[axis] for place, size in placed)
        else:
            sides[axis] = max(sampling.input_size[axis] for sampling in recording.values())
    scale = 1.0 if placed else max(1.0, LEAST_BLANK / max(sides))
    shape = [int(min(max(8, round(side * scale)), 8192)) for side in sides]
    return (np.full((*shape, 3), BLANK, np.uint8),) * batch, True


def to_pixels(image: np.ndarray[Any, Any]) -> Pixels:
    """``(C, H, W)`` of any range as ``(H, W, 3)`` uint8: as it is in [0, 1] or [0, 255], else stretched to its range.

    >>> to_pixels(np.array([[[-1.0, 0.0, 1.0]]])).tolist()
    [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]
    """
    values = np.nan_to_num(image[:3] if image.shape[0] >= 3 else image[:1].repeat(3, axis=0)).astype(
        np.float64
    )
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scaled = (values - low) / (high - low if high > low else 1.0)
    return np.ascontiguousarray((255 * scaled).round().astype(np.uint8).transpose(1, 2, 0))


def _place_all(recording: Recording, size: tuple[int, ...]) -> None:
    """Takes the maps of layers without a place for resized pictures, and says so."""
    from dcnviz.geometry import MapToPicture

    for name, sampling in recording.items():
        if name in recording.to_picture:
            continue
        jump = [pixels / cells for pixels, cells in zip(size, sampling.input_size, strict=True)]
        recording.to_picture[name] = MapToPicture((jump[0], jump[1]), ((jump[0] - 1) / 2, (jump[1] - 1) / 2))
        recording.estimated.add(name)


@dataclass(frozen=True)
class Field:
    """One layer as the explorer shows it.

    Attributes:
        payload: for the explorer.
        every: 1, or of how many cells one is shown, on each axis.
    """

    payload: bytes
    every: int


def field(recorded: Recorded, number: int, image: int, group: int) -> Field:
    """The explorer's payload of one layer, picture and group."""
    return _field(recorded.digest, number, image, group, recorded)


@st.cache_resource(max_entries=6, show_spinner=False)
def _field(digest: str, number: int, image: int, group: int, _recorded: Recorded) -> Field:
    name, sampling = _recorded.layers[number], _recorded.sampling(number)
    pixels, place = _recorded.pictures[image], _recorded.recording.to_picture[_recorded.layers[number]]
    masked = sampling.version not in ("conv", "v1")
    whole = field_of(name, sampling, place, image=image, group=group, masked=masked)
    shown, every = thinned(whole, FIELD_BYTES)
    file, mime = _browser_file(pixels)
    payload = encode(file, mime, pixels.shape[:2], [shown], version=sampling.version)
    return Field(payload, every)


def health(recorded: Recorded, number: int) -> Health:
    """What is to be said of one layer's offsets and masks, over the whole batch."""
    return _health(recorded.digest, number, recorded)


@st.cache_resource(max_entries=40, show_spinner=False)
def _health(digest: str, number: int, _recorded: Recorded) -> Health:
    from dcnviz.analysis import offset_health

    with networks.turn():
        place = _recorded.recording.to_picture[_recorded.layers[number]]
        return offset_health(_recorded.sampling(number), place)


def thinned(field: LayerField, limit: int) -> tuple[LayerField, int]:
    """The field with as many of its cells left out as it takes to stay below a number of bytes; and every how many."""
    numbers = field.offsets.size + (0 if field.mask is None else field.mask.size)
    every = 1
    while 4 * numbers / every ** (1 if field.anchors is not None else 2) > limit:
        every += 1
    if every == 1:
        return field, 1
    rows = 1 if field.anchors is not None else every  # queries lie in one row
    place = field.cell_to_picture
    return (
        replace(
            field,
            offsets=field.offsets[:, :, ::rows, ::every],
            mask=None if field.mask is None else field.mask[:, :, ::rows, ::every],
            anchors=None if field.anchors is None else field.anchors[::rows, ::every],
            stride=(field.stride[0] * rows, field.stride[1] * every),
            cell_to_picture=Affine((place.jump[0] * rows, place.jump[1] * every), place.start),
        ),
        every,
    )


def _browser_file(pixels: Pixels) -> tuple[bytes, str]:
    picture = Image.fromarray(pixels)
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=90)
    return buffer.getvalue(), "image/webp"
