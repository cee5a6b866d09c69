"""torchvision's ``deform_conv2d``: seen at the operator, however it is called, with all it needs in the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload, OpOverloadPacket

from dcnviz.conventions import (
    mask_from_torchvision,
    mask_to_torchvision,
    offsets_from_torchvision,
    offsets_to_torchvision,
)
from dcnviz.geometry import Geometry
from dcnviz.ops.checks import check_finite
from dcnviz.ops.observe import OperatorCall

# The operator's own argument names, in its order.
ARGUMENTS: tuple[str, ...] = (
    "input",
    "weight",
    "offset",
    "mask",
    "bias",
    "stride_h",
    "stride_w",
    "pad_h",
    "pad_w",
)
ARGUMENTS += ("dilation_h", "dilation_w", "groups", "offset_groups", "use_mask")
OPERATOR = "torchvision.deform_conv2d"


def is_deform_conv2d(function: Any) -> bool:
    """Whether a function is torchvision's operator: ``torch.ops.torchvision.deform_conv2d``, or its overload."""
    return isinstance(function, (OpOverloadPacket, OpOverload)) and str(function).startswith(OPERATOR)


def run(
    function: Callable[..., Tensor], args: tuple[Any, ...], kwargs: dict[str, Any], layer: str
) -> tuple[Tensor, OperatorCall | None]:
    """Runs the operator with canonical offsets and mask inside its graph.

    To canonical layout and back are re-orderings, so the result is the same bit for bit; they are done only
    where something asks for gradients.

    Args:
        function: the operator.
        args: its arguments.
        kwargs: the same.
        layer: what to call it in messages.

    Returns:
        The output and the call; no call if the arguments are such as the operator ought to have refused.

    Raises:
        ValueError: if an offset is NaN or infinite on a CPU, where the operator would take the process down.
    """
    given = dict(zip(ARGUMENTS, args, strict=False)) | kwargs
    offset, weight = given["offset"], given["weight"]
    if offset.ndim != 4 or weight.ndim != 4 or offset.shape[1] % (2 * weight[0, 0].numel()):
        return function(*args, **kwargs), None  # it says itself what is wrong
    if offset.device.type == "cpu":
        check_finite(f"the offset of layer {layer!r}", offset)
    geometry = Geometry(
        tuple(weight.shape[2:]),
        (given["stride_h"], given["stride_w"]),
        (given["pad_h"], given["pad_w"]),
        (given["dilation_h"], given["dilation_w"]),
    )
    offsets = offsets_from_torchvision(offset, geometry.taps)
    mask = mask_from_torchvision(given["mask"], geometry.taps) if given["use_mask"] else None
    tensors = (given["input"], weight, offset, given["mask"], given["bias"])
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        given["offset"] = offsets_to_torchvision(offsets)
        if mask is not None:
            given["mask"] = mask_to_torchvision(mask)
    output = function(*(given[name] for name in ARGUMENTS))
    parts = (given["input"], offsets, mask, weight, given["bias"], geometry, given["groups"])
    return output, OperatorCall(*parts, "v1" if mask is None else "v2", output, "torchvision")
