"""What is in the file of a recording: arrays and a manifest. Described in docs/recording-format.md."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from dcnviz import __version__
from dcnviz.geometry import Geometry, MapToPicture, pair
from dcnviz.recording.archive import LIMIT, Array, RecordingError
from dcnviz.sampling import Sampling

if TYPE_CHECKING:
    from dcnviz.recording.recording import Recording

FORMAT = 2
READABLE = (1, 2)
"""Format 1 held positions instead of base positions, no attention, and no word on what is estimated."""

FAR = 1e9
"""No map is larger, and none lies farther from the picture."""

PARTS = ("manifest", "image", "offsets_", "mask_", "base_")
UNITS = {
    "positions": "pixels of the layer's input map",
    "mask": "none",
    "to_picture": "pixels of the picture",
}
CONVENTION = (
    "positions, base and offsets are (y, x) in pixels of the layer's input map, pixel centres at integers, "
    "no padding; arrays are (batch, group, tap, row, column[, 2]); taps row-major; position = base + offset; "
    "picture pixel = start + jump * position, if estimated as if the map were a resized picture; "
    "image is (batch, channel, row, column) as the model was given it; version msda (deformable attention): "
    "heads are groups, points are taps, queries are columns, base is the query's reference point"
)


def pack(recording: Recording, dtype: str) -> dict[str, Any]:
    """What is written: named arrays, and the manifest as JSON text.

    Raises:
        ValueError: if a number is not finite, or too large for ``dtype``.
    """
    arrays: dict[str, Any] = {
        "manifest": np.array(json.dumps(_manifest(recording, dtype), ensure_ascii=False))
    }
    if recording.image is not None:
        arrays["image"] = _narrow("the picture", recording.image, dtype)
    for n, (name, sampling) in enumerate(recording.items()):
        arrays[f"offsets_{n}"] = _narrow(f"layer {name!r}", sampling.offsets, dtype)
        arrays[f"mask_{n}"] = _narrow(f"layer {name!r}", sampling.mask, dtype)
        arrays[f"base_{n}"] = _base(name, sampling)
    return arrays


def _base(name: str, sampling: Sampling) -> Array:
    """A regular grid as whole numbers, which pack to almost nothing; reference points in full."""
    if sampling.anchors is not None:
        return _narrow(f"layer {name!r}", sampling.base, "float32")
    base: Array = sampling.base.numpy()
    return base.astype(np.int16 if np.abs(base).max(initial=0) < 2**15 else np.int32)


def _manifest(recording: Recording, dtype: str) -> dict[str, Any]:
    """Versions, conventions, and for each layer its shapes and its place on the picture."""
    layers = []
    for name, s in recording.items():
        g, place = s.geometry, recording.to_picture.get(name)
        where = None if place is None else {"jump": place.jump, "start": place.start}
        layers.append(
            {
                "name": name,
                "version": s.version,
                "kernel_size": g.kernel_size,
                "stride": g.stride,
                "padding": g.padding,
                "dilation": g.dilation,
                "input_size": s.input_size,
                "shape": tuple(s.offsets.shape),
                "to_picture": where,
                "estimated": name in recording.estimated,
            }
        )
    return {
        "format": FORMAT,
        "made_by": f"dcnviz {__version__}",
        "torch": torch.__version__,
        "convention": CONVENTION,
        "units": UNITS,
        "dtype": dtype,
        "layers": layers,
    }


def unpack(arrays: Mapping[str, Array], recording: Recording) -> None:
    """Fills an empty recording from what a stranger's file holds.

    Raises:
        RecordingError: if the file is of another format.
        Exception: many kinds, if anything in it is not what :func:`pack` may have written.
    """
    manifest = json.loads(str(arrays["manifest"]))
    number = manifest.get("format")
    if type(number) is not int or number not in READABLE:
        raise RecordingError(
            f"this recording has format {number!r}; this version of dcnviz reads formats 1 and {FORMAT}."
        )
    wide = 4 * sum(array.size for array in arrays.values() if array.dtype.kind == "f")
    if wide > LIMIT:
        raise RecordingError(
            f"this recording would fill {wide / 2**20:,.0f} MB in float32; at most {LIMIT / 2**20:,.0f} MB are read."
        )
    if "image" in arrays:
        recording.image = _floats(arrays["image"], 4)
    for n, about in enumerate(manifest["layers"]):
        name = about["name"]
        if not isinstance(name, str) or name in recording:
            raise ValueError(f"a layer cannot be called {name!r}.")
        recording.add(name, _sampling(arrays, n, about))
        if place := about["to_picture"]:
            recording.to_picture[name] = MapToPicture(_numbers(place["jump"]), _numbers(place["start"]))
        if number > 1 and about["estimated"] is True:
            recording.estimated.add(name)


def _sampling(arrays: Mapping[str, Array], n: int, about: dict[str, Any]) -> Sampling:
    offsets, mask = _floats(arrays[f"offsets_{n}"], 6), _floats(arrays[f"mask_{n}"], 5)
    geometry = Geometry(*(about[key] for key in ("kernel_size", "stride", "padding", "dilation")))
    size = pair(about["input_size"], "input_size")
    if max(size) > FAR:
        raise ValueError(f"a map of {size!r:.60} is none.")
    if about["version"] != "msda":  # a grid follows from the geometry
        return Sampling(offsets, mask, geometry, size, about["version"])
    base = _floats(arrays[f"base_{n}"], 6)
    if tuple(base.shape[1:3]) != (1, 1):
        raise ValueError(f"a base of {tuple(base.shape)} is none of reference points.")
    return Sampling(offsets, mask, geometry, size, "msda", base[:, 0, 0])


def _narrow(what: str, values: Tensor, dtype: str) -> Array:
    """A tensor as an array of another type, if all its numbers are finite there."""
    most = float(values.abs().max()) if values.numel() else 0.0
    if not math.isfinite(most):
        raise ValueError(f"{what} holds NaN or infinite numbers, which a recording cannot hold.")
    if most > float(np.finfo(dtype).max):
        raise ValueError(f"{dtype} cannot hold {most:.6g}, the largest number of {what}; take a wider type.")
    return values.numpy().astype(dtype)


def _floats(array: Array, ndim: int) -> Tensor:
    """A stranger's array as float32, if it is what :func:`pack` may have written."""
    # A batch of no inputs holds no bytes whatever its map's size, but base positions would be made for that.
    if array.dtype.kind != "f" or array.ndim != ndim or math.prod(n or 1 for n in array.shape) * 4 > LIMIT:
        raise ValueError(f"{array.dtype} {array.shape} is not an array of {ndim} axes.")
    values = torch.from_numpy(array).float()
    if not bool(torch.isfinite(values).all()):
        raise ValueError("the numbers must be finite.")
    return values


def _numbers(value: Any) -> tuple[float, float]:
    """Two numbers out of JSON that a place on a picture can have."""
    y, x = (float(number) for number in value)
    if not (abs(y) < FAR and abs(x) < FAR):  # NaN is smaller than nothing
        raise ValueError(f"the numbers must be below {FAR:.0e}.")
    return y, x
