"""`Recording`: every deformable layer's `Sampling` from one run of a model, and its file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

from dcnviz import __version__
from dcnviz.geometry import Geometry, MapToPicture, pair
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.archive import LIMIT, Array, RecordingError, read_arrays
from dcnviz.sampling import Sampling

FORMAT = 1
CONVENTION = (
    "positions and offsets are (y, x) in pixels of the layer's input map, pixel centres at integers, "
    "no padding; arrays are (batch, group, tap, row, column[, 2]); taps row-major; position = base + offset; "
    "picture pixel = start + jump * position"
)


class Recording(Mapping[str, Sampling]):
    """Layer path to :class:`Sampling`, in the order in which the layers ran.

    Attributes:
        image: ``(B, C, H, W)`` float, what the model was given first, or None if that was no such tensor.
        calls: layer path to the full :class:`OperatorCall` (inputs, weights, outputs); empty after loading
            a file.
        to_picture: layer path to where its input map lies on the picture, as far as that is known.
    """

    def __init__(self) -> None:
        self.image: Tensor | None = None
        self.calls: dict[str, OperatorCall] = {}
        self.to_picture: dict[str, MapToPicture] = {}
        self._samplings: dict[str, Sampling] = {}

    def __getitem__(self, name: str) -> Sampling:
        """The sampling of one layer.

        Raises:
            KeyError: naming the layers that there are.
        """
        if name not in self._samplings:
            raise KeyError(
                f"no layer {name!r} was recorded; there are: {', '.join(self._samplings) or 'none'}."
            )
        return self._samplings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._samplings)

    def __len__(self) -> int:
        return len(self._samplings)

    def add(self, name: str, sampling: Sampling, call: OperatorCall | None = None) -> str:
        """Appends a layer and returns its path: one that ran before gets ``#2``, ``#3``... behind it."""
        number, path = 1, name
        while path in self._samplings:
            number += 1
            path = f"{name}#{number}"
        self._samplings[path] = sampling
        if call is not None:
            self.calls[path] = call
        return path

    def save(self, path: str | Path | BinaryIO, *, dtype: str = "float32") -> None:
        """Writes samplings, picture and a manifest as one NPZ, without pickle.

        Read it back with numpy alone::

            file = np.load("mine.npz")
            manifest = json.loads(str(file["manifest"]))
            for n, layer in enumerate(manifest["layers"]):
                positions, mask = file[f"positions_{n}"], file[f"mask_{n}"]
                print(layer["name"], layer["version"], positions.shape, mask.shape)

        That prints ``(B, G, K, H, W, 2)`` and ``(B, G, K, H, W)`` of each layer; the manifest's "convention"
        says what the axes and units are.

        Args:
            path: where to, or a file open for writing bytes; ".npz" is appended to a path without ending.
            dtype: of offsets and masks: "float32", or "float16" for a smaller file (about 3 digits).
                Positions are written in float32 always: in float16 they would lose parts of a pixel.

        Raises:
            ValueError: on another type, or if a number is too large for it.
        """
        if dtype not in ("float32", "float16"):
            raise ValueError(f'dtype must be "float32" or "float16"; got {dtype!r}.')
        arrays = self.arrays(dtype)  # before the file is opened: what cannot be written leaves none behind
        if isinstance(path, (str, Path)):
            target = Path(path)
            with (target if target.suffix else target.with_suffix(".npz")).open("wb") as file:
                np.savez_compressed(file, **arrays)
        else:
            np.savez_compressed(path, **arrays)

    def arrays(self, dtype: str = "float32") -> dict[str, Any]:
        """What :meth:`save` writes: named arrays, and the manifest as JSON text."""
        arrays: dict[str, Any] = {"manifest": np.array(json.dumps(self.manifest(dtype), ensure_ascii=False))}
        if self.image is not None:
            arrays["image"] = self.image.numpy()
        for n, sampling in enumerate(self.values()):
            arrays[f"offsets_{n}"] = _narrow(sampling.offsets, dtype)
            arrays[f"positions_{n}"] = _narrow(sampling.positions, "float32")
            arrays[f"mask_{n}"] = _narrow(sampling.mask, dtype)
        return arrays

    def manifest(self, dtype: str = "float32") -> dict[str, Any]:
        """Versions, conventions, and for each layer its shapes and its place on the picture."""
        layers = []
        for name, s in self.items():
            g, place = s.geometry, self.to_picture.get(name)
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
                    "to_picture": None if place is None else {"jump": place.jump, "start": place.start},
                }
            )
        return {
            "format": FORMAT,
            "made_by": f"dcnviz {__version__}",
            "torch": torch.__version__,
            "convention": CONVENTION,
            "dtype": dtype,
            "layers": layers,
        }

    @classmethod
    def load(cls, path: str | Path | BinaryIO) -> Recording:
        """Reads what :meth:`save` wrote, from a path or a file open for reading bytes.

        Raises:
            RecordingError: if the file is missing, is not such a recording, or would fill more than a
                gigabyte of memory.
        """
        name = Path(path).name if isinstance(path, (str, Path)) else "the file"
        try:
            return cls._from_arrays(read_arrays(path, ("manifest", "image", "offsets_", "mask_")))
        except RecordingError:
            raise
        except FileNotFoundError as error:
            raise RecordingError(f"there is no file {name}.") from error
        except Exception as error:  # a damaged file raises many kinds; all mean the same here
            raise RecordingError(f"{name} is not a recording of dcnviz, or it is damaged.") from error

    @classmethod
    def _from_arrays(cls, arrays: Mapping[str, Array]) -> Recording:
        manifest = json.loads(str(arrays["manifest"]))
        if manifest.get("format") != FORMAT:
            raise RecordingError(
                f"this recording has format {manifest.get('format')!r}; "
                f"this version of dcnviz reads format {FORMAT}."
            )
        recording = cls()
        if "image" in arrays:
            recording.image = _floats(arrays["image"], 4)
        for n, about in enumerate(manifest["layers"]):
            name = about["name"]
            if not isinstance(name, str) or name in recording:
                raise ValueError(f"a layer cannot be called {name!r}.")
            sizes = (about[key] for key in ("kernel_size", "stride", "padding", "dilation"))
            sampling = Sampling(
                _floats(arrays[f"offsets_{n}"], 6),
                _floats(arrays[f"mask_{n}"], 5),
                Geometry(*sizes),
                pair(about["input_size"], "input_size"),
                about["version"],
            )
            recording.add(name, sampling)
            if place := about["to_picture"]:
                recording.to_picture[name] = MapToPicture(_numbers(place["jump"]), _numbers(place["start"]))
        return recording


def _narrow(values: Tensor, dtype: str) -> Array:
    """A tensor as an array of another type, if it has no number that would become infinite there."""
    most = float(values.abs().max()) if values.numel() else 0.0
    if most > float(np.finfo(dtype).max):
        raise ValueError(f"{dtype} cannot hold {most:.6g}, the largest number recorded; take a wider type.")
    return values.numpy().astype(dtype)


def _floats(array: Array, ndim: int) -> Tensor:
    """A stranger's array as float32, if it is what :meth:`Recording.save` may have written."""
    # A batch of no inputs holds no bytes whatever its map's size, but base positions would be made for that.
    if array.dtype.kind != "f" or array.ndim != ndim or math.prod(n or 1 for n in array.shape) * 4 > LIMIT:
        raise ValueError(f"{array.dtype} {array.shape} is not an array of {ndim} axes.")
    values = torch.from_numpy(array).float()
    if not bool(torch.isfinite(values).all()):
        raise ValueError("the numbers must be finite.")
    return values


def _numbers(value: Any) -> tuple[float, float]:
    """Two finite numbers out of JSON."""
    y, x = (float(number) for number in value)
    if not (math.isfinite(y) and math.isfinite(x)):
        raise ValueError("the numbers must be finite.")
    return y, x
