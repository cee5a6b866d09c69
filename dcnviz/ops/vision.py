"""torchvision's own operator (CPU, CUDA, MPS) behind the signature that every backend shares.

v3 and v4 run on it too: a depth-wise sum is its operator with ``groups = C`` and weights of one.
torchvision is imported at the first call: its import costs more than the app's first page.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dcnviz.conventions import mask_to_torchvision, offsets_to_torchvision
from dcnviz.geometry import Geometry

REFUSAL = (
    'backend "torchvision" cannot be compiled or exported on a CPU, where a compiled layer could not keep a NaN '
    'from taking the process down: use "gather" or "auto".'
)


def operator() -> Callable[..., Tensor]:
    """``torchvision.ops.deform_conv2d`` itself."""
    from torchvision.ops import deform_conv2d

    function: Callable[..., Tensor] = deform_conv2d
    return function


def convolve(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
    groups: int = 1,
) -> Tensor:
    """One deformable layer by ``torchvision.ops.deform_conv2d``; arguments as in ``reference.convolve``.

    Half types run in float32 and come back in their own type: torchvision adds offsets to coordinates in the
    type it is given, and bfloat16 takes column 500 for 498.

    Raises:
        ValueError: in a graph that is compiled or exported for a CPU, see :data:`REFUSAL`.
    """
    if input.device.type == "cpu" and torch.compiler.is_compiling():
        refused: Tensor = _refuse(input)
        return refused
    deform_conv2d = operator()
    wide = torch.promote_types(input.dtype, torch.float32)
    if weight is None:
        channels = input.shape[1]
        weight = input.new_ones((channels, 1, *geometry.kernel_size), dtype=wide)
    output: Tensor = deform_conv2d(
        input.to(wide),
        offsets_to_torchvision(offsets).to(wide),
        weight.to(wide),
        None if bias is None else bias.to(wide),
        stride=geometry.stride,
        padding=geometry.padding,
        dilation=geometry.dilation,
        mask=None if mask is None else mask_to_torchvision(mask).to(wide),
    )
    return output.to(input.dtype)


# A refusal raised while a layer is traced would only break its graph, and the layer run as it is, unchecked: it
# has to be a node of the graph.
@torch.library.custom_op("dcnviz::refuse_torchvision", mutates_args=(), schema="(Tensor input) -> Tensor")
def _refuse(input: Tensor) -> Tensor:
    raise ValueError(REFUSAL)


@_refuse.register_fake
def _(input: Tensor) -> Tensor:
    raise ValueError(REFUSAL)
