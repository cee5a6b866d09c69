"""The rules of ``dcnviz/ops/autocast.py``, on the CPU: half predictors, float32 positions, the input's type out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.ops import dcnv3, dcnv4, deform_conv2d

halves = pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])

# Each operator, with shapes of its tensors: input first.
OPERATORS: dict[str, tuple[Callable[..., Tensor], list[tuple[int, ...]]]] = {
    "v1": (
        lambda x, o, w: deform_conv2d(x, o, w, padding=1),
        [(1, 4, 5, 300), (1, 18, 5, 300), (2, 4, 3, 3)],
    ),
    "v2": (
        lambda x, o, m, w, b: deform_conv2d(x, o, w, b, mask=m, padding=1),
        [(1, 4, 5, 300), (1, 18, 5, 300), (1, 9, 5, 300), (2, 4, 3, 3), (2,)],
    ),
    "v3": (
        lambda x, o, m: dcnv3(x, o, m, kernel_size=3, padding=1, groups=2, offset_scale=1.5),
        [(1, 5, 300, 4), (1, 5, 300, 36), (1, 5, 300, 18)],
    ),
    "v4": (
        lambda x, om: dcnv4(x, om, kernel_size=3, padding=1, groups=2),
        [(1, 5, 300, 4), (1, 5, 300, 56)],
    ),
}
operators = pytest.mark.parametrize("version", list(OPERATORS))


def tensors(version: str, dtypes: list[torch.dtype]) -> list[Tensor]:
    draw = torch.Generator().manual_seed(2)
    shapes = OPERATORS[version][1]
    dtypes = dtypes + dtypes[-1:] * (len(shapes) - len(dtypes))
    return [
        torch.randn(shape, generator=draw).to(dtype).requires_grad_()
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]


def with_gradients(version: str, values: list[Tensor], dtype: torch.dtype | None) -> list[Tensor]:
    with torch.autocast("cpu", dtype=dtype, enabled=dtype is not None):
        output = OPERATORS[version][0](*values)
    upstream = torch.randn(output.shape, generator=torch.Generator().manual_seed(1)).to(output.dtype)
    return [output, *torch.autograd.grad(output, values, upstream)]


@halves
@operators
@pytest.mark.parametrize("of_input", [torch.float32, None], ids=["float32 map", "half map"])
def test_it_computes_in_float32_and_gives_the_inputs_type(
    version: str, half: torch.dtype, of_input: torch.dtype | None
) -> None:
    """The map is 300 columns wide: a half type would not tell its last columns apart."""
    mixed = tensors(version, [of_input or half, half])
    ours = with_gradients(version, mixed, half)
    wide = [value.detach().float().requires_grad_() for value in mixed]
    exact = with_gradients(version, wide, None)
    assert [value.dtype for value in ours] == [mixed[0].dtype, *(value.dtype for value in mixed)]
    torch.testing.assert_close(ours[0], exact[0].to(ours[0].dtype), atol=1e-6, rtol=1e-6)
    if of_input is not None:  # else the upstream gradient is rounded too
        for mine, other in zip(ours[1:], exact[1:], strict=True):
            torch.testing.assert_close(mine, other.to(mine.dtype), atol=1e-6, rtol=1e-6)


@operators
def test_float64_stays_float64_and_a_mixture_with_it_is_refused(version: str) -> None:
    double = tensors(version, [torch.float64])
    inside, outside = (with_gradients(version, double, dtype) for dtype in (torch.bfloat16, None))
    for mine, other in zip(inside, outside, strict=True):
        assert mine.dtype == torch.float64
        torch.testing.assert_close(mine, other)
    with pytest.raises(ValueError, match="give both the same type"):
        with_gradients(version, tensors(version, [torch.float64, torch.bfloat16]), torch.bfloat16)


@operators
def test_without_autocast_mixed_types_are_refused(version: str) -> None:
    with pytest.raises(ValueError, match="give both the same type"):
        with_gradients(version, tensors(version, [torch.float32, torch.bfloat16]), None)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: DeformConv2d(4, 6, 3, padding=1), (2, 4, 7, 8)),
        (lambda: ModulatedDeformConv2d(4, 6, 3, padding=1), (2, 4, 7, 8)),
        (lambda: DCNv3(8, group=2, center_feature_scale=True), (2, 7, 8, 8)),
        (lambda: DCNv4(8, group=2, center_feature_scale=True), (2, 7, 8, 8)),
    ],
    ids=["v1", "v2", "v3", "v4"],
)
def test_layers_train_under_autocast(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    layer = make()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    x = torch.randn(shape)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = layer(x)
        output.float().square().mean().backward()
    gradients = [parameter.grad for parameter in layer.parameters()]
    assert all(g is not None and g.dtype == torch.float32 and bool(g.isfinite().all()) for g in gradients)
    torch.testing.assert_close(output.float(), layer(x), atol=0.1, rtol=0.05)


def test_a_device_without_autocast_is_not_asked_for_it() -> None:
    """A tensor without numbers, on "meta", was answered by torch's own words."""
    offset, weight = torch.zeros(1, 18, 4, 4), torch.ones(1, 1, 3, 3)
    with pytest.raises(ValueError, match="offset is on cpu but input is on meta"):
        deform_conv2d(torch.zeros(1, 1, 4, 4, device="meta"), offset, weight, padding=1)
