"""Refusals: each names the argument, says what came and what would fit, and comes before any backend runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from dcnviz.ops import dcnv3, dcnv4, deform_conv2d, gather
from dcnviz.ops.backends import BACKENDS, choose
from dcnviz.ops.checks import check_finite

Arguments = dict[str, Any]


def conv_arguments() -> Arguments:
    """Fits: 4 channels, 2 offset groups, 2 convolution groups, a 3x2 kernel, 6x7 cells out of 6x8 pixels."""
    return {
        "input": torch.rand(2, 4, 6, 8),
        "offset": torch.rand(2, 24, 6, 7),
        "weight": torch.rand(6, 2, 3, 2),
        "bias": torch.rand(6),
        "mask": torch.rand(2, 12, 6, 7),
        "padding": (1, 0),
    }


def v3_arguments() -> Arguments:
    return {
        "input": torch.rand(2, 6, 8, 4),
        "offset": torch.rand(2, 6, 7, 24),
        "mask": torch.rand(2, 6, 7, 12),
        "kernel_size": (3, 2),
        "padding": (1, 0),
        "groups": 2,
    }


def v4_arguments() -> Arguments:
    return {
        "input": torch.rand(2, 6, 8, 4),
        "offset_mask": torch.rand(2, 6, 7, 40),
        "kernel_size": (3, 2),
        "padding": (1, 0),
        "groups": 2,
    }


OPERATORS: dict[str, tuple[Callable[..., Tensor], Callable[[], Arguments]]] = {
    "deform_conv2d": (deform_conv2d, conv_arguments),
    "dcnv3": (dcnv3, v3_arguments),
    "dcnv4": (dcnv4, v4_arguments),
}
operators = pytest.mark.parametrize("operator", list(OPERATORS))
TENSORS = [
    (operator, name)
    for operator, (_, make) in OPERATORS.items()
    for name, value in make().items()
    if isinstance(value, Tensor)
]
each_tensor = pytest.mark.parametrize(("operator", "name"), TENSORS)


def call(operator: str, **changes: Any) -> Tensor:
    function, make = OPERATORS[operator]
    arguments = make() | changes
    return function(arguments.pop("input"), **arguments)


@pytest.fixture(autouse=True)
def no_backend_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that came too late would crash torchvision, and the tests: here it fails one test."""

    def reached(*_: object) -> Tensor:
        raise AssertionError("the backend was reached")

    for name in BACKENDS:
        monkeypatch.setitem(BACKENDS, name, reached)
    monkeypatch.setattr(gather, "grouped_sum", reached)


@operators
def test_the_arguments_that_are_varied_below_do_fit(operator: str) -> None:
    with pytest.raises(AssertionError, match="the backend was reached"):
        call(operator)


def n(*shape: int) -> Tensor:
    return torch.zeros(shape)


