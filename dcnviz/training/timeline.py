"""What a training leaves behind for a page to scrub: where chosen cells looked, and how well it went, frame by frame.

A timeline is a value: made by a live training, by the snapshots of a long one, or read from a file. Its file is one
NPZ without pickle, read with the same care as a recording's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO, get_args

import numpy as np
import numpy.typing as npt

from dcnviz import __version__
from dcnviz.data.writing import replacing
from dcnviz.geometry import Pair
from dcnviz.recording.archive import Array, RecordingError, read_arrays
from dcnviz.sampling import Version

Floats = npt.NDArray[np.float32]

FORMAT = 1
LIMIT = 64 << 20
"""Most bytes that the arrays of one file may fill. The shipped timelines take less than one hundredth of it."""

PARTS = ("manifest", "picture", "numbers", "dilation", "places", "masks")
CONVENTION = (
    "picture is (row, column, RGB); numbers is (frame, [step, seconds, loss, accuracy]), NaN where nothing was "
    "measured; dilation is (frame, layer, size), in cells; places is (frame, layer, cell, tap, [y, x]) in picture "
    "pixels, pixel centres at integers; masks is (frame, layer, cell, tap); tap = group * 9 + row * 3 + column; "
    "cell (i, j) of every layer sits on the pixel (stride * i, stride * j)"
)


class TimelineError(ValueError):
    """A file that is no timeline, or one that cannot be used; the message says why."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A training at one moment.

    Attributes:
        step: steps taken.
        seconds: of computing since the start; waiting for a core, or while paused, does not count.
        loss: mean over the steps since the frame before; NaN if there were none.
        accuracy: foreground accuracy on held-out scenes; NaN if it was not measured.
        dilation: ``(layers, sizes)`` effective dilation in cells; NaN for a size that did not occur.
        places: ``(layers, cells, K, 2)`` sampled places of the chosen cells, (y, x) in picture pixels, pixel centres
            at integers. A layer with G offset groups has ``K = 9 G`` taps, group after group, each row-major: 9 for
            conv, v1 and v2, and 72 for the bundled v3 and v4.
        masks: ``(layers, cells, K)`` what each sample is multiplied by: ones for conv and v1.
    """

    step: int
    seconds: float
    loss: float
    accuracy: float
    dilation: Floats
    places: Floats
    masks: Floats


@dataclass(frozen=True, eq=False)
class Timeline:
    """The frames of one training, and what they are about.

    Attributes:
        version: "conv" to "v4".
        seed: of the initial weights and of the scenes.
        picture: ``(H, W, 3)`` uint8, the fixed picture on which the cells look.
        cells: (i, j) of the chosen cells, the same for every layer: one on each object of the picture, from small to
            large, then one on the background.
        stride: a cell (i, j) sits on the pixel ``(stride * i, stride * j)``.
        sizes: names of the columns of ``dilation``: "background", then radii of objects in pixels, growing.
        layers: names of the layers, from the first to the last.
        frames: in the order of the steps.
        about: whatever else is known of the training; plain JSON.

    Raises:
        ValueError: if the parts do not fit together.
    """

    version: Version
    seed: int
    picture: npt.NDArray[np.uint8]
    cells: tuple[Pair, ...]
    stride: int
    sizes: tuple[str, ...]
    layers: tuple[str, ...]
    frames: tuple[Frame, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.version not in get_args(Version):
            raise ValueError(f"version must be one of {', '.join(get_args(Version))}; got {self.version!r}.")
        if self.picture.ndim != 3 or self.picture.shape[2] != 3 or self.picture.dtype != np.uint8:
            raise ValueError(
                f"picture must be (H, W, 3) uint8; got {self.picture.shape} {self.picture.dtype}."
            )
        rows, columns = (-(-n // self.stride) for n in self.picture.shape[:2])
        if not all(0 <= i < rows and 0 <= j < columns for i, j in self.cells):
            raise ValueError(f"the cells must lie on a map of {rows} x {columns}; got {self.cells}.")
        looks = (len(self.layers), len(self.cells))
        taps = self.frames[0].masks.shape[-1] if self.frames else 0
        for frame in self.frames:
            shapes = (frame.dilation.shape, frame.places.shape, frame.masks.shape)
            if shapes != ((looks[0], len(self.sizes)), (*looks, taps, 2), (*looks, taps)):
                raise ValueError(f"the frame of step {frame.step} has other shapes than the first: {shapes}.")
        steps = [frame.step for frame in self.frames]
        if steps != sorted(set(steps)):
            raise ValueError("the frames must be in the order of their steps, each step once.")

    def save(self, path: str | Path | BinaryIO, *, dtype: str = "float32") -> None:
        """Writes one compressed NPZ that numpy alone can read; its manifest says what the axes are.

        Args:
            path: where to, or a file open for writing bytes.
            dtype: of places and masks: "float32", or "float16" for half the bytes, where a place on a picture of up
                to 128 pixels is rounded to 1/32 of a pixel.

        Raises:
            ValueError: on another type, or if a place or a mask is not finite or too large for it.
            OSError: if it cannot be written; what was there before stays.
        """
        arrays = self._arrays(dtype)  # before the file is opened: what cannot be written leaves none behind
        if isinstance(path, str | Path):
            with replacing(path) as file:
                np.savez_compressed(file, **arrays)
        else:
            np.savez_compressed(path, **arrays)

    def _arrays(self, dtype: str) -> dict[str, Any]:
        if dtype not in ("float32", "float16"):
            raise ValueError(f'dtype must be "float32" or "float16"; got {dtype!r}.')
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("picture", "frames")}
        manifest = {
            "format": FORMAT,
            "made_by": f"dcnviz {__version__}",
            "convention": CONVENTION,
            **plain,
            "about": dict(self.about),
        }
        looks = (len(self.layers), len(self.cells), 0)
        numbers = [(f.step, f.seconds, f.loss, f.accuracy) for f in self.frames]
        return {
            "manifest": np.array(json.dumps(manifest, ensure_ascii=False, allow_nan=False)),
            "picture": self.picture,
            "numbers": np.array(numbers, np.float64).reshape(-1, 4),
            "dilation": _stack([f.dilation for f in self.frames], (looks[0], len(self.sizes))),
            "places": _narrow(_stack([f.places for f in self.frames], (*looks, 2)), dtype),
            "masks": _narrow(_stack([f.masks for f in self.frames], looks), dtype),
        }

    @classmethod
    def load(cls, path: str | Path | BinaryIO) -> Timeline:
        """Reads what :meth:`save` wrote, from a path or a file open for reading bytes.

        Raises:
            TimelineError: if the file is missing, is not such a timeline, or would fill more than
                :data:`LIMIT` bytes.
        """
        name = Path(path).name if isinstance(path, str | Path) else "the file"
        try:
            return _unpacked(read_arrays(path, PARTS, limit=LIMIT))
        except TimelineError:
            raise
        except FileNotFoundError as error:
            raise TimelineError(f"there is no file {name}.") from error
        except RecordingError as error:
            raise TimelineError(f"{name} would fill more than {LIMIT >> 20} MB of memory.") from error
        except Exception as error:  # a damaged file raises many kinds; all mean the same here
            raise TimelineError(f"{name} is not a timeline of dcnviz, or it is damaged.") from error


def _stack(values: list[Floats], shape: tuple[int, ...]) -> Floats:
    return np.stack(values).astype(np.float32) if values else np.empty((0, *shape), np.float32)


def _narrow(values: Floats, dtype: str) -> Array:
    """The same in another type, if all its numbers are finite there."""
    if values.size and not float(np.abs(values).max()) <= float(np.finfo(dtype).max):
        raise ValueError(f"places and masks must be finite, and within what {dtype} can hold.")
    return values.astype(dtype)


def _unpacked(arrays: Mapping[str, Array]) -> Timeline:
    """A timeline of what a stranger's file holds.

    Raises:
        TimelineError: if the file is of another format.
        Exception: many kinds, if anything in it is not what :meth:`Timeline.save` may have written.
    """
    manifest = json.loads(str(arrays["manifest"]))
    number = manifest["format"]
    if number != FORMAT:
        raise TimelineError(
            f"this timeline has format {number!r}; this version of dcnviz reads format {FORMAT}."
        )
    numbers, dilation = arrays["numbers"], arrays["dilation"].astype(np.float32)
    places, masks = arrays["places"].astype(np.float32), arrays["masks"].astype(np.float32)
    if numbers.dtype != np.float64 or not (np.isfinite(places).all() and np.isfinite(masks).all()):
        raise ValueError("the numbers must be finite.")
    frames = tuple(
        Frame(int(step), float(seconds), float(loss), float(accuracy), *rest)
        for (step, seconds, loss, accuracy), *rest in zip(numbers, dilation, places, masks, strict=True)
    )
    if not isinstance(manifest["about"], dict):
        raise ValueError("about must be an object.")
    return Timeline(
        version=manifest["version"],
        seed=_whole(manifest["seed"]),
        picture=arrays["picture"],
        cells=tuple((_whole(i), _whole(j)) for i, j in manifest["cells"]),
        stride=_whole(manifest["stride"]),
        sizes=_words(manifest["sizes"]),
        layers=_words(manifest["layers"]),
        frames=frames,
        about=manifest["about"],
    )


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is no whole number.")
    return value


def _words(values: Any) -> tuple[str, ...]:
    if not all(type(value) is str for value in values):
        raise ValueError(f"{values!r} are no words.")
    return tuple(values)
