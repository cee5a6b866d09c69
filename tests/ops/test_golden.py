"""Every reference case, on every backend: outputs, gradients, positions and samples of other code."""

from __future__ import annotations

import pytest
import torch

from dcnviz.conventions import offsets_from_torchvision
from dcnviz.geometry import Geometry
from dcnviz.ops import dcnv3, dcnv4, deform_conv2d
from dcnviz.ops.backends import BACKENDS
from dcnviz.ops.reference import trace
from tests.golden_cases import Case, ids, load

backends = pytest.mark.parametrize("backend", list(BACKENDS))


def sizes(case: Case) -> dict[str, tuple[int, int]]:
    p = case.params
    return {
        "stride": tuple(p["stride"]),
        "padding": tuple(p.get("padding", p.get("pad"))),
        "dilation": tuple(p["dilation"]),
    }


def check_gradients(case: Case, output: torch.Tensor, inputs: dict[str, torch.Tensor | None]) -> None:
    if "grad_out" not in case.arrays:
        return
    given = {k: v for k, v in inputs.items() if v is not None and f"grad_{k}" in case.arrays}
    gradients = torch.autograd.grad((output * case.need("grad_out")).sum(), list(given.values()))
    for name, gradient in zip(given, gradients, strict=True):
        # Exactly at -1 implementations differ (mmcv gives 0): torchvision's right-hand derivative is ours.
        case.assert_close(f"grad_{name}", gradient)


@backends
@pytest.mark.parametrize("name", ids("tv"))
def test_v1_and_v2_equal_torchvision_in_float64(name: str, backend: str) -> None:
    case = load(name)
    inputs = {k: case.get(k) for k in ("x", "offset", "weight", "bias", "mask")}
    for value in inputs.values():
        if value is not None:
            value.requires_grad_("grad_out" in case.arrays)
    x, offset, weight, bias, mask = inputs.values()
    output = deform_conv2d(x, offset, weight, bias, mask=mask, **sizes(case), backend=backend)
    case.assert_close("out", output)
    check_gradients(case, output, inputs)


@pytest.mark.parametrize("name", [n for n in ids("tv") if {"sampled", "locations"} & set(load(n).arrays)])
def test_trace_gives_the_reference_positions_and_samples(name: str) -> None:
    case = load(name)
    p = case.params
    geometry = Geometry(tuple(p["kernel"]), **sizes(case))
    offsets = offsets_from_torchvision(case.need("offset"), geometry.taps)
    positions = geometry.base(offsets.shape[3:5], dtype=case.dtype) + offsets
    if "locations" in case.arrays:  # stored as (B, G, K, 2, H, W)
        case.assert_close("locations", positions.permute(0, 1, 2, 5, 3, 4))
    if "sampled" in case.arrays:
        case.assert_close("sampled", trace(case.need("x"), positions).values)


@backends
@pytest.mark.parametrize("name", ids("v3_core"))
def test_v3_equals_the_official_kernel_and_the_python_core(name: str, backend: str) -> None:
    case = load(name)
    # The kernel's result is exact in float64 whatever the Python core was run in.
    dtype = torch.float64
    p = case.params
    x, offset, mask = (
        case.arrays[k].to(dtype).requires_grad_("grad_out" in case.arrays) for k in ("x", "offset", "mask")
    )
    output = dcnv3(
        x,
        offset,
        mask,
        kernel_size=tuple(p["kernel"]),
        **sizes(case),
        groups=p["group"],
        offset_scale=p["offset_scale"],
        remove_center=bool(p["remove_center"]),
        backend=backend,
    )
    case.assert_close("out_kernel", output)
    if "out" in case.arrays:
        case.assert_close("out", output)
    check_gradients(case, output, {"x": x, "offset": offset, "mask": mask})


@backends
@pytest.mark.parametrize("name", ids("v4_core"))
def test_v4_equals_the_official_kernel(name: str, backend: str) -> None:
    case = load(name)
    p = case.params
    output = dcnv4(
        case.need("x"),
        case.need("offset_mask"),
        kernel_size=tuple(p["kernel"]),
        **sizes(case),
        groups=p["group"],
        offset_scale=p["offset_scale"],
        remove_center=bool(p["remove_center"]),
        backend=backend,
    )
    case.assert_close("out", output)


@backends
@pytest.mark.parametrize("name", ids("v1_original_border"))
def test_the_first_v1_operator_differs_only_at_the_border(name: str, backend: str) -> None:
    """It read 0 outside [0, H) and clamped [H - 1, H) to the last row: the same operator after that edit."""
    case = load(name)
    p = case.params
    geometry = Geometry(tuple(p["kernel"]), **sizes(case))
    offsets = offsets_from_torchvision(case.need("offset"), geometry.taps)
    base = geometry.base(offsets.shape[3:5], dtype=case.dtype)
    size = offsets.new_tensor(p["input_size"])
    positions = base + offsets
    kept = ((positions >= 0) & (positions < size)).all(-1)
    edited = (
        (torch.minimum(positions, size - 1) - base)
        .permute(0, 1, 2, 5, 3, 4)
        .reshape(case.need("offset").shape)
    )
    mask = kept.to(case.dtype).flatten(1, 2)
    output = deform_conv2d(
        case.need("x"), edited, case.need("weight"), mask=mask, **sizes(case), backend=backend
    )
    case.assert_close("out", output)


@backends
@pytest.mark.parametrize("name", ids("seed_deformconv2d") + ids("seed_dcn"))
def test_the_articles_modules_in_their_valid_domain(name: str, backend: str) -> None:
    """Their operator is ours after naming the channels; the modules are compared in tests/layers."""
    case = load(name)
    p, state = case.params, case.state()
    x, padding = case.need("x"), p["padding"]
    if name.startswith("seedconv"):
        blocked = case.need("offset")  # N dy, then N dx
        offset = torch.stack(blocked.chunk(2, dim=1), dim=2).flatten(1, 2)
        mask, weight, bias = case.get("mask"), state["conv.weight"], state.get("conv.bias")
    else:
        channels = case.need("conv_offset_mask_out")
        offset, mask = channels[:, :18], channels[:, 18:].sigmoid()
        weight, bias = state["weight"], state["bias"]
    output = deform_conv2d(
        x, offset, weight, bias, mask=mask, stride=p["stride"], padding=padding, backend=backend
    )
    case.assert_close("out", output)