# What is changed, and the words that the refusal must hold: the argument, what came, what would fit.
SHAPES: list[tuple[str, Arguments, list[str]]] = [
    ("deform_conv2d", {"input": n(4, 6, 8)}, ["input must be (B, C, H, W)", "3 axes", "(4, 6, 8)"]),
    ("deform_conv2d", {"offset": n(24, 6, 7)}, ["offset must be (B, 2GK, H_out, W_out)", "3 axes"]),
    ("deform_conv2d", {"weight": n(6, 2, 6)}, ["weight must be (O, C // groups, kh, kw)", "3 axes"]),
    ("deform_conv2d", {"mask": n(2, 6, 7)}, ["mask must be (B, GK, H_out, W_out)", "3 axes"]),
    ("deform_conv2d", {"bias": n(6, 1)}, ["bias must be (O,)", "2 axes", "(6, 1)"]),
    ("deform_conv2d", {"bias": n(5)}, ["bias must be (6,)", "(6, 2, 3, 2)", "got (5,)"]),
    ("deform_conv2d", {"bias": [0.0] * 6}, ["bias must be a tensor", "got list"]),
    ("deform_conv2d", {"input": "picture"}, ["input must be a tensor (B, C, H, W)", "got str"]),
    ("deform_conv2d", {"mask": 1.0}, ["mask must be a tensor", "got float"]),
    (
        "deform_conv2d",
        {"input": n(2, 5, 6, 8)},
        ["weight takes 2 channels a group", "5 channels", "(2, 5, 6, 8)"],
    ),
    ("deform_conv2d", {"input": n(2, 0, 6, 8)}, ["input must have at least one channel", "(2, 0, 6, 8)"]),
    ("deform_conv2d", {"weight": n(6, 0, 3, 2)}, ["weight takes 0 channels a group"]),
    (
        "deform_conv2d",
        {"weight": n(5, 2, 3, 2)},
        ["weight has 5 output channels", "multiple of its 2 groups"],
    ),
    ("deform_conv2d", {"offset": n(2, 25, 6, 7)}, ["offset must have 2 * 6 = 12 channels", "got 25"]),
    ("deform_conv2d", {"offset": n(2, 6, 6, 7)}, ["offset must have 2 * 6 = 12 channels", "got 6"]),
    ("deform_conv2d", {"offset": n(2, 36, 6, 7)}, ["36 channels", "3 offset groups", "input's 4 channels"]),
    ("deform_conv2d", {"offset": n(1, 24, 6, 7)}, ["offset must be (2, 24, 6, 7)", "got (1, 24, 6, 7)"]),
    (
        "deform_conv2d",
        {"offset": n(2, 24, 6, 8)},
        ["offset must be (2, 24, 6, 7)", "padding (1, 0)", "got (2, 24, 6, 8)"],
    ),
    (
        "deform_conv2d",
        {"mask": n(2, 6, 6, 7)},
        ["mask must be (2, 12, 6, 7)", "2 offset groups", "got (2, 6, 6, 7)"],
    ),
    ("deform_conv2d", {"mask": n(2, 24, 6, 7)}, ["mask must be (2, 12, 6, 7)", "got (2, 24, 6, 7)"]),
    ("deform_conv2d", {"input": n(2, 4, 6, 1)}, ["kernel of (3, 2)", "does not fit into an input of (6, 1)"]),
    ("deform_conv2d", {"input": n(2, 4, 0, 8)}, ["at least one row and one column", "got (0, 8)"]),
    ("deform_conv2d", {"stride": 0}, ["stride must be at least 1", "(0, 0)"]),
    ("deform_conv2d", {"stride": 1.5}, ["stride must be one whole number or two", "1.5"]),
    ("deform_conv2d", {"padding": -1}, ["padding must be at least 0", "(-1, -1)"]),
    ("deform_conv2d", {"dilation": (1, 2, 3)}, ["dilation must be one whole number or two", "(1, 2, 3)"]),
    ("deform_conv2d", {"weight": n(6, 2, 0, 2)}, ["kernel_size must be at least 1", "(0, 2)"]),
    ("dcnv3", {"input": n(2, 4, 6)}, ["input must be (B, H, W, C)", "3 axes"]),
    ("dcnv3", {"offset": n(2, 24)}, ["offset must be (B, H_out, W_out, 2GP)", "2 axes"]),
    ("dcnv3", {"mask": None}, ["mask must be a tensor (B, H_out, W_out, GP)", "got NoneType"]),
    (
        "dcnv3",
        {"offset": n(2, 24, 6, 7)},
        ["offset must be (2, 6, 7, 24)", "2 groups of 6 taps", "got (2, 24, 6, 7)"],
    ),
    ("dcnv3", {"mask": n(2, 6, 7, 6)}, ["mask must be (2, 6, 7, 12)", "kernel (3, 2)", "got (2, 6, 7, 6)"]),
    ("dcnv3", {"groups": 3}, ["groups is 3", "4 channels", "(2, 6, 8, 4)"]),
    ("dcnv3", {"groups": 0}, ["groups must be a whole number of at least 1", "got 0"]),
    ("dcnv3", {"groups": 2.0}, ["groups must be a whole number", "got 2.0"]),
    ("dcnv3", {"input": n(2, 6, 8, 0)}, ["groups is 2", "0 channels"]),
    ("dcnv3", {"offset_scale": 0.0}, ["offset_scale must be a finite number other than 0", "got 0.0"]),
    ("dcnv3", {"offset_scale": float("nan")}, ["offset_scale must be a finite number", "got nan"]),
    ("dcnv3", {"offset_scale": float("inf")}, ["offset_scale must be a finite number", "got inf"]),
    ("dcnv3", {"remove_center": True}, ["remove_center needs a square kernel of odd size", "(3, 2)"]),
    ("dcnv4", {"input": n(2, 48, 4)}, ["input must be (B, H, W, C)", "3 axes"]),
    ("dcnv4", {"offset_mask": n(2, 6, 40)}, ["offset_mask must be (B, H_out, W_out, ceil8(3GP))", "3 axes"]),
    ("dcnv4", {"offset_mask": n(2, 6, 7, 36)}, ["offset_mask must be (2, 6, 7, 40)", "got (2, 6, 7, 36)"]),
    ("dcnv4", {"groups": 3}, ["groups is 3", "4 channels"]),
    ("dcnv4", {"remove_center": True}, ["remove_center needs a square kernel of odd size", "(3, 2)"]),
]


