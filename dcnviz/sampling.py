"""`Sampling`: where one deformable layer looked, and how strongly. The one value that flows through dcnviz.

Every operator version is turned into it once, by :mod:`dcnviz.conventions`; nothing after that knows of
channel orders or versions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import torch
from torch import Tensor

from dcnviz import glance
from dcnviz.geometry import Geometry, Pair

Version = Literal["conv", "v1", "v2", "v3", "v4"]
"""The operators whose taps lie on a regular grid; there is a bundled network of each."""
VERSIONS: tuple[Version, ...] = get_args(Version)

AnyVersion = Version | Literal["msda"]
"""What a :class:`Sampling` may come from: "msda" is multi-scale deformable attention, which has no grid."""


@dataclass(frozen=True, eq=False)
class Sampling:
    """The sampling of one layer for a batch of inputs.

    **Convention.** (y, x) in pixels of the layer's input map, pixel centres at integers, no padding; taps
    row-major whatever the operator's own order; G offset groups (contiguous blocks of input channels).

    Attributes:
        offsets: ``(B, G, K, H_out, W_out, 2)``, displacement of each tap from :attr:`base`. This is what is
            stored (not the positions), so that raw tensors come back bit for bit. float32, or float64 if the
            operator ran in float64.
        mask: ``(B, G, K, H_out, W_out)``, modulation of each tap, as the operator multiplied it; ones for v1.
        geometry: kernel, stride, padding, dilation; ``Geometry((1, K))`` where there are anchors.
        input_size: ``(H, W)`` of the layer's input map.
        version: "v1", "v2", "v3" or "v4"; "conv" for a plain convolution, shown for comparison; "msda" for one
            level of multi-scale deformable attention (arXiv 2010.04159): heads are groups, points are taps,
            and the Q queries are cells laid out ``(1, Q)``.
        anchors: ``(B, H_out, W_out, 2)``, the place that a query's points are measured from, for "msda" only;
            it stands for the regular grid, which such a layer does not have.

    Raises:
        ValueError: if shapes, sizes or the version do not fit together.

    >>> g = Geometry(3, padding=1)
    >>> s = Sampling(torch.zeros(1, 1, 9, 4, 5, 2), torch.ones(1, 1, 9, 4, 5), g, (4, 5), "v1")
    >>> s.positions.shape, s.positions[0, 0, 4, 2, 3]      # the centre tap of cell (2, 3) looks at (2, 3)
    (torch.Size([1, 1, 9, 4, 5, 2]), tensor([2., 3.]))
    """

    offsets: Tensor
    mask: Tensor
    geometry: Geometry
    input_size: Pair
    version: AnyVersion
    anchors: Tensor | None = None

    def __post_init__(self) -> None:
        if self.version not in (*VERSIONS, "msda"):
            raise ValueError(f"version must be one of {', '.join(VERSIONS)} or msda; got {self.version!r}.")
        if (self.anchors is not None) != (self.version == "msda"):
            raise ValueError(
                'anchors stand for the grid of version "msda", and only of that; '
                f"got version {self.version!r} {'without' if self.anchors is None else 'with'} anchors."
            )
        size = self._output_size()
        batch, groups = (*self.offsets.shape[:2], 0, 0)[:2]
        expected = (batch, groups, self.geometry.taps, *size, 2)
        if self.offsets.ndim != 6 or tuple(self.offsets.shape) != expected:
            raise ValueError(
                f"offsets must be (B, G, {self.geometry.taps}, {size[0]}, {size[1]}, 2) for an input of "
                f"{self.input_size}; got {tuple(self.offsets.shape)}."
            )
        if tuple(self.mask.shape) != expected[:-1]:
            raise ValueError(f"mask must be {expected[:-1]}, as the offsets; got {tuple(self.mask.shape)}.")

    def _output_size(self) -> Pair:
        """The size that offsets must have: what the geometry gives, or as many cells as there are anchors."""
        if self.anchors is None:
            return self.geometry.output_size(self.input_size)
        shape, batch = tuple(self.anchors.shape), self.offsets.shape[0] if self.offsets.ndim else 0
        if len(shape) != 4 or shape[0] != batch or shape[3] != 2 or min(self.input_size) < 1:
            raise ValueError(
                f"anchors must be ({batch}, H_out, W_out, 2) on a map of at least one row and column; "
                f"got {shape} on {self.input_size}."
            )
        return shape[1], shape[2]

    def refuse_anchors(self, what: str) -> None:
        """For functions that speak of a regular grid of taps.

        Raises:
            ValueError: if there is none, saying that ``what`` needs one.
        """
        if self.anchors is not None:
            raise ValueError(
                f"{what} needs taps on a regular grid; the points of deformable attention (version "
                f"{self.version!r}) lie about their query's reference point and have no neighbours."
            )

    @cached_property
    def base(self) -> Tensor:
        """The undeformed positions, ``(K, H_out, W_out, 2)``; with anchors ``(B, 1, 1, H_out, W_out, 2)``."""
        if self.anchors is not None:
            return self.anchors[:, None, None]
        return self.geometry.base(self.output_size, dtype=self.offsets.dtype, device=self.offsets.device)

    @cached_property
    def positions(self) -> Tensor:
        """Where each tap was read, ``(B, G, K, H_out, W_out, 2)``: base + offsets."""
        return self.base + self.offsets

    @cached_property
    def inside(self) -> Tensor:
        """``(B, G, K, H_out, W_out)`` bool: can it have a value? ``-1 < y < H`` and ``-1 < x < W``."""
        limit = self.positions.new_tensor(self.input_size)
        return ((self.positions > -1) & (self.positions < limit)).all(dim=-1)

    @property
    def batch(self) -> int:
        """Number of inputs, B."""
        return self.offsets.shape[0]

    @property
    def groups(self) -> int:
        """Number of offset groups, G."""
        return self.offsets.shape[1]

    @property
    def taps(self) -> int:
        """Number of taps, K."""
        return self.offsets.shape[2]

    @property
    def output_size(self) -> Pair:
        """``(H_out, W_out)``."""
        return self.offsets.shape[3], self.offsets.shape[4]

    def __repr__(self) -> str:
        return glance.sampling_line(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return glance.sampling_html(self)

    def detach(self) -> Sampling:
        """The same on the CPU, cut from the autograd graph."""
        anchors = None if self.anchors is None else self.anchors.detach().cpu()
        return replace(
            self, offsets=self.offsets.detach().cpu(), mask=self.mask.detach().cpu(), anchors=anchors
        )

    def __getitem__(self, index: int) -> Sampling:
        """The sampling of one input of the batch (the batch axis stays, with length 1)."""
        if not -self.batch <= index < self.batch:
            raise IndexError(f"the sampling holds {self.batch} inputs; there is no number {index}.")
        chosen = slice(index % self.batch, index % self.batch + 1)
        anchors = None if self.anchors is None else self.anchors[chosen]
        return replace(self, offsets=self.offsets[chosen], mask=self.mask[chosen], anchors=anchors)


def regular(geometry: Geometry, input_size: Pair, *, batch: int = 1, version: Version = "conv") -> Sampling:
    """The sampling of an undeformed layer: zero offsets, masks of one.

    >>> regular(Geometry(3, padding=1), (4, 4)).offsets.abs().max()
    tensor(0.)
    """
    shape = (batch, 1, geometry.taps, *geometry.output_size(input_size))
    return Sampling(torch.zeros(*shape, 2), torch.ones(shape), geometry, input_size, version)
