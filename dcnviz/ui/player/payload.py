"""What the player is sent: once what a training is about, and its frames in parcels.

A parcel is one ``bytes``, little endian: u32 length of a JSON head, the head, padded so that what follows is 4-aligned,
and ``count`` frames as three blocks::

    float32   (count, 4 + layers * sizes)            step, seconds, loss, accuracy, effective dilation
    int16     (count, layers, cells, taps, 2)        places (y, x), 64 to a picture pixel
    int16     (count, layers, cells, taps)           masks, 1024 to 1

Parcels are cut at fixed frames, so one that is full never changes again, and Streamlit, which sends what has changed,
sends it no more.
"""

from __future__ import annotations

import base64
import io
import json
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:  # dcnviz.training imports torch, which a page does not wait for
    from dcnviz.training.timeline import Frame, Timeline

PARCEL = 16
"""Frames of a parcel. Of v2 they take 12 kB: above 10 kB Streamlit keeps a message in the browser."""
PLACE, MASK = 64.0, 1024.0
TAPS = 9  # of a 3 x 3 kernel, in each offset group


def about(
    timeline: Timeline,
    run: str,
    *,
    label: str,
    layers: Sequence[str],
    cells: Sequence[str],
    sizes: Sequence[str],
) -> dict[str, Any]:
    """What the player must know of a run besides its frames.

    Args:
        timeline: with one frame at least.
        run: its name within the channel.
        label: its name for a person.
        layers: names of the timeline's layers for a person.
        cells: likewise.
        sizes: likewise.
    """
    taps = timeline.frames[0].masks.shape[-1]
    places = [(timeline.stride * i, timeline.stride * j) for i, j in timeline.cells]
    return {
        "name": run,
        "label": label,
        "layers": list(layers),
        "sizes": [
            {"label": name, "object": size != "background"}
            for name, size in zip(sizes, timeline.sizes, strict=True)
        ],
        "cells": [{"y": y, "x": x, "name": name} for (y, x), name in zip(places, cells, strict=True)],
        "stride": timeline.stride,
        "taps": taps,
        "groups": taps // TAPS,
        "moves": timeline.version != "conv",
        "masked": timeline.version not in ("conv", "v1"),
    }


def picture(pixels: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """A small picture, in the message itself.

    >>> picture(np.zeros((2, 3, 3), np.uint8))["width"]
    3
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    return {"url": url, "height": pixels.shape[0], "width": pixels.shape[1]}


def parcels(timeline: Timeline, channel: str, run: str) -> list[bytes]:
    """All frames, cut at every `PARCEL` of them."""
    frames = timeline.frames
    return [
        parcel(frames[first : first + PARCEL], channel, run, first) for first in range(0, len(frames), PARCEL)
    ]


def parcel(frames: Sequence[Frame], channel: str, run: str, first: int) -> bytes:
    """Some frames, of which the first has that number in its run."""
    table = [
        [frame.step, frame.seconds, frame.loss, frame.accuracy, *frame.dilation.ravel()] for frame in frames
    ]
    head = {"channel": channel, "run": run, "first": first, "count": len(frames)}
    text = json.dumps(head).encode()
    text = text.ljust(-(-len(text) // 4) * 4)
    body = (
        np.array(table, "<f4"),
        _whole(np.stack([frame.places for frame in frames]), PLACE),
        _whole(np.stack([frame.masks for frame in frames]), MASK),
    )
    return b"".join([struct.pack("<I", len(text)), text, *(block.tobytes() for block in body)])


def _whole(values: npt.NDArray[np.float32], unit: float) -> npt.NDArray[np.int16]:
    """In whole numbers, held to what 16 bits can say: 512 picture pixels, a mask of 32."""
    whole: npt.NDArray[np.int16] = np.clip(np.rint(values * unit), -32768, 32767).astype("<i2")
    return whole


def read(data: bytes, head: Mapping[str, Any]) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """A parcel's head and its three blocks, as the browser reads them.

    Args:
        data: from `parcel`.
        head: of its run, from `about`.
    """
    (length,) = struct.unpack_from("<I", data)
    own = json.loads(data[4 : 4 + length])
    count, layers, cells, taps = own["count"], len(head["layers"]), len(head["cells"]), head["taps"]
    width, at, blocks = 4 + layers * len(head["sizes"]), 4 + length, []
    for kind, shape in (("<f4", (width,)), ("<i2", (layers, cells, taps, 2)), ("<i2", (layers, cells, taps))):
        block = np.frombuffer(data, kind, count * int(np.prod(shape)), at).reshape(count, *shape)
        blocks.append(block)
        at += block.nbytes
    return own, blocks
