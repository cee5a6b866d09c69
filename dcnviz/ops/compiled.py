"""The gather backend for ``torch.compile`` and ``torch.export``: one operator that they do not look into.

Traced, its loops over blocks would unroll and its sort would break the graph. As an operator of the library
it is one node with a known output shape and a known gradient. Eager calls do not come here: they would pay
for the detour.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.ops.blocks import Layer


def convolve(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
    groups: int,
) -> Tensor:
    """One deformable layer as a single node of a graph; arguments as in ``reference.convolve``."""
    sizes = [*geometry.kernel_size, *geometry.stride, *geometry.padding, *geometry.dilation]
    output: Tensor = _node(input, offsets, mask, weight, bias, sizes, groups)
    return output


@torch.library.custom_op(
    "dcnviz::gather",
    mutates_args=(),
    schema="(Tensor input, Tensor offsets, Tensor? mask, Tensor? weight, Tensor? bias, int[] sizes, "
    "int groups) -> Tensor",
)
def _node(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    sizes: list[int],
    groups: int,
) -> Tensor:
    layer = Layer.of(input, offsets, mask, weight, _geometry(sizes), groups, alone=True)
    return layer.forward(bias, torch.contiguous_format, None).to(input.dtype)


@torch.library.custom_op(
    "dcnviz::gather_backward",
    mutates_args=(),
    schema="(Tensor grad, Tensor input, Tensor offsets, Tensor? mask, Tensor? weight, int[] sizes, "
    "int groups, bool[] needs) -> Tensor[]",
)
def _node_backward(
    grad: Tensor,
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    sizes: list[int],
    groups: int,
    needs: list[bool],
) -> list[Tensor]:
    layer = Layer.of(input, offsets, mask, weight, _geometry(sizes), groups)
    grads = layer.backward(grad, (needs[0], needs[1], needs[2], needs[3]), None)
    given = [input, offsets, mask, weight]
    return [
        g.to(t.dtype).contiguous()
        for g, t in zip(grads, given, strict=True)
        if g is not None and t is not None
    ]


@_node.register_fake
def _(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    sizes: list[int],
    groups: int,
) -> Tensor:
    outputs = input.shape[1] if weight is None else weight.shape[0]
    return input.new_empty((input.shape[0], outputs, offsets.shape[3], offsets.shape[4]))


@_node_backward.register_fake
def _(
    grad: Tensor,
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    sizes: list[int],
    groups: int,
    needs: list[bool],
) -> list[Tensor]:
    given = [input, offsets, mask, weight]
    return [t.new_empty(t.shape) for t, needed in zip(given, needs, strict=True) if needed and t is not None]


def _remember(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    input, offsets, mask, weight, _, ctx.sizes, ctx.groups = inputs
    ctx.save_for_backward(input, offsets, mask, weight)


def _differentiate(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    needs = list(ctx.needs_input_grad[:4])
    found = iter(_node_backward(grad, *ctx.saved_tensors, ctx.sizes, ctx.groups, needs))
    grads = [next(found) if needed else None for needed in needs]
    return (*grads, grad.sum((0, 2, 3)) if ctx.needs_input_grad[4] else None, None, None)


_node.register_autograd(_differentiate, setup_context=_remember)


def _geometry(sizes: list[int]) -> Geometry:
    return Geometry(sizes[:2], sizes[2:4], sizes[4:6], sizes[6:])
