"""The explorer's binary payload: a picture and the sampling fields of its layers, as one ``bytes``.

Little endian throughout::

    0      b"DCNV"
    4      u32, length of the JSON header; the header is padded with spaces so that what follows is 8-aligned
    8      JSON header (UTF-8)
    ...    sections, each from a multiple of 8 on: the picture file, then offsets and masks as raw numbers

One block of bytes is what Streamlit hands to a browser without detours, and typed arrays read it in place.
The header's fields are those of `LayerField`, with the arrays replaced by the number and type of a section; offsets
that are all zero are left out.

**Convention.** (y, x); pixel centres at integers; taps row-major, ``k = ky * kw + kx``. Tap ``k`` of output
cell ``(i, j)`` lies at ``y = i * stride - padding + ky * dilation + dy`` of the layer's input map, and at
``start + jump * y`` of the picture.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"DCNV"
FORMAT = 1
HALF_LIMIT = 32.0

Pair = tuple[int, int]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Affine:
    """From a map to the picture: ``picture = start + jump * map``, each (y, x).

    Source: the receptive-field recurrence of Araujo, Norris and Sim, "Computing Receptive Fields of
    Convolutional Neural Networks", Distill 2019.

    >>> Affine(jump=(4.0, 4.0), start=(0.5, 0.5)).start
    (0.5, 0.5)
    """

    jump: tuple[float, float]
    start: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class LayerField:
    """Where one deformable layer samples, for one picture, as plain numpy.

    Args:
        name: the layer's name as a person reads it.
        offsets: (G, K, H_out, W_out, 2), (dy, dx) in pixels of the layer's input map.
        mask: (G, K, H_out, W_out), or None where every tap counts fully.
        kernel, stride, padding, dilation: (y, x).
        input_size: (H, W) of the map that is sampled.
        to_picture: input map -> picture pixel.
        cell_to_picture: output cell -> picture pixel.
        anchors: (H_out, W_out, 2), the places in the input map that stand for the regular grid, where there is
            none (deformable attention); then kernel is (1, K) and cells lie where their anchors do.

    Raises:
        ValueError: if the shapes do not fit together or a number is not finite.

    >>> field = LayerField("conv", np.zeros((1, 9, 4, 4, 2)), None, (3, 3), (1, 1), (1, 1), (1, 1), (4, 4),
    ...                    Affine((8.0, 8.0)), Affine((8.0, 8.0)))
    >>> field.groups, field.output_size
    (1, (4, 4))
    """

    name: str
    offsets: Floats
    mask: Floats | None
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    input_size: Pair
    to_picture: Affine
    cell_to_picture: Affine
    anchors: Floats | None = None

    def __post_init__(self) -> None:
        shape, taps = self.offsets.shape, self.kernel[0] * self.kernel[1]
        if len(shape) != 5 or shape[1] != taps or shape[4] != 2 or 0 in shape:
            raise ValueError(
                f"offsets of layer {self.name!r} must be (G, {taps}, H_out, W_out, 2) "
                f"for kernel {self.kernel}; got {shape}."
            )
        if self.mask is not None and self.mask.shape != shape[:4]:
            raise ValueError(
                f"mask of layer {self.name!r} must be {shape[:4]}, as its offsets; got {self.mask.shape}."
            )
        if self.anchors is not None and self.anchors.shape != (*shape[2:4], 2):
            raise ValueError(
                f"anchors of layer {self.name!r} must be {(*shape[2:4], 2)}; got {self.anchors.shape}."
            )
        for name, array in (("offsets", self.offsets), ("mask", self.mask), ("anchors", self.anchors)):
            if array is not None and not np.isfinite(array).all():
                raise ValueError(f"{name} of layer {self.name!r} must be finite; got NaN or infinity.")

    @property
    def groups(self) -> int:
        """Number of offset groups, G."""
        return int(self.offsets.shape[0])

    @property
    def output_size(self) -> Pair:
        """Rows and columns of output cells."""
        return int(self.offsets.shape[2]), int(self.offsets.shape[3])


def stackable(layers: Sequence[LayerField]) -> bool:
    """Whether taps of the last layer can be followed down to the first.

    Each layer must read a map as large as the one before it writes, with as many offset groups: then a
    position in its input map is a position among the cells of the layer before.
    """
    pairs = pairwise(layers)
    return len(layers) > 1 and all(a.output_size == b.input_size and a.groups == b.groups for a, b in pairs)


def encode(
    picture: bytes,
    mime: str,
    size: Pair,
    layers: Sequence[LayerField],
    *,
    version: str = "",
    alt: str = "",
) -> bytes:
    """Pack a picture and its layers for the browser.

    Args:
        picture: the file's bytes (PNG, JPEG or WebP), shown as they are.
        mime: its media type, ``image/...``.
        size: (height, width) of the picture in pixels.
        layers: from the first (near the picture) to the last.
        version: the operator's version, "v1" to "v4".
        alt: one sentence that says what the picture shows.

    Returns:
        The payload; the same arguments always give the same bytes.

    Raises:
        ValueError: if there is no layer, or the media type is no picture's.

    >>> field = LayerField("conv", np.ones((1, 9, 4, 4, 2)), None, (3, 3), (1, 1), (1, 1), (1, 1), (4, 4),
    ...                    Affine((8.0, 8.0)), Affine((8.0, 8.0)))
    >>> header, sections = decode(encode(b"...", "image/png", (32, 32), [field], version="v1"))
    >>> header["layers"][0]["offsets"]["dtype"], sections[1].shape
    ('f2', (1, 9, 4, 4, 2))
    """
    if not layers:
        raise ValueError("a payload needs at least one deformable layer; got none.")
    if not mime.startswith("image/"):
        raise ValueError(f"mime must be a picture's media type such as image/webp; got {mime!r}.")
    sections = [picture]
    described = [_describe(field, sections) for field in layers]
    header: dict[str, Any] = {
        "format": FORMAT,
        "picture": {"width": size[1], "height": size[0], "mime": mime, "section": 0, "alt": alt},
        "version": version,
        "layers": described,
    }
    return _assemble(header, sections)


def decode(payload: bytes) -> tuple[dict[str, Any], list[Any]]:
    """Header and sections of a payload: the picture's bytes first, then arrays in the shapes of `LayerField`.

    Raises:
        ValueError: if it is no payload of this format.
    """
    header = read_header(payload)
    pieces = [payload[s["offset"] : s["offset"] + s["length"]] for s in header["sections"]]
    sections: list[Any] = list(pieces)
    for layer in header["layers"]:
        taps = layer["kernel"][0] * layer["kernel"][1]
        shape = (layer["groups"], taps, *layer["output_size"])
        fields = (
            (layer["offsets"], (*shape, 2)),
            (layer["mask"], shape),
            (layer.get("anchors"), (*shape[2:], 2)),
        )
        for entry, full in fields:
            if entry is not None:
                number = entry["section"]
                sections[number] = np.frombuffer(pieces[number], dtype="<" + entry["dtype"]).reshape(full)
    return header, sections


def read_header(payload: bytes) -> dict[str, Any]:
    """The JSON header alone: sizes and names, without touching the numbers.

    Raises:
        ValueError: if it is no payload of this format.
    """
    if payload[:4] != MAGIC or len(payload) < 8:
        raise ValueError(f"an explorer payload begins with {MAGIC!r}; got {payload[:4]!r}.")
    (length,) = struct.unpack_from("<I", payload, 4)
    header: dict[str, Any] = json.loads(payload[8 : 8 + length])
    if header.get("format") != FORMAT:
        raise ValueError(f"this explorer reads payload format {FORMAT}; got {header.get('format')!r}.")
    return header


def _describe(field: LayerField, sections: list[bytes]) -> dict[str, Any]:
    """A layer's part of the header; its arrays are appended to the sections."""
    return {
        "name": field.name,
        "groups": field.groups,
        "kernel": field.kernel,
        "stride": field.stride,
        "padding": field.padding,
        "dilation": field.dilation,
        "input_size": field.input_size,
        "output_size": field.output_size,
        "to_picture": {"jump": field.to_picture.jump, "start": field.to_picture.start},
        "cell_to_picture": {"jump": field.cell_to_picture.jump, "start": field.cell_to_picture.start},
        "offsets": _append(field.offsets, sections) if field.offsets.any() else None,
        "mask": None if field.mask is None else _append(field.mask, sections),
        **({} if field.anchors is None else {"anchors": _append(field.anchors, sections, "f4")}),
    }


