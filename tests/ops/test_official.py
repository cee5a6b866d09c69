"""The authors' extensions, by stand-ins that have their names and signatures and compute by our reference.

The extensions need CUDA. What can be held without: that they are found by name, get their own layouts and every
argument in its place, give gradients, and that their absence is said in words.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from dcnviz.ops import dcnv3, dcnv4, deform_conv2d
from dcnviz.ops.backends import choose


def core(input: Tensor, offset: Tensor, mask: Tensor, *sizes: Any) -> Tensor:
    """``dcnv3_forward`` with its positional arguments, as its header lists them, up to the scale."""
    kh, kw, sh, sw, ph, pw, dh, dw, group, group_channels, scale = sizes
    assert input.is_contiguous() and offset.is_contiguous() and mask.is_contiguous()
    assert input.shape[3] == group * group_channels
    return dcnv3(
        input,
        offset,
        mask,
        kernel_size=(kh, kw),
        stride=(sh, sw),
        padding=(ph, pw),
        dilation=(dh, dw),
        groups=group,
        offset_scale=scale,
        backend="reference",
    )


def stand_in_for_dcnv3(*, with_remove_center: bool) -> ModuleType:
    """A stand-in for the extension ``DCNv3``: version 1.0 takes no ``remove_center``, 1.1 must have it."""
    module = ModuleType("DCNv3")

    def check(rest: tuple[Any, ...]) -> None:
        if len(rest) != 1 + with_remove_center:
            raise TypeError("incompatible function arguments")  # as pybind11 says it
        assert rest[0] >= 1 and rest[1:] in ((), (0,))

    def forward(input: Tensor, offset: Tensor, mask: Tensor, *args: Any) -> Tensor:
        check(args[11:])
        return core(input, offset, mask, *args[:11]).contiguous()

    def backward(input: Tensor, offset: Tensor, mask: Tensor, *args: Any) -> list[Tensor]:
        check(args[12:])
        assert args[11].is_contiguous()
        tensors = [t.detach().requires_grad_() for t in (input, offset, mask)]
        with torch.enable_grad():
            return list(torch.autograd.grad(core(*tensors, *args[:11]), tensors, args[11]))

    module.dcnv3_forward, module.dcnv3_backward = forward, backward  # type: ignore[attr-defined]
    return module


def stand_in_for_dcnv4() -> ModuleType:
    """A stand-in for ``DCNv4.functions``, whose function is differentiable itself."""
    module = ModuleType("DCNv4.functions")

    class DCNv4Function:
        @staticmethod
        def apply(input: Tensor, offset_mask: Tensor, *args: Any) -> Tensor:
            kh, kw, sh, sw, ph, pw, dh, dw, group, group_channels, scale, step, remove_center = args
            assert input.is_contiguous() and offset_mask.is_contiguous() and step >= 1
            assert input.shape[3] == group * group_channels and remove_center == 0
            return dcnv4(
                input,
                offset_mask,
                kernel_size=(kh, kw),
                stride=(sh, sw),
                padding=(ph, pw),
                dilation=(dh, dw),
                groups=group,
                offset_scale=scale,
                backend="reference",
            )

    module.DCNv4Function = DCNv4Function  # type: ignore[attr-defined]
    return module


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("DCNv3", "DCNv4", "DCNv4.functions"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it fails
    yield


OPTIONS: list[dict[str, Any]] = [
    {"kernel_size": 3, "padding": 1, "groups": 2},
    {"kernel_size": (3, 5), "stride": (2, 1), "padding": (0, 2), "dilation": (1, 2), "groups": 1},
    {"kernel_size": 3, "padding": 1, "groups": 2, "remove_center": True, "offset_scale": 1.5},
]


def run(operator: Any, options: dict[str, Any], backend: str) -> list[Tensor]:
    """Output and gradients of a small layer."""
    from dcnviz.conventions import dcnv4_channels, stored_taps
    from dcnviz.geometry import Geometry

    g = Geometry(
        options["kernel_size"],
        options.get("stride", 1),
        options.get("padding", 0),
        options.get("dilation", 1),
    )
    stored = stored_taps(g, options.get("remove_center", False)) * options["groups"]
    cells = (2, *g.output_size((9, 11)))
    draw = torch.Generator().manual_seed(4)
    sizes = [2 * stored, stored] if operator is dcnv3 else [dcnv4_channels(1, stored)]
    tensors = [torch.randn(2, 9, 11, 4, generator=draw)]
    tensors += [torch.randn(*cells, size, generator=draw) for size in sizes]
    tensors = [t.requires_grad_() for t in tensors]
    output = operator(*tensors, **options, backend=backend)
    upstream = torch.randn(output.shape, generator=draw)
    return [output, *torch.autograd.grad(output, tensors, upstream)]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("newer", [False, True])
def test_v3_hands_over_and_takes_back_as_the_extension_has_it(
    options: dict[str, Any], newer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "DCNv3", stand_in_for_dcnv3(with_remove_center=newer))
    for ours, theirs in zip(run(dcnv3, options, "reference"), run(dcnv3, options, "official"), strict=True):
        torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("options", OPTIONS)
def test_v4_hands_over_and_takes_back_as_the_extension_has_it(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "DCNv4", ModuleType("DCNv4"))
    monkeypatch.setitem(sys.modules, "DCNv4.functions", stand_in_for_dcnv4())
    for ours, theirs in zip(run(dcnv4, options, "reference"), run(dcnv4, options, "official"), strict=True):
        torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("operator", "name"), [(dcnv3, "DCNv3"), (dcnv4, "DCNv4")])
def test_without_the_package_it_says_so(operator: Any, name: str) -> None:
    with pytest.raises(ValueError, match=rf'"official" needs the package {name}, .*build it from https://'):
        run(operator, OPTIONS[0], "official")


def test_another_package_of_that_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "DCNv3", ModuleType("DCNv3"))
    with pytest.raises(ValueError, match="without dcnv3_forward, dcnv3_backward: it must be the one from"):
        run(dcnv3, OPTIONS[0], "official")


@pytest.mark.parametrize("batch", [1, 0])
def test_v1_and_v2_have_no_official_extension(batch: int) -> None:
    x, offset, w = torch.rand(batch, 2, 5, 5), torch.zeros(batch, 18, 5, 5), torch.rand(2, 2, 3, 3)
    with pytest.raises(ValueError, match=r'"official" is for v3 and v4.*got v1: use "auto"'):
        deform_conv2d(x, offset, w, padding=1, backend="official")


def test_auto_never_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "DCNv3", stand_in_for_dcnv3(with_remove_center=True))
    assert choose("auto", torch.zeros(1, 4, 5, 5), "v3")[0] == "gather"
    assert choose("auto", torch.zeros(1, 4, 5, 5, device="meta"), "v3")[0] == "torchvision"
