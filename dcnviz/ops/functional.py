"""The operators as functions: v1 and v2 in torchvision's layout, v3 in InternImage's, v4 in DCNv4's.

Each checks its arguments, brings its tensors to canonical layout, and hands them to one backend.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dcnviz import conventions
from dcnviz.geometry import Geometry, Size
from dcnviz.ops import checks, gather
from dcnviz.ops.autocast import autocast_to_float32
from dcnviz.ops.backends import choose
from dcnviz.ops.observe import OperatorCall, as_a_whole, observers
from dcnviz.sampling import Version


@as_a_whole
@autocast_to_float32
def deform_conv2d(
    input: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    mask: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    backend: str = "auto",
) -> Tensor:
    """Deformable convolution v1, and v2 if a mask is given; torchvision's layouts and results.

    ``y(q) = bias + sum_k w_k * m_k * x(q*stride - padding + k*dilation + offset_k)``, x read bilinearly.

    Args:
        input: ``(B, C, H, W)``.
        offset: ``(B, 2*G*K, H_out, W_out)``, pixels of the input, channel
            ``(g*K + ky*kw + kx)*2 + {0: dy, 1: dx}``.
        weight: ``(O, C // groups, kh, kw)``; the groups are read off its shape.
        bias: ``(O,)`` or None.
        mask: ``(B, G*K, H_out, W_out)``, used as it is (a module's sigmoid comes before), or None for v1.
        stride: one number, or (y, x).
        padding: one number, or (y, x).
        dilation: one number, or (y, x).
        backend: "auto", "reference", "gather" or "torchvision".

    Returns:
        ``(B, O, H_out, W_out)``.

    Raises:
        ValueError: if shapes, types, devices or group counts do not fit together, or a number is not finite.

    Sources: arXiv 1703.06211, eq. 2; arXiv 1811.11168, eq. 1.

    >>> x, w = torch.rand(1, 4, 8, 8), torch.rand(6, 4, 3, 3)
    >>> y = deform_conv2d(x, torch.zeros(1, 18, 8, 8), w, padding=1)
    >>> torch.allclose(y, torch.nn.functional.conv2d(x, w, padding=1), atol=1e-5)
    True
    """
    checks.check_ndim("input", input, "(B, C, H, W)")
    checks.check_ndim("offset", offset, "(B, 2GK, H_out, W_out)")
    checks.check_ndim("weight", weight, "(O, C // groups, kh, kw)")
    if mask is not None:
        checks.check_ndim("mask", mask, "(B, GK, H_out, W_out)")
    if bias is not None:
        checks.check_ndim("bias", bias, "(O,)")
    geometry = Geometry((weight.shape[2], weight.shape[3]), stride, padding, dilation)
    groups, _ = checks.check_convolution(input, offset, weight, bias, mask, geometry)
    checks.check_tensors(input=input, offset=offset, weight=weight, bias=bias, mask=mask)

    offsets = conventions.offsets_from_torchvision(offset, geometry.taps)
    weights = None if mask is None else conventions.mask_from_torchvision(mask, geometry.taps)
    version: Version = "v1" if mask is None else "v2"
    return _run(input, offsets, weights, weight, bias, geometry, groups, version, backend)


@autocast_to_float32
def dcnv3(
    input: Tensor,
    offset: Tensor,
    mask: Tensor,
    *,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    offset_scale: float = 1.0,
    remove_center: bool = False,
    backend: str = "auto",
) -> Tensor:
    """The core of DCNv3; InternImage's layouts and results, also for pad_h != pad_w, where its own fails.

    Args:
        input: ``(B, H, W, C)``, channels last, G contiguous blocks of channels.
        offset: ``(B, H_out, W_out, 2*G*P)``, index ``(g*P + t)*2 + {0: dx, 1: dy}``, ``t = kx*kh + ky``.
        mask: ``(B, H_out, W_out, G*P)``, index ``g*P + t``, used as it is: the softmax is the module's.
        kernel_size: one number, or (y, x). P is ``kh*kw``, one less with ``remove_center``.
        stride: one number, or (y, x).
        padding: one number, or (y, x).
        dilation: one number, or (y, x).
        groups: G.
        offset_scale: scales taps and offsets about the kernel's centre.
        remove_center: leave the centre tap out; square kernels of odd size only.
        backend: "auto", "reference", "gather", "torchvision", or "official" for the authors' own extension, if
            it is installed.

    Returns:
        ``(B, H_out, W_out, C)``: for each channel the masked sum of its samples.

    Raises:
        ValueError: as :func:`deform_conv2d`.

    Source: arXiv 2211.05778, eq. 2.

    >>> x = torch.rand(1, 6, 6, 4)
    >>> offset, mask = torch.zeros(1, 6, 6, 2 * 2 * 9), torch.full((1, 6, 6, 2 * 9), 1 / 9)
    >>> y = dcnv3(x, offset, mask, kernel_size=3, padding=1, groups=2)    # a mean of 3 x 3
    >>> torch.allclose(y[0, 2, 2], x[0, 1:4, 1:4].mean((0, 1)), atol=1e-6)
    True
    """
    checks.check_ndim("input", input, "(B, H, W, C)")
    checks.check_ndim("offset", offset, "(B, H_out, W_out, 2GP)")
    checks.check_ndim("mask", mask, "(B, H_out, W_out, GP)")
    geometry = Geometry(kernel_size, stride, padding, dilation)
    # Axes are turned out here, where who follows a map's place on the picture sees it.
    output = _dcnv3(
        input.permute(0, 3, 1, 2), offset, mask, geometry, groups, offset_scale, remove_center, backend
    )
    return output.permute(0, 2, 3, 1)


@as_a_whole
def _dcnv3(
    input: Tensor,
    offset: Tensor,
    mask: Tensor,
    geometry: Geometry,
    groups: int,
    offset_scale: float,
    remove_center: bool,
    backend: str,
) -> Tensor:
    """The rest of :func:`dcnv3`, for an input with channels first."""
    size, stored, because = _grouped_shapes(input, geometry, groups, offset_scale, remove_center)
    checks.check_shape("offset", offset, (*size, 2 * groups * stored), because)
    checks.check_shape("mask", mask, (*size, groups * stored), because)
    checks.check_tensors(input=_last(input), offset=offset, mask=mask)
    if _as_they_are(backend, input, "v3", offset_scale, remove_center):
        return gather.grouped_sum(
            input, *conventions.kept_by_internimage(_wide(offset), mask, geometry, groups), geometry
        )
    offsets, weights = conventions.from_internimage(
        _wide(offset), mask, geometry, groups, offset_scale=offset_scale, remove_center=remove_center
    )
    if offset_scale != 1:
        checks.check_finite("offset * offset_scale", offsets)  # finite factors may still overflow
    return _run(input, offsets, weights, None, None, geometry, 1, "v3", backend)


@autocast_to_float32
def dcnv4(
    input: Tensor,
    offset_mask: Tensor,
    *,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
    offset_scale: float = 1.0,
    remove_center: bool = False,
    backend: str = "auto",
) -> Tensor:
    """The core of DCNv4: as v3, with masks that no softmax bounds, offsets and masks in one tensor.

    Args:
        input: ``(B, H, W, C)``, channels last, G contiguous blocks of channels.
        offset_mask: ``(B, H_out, W_out, ceil8(3*G*P))``: per group 2P offsets (dx, dy interleaved, taps
            column-major), then P masks; the channels that pad it to a multiple of 8 are ignored.
        kernel_size: as in :func:`dcnv3`, and so on for the rest.
        stride: one number, or (y, x).
        padding: one number, or (y, x).
        dilation: one number, or (y, x).
        groups: G.
        offset_scale: as in v3.
        remove_center: as in v3.
        backend: as in v3.

    Returns:
        ``(B, H_out, W_out, C)``.

    Raises:
        ValueError: as :func:`deform_conv2d`.

    Source: arXiv 2401.06197, section 3.1.

    >>> x = torch.rand(1, 6, 6, 4)
    >>> dcnv4(x, torch.zeros(1, 6, 6, 32), kernel_size=3, padding=1).abs().max()    # masks start at zero
    tensor(0.)
    """
    checks.check_ndim("input", input, "(B, H, W, C)")
    checks.check_ndim("offset_mask", offset_mask, "(B, H_out, W_out, ceil8(3GP))")
    geometry = Geometry(kernel_size, stride, padding, dilation)
    output = _dcnv4(  # as in dcnv3
        input.permute(0, 3, 1, 2), offset_mask, geometry, groups, offset_scale, remove_center, backend
    )
    return output.permute(0, 2, 3, 1)


@as_a_whole
def _dcnv4(
    input: Tensor,
    offset_mask: Tensor,
    geometry: Geometry,
    groups: int,
    offset_scale: float,
    remove_center: bool,
    backend: str,
) -> Tensor:
    """The rest of :func:`dcnv4`, for an input with channels first."""
    size, stored, because = _grouped_shapes(input, geometry, groups, offset_scale, remove_center)
    channels = conventions.dcnv4_channels(groups, stored)
    checks.check_shape("offset_mask", offset_mask, (*size, channels), because)
    used = offset_mask[..., : 3 * groups * stored]  # what pads it may hold anything
    checks.check_tensors(input=_last(input), offset_mask=used)
    if _as_they_are(backend, input, "v4", offset_scale, remove_center):
        offsets, weights = conventions.kept_by_dcnv4(_wide(used), geometry, groups)
        return gather.grouped_sum(input, offsets, weights.to(input.dtype), geometry)
    offsets, weights = conventions.from_dcnv4(
        _wide(used), geometry, groups, offset_scale=offset_scale, remove_center=remove_center
    )
    if offset_scale != 1:
        checks.check_finite("offset * offset_scale", offsets)  # finite factors may still overflow
    return _run(input, offsets, weights.to(input.dtype), None, None, geometry, 1, "v4", backend)


def _grouped_shapes(
    input: Tensor, geometry: Geometry, groups: int, offset_scale: float, remove_center: bool
) -> tuple[tuple[int, int, int], int, str]:
    """``(B, H_out, W_out)``, the stored taps P, and the words for why other tensors must fit them."""
    shape = tuple(_last(input).shape)
    checks.check_grouped_sum(shape, groups, offset_scale)
    size = geometry.output_size(shape[1:3])
    stored = conventions.stored_taps(geometry, remove_center)
    because = f"an input of {shape}, {groups} groups of {stored} taps, {checks.describe(geometry)}"
    return (shape[0], *size), stored, because


def _as_they_are(
    backend: str, input: Tensor, version: Version, offset_scale: float, remove_center: bool
) -> bool:
    """Whether the gather backend may take the tensors of v3 and v4 as they are: it adds taps in their order.

    Who watches an operator is owed canonical ones, which cost a fifth of a forward at 56x56 to make.
    """
    plain = offset_scale == 1 and not remove_center and not observers()
    return plain and choose(backend, input, version)[0] == "gather"


def _last(input: Tensor) -> Tensor:
    """As it was given, channels last: what is said of it shall be so too."""
    return input.permute(0, 2, 3, 1)


def _wide(offset: Tensor) -> Tensor:
    """Offsets in float32 at least before they are scaled: a half type would round them."""
    return offset.to(torch.promote_types(offset.dtype, torch.float32))


def _run(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
    groups: int,
    version: Version,
    backend: str,
) -> Tensor:
    name, convolve = choose(backend, input, version)
    output = convolve(input, offsets, mask, weight, bias, geometry, groups)
    for observer in observers():
        observer(OperatorCall(input, offsets, mask, weight, bias, geometry, groups, version, output, name))
    return output