def _append(array: Floats, sections: list[bytes], dtype: str | None = None) -> dict[str, Any]:
    """Add an array as a section and say which and in what type.

    Half precision while every number is below 32: its step there is at most 1/64, so a position is off by
    less than 0.008 of a cell, which no screen shows, and the payload is half as long. Otherwise float32.
    """
    dtype = dtype or ("f2" if float(np.abs(array).max()) < HALF_LIMIT else "f4")
    sections.append(np.ascontiguousarray(array, dtype="<" + dtype).tobytes())
    return {"section": len(sections) - 1, "dtype": dtype}


def _assemble(header: dict[str, Any], sections: Sequence[bytes]) -> bytes:
    """Lay the sections out after the header; its length depends on their places: reserve, then fill in."""
    reserve = len(json.dumps({**header, "sections": [_place(0, 0)] * len(sections)})) + 24 * len(sections)
    start = (8 + reserve + 7) // 8 * 8
    places, body, at = [], [], start
    for section in sections:
        places.append(_place(at, len(section)))
        padding = -len(section) % 8
        body += [section, bytes(padding)]
        at += len(section) + padding
    text = json.dumps({**header, "sections": places}).encode().ljust(start - 8)
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, *body])


def _place(offset: int, length: int) -> dict[str, int]:
    return {"offset": offset, "length": length}
