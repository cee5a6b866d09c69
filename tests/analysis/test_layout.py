"""Channel orders: told as each library has them, and found out by running the operator."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dcnviz import conventions
from dcnviz.analysis import inspect_layout
from dcnviz.analysis.orders import ORDERS, Channel
from dcnviz.geometry import Geometry
from dcnviz.ops import dcnv3, dcnv4, deform_conv2d


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def channels(
    name: str, geometry: Geometry, count: int, groups: int, without: bool = False
) -> list[Channel | None]:
    (order,) = [order for order in ORDERS if order.name == name]
    return order.channels(count, geometry, groups, without)


def test_torchvisions_formula() -> None:
    kh, kw, groups = 2, 3, 2
    held = channels("torchvision", Geometry((kh, kw)), 24, groups)
    for g in range(groups):
        for ky in range(kh):
            for kx in range(kw):
                k = ky * kw + kx
                assert held[(g * 6 + k) * 2] == (g, k, "dy") and held[(g * 6 + k) * 2 + 1] == (g, k, "dx")


def test_internimages_formula_and_the_centre_that_is_left_out() -> None:
    held = channels("internimage", Geometry((2, 3)), 24, 2)
    for g in range(2):
        for ky in range(2):
            for kx in range(3):
                t = kx * 2 + ky
                assert held[(g * 6 + t) * 2][1:] == (ky * 3 + kx, "dx")  # type: ignore[index]
                assert held[(g * 6 + t) * 2 + 1] == (g, ky * 3 + kx, "dy")
    assert {c.tap for c in channels("internimage", Geometry(3), 16, 1, True) if c} == {0, 1, 2, 3, 5, 6, 7, 8}


def test_dcnv4s_blocks_and_padding() -> None:
    held = channels("dcnv4", Geometry(3), 56, 2)
    for g in range(2):
        assert [c and c.what for c in held[27 * g : 27 * g + 27]] == ["dx", "dy"] * 9 + ["mask"] * 9
        assert held[27 * g + 2 : 27 * g + 4] == [
            (g, 3, "dx"),
            (g, 3, "dy"),
        ]  # the second tap is below the first
    assert held[54:] == [None, None]


def test_explicit_codes_blocks() -> None:
    held = channels("blocked", Geometry((1, 3)), 6, 1)
    assert held == [(0, 0, "dy"), (0, 1, "dy"), (0, 2, "dy"), (0, 0, "dx"), (0, 1, "dx"), (0, 2, "dx")]


def test_all_orders_are_different_and_hold_each_offset_once() -> None:
    geometry, seen = Geometry((2, 3)), set()
    for order in ORDERS:
        count = conventions.dcnv4_channels(2, 6) if order.one_tensor else 24
        held = order.channels(count, geometry, 2, False)
        real = [c for c in held if c]
        assert len(real) == len(set(real)) == (36 if order.one_tensor else 24)
        seen.add(tuple(held))
    assert len(seen) == len(ORDERS)


# --- against the operators ------------------------------------------------------------------------------------

KERNEL = {"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}
GEOMETRY = Geometry(**KERNEL)  # type: ignore[arg-type]
SIZE = (9, 11)
OUT = GEOMETRY.output_size(SIZE)


@pytest.mark.parametrize("masked", [True, False])
def test_torchvisions_own_operator(masked) -> None:
    from torchvision.ops import deform_conv2d as torchvisions

    x, w, b = numbers(2, 6, *SIZE), numbers(4, 3, 2, 3, seed=1), numbers(4, seed=2)
    offset, mask = numbers(2, 36, *OUT, seed=3), torch.rand(2, 18, *OUT) if masked else None
    y = torchvisions(x, offset, w, b, (2, 1), (1, 2), (1, 2), mask)
    seen = inspect_layout(offset, mask=mask, input=x, weight=w, bias=b, output=y, **KERNEL)
    assert seen.consistent == ("torchvision",)
    assert seen.readings[0].error is not None and seen.readings[0].error < 1e-5
    assert all(r.error and r.error > 0.05 for r in seen.readings[1:])
    assert {r.order.name for r in seen.readings} == {o.name for o in ORDERS if not o.one_tensor}


@pytest.mark.parametrize("scale", [1.0, 1.7])
def test_internimages_operator(scale) -> None:
    x, offset, mask = numbers(1, *SIZE, 8), numbers(1, *OUT, 24, seed=1), torch.rand(1, *OUT, 12)
    y = dcnv3(x, offset, mask, groups=2, offset_scale=scale, **KERNEL)  # type: ignore[arg-type]
    seen = inspect_layout(offset, mask=mask, input=x, output=y, offset_scale=scale, **KERNEL)
    assert seen.consistent == ("internimage",)


@pytest.mark.parametrize("without", [False, True])
def test_the_centre_left_out_and_dcnv4(without) -> None:
    taps = 8 if without else 9
    x = numbers(1, 7, 8, 6)
    how = {"kernel_size": 3, "padding": 1, "remove_center": without}
    one = numbers(1, 7, 8, conventions.dcnv4_channels(2, taps), seed=4)
    y = dcnv4(x, one, groups=2, **how)  # type: ignore[arg-type]
    # 48 channels are also three groups of pairs: only the number of groups tells whose they may be.
    seen = inspect_layout(one, groups=2, input=x, output=y, channels_last=True, **how)
    assert seen.consistent == ("dcnv4",) and [r.order.one_tensor for r in seen.readings] == [True, True]
    offset, mask = numbers(1, 7, 8, 4 * taps, seed=5), torch.rand(1, 7, 8, 2 * taps)
    y = dcnv3(x, offset, mask, groups=2, **how)  # type: ignore[arg-type]
    assert inspect_layout(offset, mask=mask, input=x, output=y, **how).consistent == ("internimage",)


@pytest.mark.parametrize("order", [o for o in ORDERS if not o.one_tensor], ids=lambda o: o.name)
def test_a_mistake_is_recognised_as_such(order) -> None:
    """An operator that was handed channels in this order, and read them so, is found out."""
    x, w, raw = numbers(1, 4, *SIZE), numbers(5, 4, 2, 3, seed=1), numbers(1, 24, *OUT, seed=2)
    offsets, _ = order.read(raw, None, GEOMETRY, 2)
    y = deform_conv2d(
        x, conventions.offsets_to_torchvision(offsets), w, stride=(2, 1), padding=(1, 2), dilation=(1, 2)
    )
    seen = inspect_layout(raw, input=x, weight=w, output=y, **KERNEL)
    assert seen.consistent == (order.name,) and order.name in str(seen)


def test_a_map_as_wide_as_dcnv4s_tensor_is_no_riddle_where_more_is_known() -> None:
    """32 columns might be DCNv4's 32 channels: masks beside the offsets, or the output's shape, say no."""
    offset, x, w = numbers(1, 18, 6, 32), numbers(1, 4, 6, 32), numbers(2, 4, 3, 3, seed=1)
    with pytest.raises(ValueError, match="first or last"):
        inspect_layout(offset, kernel_size=3, padding=1)
    y = deform_conv2d(x, offset, w, padding=1)
    seen = inspect_layout(offset, kernel_size=3, padding=1, input=x, weight=w, output=y)
    assert seen.consistent == ("torchvision",)
    assert len(inspect_layout(offset, kernel_size=3, padding=1, mask=torch.rand(1, 9, 6, 32)).readings) == 8


def test_zero_offsets_cannot_tell() -> None:
    x, w = numbers(1, 4, 6, 6), numbers(2, 4, 3, 3, seed=1)
    y = torch.nn.functional.conv2d(x, w, padding=1)
    seen = inspect_layout(torch.zeros(1, 18, 6, 6), kernel_size=3, padding=1, input=x, weight=w, output=y)
    assert len(seen.consistent) == 8 and "cannot tell them apart" in seen.verdict


def test_a_wrong_output_fits_nothing_and_says_so() -> None:
    x, w, offset = numbers(1, 4, 6, 6), numbers(2, 4, 3, 3, seed=1), numbers(1, 18, 6, 6, seed=2)
    seen = inspect_layout(
        offset, kernel_size=3, padding=1, input=x, weight=w, output=numbers(1, 2, 6, 6, seed=9)
    )
    assert seen.consistent == () and seen.verdict.startswith("No order fits the output")


def test_the_table_names_every_channel() -> None:
    seen = inspect_layout(numbers(1, 18, 6, 7), kernel_size=3, padding=1)
    text = str(seen)
    assert "Not tested" in text and "tap (2, 2), dx" in text and "(a mistake that is made)" in text
    lines = text[text.index("channel ") :].splitlines()
    assert len(lines) == 1 + 18
    assert (
        lines[3].split("group")[1].split(",  ")[0].strip().startswith("0, tap (0, 1), dy")
    )  # torchvision's third
    assert "and 18 channels more" in str(inspect_layout(numbers(1, 36, 6, 7), kernel_size=3, padding=1))


@pytest.mark.parametrize(
    ("offset", "more", "message"),
    [
        ((1, 17, 6, 7), {}, "no order has 17 channels"),
        ((1, 18, 6, 18), {}, "first or last: give channels_last"),
        ((1, 18, 6, 7), {"groups": 2}, "for 2 groups of 9 taps"),
        ((18, 6, 7), {}, "four axes"),
        ((1, 18, 6, 7), {"input": (1, 4, 6, 9)}, "the map of offset"),
        ((1, 18, 6, 7), {"input": (1, 5, 6, 7), "weight": (2, 2, 3, 3)}, "could share"),
        ((1, 18, 6, 7), {"input": (1, 4, 6, 7), "weight": (2, 4, 5, 5)}, "not of a"),
        ((1, 18, 6, 7), {"input": (1, 4, 6, 7), "weight": (3, 4, 3, 3)}, "output must"),
    ],
)
def test_what_does_not_fit(offset, more, message) -> None:
    given = {name: v if isinstance(v, int) else numbers(*v) for name, v in more.items()}
    if "input" in given:
        given["output"] = numbers(1, 2, 6, 7)
    with pytest.raises(ValueError, match=message):
        inspect_layout(numbers(*offset), kernel_size=3, padding=1, **given)


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        inspect_layout(torch.full((1, 18, 6, 7), float("nan")), kernel_size=3, padding=1)