@pytest.mark.parametrize(("operator", "changes", "words"), SHAPES)
def test_what_does_not_fit_is_named(operator: str, changes: Arguments, words: list[str]) -> None:
    with pytest.raises(ValueError) as refusal:
        call(operator, **changes)
    for word in words:
        assert word in str(refusal.value)


@pytest.mark.parametrize("backend", [*BACKENDS, "auto"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@each_tensor
def test_numbers_that_are_not_finite_never_reach_a_backend(
    operator: str, name: str, bad: float, backend: str
) -> None:
    value = OPERATORS[operator][1]()[name]
    place = tuple(size // 2 for size in value.shape)
    value[place] = bad
    with pytest.raises(ValueError, match=f"^{name} has 1 NaN or infinite number") as refusal:
        call(operator, **{name: value}, backend=backend)
    assert str(place) in str(refusal.value)


@pytest.mark.parametrize("channel", [0, 1])
def test_a_nan_in_either_half_of_a_pair_is_found(channel: int) -> None:
    offset = n(2, 24, 6, 7)
    offset[1, channel, 5, 6] = float("nan")
    with pytest.raises(ValueError, match=rf"offset has 1 .* index \(1, {channel}, 5, 6\)"):
        call("deform_conv2d", offset=offset)


def test_large_numbers_whose_sum_overflows_are_finite_all_the_same() -> None:
    check_finite("input", torch.full((4,), 3e38))
    check_finite("input", torch.full((300,), 6e4, dtype=torch.float16))
    check_finite("input", torch.zeros(0))
    with pytest.raises(ValueError, match="input has 2 NaN or infinite numbers, the first at index"):
        check_finite("input", torch.tensor([3e38, float("inf"), 3e38, -float("inf")]))


@pytest.mark.parametrize(("operator", "name"), [("dcnv3", "offset"), ("dcnv4", "offset_mask")])
def test_offsets_that_overflow_when_they_are_scaled(operator: str, name: str) -> None:
    value = OPERATORS[operator][1]()[name]
    value[0, 0, 0, 0] = 3e38
    with pytest.raises(ValueError, match=r"offset \* offset_scale has 1 NaN or infinite"):
        call(operator, **{name: value}, offset_scale=4.0)


def test_what_pads_v4_may_hold_anything() -> None:
    value = n(2, 6, 7, 40)
    value[..., 36:] = float("nan")
    with pytest.raises(AssertionError, match="the backend was reached"):
        call("dcnv4", offset_mask=value)


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.complex64, torch.bool])
@each_tensor
def test_only_floating_point_numbers(operator: str, name: str, dtype: torch.dtype) -> None:
    value = OPERATORS[operator][1]()[name].to(dtype)
    with pytest.raises(ValueError, match=f"{name} must hold floating point numbers") as refusal:
        call(operator, **{name: value})
    assert str(dtype) in str(refusal.value)


@each_tensor
def test_sparse_tensors_are_refused(operator: str, name: str) -> None:
    """They got as far as a backend, and its own words."""
    with pytest.raises(ValueError, match=rf"{name} must be a dense tensor; got torch\.sparse_coo"):
        call(operator, **{name: OPERATORS[operator][1]()[name].to_sparse()})


@each_tensor
def test_mixed_types_and_devices_are_refused(operator: str, name: str) -> None:
    if name == "input":
        return  # the others are compared with it
    value = OPERATORS[operator][1]()[name]
    with pytest.raises(ValueError, match=f"{name} is torch.float64 but input is torch.float32"):
        call(operator, **{name: value.double()})
    with pytest.raises(ValueError, match=f"{name} is on meta but input is on cpu"):
        call(operator, **{name: value.to("meta")})


@operators
def test_tensors_without_numbers_are_refused(operator: str) -> None:
    arguments = OPERATORS[operator][1]()
    meta = {name: value.to("meta") for name, value in arguments.items() if isinstance(value, Tensor)}
    with pytest.raises(ValueError, match="input is on meta, where tensors hold no numbers"):
        call(operator, **meta)


@operators
@pytest.mark.parametrize("backend", ["cuda", "", None])
def test_an_unknown_backend_is_refused_with_the_names_of_those_there_are(operator: str, backend: Any) -> None:
    with pytest.raises(ValueError, match='backend must be "auto"') as refusal:
        call(operator, backend=backend)
    assert repr(backend) in str(refusal.value)
    assert all(name in str(refusal.value) for name in BACKENDS)


def test_auto_stands_for_a_backend_of_the_table() -> None:
    name, function = choose("auto", torch.zeros(1, 1, 2, 2), "v1")
    assert BACKENDS[name] is function
