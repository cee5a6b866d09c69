"""`Recording`: every deformable layer's `Sampling` from one run of a model, and its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from torch import Tensor

from dcnviz import glance
from dcnviz.data.writing import replacing
from dcnviz.geometry import MapToPicture
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.archive import RecordingError, read_arrays
from dcnviz.recording.format import PARTS, pack, unpack
from dcnviz.sampling import Sampling


class Calls(dict[str, OperatorCall]):
    """Layer path to :class:`OperatorCall`; says what to do where nothing was kept.

    Attributes:
        kept: whether the recording was asked to keep them.
    """

    kept = False

    def __missing__(self, name: str) -> OperatorCall:
        if not self.kept:
            raise KeyError(
                f"the call of layer {name!r} was not kept: record it with dcnviz.record(model, calls=True)."
            )
        raise KeyError(f"no call of layer {name!r} was recorded; there are: {', '.join(self) or 'none'}.")


class Recording(Mapping[str, Sampling]):
    """Layer path to :class:`Sampling`, in the order in which the layers ran.

    Attributes:
        image: ``(B, C, H, W)`` float, what the model was given first, or None if that was no such tensor.
        calls: layer path to the full :class:`OperatorCall` (inputs, weights, outputs) of a recording made by
            ``record(model, calls=True)``; else empty, as after loading a file.
        to_picture: layer path to where its input map lies on the picture; nothing where there is no picture.
        estimated: the layers whose place is not exact: the way from the picture to them could not be traced, so
            their map is taken for a resized picture.
    """

    def __init__(self) -> None:
        self.image: Tensor | None = None
        self.calls = Calls()
        self.to_picture: dict[str, MapToPicture] = {}
        self.estimated: set[str] = set()
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

    def __repr__(self) -> str:
        return glance.recording_line(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return glance.recording_html(self, self)

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
                positions, mask = file[f"base_{n}"] + file[f"offsets_{n}"], file[f"mask_{n}"]
                print(layer["name"], layer["version"], positions.shape, mask.shape)

        That prints ``(B, G, K, H, W, 2)`` and ``(B, G, K, H, W)`` of each layer; the manifest's "convention"
        says what the axes and units are. All of it is described in docs/recording-format.md.

        Args:
            path: where to, or a file open for writing bytes; ".npz" is appended to a path without ending.
            dtype: of offsets, masks and the picture: "float32", or "float16" for about half the file (and about
                3 digits: the offset is rounded, not the position).

        Raises:
            ValueError: on another type, or if a number is not finite or too large for it.
            OSError: if it cannot be written; what was there before stays.
        """
        if dtype not in ("float32", "float16"):
            raise ValueError(f'dtype must be "float32" or "float16"; got {dtype!r}.')
        arrays = pack(self, dtype)  # before the file is opened: what cannot be written leaves none behind
        if isinstance(path, (str, Path)):
            target = Path(path)
            with replacing(target if target.suffix else target.with_suffix(".npz")) as file:
                np.savez_compressed(file, **arrays)
        else:
            np.savez_compressed(path, **arrays)

    @classmethod
    def load(cls, path: str | Path | BinaryIO) -> Recording:
        """Reads what :meth:`save` wrote, from a path or a file open for reading bytes.

        Raises:
            RecordingError: if the file is missing, is not such a recording, or would fill more than a
                gigabyte of memory.
        """
        name = Path(path).name if isinstance(path, (str, Path)) else "the file"
        recording = cls()
        try:
            unpack(read_arrays(path, PARTS), recording)
        except RecordingError:
            raise
        except FileNotFoundError as error:
            raise RecordingError(f"there is no file {name}.") from error
        except Exception as error:  # a damaged file raises many kinds; all mean the same here
            raise RecordingError(f"{name} is not a recording of dcnviz, or it is damaged.") from error
        return recording
