"""The only file that knows channel orders: each operator's raw tensors, to and from one canonical layout.

Canonical: offsets ``(B, G, K, H_out, W_out, 2)`` as (dy, dx) in pixels of the input map, mask
``(B, G, K, H_out, W_out)``, taps row-major ``k = ky * kw + kx``, groups outermost.

==========  =====================================  ============================  =========================
            torchvision, mmcv (v1, v2)             InternImage (v3)              DCNv4
==========  =====================================  ============================  =========================
layout      ``(B, 2GK, H, W)``, ``(B, GK, H, W)``  ``(B, H, W, 2GP)``, same GP   ``(B, H, W, ceil8(3GP))``
pair        (dy, dx), interleaved                  (dx, dy), interleaved         (dx, dy), interleaved
taps        row-major                              column-major, t = kx*kh + ky  column-major
==========  =====================================  ============================  =========================

v3 and v4 may scale taps and offsets about the kernel's centre (``offset_scale``) and leave the centre tap out
(``remove_center``, P = K - 1). In canonical form the scale is part of the offset, and a removed centre is a
tap with offset 0 and mask 0. Sources: arXiv 1703.06211, 1811.11168, 2211.05778, 2401.06197 and the operators'
code.

All functions are differentiable re-orderings (views where the layout allows it).
"""

from __future__ import annotations

import torch
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.sampling import AnyVersion, Sampling

Canonical = tuple[Tensor, Tensor]


# --- torchvision and mmcv: v1, v2 ---------------------------------------------------------------------------


