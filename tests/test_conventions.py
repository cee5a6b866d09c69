"""Channel orders: each is pinned, together with the literal that a silent swap would give instead.

The raw tensors are filled with their own channel numbers, so that a canonical value tells where it came from.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor

from dcnviz.conventions import (
    as_sampling,
    dcnv4_channels,
    from_dcnv4,
    from_internimage,
    kept,
    kept_by_dcnv4,
    kept_by_internimage,
    mask_from_torchvision,
    mask_to_torchvision,
    offsets_from_torchvision,
    offsets_to_torchvision,
    stored_taps,
    to_dcnv4,
    to_internimage,
)
from dcnviz.geometry import Geometry

KERNEL = (2, 3)  # not square: a row-major order can never pass for a column-major one
GEOMETRY = Geometry(KERNEL, dilation=(2, 3))
G, K = 2, 6


def numbered(channels: int, *, last: bool) -> Tensor:
    """A raw tensor for one cell, holding its channel numbers; channels last or first."""
    numbers = torch.arange(float(channels))
    return numbers.view(1, 1, 1, -1) if last else numbers.view(1, -1, 1, 1)


def noise(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=dtype)


# --- torchvision --------------------------------------------------------------------------------------------


def test_torchvision_offsets_are_dy_dx_pairs_row_major() -> None:
    offsets = offsets_from_torchvision(numbered(2 * G * K, last=False), K)
    assert offsets.shape == (1, G, K, 1, 1, 2)
    for g, ky, kx in itertools.product(range(G), range(2), range(3)):
        k = ky * 3 + kx
        assert offsets[0, g, k, 0, 0].tolist() == [(g * K + k) * 2, (g * K + k) * 2 + 1]
    # Group 1, second row, first column of the kernel:
    assert offsets[0, 1, 3, 0, 0].tolist() == [18.0, 19.0]
    assert offsets[0, 1, 3, 0, 0].tolist() != [19.0, 18.0]  # (dx, dy)
    assert offsets[0, 1, 3, 0, 0].tolist() != [14.0, 15.0]  # column-major, t = kx*kh + ky = 1
    assert offsets[0, 1, 3, 0, 0].tolist() != [15.0, 21.0]  # blocked: all dy, then all dx, in each group


def test_torchvision_masks_are_group_then_tap() -> None:
    mask = mask_from_torchvision(numbered(G * K, last=False), K)
    assert mask[0, :, :, 0, 0].tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert mask[0, 1, 3, 0, 0].item() == 9.0
    assert mask[0, 1, 3, 0, 0].item() != 7.0  # taps outermost: k*G + g


def test_torchvision_reads_the_orders_that_are_pinned() -> None:
    """Its own operator is asked where it looks: a picture of row numbers, and one of column numbers."""
    from torchvision.ops import deform_conv2d

    rows = torch.arange(9.0).view(1, 1, 9, 1).expand(1, 1, 9, 9)
    offset = torch.zeros(1, 2 * K, 8, 7)
    offset[:, 3 * 2] = 1.0  # tap 3, the first number of its pair
    for tap, picture, moved in ((3, rows, 1.0), (3, rows.mT, 0.0), (1, rows, 0.0), (2, rows, 0.0)):
        weight = torch.zeros(1, 1, K)
        weight[0, 0, tap] = 1
        weight = weight.view(1, 1, *KERNEL)
        plain = deform_conv2d(picture, torch.zeros_like(offset), weight)
        difference = deform_conv2d(picture, offset, weight) - plain
        assert difference[0, 0, 2, 2].item() == moved


def test_torchvision_round_trip_is_bit_for_bit() -> None:
    raw, raw_mask = noise(2, 2 * G * K, 3, 4), noise(2, G * K, 3, 4)
    assert torch.equal(offsets_to_torchvision(offsets_from_torchvision(raw, K)), raw)
    assert torch.equal(mask_to_torchvision(mask_from_torchvision(raw_mask, K)), raw_mask)
    offsets = noise(2, G, K, 3, 4, 2)
    assert torch.equal(offsets_from_torchvision(offsets_to_torchvision(offsets), K), offsets)


def test_torchvision_offsets_are_a_view_even_of_a_slice_or_channels_last() -> None:
    whole = noise(2, 3 * G * K, 3, 4).to(memory_format=torch.channels_last)
    part = whole[:, : 2 * G * K]
    offsets = offsets_from_torchvision(part, K)
    assert offsets.untyped_storage().data_ptr() == whole.untyped_storage().data_ptr()
    assert torch.equal(offsets_to_torchvision(offsets), part)


# --- InternImage --------------------------------------------------------------------------------------------


def test_internimage_pairs_are_dx_dy_column_major() -> None:
    raw, raw_mask = numbered(2 * G * K, last=True), numbered(G * K, last=True)
    offsets, mask = from_internimage(raw, raw_mask, GEOMETRY, G)
    for g, ky, kx in itertools.product(range(G), range(2), range(3)):
        j, t = ky * 3 + kx, kx * 2 + ky
        assert offsets[0, g, j, 0, 0].tolist() == [(g * K + t) * 2 + 1, (g * K + t) * 2]
        assert mask[0, g, j, 0, 0].item() == g * K + t
    # Group 1, second row, first column (t = 1):
    assert offsets[0, 1, 3, 0, 0].tolist() == [15.0, 14.0]
    assert offsets[0, 1, 3, 0, 0].tolist() != [14.0, 15.0]  # (dy, dx)
    assert offsets[0, 1, 3, 0, 0].tolist() != [19.0, 18.0]  # row-major
    assert offsets[0, 1, 3, 0, 0].tolist() != [18.0, 19.0]  # both: torchvision's order
    assert mask[0, 0, :, 0, 0].tolist() == [0, 2, 4, 1, 3, 5]
    assert mask[0, 0, :, 0, 0].tolist() != [0, 3, 1, 4, 2, 5]  # the inverse order


def test_internimage_scale_acts_about_the_centre() -> None:
    """Positions are ``centre + s * (tap - c + offset)``, here by the definition itself."""
    g, s = Geometry((4, 3), stride=(2, 1), padding=(3, 1), dilation=(2, 3)), 1.75
    raw, raw_mask = noise(2, 3, 5, 2 * G * 12, dtype=torch.float64), noise(2, 3, 5, G * 12).double()
    offsets, _ = from_internimage(raw, raw_mask, g, G, offset_scale=s)
    positions = g.base((3, 5), dtype=torch.float64) + offsets
    for group, ky, kx, oy, ox in itertools.product(range(G), range(4), range(3), range(3), range(5)):
        t = kx * 4 + ky
        dx, dy = raw[1, oy, ox, (group * 12 + t) * 2 :][:2].tolist()
        cy, cx = (2 * 3) // 2, (3 * 2) // 2
        y = oy * 2 - 3 + cy + s * (ky * 2 - cy + dy)
        x = ox * 1 - 1 + cx + s * (kx * 3 - cx + dx)
        assert positions[1, group, ky * 3 + kx, oy, ox].tolist() == pytest.approx([y, x], abs=1e-12)


def test_internimage_scale_literals() -> None:
    """3x3, s = 2, zero offsets: the first tap moves by (-1, -1), the centre stays."""
    offsets, _ = from_internimage(
        torch.zeros(1, 1, 1, 18), torch.zeros(1, 1, 1, 9), Geometry(3), 1, offset_scale=2.0
    )
    moved = offsets[0, 0, :, 0, 0].tolist()
    assert moved[0] == [-1, -1] and moved[4] == [0, 0] and moved[2] == [-1, 1]
    assert moved[2] != [1, -1]  # (dx, dy)
    assert moved[0] != [0, 0]  # scaling the offsets only
    assert moved[4] != [1, 1]  # scaling about the first tap


@pytest.mark.parametrize(("kernel", "groups"), [(3, 1), ((2, 3), 2), ((4, 1), 3), (1, 2), (5, 2)])
def test_internimage_round_trip_is_bit_for_bit(kernel: Any, groups: int) -> None:
    g = Geometry(kernel)
    raw, raw_mask = noise(2, 3, 4, 2 * groups * g.taps), noise(2, 3, 4, groups * g.taps)
    back = to_internimage(*from_internimage(raw, raw_mask, g, groups), g)
    assert torch.equal(back[0], raw) and torch.equal(back[1], raw_mask)


def test_internimage_round_trip_with_a_scale() -> None:
    g = Geometry((3, 2), dilation=(1, 2))
    raw, raw_mask = noise(2, 3, 4, 24, dtype=torch.float64), noise(2, 3, 4, 12, dtype=torch.float64)
    back = to_internimage(*from_internimage(raw, raw_mask, g, 2, offset_scale=1.3), g, offset_scale=1.3)
    torch.testing.assert_close(back[0], raw, atol=1e-14, rtol=0)
    assert torch.equal(back[1], raw_mask)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_removed_centre_is_a_tap_with_offset_and_mask_zero(scale: float) -> None:
    g = Geometry(3, dilation=2)
    raw, raw_mask = 100 + numbered(2 * G * 8, last=True), 100 + numbered(G * 8, last=True)
    offsets, mask = from_internimage(raw, raw_mask, g, G, offset_scale=scale, remove_center=True)
    assert offsets.shape == (1, G, 9, 1, 1, 2) and mask.shape == (1, G, 9, 1, 1)
    assert offsets[:, :, 4].abs().max() == 0 and mask[:, :, 4].abs().max() == 0
    assert bool((mask[:, :, [0, 1, 2, 3, 5, 6, 7, 8]] >= 100).all())


@pytest.mark.parametrize("groups", [1, 3])
def test_what_v3_and_v4_keep_is_the_canonical_in_their_order_uncopied(groups: int) -> None:
    g = Geometry(KERNEL)
    offset, mask = noise(2, 3, 4, 2 * groups * g.taps), noise(2, 3, 4, groups * g.taps)
    joint = noise(2, 3, 4, dcnv4_channels(groups, g.taps))
    views, canonical = kept_by_internimage(offset, mask, g, groups), from_internimage(offset, mask, g, groups)
    assert all(torch.equal(a, b) for a, b in zip(views, kept(*canonical, g), strict=True))
    assert [view.data_ptr() for view in views] == [offset.data_ptr(), mask.data_ptr()]
    views = kept_by_dcnv4(joint, g, groups)
    assert all(torch.equal(a, b) for a, b in zip(views, kept(*from_dcnv4(joint, g, groups), g), strict=True))
    assert views[0].data_ptr() == joint.data_ptr()
    assert kept(canonical[0], None, g)[1] is None


def test_the_taps_after_a_removed_centre_move_up_by_one() -> None:
    mask = from_internimage(
        torch.zeros(1, 1, 1, 16), numbered(8, last=True), Geometry(3), 1, remove_center=True
    )[1]
    # Column-major with the centre (t = 4) skipped, written row-major:
    assert mask[0, 0, :, 0, 0].tolist() == [0, 3, 5, 1, 0, 6, 2, 4, 7]
    assert mask[0, 0, :, 0, 0].tolist() != [0, 1, 2, 3, 0, 4, 5, 6, 7]  # row-major
    assert mask[0, 0, :, 0, 0].tolist() != [0, 3, 6, 1, 0, 7, 2, 5, 8]  # as if nothing had been skipped


@pytest.mark.parametrize("kernel", [3, 5])
def test_round_trip_with_a_removed_centre(kernel: int) -> None:
    g = Geometry(kernel)
    stored = g.taps - 1
    raw, raw_mask = noise(2, 3, 4, 2 * G * stored), noise(2, 3, 4, G * stored)
    canonical = from_internimage(raw, raw_mask, g, G, remove_center=True)
    back = to_internimage(*canonical, g, remove_center=True)
    assert torch.equal(back[0], raw) and torch.equal(back[1], raw_mask)


@pytest.mark.parametrize("kernel", [1, 2, 4, (3, 5)])
def test_a_kernel_without_a_centre_to_leave_out(kernel: Any) -> None:
    with pytest.raises(ValueError, match="remove_center needs a square kernel of odd size, 3 or more"):
        stored_taps(Geometry(kernel), remove_center=True)
    assert stored_taps(Geometry(kernel), remove_center=False) == Geometry(kernel).taps


# --- DCNv4 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("groups", "taps", "channels"), [(1, 9, 32), (2, 9, 56), (4, 9, 112), (1, 8, 24)])
def test_dcnv4_channels_are_padded_to_eight(groups: int, taps: int, channels: int) -> None:
    assert dcnv4_channels(groups, taps) == channels


def test_dcnv4_keeps_offsets_and_masks_of_a_group_together() -> None:
    raw = numbered(dcnv4_channels(G, K), last=True)
    offsets, mask = from_dcnv4(raw, GEOMETRY, G)
    for g, ky, kx in itertools.product(range(G), range(2), range(3)):
        j, t = ky * 3 + kx, kx * 2 + ky
        assert offsets[0, g, j, 0, 0].tolist() == [g * 18 + t * 2 + 1, g * 18 + t * 2]
        assert mask[0, g, j, 0, 0].item() == g * 18 + 12 + t
    assert offsets[0, 1, 3, 0, 0].tolist() == [21.0, 20.0] and mask[0, 1, 3, 0, 0].item() == 31.0
    assert offsets[0, 1, 3, 0, 0].tolist() != [20.0, 21.0]  # (dy, dx)
    assert offsets[0, 1, 3, 0, 0].tolist() != [25.0, 24.0]  # row-major
    assert offsets[0, 1, 3, 0, 0].tolist() != [15.0, 14.0]  # v3's order: all offsets first
    assert mask[0, 1, 3, 0, 0].item() != 31.0 + 2  # row-major
    assert mask[0, 0, 0, 0, 0].item() != 24.0  # v3's order: masks behind the offsets of all groups


@pytest.mark.parametrize(("groups", "remove"), [(1, False), (2, False), (3, True), (1, True)])
def test_dcnv4_round_trip_is_bit_for_bit_but_for_its_padding(groups: int, remove: bool) -> None:
    g = Geometry(3)
    stored = stored_taps(g, remove)
    used = 3 * groups * stored
    raw = noise(2, 3, 4, dcnv4_channels(groups, stored))
    back = to_dcnv4(*from_dcnv4(raw, g, groups, remove_center=remove), g, remove_center=remove)
    assert back.shape == raw.shape
    assert torch.equal(back[..., :used], raw[..., :used])
    assert not back[..., used:].any()


def test_what_pads_dcnv4_changes_nothing() -> None:
    raw = noise(1, 2, 2, 32)
    other = raw.clone()
    other[..., 27:] = float("nan")
    for a, b in zip(from_dcnv4(raw, Geometry(3), 1), from_dcnv4(other, Geometry(3), 1), strict=True):
        assert torch.equal(a, b)


# --- all of them --------------------------------------------------------------------------------------------


def test_empty_batches_go_both_ways() -> None:
    g = Geometry(3)
    offsets, mask = torch.zeros(0, 2, 9, 3, 4, 2), torch.zeros(0, 2, 9, 3, 4)
    assert offsets_to_torchvision(offsets).shape == (0, 36, 3, 4)
    assert mask_to_torchvision(mask).shape == (0, 18, 3, 4)
    raw, raw_mask = to_internimage(offsets, mask, g)
    assert raw.shape == (0, 3, 4, 36) and raw_mask.shape == (0, 3, 4, 18)
    assert from_internimage(raw, raw_mask, g, 2)[0].shape == offsets.shape
    assert from_dcnv4(to_dcnv4(offsets, mask, g), g, 2)[1].shape == mask.shape


def test_gradients_pass_through() -> None:
    g = Geometry(3)
    raw, raw_mask = (noise(1, 2, 2, n).requires_grad_() for n in (16, 8))
    offsets, mask = from_internimage(raw, raw_mask, g, 1, offset_scale=2.0, remove_center=True)
    (offsets.sum() + 3 * mask.sum()).backward()
    assert bool((raw.grad == 2).all()) and bool((raw_mask.grad == 3).all())


def test_at_the_door_half_types_become_float32_and_a_missing_mask_ones() -> None:
    g = Geometry(3, padding=1)
    for given, wide in ((torch.bfloat16, torch.float32), (torch.float16, torch.float32)):
        s = as_sampling(torch.zeros(1, 1, 9, 4, 4, 2, dtype=given), None, g, (4, 4), "v1")
        assert s.offsets.dtype == s.mask.dtype == s.positions.dtype == wide
        assert bool((s.mask == 1).all())
    wide = torch.zeros(1, 1, 9, 4, 4, 2, dtype=torch.float64)
    assert as_sampling(wide, None, g, (4, 4), "v1").positions.dtype == torch.float64
