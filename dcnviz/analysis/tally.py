"""Counts over one layer's samples that can be added up: over pictures, processes and machines.

Everything that a verdict on a layer needs is a count or a float64 sum, so that a folder of pictures gives the
same numbers however it was divided, as long as the parts are added in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from dcnviz.analysis.viewpoints import present_taps, regular_spread, viewpoints
from dcnviz.geometry import MapToPicture
from dcnviz.sampling import VERSIONS, AnyVersion, Sampling

STEP, BINS = 0.25, 64
"""The histogram of lengths: bins of a quarter kernel step up to 16 steps, and one for all beyond."""

DEAD = 0.05
"""A mask is dead at this share of its reference level or below: without the sample, the sum over the taps would
change by a twentieth of one tap at most. The reference is 1 for v2 (a sigmoid's upper end, twice its start) and
the mean strength ``|m|`` of the same group otherwise: for v3's softmax that is 1/K by construction, and v4's masks,
which nothing bounds, have no other level to be held against."""

COLLAPSED = 0.25
"""A cell has collapsed if its taps spread under a quarter as far as undeformed: all nine of a 3x3 kernel then lie
within about a pixel, between the same few values, and the kernel sees what a 1x1 kernel would."""


@dataclass(frozen=True)
class Tally:
    """One layer's samples, counted. Lengths are of offsets, in pixels of the input map.

    Attributes:
        version: of the layer.
        scale: picture pixels in one kernel step, 0 where the layer's place on the picture is not known.
        samples: finite samples, ``B*G*K*H*W`` (a removed centre does not count).
        cells: ``B*G*H*W``.
        not_finite: samples with NaN or infinity in their offset or mask; they are in no other number.
        outside: samples outside the map, where every value is 0.
        outside_regular: the same for the undeformed grid, because of padding.
        far: offsets longer than the map's longer side.
        masks: samples that have a mask: all, or none for v1 and plain layers.
        dead: masks at or below :data:`DEAD` of their reference level.
        zero_masks: masks that are exactly 0.
        collapsed: cells whose taps spread less than :data:`COLLAPSED` of the undeformed spread.
        length: sum of lengths.
        steps: sum of lengths in kernel steps, the distances of neighbouring taps.
        square: sum of squared lengths.
        variation: sum of squared distances of offsets from their tap's mean over the cells of the picture.
        longest: the longest.
        kernel_counts: ``BINS + 1`` counts of lengths in kernel steps; the last holds all beyond.
        picture_counts: the same of lengths in picture pixels, bins of ``STEP * scale``; zeros without a place.
    """

    version: AnyVersion
    scale: float
    samples: int
    cells: int
    not_finite: int
    outside: int
    outside_regular: int
    far: int
    masks: int
    dead: int
    zero_masks: int
    collapsed: int
    length: float
    steps: float
    square: float
    variation: float
    longest: float
    kernel_counts: tuple[int, ...]
    picture_counts: tuple[int, ...]

    def __add__(self, other: Tally) -> Tally:
        """Both together.

        Raises:
            ValueError: if they are of different versions or scales, and so not of one layer.
        """
        if (self.version, self.scale) != (other.version, other.scale):
            raise ValueError(
                f"only counts of one layer can be added; got {self.version}, scale {self.scale:g}, and "
                f"{other.version}, scale {other.scale:g}."
            )
        return Tally(**{f.name: _sum(f.name, self, other) for f in fields(Tally)})

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, for JSON; floats survive the way there and back bit for bit."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, numbers: Mapping[str, Any]) -> Tally:
        """The inverse of :meth:`to_dict`.

        Raises:
            ValueError: if names are missing or unknown, or a value cannot be what it should.
        """
        if set(numbers) != {f.name for f in fields(cls)}:
            raise ValueError(f"these are not the numbers of a tally: {sorted(numbers)}.")
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in numbers.items()}
        for name, value in values.items():
            if not (value in (*VERSIONS, "msda") if name == "version" else _possible(name, value)):
                raise ValueError(f"{name} of a tally cannot be {value!r:.60}.")
        return cls(**values)


def _possible(name: str, value: Any) -> bool:
    """Whether a field may have a value: counts are whole, sums finite, and neither is below 0."""
    if name.endswith("_counts"):
        return type(value) is tuple and len(value) == BINS + 1 and all(_possible("", n) for n in value)
    wanted = (
        (float, int) if name in ("scale", "length", "steps", "square", "variation", "longest") else (int,)
    )
    return type(value) in wanted and 0 <= value < (math.inf if float in wanted else 1 << 63)


def _sum(name: str, a: Tally, b: Tally) -> Any:
    x, y = getattr(a, name), getattr(b, name)
    if name in ("version", "scale"):
        return x
    if name == "longest":
        return max(x, y)
    return tuple(p + q for p, q in zip(x, y, strict=True)) if isinstance(x, tuple) else x + y


def tally(sampling: Sampling, to_picture: MapToPicture | None = None) -> Tally:
    """Counts one recorded layer.

    Args:
        sampling: any layer's.
        to_picture: where its *input* map lies on the picture, for lengths in picture pixels.

    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> still = tally(regular(Geometry(3, padding=1), (4, 4), version="v1"))
    >>> still.samples, still.outside, still.longest      # on the map lie 10 x 10 of 12 x 12 samples
    (144, 44, 0.0)
    """
    taps = present_taps(sampling)
    offsets = sampling.offsets[:, :, taps].detach().double()
    masks = sampling.mask[:, :, taps].detach().double()
    good = torch.isfinite(offsets).all(-1) & torch.isfinite(masks)
    offsets, masks = offsets.where(good[..., None], 0.0), masks.where(good, 0.0)
    steps = offsets.new_tensor(sampling.geometry.dilation)
    jump = offsets.new_tensor((0.0, 0.0) if to_picture is None else to_picture.jump)
    scale = float((jump * steps).mean())
    lengths, in_steps = _length(offsets), _length(offsets / steps)
    has_masks = sampling.version not in ("conv", "v1")
    dead, zero = _dead(masks, good, sampling.version) if has_masks else (0, 0)
    moved = offsets - offsets.mean(dim=(3, 4), keepdim=True)
    return Tally(
        version=sampling.version,
        scale=scale,
        samples=int(good.sum()),
        cells=good[:, :, 0].numel(),
        not_finite=int((~good).sum()),
        outside=int((~sampling.inside[:, :, taps] & good).sum()),
        outside_regular=_outside_regular(sampling, taps),
        far=int((lengths > max(sampling.input_size)).sum()),
        masks=int(good.sum()) if has_masks else 0,
        dead=dead,
        zero_masks=zero,
        collapsed=_collapsed(sampling),
        length=float(lengths.sum()),
        steps=float(in_steps.sum()),
        square=float(offsets.square().sum()),
        variation=float(moved.square().sum()),
        longest=float(lengths.max()) if lengths.numel() else 0.0,
        kernel_counts=_histogram(in_steps[good], STEP),
        picture_counts=_histogram(_length(offsets * jump)[good], STEP * scale),
    )


def add_all(tallies: Sequence[Tally]) -> Tally:
    """The sum, from the first to the last.

    Raises:
        ValueError: if there is none, or they are not of one layer.
    """
    if not tallies:
        raise ValueError("there is nothing to add up.")
    total = tallies[0]
    for one in tallies[1:]:
        total = total + one
    return total


def _length(vectors: Tensor) -> Tensor:
    """Of ``(..., 2)``; over so short an axis torch's own norm takes ten times as long."""
    return torch.hypot(vectors[..., 0], vectors[..., 1])


def _dead(masks: Tensor, good: Tensor, version: AnyVersion) -> tuple[int, int]:
    """How many masks are dead, and how many are exactly 0."""
    strength = masks.abs()
    if version == "v2":
        reference = strength.new_ones(())
    else:
        reference = strength.mean(dim=(2, 3, 4), keepdim=True)
    return int(((strength <= DEAD * reference) & good).sum()), int(((strength == 0) & good).sum())


def _outside_regular(sampling: Sampling, taps: Tensor) -> int:
    base = sampling.base.expand_as(sampling.offsets)[:, :, taps]
    limit = base.new_tensor(sampling.input_size)
    return int((~((base > -1) & (base < limit)).all(dim=-1)).sum())


def _collapsed(sampling: Sampling) -> int:
    """Cells whose taps lie almost on one point; 0 for kernels that have one tap, or start on one point."""
    return int((viewpoints(sampling).kernel < COLLAPSED * regular_spread(sampling)).sum())


def _histogram(lengths: Tensor, width: float) -> tuple[int, ...]:
    if width <= 0:
        return (0,) * (BINS + 1)
    bins = (lengths / width).floor().clamp(max=BINS).long()
    return tuple(torch.bincount(bins.flatten(), minlength=BINS + 1).tolist())