def offsets_from_torchvision(offset: Tensor, taps: int) -> Tensor:
    """``(B, 2GK, H, W)``, channel ``(g*K + k)*2 + {0: dy, 1: dx}``, to ``(B, G, K, H, W, 2)``: a view."""
    batch, channels, height, width = offset.shape
    return offset.view(batch, channels // (2 * taps), taps, 2, height, width).permute(0, 1, 2, 4, 5, 3)


def offsets_to_torchvision(offsets: Tensor) -> Tensor:
    """``(B, G, K, H, W, 2)`` to ``(B, 2GK, H, W)``; the inverse of :func:`offsets_from_torchvision`."""
    batch, groups, taps, height, width, _ = offsets.shape
    return offsets.permute(0, 1, 2, 5, 3, 4).reshape(batch, groups * taps * 2, height, width)


def offsets_from_blocked(offset: Tensor, taps: int) -> Tensor:
    """``(B, 2GK, H, W)``, channel ``(2g + {0: dy, 1: dx})*K + k``, to ``(B, G, K, H, W, 2)``: a view.

    No library's order, but that of much explicit code, such as the article's module: N dy, then N dx.
    """
    batch, channels, height, width = offset.shape
    return offset.view(batch, channels // (2 * taps), 2, taps, height, width).permute(0, 1, 3, 4, 5, 2)


def mask_from_torchvision(mask: Tensor, taps: int) -> Tensor:
    """``(B, GK, H, W)`` to canonical ``(B, G, K, H, W)``: a view. Channel ``g*K + k``."""
    return mask.view(mask.shape[0], mask.shape[1] // taps, taps, *mask.shape[2:])


def mask_to_torchvision(mask: Tensor) -> Tensor:
    """Canonical ``(B, G, K, H, W)`` to ``(B, GK, H, W)``."""
    return mask.flatten(1, 2)


# --- InternImage: v3 ----------------------------------------------------------------------------------------


def stored_taps(geometry: Geometry, remove_center: bool) -> int:
    """P, the number of taps for which v3 and v4 store an offset: K, or K - 1 without the centre.

    Raises:
        ValueError: if the centre is to be left out of a kernel that has none, or nothing else.

    >>> stored_taps(Geometry(3), remove_center=True)
    8
    """
    kh, kw = geometry.kernel_size
    if remove_center and (kh != kw or kh % 2 == 0 or kh < 3):
        raise ValueError(
            f"remove_center needs a square kernel of odd size, 3 or more; got {geometry.kernel_size}."
        )
    return geometry.taps - int(remove_center)


def _column_major(geometry: Geometry, remove_center: bool) -> list[int]:
    """For each tap that v3 and v4 store, in their order, its row-major index."""
    kh, kw = geometry.kernel_size
    order = [ky * kw + kx for kx in range(kw) for ky in range(kh)]
    if stored_taps(geometry, remove_center) < geometry.taps:
        order.remove(geometry.taps // 2)
    return order


def _scale_shift(geometry: Geometry, offset_scale: float, like: Tensor) -> Tensor:
    """``(K, 1, 1, 2)``: what scaling about the centre adds to each tap, ``(s - 1) * (tap - centre)``."""
    grid = geometry.tap_grid(dtype=like.dtype, device=like.device)
    return ((offset_scale - 1) * (grid - grid.new_tensor(geometry.centre)))[:, None, None, :]


def _row_major(geometry: Geometry, remove_center: bool) -> list[int | None]:
    """For each tap in row-major order, where v3 and v4 store it; None for a removed centre."""
    places: list[int | None] = [None] * geometry.taps
    for t, k in enumerate(_column_major(geometry, remove_center)):
        places[k] = t
    return places


def _pick(blocks: Tensor, channels: list[int | None]) -> Tensor:
    """Channels of each group's block, ``(B, H, W, G, X)``, in another order; None stands for zeros."""
    size, zeros = blocks.shape[:-1], blocks.shape[-1]
    if None in channels:
        blocks = torch.nn.functional.pad(blocks, (0, 1))
    source = [zeros if channel is None else channel for channel in channels]
    # One selection, and from a matrix: PyTorch takes twice as long over more axes.
    rows = blocks.flatten(0, -2).index_select(1, torch.tensor(source, device=blocks.device))
    return rows.view(*size, len(source))


def _canonical(
    offset: Tensor, mask: Tensor, geometry: Geometry, offset_scale: float, remove_center: bool, first: int
) -> Canonical:
    """What v3 and v4 share: their blocks ``(B, H, W, G, X)`` to canonical offsets and mask.

    Args:
        offset: blocks that begin with P pairs (dx, dy), column-major.
        mask: blocks with P masks in that order, the first of them at index ``first``.
        geometry: the layer's geometry.
        offset_scale: scales taps and offsets about the kernel's centre.
        remove_center: whether P = K - 1.
        first: see ``mask``.
    """
    places = _row_major(geometry, remove_center)
    pairs = _pick(offset, [None if t is None else 2 * t + d for t in places for d in (1, 0)])  # dy before dx
    weights = _pick(mask, [None if t is None else first + t for t in places])
    offsets = pairs.unflatten(-1, (geometry.taps, 2)).permute(0, 3, 4, 1, 2, 5)
    if offset_scale != 1:
        offsets = offset_scale * offsets + _scale_shift(geometry, offset_scale, offsets)
    return offsets, weights.permute(0, 3, 4, 1, 2)


def kept(offsets: Tensor, mask: Tensor | None, geometry: Geometry) -> tuple[Tensor, Tensor | None]:
    """Canonical offsets and mask with the taps column by column and (dx, dy), as v3 and v4 keep them.

    Returns:
        ``(B, G, K, H_out, W_out, 2)`` and ``(B, G, K, H_out, W_out)`` or None.
    """
    order = torch.tensor(_column_major(geometry, remove_center=False), device=offsets.device)
    return offsets.flip(-1).index_select(2, order), None if mask is None else mask.index_select(2, order)


def kept_by_internimage(offset: Tensor, mask: Tensor, geometry: Geometry, groups: int) -> Canonical:
    """:func:`kept` of what DCNv3's tensors say: views of them, nothing is copied.

    For an ``offset_scale`` of 1 and kernels with their centre; arguments as in :func:`from_internimage`.
    """
    cells, shape = offset.shape[:-1], (groups, geometry.taps)
    pairs, weights = offset.view(*cells, *shape, 2), mask.view(*cells, *shape)
    return pairs.permute(0, 3, 4, 1, 2, 5), weights.permute(0, 3, 4, 1, 2)


def from_internimage(
    offset: Tensor,
    mask: Tensor,
    geometry: Geometry,
    groups: int,
    *,
    offset_scale: float = 1.0,
    remove_center: bool = False,
) -> Canonical:
    """DCNv3's tensors to canonical offsets and mask.

    Args:
        offset: ``(B, H_out, W_out, 2GP)``, index ``(g*P + t)*2 + {0: dx, 1: dy}``, ``t = kx*kh + ky``.
        mask: ``(B, H_out, W_out, GP)``, index ``g*P + t``, after the module's softmax.
        geometry: the layer's geometry.
        groups: G.
        offset_scale: scales taps and offsets about the kernel's centre.
        remove_center: whether the centre tap is left out (P = K - 1).

    Returns:
        ``(B, G, K, H_out, W_out, 2)`` and ``(B, G, K, H_out, W_out)``. With ``j`` row-major and ``t`` the
        same tap column-major: ``dy[j] = s*off[t, 1] + (s - 1)*(ky*dilation_y - centre_y)``, likewise dx.
    """
    stored = stored_taps(geometry, remove_center)
    pairs, weights = offset.unflatten(-1, (groups, 2 * stored)), mask.unflatten(-1, (groups, stored))
    return _canonical(pairs, weights, geometry, offset_scale, remove_center, first=0)


def to_internimage(
    offsets: Tensor,
    mask: Tensor,
    geometry: Geometry,
    *,
    offset_scale: float = 1.0,
    remove_center: bool = False,
) -> Canonical:
    """Canonical offsets and mask to DCNv3's tensors; the inverse of :func:`from_internimage`.

    Returns:
        ``(B, H_out, W_out, 2GP)`` and ``(B, H_out, W_out, GP)``.
    """
    order = torch.tensor(_column_major(geometry, remove_center), device=offsets.device)
    if offset_scale != 1:
        offsets = (offsets - _scale_shift(geometry, offset_scale, offsets)) / offset_scale
    pairs = offsets.flip(-1).index_select(2, order).permute(0, 3, 4, 1, 2, 5)
    weights = mask.index_select(2, order).permute(0, 3, 4, 1, 2)
    return pairs.flatten(3), weights.flatten(3)


# --- DCNv4 --------------------------------------------------------------------------------------------------


def dcnv4_channels(groups: int, taps: int) -> int:
    """Channels of DCNv4's one tensor for G groups of P stored taps: ``3GP``, padded to a multiple of 8.

    >>> dcnv4_channels(1, 9), dcnv4_channels(4, 9)
    (32, 112)
    """
    return -(-groups * taps * 3 // 8) * 8


def from_dcnv4(
    offset_mask: Tensor,
    geometry: Geometry,
    groups: int,
    *,
    offset_scale: float = 1.0,
    remove_center: bool = False,
) -> Canonical:
    """DCNv4's one tensor to canonical offsets and mask.

    Args:
        offset_mask: ``(B, H_out, W_out, ceil8(3GP))``: per group a block of 3P channels, first 2P offsets
            (dx, dy interleaved, taps column-major), then P masks (raw, unbounded); channels after the last
            block are padding and are ignored.
        geometry: the layer's geometry.
        groups: G.
        offset_scale: as in v3.
        remove_center: as in v3.
    """
    stored = stored_taps(geometry, remove_center)
    blocks = offset_mask[..., : groups * stored * 3].unflatten(-1, (groups, 3 * stored)).contiguous()
    return _canonical(blocks, blocks, geometry, offset_scale, remove_center, first=2 * stored)


def kept_by_dcnv4(offset_mask: Tensor, geometry: Geometry, groups: int) -> Canonical:
    """:func:`kept` of what DCNv4's one tensor says: views; see :func:`kept_by_internimage`."""
    taps = geometry.taps
    blocks = offset_mask[..., : groups * taps * 3].unflatten(-1, (groups, 3 * taps))
    pairs, weights = blocks[..., : 2 * taps].unflatten(-1, (taps, 2)), blocks[..., 2 * taps :]
    return pairs.permute(0, 3, 4, 1, 2, 5), weights.permute(0, 3, 4, 1, 2)


def to_dcnv4(
    offsets: Tensor,
    mask: Tensor,
    geometry: Geometry,
    *,
    offset_scale: float = 1.0,
    remove_center: bool = False,
) -> Tensor:
    """Canonical offsets and mask to DCNv4's one tensor, padding channels zero."""
    groups, stored = offsets.shape[1], stored_taps(geometry, remove_center)
    offset, weights = to_internimage(
        offsets, mask, geometry, offset_scale=offset_scale, remove_center=remove_center
    )
    blocks = torch.cat(
        [offset.unflatten(-1, (groups, 2 * stored)), weights.unflatten(-1, (groups, stored))], dim=-1
    ).flatten(-2)
    padding = dcnv4_channels(groups, stored) - blocks.shape[-1]
    return torch.nn.functional.pad(blocks, (0, padding))


# --- at the door --------------------------------------------------------------------------------------------


def as_sampling(
    offsets: Tensor, mask: Tensor | None, geometry: Geometry, input_size: tuple[int, int], version: AnyVersion
) -> Sampling:
    """Canonical tensors as a :class:`Sampling`: half types become float32, a missing mask becomes ones."""
    wide = torch.promote_types(offsets.dtype, torch.float32)
    weights = torch.ones_like(offsets[..., 0]) if mask is None else mask
    return Sampling(offsets.to(wide), weights.to(wide), geometry, input_size, version)
