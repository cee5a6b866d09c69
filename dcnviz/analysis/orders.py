"""Every order of raw offset channels that is met: the libraries', and the mistakes that people make.

Nothing here knows a channel order: each is read by a function of :mod:`dcnviz.conventions`, and a mistake is such
an order with its axes exchanged. What a channel holds is found by sending channel numbers through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from dcnviz import conventions
from dcnviz.geometry import Geometry

Masked = tuple[Tensor, Tensor | None]


class Channel(NamedTuple):
    """What one raw channel holds; taps row-major."""

    group: int
    tap: int
    what: Literal["dy", "dx", "mask"]


def _torchvision(raw: Tensor, mask: Tensor | None, geometry: Geometry, groups: int, without: bool) -> Masked:
    weights = None if mask is None else conventions.mask_from_torchvision(mask, geometry.taps)
    return conventions.offsets_from_torchvision(raw, geometry.taps), weights


def _blocked(raw: Tensor, mask: Tensor | None, geometry: Geometry, groups: int, without: bool) -> Masked:
    weights = None if mask is None else conventions.mask_from_torchvision(mask, geometry.taps)
    return conventions.offsets_from_blocked(raw, geometry.taps), weights


def _internimage(raw: Tensor, mask: Tensor | None, geometry: Geometry, groups: int, without: bool) -> Masked:
    weights = raw[:, : raw.shape[1] // 2] if mask is None else mask  # of no meaning, but of the right shape
    last = raw.permute(0, 2, 3, 1), weights.permute(0, 2, 3, 1)
    offsets, read = conventions.from_internimage(*last, geometry, groups, remove_center=without)
    return offsets, None if mask is None else read


def _dcnv4(raw: Tensor, mask: Tensor | None, geometry: Geometry, groups: int, without: bool) -> Masked:
    return conventions.from_dcnv4(raw.permute(0, 2, 3, 1), geometry, groups, remove_center=without)


@dataclass(frozen=True)
class Order:
    """An order of raw offset channels.

    Attributes:
        name: stable.
        whose: what uses it; empty for a mistake.
        convention: the function that reads it, but for what follows.
        exchanged: the two axes change places.
        transposed: the taps run down the columns where the convention has rows.
    """

    name: str
    whose: str
    convention: Callable[[Tensor, Tensor | None, Geometry, int, bool], Masked]
    exchanged: bool = False
    transposed: bool = False

    @property
    def one_tensor(self) -> bool:
        """Whether the masks are in the offsets' tensor."""
        return self.convention is _dcnv4

    def groups(self, channels: int, geometry: Geometry, given: int | None, without: bool) -> int | None:
        """How many groups so many channels are; None if they cannot be in this order.

        Args:
            channels: of the raw tensor.
            geometry: of the layer.
            given: how many there are, if that is known.
            without: whether the centre tap is left out, which only v3 and v4 know.
        """
        taps = conventions.stored_taps(geometry, without)
        if without and self.convention in (_torchvision, _blocked):
            return None
        if self.one_tensor:
            fits = [
                n
                for n in range(1, channels // (3 * taps) + 1)
                if conventions.dcnv4_channels(n, taps) == channels
            ]
        else:
            fits = [channels // (2 * taps)] if channels and channels % (2 * taps) == 0 else []
        fits = [n for n in fits if given in (None, n)]
        return fits[0] if fits else None

    def read(
        self,
        raw: Tensor,
        mask: Tensor | None,
        geometry: Geometry,
        groups: int,
        *,
        offset_scale: float = 1.0,
        remove_center: bool = False,
    ) -> Masked:
        """Canonical offsets and mask (None if there is none).

        Args:
            raw: ``(B, X, H_out, W_out)``, whatever the library's own order of axes.
            mask: ``(B, GP, H_out, W_out)`` or None.
            geometry: of the layer.
            groups: from :meth:`groups`.
            offset_scale: as in v3.
            remove_center: as in v3.
        """
        offsets, masks = self.convention(raw, mask, geometry, groups, remove_center)
        if self.exchanged:
            offsets = offsets.flip(-1)
        if self.transposed:
            offsets = _transposed(offsets, geometry)
            masks = None if masks is None else _transposed(masks, geometry)
        if offset_scale != 1:
            ones = torch.ones_like(offsets[..., 0])
            plain = conventions.to_internimage(offsets, ones, geometry)
            offsets, _ = conventions.from_internimage(*plain, geometry, groups, offset_scale=offset_scale)
        return offsets, masks

    def channels(
        self, count: int, geometry: Geometry, groups: int, remove_center: bool
    ) -> list[Channel | None]:
        """What each of ``count`` channels holds; None for padding."""
        numbers = torch.arange(1.0, count + 1, dtype=torch.float64).view(1, -1, 1, 1)  # 0: a tap left out
        offsets, masks = self.read(numbers, None, geometry, groups, remove_center=remove_center)
        held: list[Channel | None] = [None] * count
        for group, taps in enumerate(offsets[0, ..., 0, 0, :].int().tolist()):
            for tap, (dy, dx) in enumerate(taps):
                if dy:
                    held[dy - 1], held[dx - 1] = Channel(group, tap, "dy"), Channel(group, tap, "dx")
        for group, taps in enumerate([] if masks is None else masks[0, ..., 0, 0].int().tolist()):
            for tap, channel in enumerate(taps):
                if channel:
                    held[channel - 1] = Channel(group, tap, "mask")
        return held


def _transposed(values: Tensor, geometry: Geometry) -> Tensor:
    """``(B, G, K, ...)``: taps read down the columns, in rows."""
    kh, kw = geometry.kernel_size
    rows: Tensor = values.unflatten(2, (kw, kh)).transpose(2, 3).flatten(2, 3)
    return rows


ORDERS = (
    Order("torchvision", "torchvision, mmcv (v1, v2)", _torchvision),
    Order("internimage", "InternImage (v3)", _internimage),
    Order("dcnv4", "DCNv4", _dcnv4),
    Order("blocked", "explicit PyTorch code: N dy, then N dx", _blocked),
    Order("torchvision, x first", "", _torchvision, exchanged=True),
    Order("internimage, y first", "", _internimage, exchanged=True),
    Order("dcnv4, y first", "", _dcnv4, exchanged=True),
    Order("blocked, x first", "", _blocked, exchanged=True),
    Order("blocked, by columns", "", _blocked, transposed=True),
    Order("blocked, by columns, x first", "", _blocked, exchanged=True, transposed=True),
)
"""The table: libraries first. "internimage" with its axes exchanged is torchvision's order by columns."""
