"""The part of a picture on which one cell depends: what a gradient has to look at, and no more.

A cell of the bundled networks depends on a tenth of a picture or less, but by which part only its offsets say. They are
known from a recording. Run on that part alone, the network computes the cell from the very same numbers: whatever lies
beyond has no way to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dcnviz.analysis.receptive_field import ReceptiveField, effective_receptive_field
from dcnviz.analysis.sampling_locations import SamplingLocations, effective_sampling_locations
from dcnviz.geometry import Pair
from dcnviz.models.network import STRIDE
from dcnviz.sampling import Sampling


@dataclass(frozen=True)
class Window:
    """The part of a picture that holds all a cell depends on.

    Attributes:
        cell: (i, j), on the layer's map.
        top, left: the part's first row and column of cells.
        bottom, right: those behind its last.
    """

    cell: Pair
    top: int
    left: int
    bottom: int
    right: int

    def receptive_field(self, model: nn.Module, image: Tensor, layer: str) -> ReceptiveField:
        """As :func:`dcnviz.analysis.effective_receptive_field`, to float32's rounding, of a bundled network."""
        found = effective_receptive_field(model, self._cut(image), self._inner, layer=layer)
        rows, columns = self._pixels
        total, content = (image.new_zeros(image.shape[1:], device="cpu") for _ in range(2))
        total[:, rows, columns], content[:, rows, columns] = found.total, found.content
        return replace(found, total=total, content=content, cell=self.cell, pixel=self._moved(found.pixel))

    def sampling_locations(
        self, model: nn.Module, image: Tensor, layer: str, samplings: Sequence[Sampling]
    ) -> SamplingLocations:
        """As :func:`dcnviz.analysis.effective_sampling_locations`, likewise; the positions are the recording's."""
        found = effective_sampling_locations(model, self._cut(image), self._inner, layer=layer)
        layers = {
            name: replace(
                taps,
                gradient=self._put(taps.gradient, s.output_size),
                positions=s.positions[0],
                inside=s.inside[0],
            )
            for (name, taps), s in zip(found.items(), samplings, strict=True)
        }
        return SamplingLocations(layers, found.layer, self.cell, self._moved(found.pixel))

    @property
    def _inner(self) -> Pair:
        """The cell, on the map of the part."""
        return self.cell[0] - self.top, self.cell[1] - self.left

    @property
    def _pixels(self) -> tuple[slice, slice]:
        """Of the picture; the last cells may end before their fourth pixel."""
        return slice(STRIDE * self.top, STRIDE * self.bottom), slice(STRIDE * self.left, STRIDE * self.right)

    def _cut(self, image: Tensor) -> Tensor:
        rows, columns = self._pixels
        return image[..., rows, columns]

    def _put(self, part: Tensor, size: Pair) -> Tensor:
        """Pairs ``(G, K, rows, columns, 2)`` on a map of that size, with zeros round them."""
        whole = part.new_zeros(*part.shape[:2], *size, 2)
        whole[:, :, self.top : self.bottom, self.left : self.right] = part
        return whole

    def _moved(self, pixel: tuple[float, float] | None) -> tuple[float, float] | None:
        return None if pixel is None else (pixel[0] + STRIDE * self.top, pixel[1] + STRIDE * self.left)


def window_of(samplings: Sequence[Sampling], cell: Pair) -> Window:
    """The part of the picture on which a cell of the last of these layers depends.

    Args:
        samplings: of the layers of a bundled network on the picture, from the first to the cell's own.
        cell: (i, j) on the last one's output map.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> window_of([regular(Geometry(3, padding=1), (40, 40))] * 3, (20, 20))
    Window(cell=(20, 20), top=16, left=16, bottom=28, right=28)
    """
    size = samplings[-1].output_size
    needed = torch.zeros(size, dtype=torch.bool)
    needed[cell] = True
    for sampling in reversed(samplings):
        needed = _read(sampling, needed)
    rows, columns = (needed.any(axis).nonzero().flatten() for axis in (1, 0))
    # One cell more on every side, for the stem sees the pixels round a cell's own.
    (top, bottom), (left, right) = (
        (max(int(line[0]) - 1, 0), min(int(line[-1]) + 2, most))
        for line, most in zip((rows, columns), size, strict=True)
    )
    return Window(cell, top, left, bottom, right)


def _read(sampling: Sampling, needed: Tensor) -> Tensor:
    """The cells ``(H, W)`` of a layer's input that some cells of its output depend on."""
    # Offsets and masks are predicted from the 3x3 cells round each, which the residual sum's is the middle of.
    around = F.max_pool2d(needed[None, None].float(), 3, stride=1, padding=1)[0, 0] > 0
    low = sampling.positions[0, :, :, needed].reshape(-1, 2).floor()
    limit = low.new_tensor([n - 1 for n in sampling.input_size])
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        y, x = torch.minimum((low + low.new_tensor(corner)).clamp(min=0), limit).long().unbind(-1)
        around[y, x] = True
    return around
