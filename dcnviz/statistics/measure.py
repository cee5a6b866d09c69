"""One picture to one entry: what each layer of a network did on it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dcnviz import __version__
from dcnviz.analysis import effective_dilation
from dcnviz.analysis.tally import Tally, tally
from dcnviz.data.labelled import LEFT_OUT, Labelled, files_of, read_labelled
from dcnviz.geometry import MapToPicture
from dcnviz.models import Network
from dcnviz.models.checkpoints import load, read
from dcnviz.recording import look
from dcnviz.sampling import VERSIONS, Sampling

Entry = dict[str, Any]
"""``{"name", "hash"}``, and either ``"error"`` or ``"layers"``: layer path to its numbers."""


MOST_BOUNDS = 20


@dataclass(frozen=True)
class Settings:
    """What the numbers depend on besides the pictures.

    Attributes:
        model: a bundled version's name, or the path of a checkpoint.
        max_side: a larger picture is scaled down to it, in pixels.
        bounds: bounds of the object sizes that are told apart, circumscribed radius in pixels, rising.

    Raises:
        ValueError: if the bounds do not rise, are infinite or too many.
    """

    model: str
    max_side: int = 512
    bounds: tuple[float, ...] = (6.0, 10.0, 16.0, 24.0)

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip((-1.0, *self.bounds), (*self.bounds, math.inf), strict=True))
        if not rising or not 0 < len(self.bounds) <= MOST_BOUNDS or self.bounds[0] < 0:
            raise ValueError(
                f"bounds of sizes must be 1 to {MOST_BOUNDS} numbers that rise from 0 up; got {self.bounds}."
            )

    @property
    def size_names(self) -> list[str]:
        """Of the bins: 0 is background, then objects of growing radius; those under the least bound count there.

        >>> Settings("v2").size_names
        ['background', '6-10', '10-16', '16-24', 'over 24']
        """
        inner = [f"{a:g}-{b:g}" for a, b in zip(self.bounds, self.bounds[1:], strict=False)]
        return ["background", *inner, f"over {self.bounds[-1]:g}"]


class Measure:
    """Measures pictures of a folder with one network, always on one thread.

    More threads may add in another order, and the last digits would depend on the machine; several processes are
    the way to use its cores.

    Args:
        settings: the model and the bins.
        folder: of the pictures.

    Raises:
        ValueError: if the model is no version and no checkpoint.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.network = _network(settings.model)

    def key(self) -> str:
        """Of everything but the pictures: entries with another key are of another measurement."""
        digest = hashlib.blake2b(digest_size=16)
        s = self.settings
        digest.update(f"1 {__version__} {torch.__version__} {s.max_side} {s.bounds}".encode())
        for name, value in sorted(self.network.state_dict().items()):
            digest.update(name.encode() + np.ascontiguousarray(value.cpu().numpy()).tobytes())
        return digest.hexdigest()

    def __call__(self, name: str) -> Entry:
        """The entry of one picture; one that cannot be used gets an "error" instead of numbers."""
        try:
            files = files_of(self.folder / name)
        except OSError as problem:
            return {"name": name, "hash": "", "error": f"it cannot be read: {problem.strerror}."}
        entry: Entry = {"name": name, "hash": hash_of(files)}
        try:
            given = read_labelled(files, self.settings.max_side)
        except ValueError as problem:
            return entry | {"error": str(problem)}
        with one_thread():
            recording = look(self.network, given.picture)
            entry["layers"] = {
                layer: self._layer(sampling, recording.to_picture[layer], given)
                for layer, sampling in recording.items()
            }
        return entry

    def _layer(self, sampling: Sampling, place: MapToPicture, given: Labelled) -> dict[str, Any]:
        dilation = effective_dilation(sampling).double().mean(dim=1)[0]  # over groups
        cells = place.after(sampling.geometry)
        found: dict[str, Any] = {"tally": tally(sampling, place).to_dict(), "dilation": _sums(dilation)}
        if given.classes is not None:
            labels = at_cells(given.classes, given.picture.shape, cells, sampling.output_size)
            found["class"] = {str(c): _sums(dilation[labels == c]) for c in _there(labels) if c != LEFT_OUT}
        if given.sizes is not None:
            radii = at_cells(given.sizes, given.picture.shape, cells, sampling.output_size)
            bounds = torch.tensor(self.settings.bounds)
            bins = torch.bucketize(radii, bounds, right=True).clamp(min=1) * (radii > 0)
            found["size"] = {str(b): _sums(dilation[bins == b]) for b in _there(bins)}
        return found


def is_whole(entry: Entry) -> bool:
    """Whether an entry that was read back from a disk is one that :class:`Measure` may have made."""
    try:
        named = isinstance(entry["name"], str) and isinstance(entry["hash"], str)
        if "error" in entry:
            return named and isinstance(entry["error"], str)
        for layer in entry["layers"].values():
            Tally.from_dict(layer["tally"])
            groups = [layer.get(kind, {}) for kind in ("class", "size")]
            sums = [layer["dilation"], *(pair for group in groups for pair in group.values())]
            if not all(0 <= int(number) < 1 << 16 for group in groups for number in group):
                return False
            if not all(0 < count < 1 << 63 and abs(total) < math.inf for count, total in sums):
                return False
    except (KeyError, TypeError, ValueError, AttributeError):  # of another build, all in all
        return False
    return named and bool(entry["layers"])


def hash_of(files: list[bytes]) -> str:
    """Of a picture and its maps, to notice when one has changed.

    >>> hash_of([b"a", b"", b""]) == hash_of([b"", b"a", b""])
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for data in files:
        digest.update(hashlib.blake2b(data).digest())
    return digest.hexdigest()


def at_cells(
    values: npt.NDArray[Any], picture: tuple[int, ...], cells: MapToPicture, size: tuple[int, int]
) -> Tensor:
    """What a map of labels says at the centres of a layer's cells, ``(H_out, W_out)``.

    Args:
        values: ``(h, w)``, over the whole picture, in any resolution.
        picture: shape of the picture in pixels.
        cells: where the cells lie on it.
        size: of the layer's output map.

    >>> at_cells(np.arange(8).reshape(1, 8), (4, 32), MapToPicture((4, 4)), (1, 8)).tolist()
    [[0, 1, 2, 3, 4, 5, 6, 7]]
    """
    rows, columns = (
        np.floor((start + jump * np.arange(n) + 0.5) / whole * parts).clip(0, parts - 1).astype(np.int64)
        for start, jump, n, whole, parts in zip(
            cells.start, cells.jump, size, picture, values.shape, strict=False
        )
    )
    return torch.from_numpy(values[np.ix_(rows, columns)])


@contextmanager
def one_thread() -> Iterator[None]:
    """Runs torch on one thread, and gives the others back."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _there(labels: Tensor) -> list[int]:
    found: list[int] = labels.unique().tolist()
    return found


def _sums(values: Tensor) -> list[float]:
    """How many, and their sum."""
    return [values.numel(), float(values.sum())]


def _network(model: str) -> Network:
    known = {v: v for v in VERSIONS}
    if model in known:
        return load(known[model])
    path = Path(model)
    if not path.is_file():
        raise ValueError(
            f"the model must be one of {', '.join(VERSIONS)}, or a .safetensors checkpoint; there is no {model!r}."
        )
    return read(path)
