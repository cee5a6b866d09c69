"""What the operators refuse, and in which words: the argument, what came, and what would fit.

torchvision infers group counts from shapes silently, and a NaN in a dx channel takes the process down with a
segmentation fault. So everything is checked here, before any backend sees it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dcnviz.geometry import Geometry

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def check_tensors(**tensors: Tensor | None) -> None:
    """All tensors have the first one's floating type and device, and only finite numbers.

    Raises:
        ValueError: naming the argument that does not.
    """
    present = {name: value for name, value in tensors.items() if value is not None}
    first_name, first = next(iter(present.items()))
    for name, value in present.items():
        if not isinstance(value, Tensor):
            raise ValueError(f"{name} must be a tensor; got {type(value).__name__}.")
        if value.dtype not in FLOATS:
            raise ValueError(
                f"{name} must hold floating point numbers (float16, bfloat16, float32 or float64); "
                f"got {value.dtype}."
            )
        if value.dtype != first.dtype:
            raise ValueError(
                f"{name} is {value.dtype} but {first_name} is {first.dtype}: give both the same type."
            )
        if value.device != first.device:
            raise ValueError(
                f"{name} is on {value.device} but {first_name} is on {first.device}: move them together."
            )
    if first.device.type == "meta":
        raise ValueError(f"{first_name} is on meta, where tensors hold no numbers: move all to a device.")
    for name, value in present.items():
        check_finite(name, value)


def check_finite(name: str, value: Tensor) -> None:
    """Refuses NaN and infinity.

    Raises:
        ValueError: with how many there are and where the first one is.
    """
    # One pass that writes nothing: a sum is finite only if all its terms are. The reverse does not hold
    # (large numbers overflow), so only then is each number looked at.
    if torch.compiler.is_compiling() or math.isfinite(value.detach().sum().item()):
        return
    bad = (~torch.isfinite(value.detach())).nonzero()
    if len(bad) == 0:
        return
    raise ValueError(
        f"{name} has {len(bad)} NaN or infinite numbers, the first at index {tuple(bad[0].tolist())}: "
        "a deformable layer cannot sample there (has the training diverged?)."
    )


def check_ndim(name: str, value: Tensor, layout: str) -> None:
    """Refuses what is no dense tensor with as many axes as ``layout`` names, for example "(B, C, H, W)"."""
    axes = layout.replace(",)", ")").count(",") + 1  # "(O,)" is one axis
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} must be a tensor {layout}; got {type(value).__name__}.")
    if value.ndim != axes:
        raise ValueError(f"{name} must be {layout}; got {value.ndim} axes, {tuple(value.shape)}.")
    if value.layout != torch.strided:
        raise ValueError(f"{name} must be a dense tensor; got {value.layout}: give {name}.to_dense().")


def check_shape(name: str, value: Tensor, expected: tuple[int, ...], because: str) -> None:
    """Refuses a tensor of another shape than ``expected``."""
    if tuple(value.shape) != expected:
        raise ValueError(f"{name} must be {expected} for {because}; got {tuple(value.shape)}.")


def describe(geometry: Geometry) -> str:
    """The geometry in the words of an error message."""
    return (
        f"kernel {geometry.kernel_size}, stride {geometry.stride}, padding {geometry.padding}, "
        f"dilation {geometry.dilation}"
    )


def check_convolution(
    input: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    mask: Tensor | None,
    geometry: Geometry,
) -> tuple[int, int]:
    """Checks the shapes of ``deform_conv2d`` and infers its groups.

    Returns:
        The convolution's groups, and the offset groups G.

    Raises:
        ValueError: if anything does not fit.
    """
    channels, taps = input.shape[1], geometry.taps
    per_group = weight.shape[1]
    if channels < 1:
        raise ValueError(f"input must have at least one channel; got {tuple(input.shape)}.")
    if per_group < 1 or channels % per_group:
        raise ValueError(
            f"weight takes {per_group} channels a group, which does not divide the {channels} channels of "
            f"input {tuple(input.shape)}."
        )
    groups = channels // per_group
    if weight.shape[0] % groups:
        raise ValueError(
            f"weight has {weight.shape[0]} output channels, not a multiple of its {groups} groups "
            f"(input has {channels} channels, weight takes {per_group} of them)."
        )
    offset_groups = offset.shape[1] // (2 * taps)
    if offset_groups < 1 or offset.shape[1] % (2 * taps):
        raise ValueError(
            f"offset must have 2 * {taps} = {2 * taps} channels for each offset group of a "
            f"{geometry.kernel_size} kernel; got {offset.shape[1]}."
        )
    if channels % offset_groups:
        raise ValueError(
            f"offset has {offset.shape[1]} channels, that is {offset_groups} offset groups of {2 * taps}, "
            f"but they cannot share the input's {channels} channels evenly."
        )
    batch, size = input.shape[0], geometry.output_size(tuple(input.shape[2:]))
    because = f"an input of {tuple(input.shape)}, {describe(geometry)}"
    check_shape("offset", offset, (batch, offset.shape[1], *size), because)
    if mask is not None:
        check_shape(
            "mask", mask, (batch, offset_groups * taps, *size), f"{offset_groups} offset groups and {because}"
        )
    if bias is not None:
        check_shape("bias", bias, (weight.shape[0],), f"a weight of {tuple(weight.shape)}")
    return groups, offset_groups


def check_grouped_sum(shape: tuple[int, ...], groups: int, offset_scale: float) -> None:
    """Checks what ``dcnv3`` and ``dcnv4`` share: group count and scale, for an input of a shape, channels last.

    Raises:
        ValueError: if the groups do not divide the channels, or the scale is 0 or not finite.
    """
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        raise ValueError(f"groups must be a whole number of at least 1; got {groups!r}.")
    if shape[-1] < 1 or shape[-1] % groups:
        raise ValueError(
            f"groups is {groups}, which does not divide the {shape[-1]} channels of input {shape}."
        )
    if not 0 < abs(float(offset_scale)) < float("inf"):
        raise ValueError(f"offset_scale must be a finite number other than 0; got {offset_scale}.")
