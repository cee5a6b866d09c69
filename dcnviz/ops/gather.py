"""The fast backend for a CPU: plain PyTorch, no compiler, exact, with a backward written by hand.

``bags.py`` samples, ``products.py`` multiplies, ``blocks.py`` does both for a block of output rows at a
time; here autograd is told of it, in ``compiled.py`` ``torch.compile`` and ``torch.export`` are.

Sources: arXiv 1703.06211, eq. 2 to 6 and appendix A (gradients); arXiv 1811.11168, eq. 1; arXiv 2211.05778,
eq. 2.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dcnviz import conventions
from dcnviz.geometry import Geometry
from dcnviz.ops import compiled
from dcnviz.ops.blocks import Layer

KEPT = 2**18  # up to this many samples a forward keeps corners and weights for the backward: under 16 MB


def convolve(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
    groups: int = 1,
) -> Tensor:
    """One deformable layer; arguments as in ``reference.convolve``.

    Half types are computed in float32. Gradients at whole-numbered positions are right-hand derivatives, as
    torchvision's. The output is channels last where the input is, else contiguous. There is no second
    derivative: asking for one raises a RuntimeError.

    Raises:
        ValueError: if the input is not on a CPU.

    >>> x, zero = torch.rand(1, 4, 8, 8), torch.zeros(1, 1, 9, 8, 8, 2)
    >>> w = torch.rand(6, 4, 3, 3)
    >>> y = convolve(x, zero, None, w, None, Geometry(3, padding=1))
    >>> torch.allclose(y, torch.nn.functional.conv2d(x, w, padding=1), atol=1e-5)
    True
    """
    if input.device.type != "cpu":
        raise ValueError(
            f'backend "gather" runs on a CPU; the input is on {input.device}: use "torchvision" there.'
        )
    if weight is None:
        offsets, mask = conventions.kept(offsets, mask, geometry)
    return _convolve(input, offsets, mask, weight, bias, geometry, groups)


def grouped_sum(input: Tensor, offsets: Tensor, mask: Tensor, geometry: Geometry) -> Tensor:
    """The depth-wise sum of v3 and v4, taps column by column and (dx, dy): they keep them so, and none is moved.

    Bit for bit what :func:`convolve` gives for the same in canonical layout.

    Args:
        input: ``(B, C, H, W)``.
        offsets: ``(B, G, K, H_out, W_out, 2)``, as ``conventions.kept`` has them.
        mask: ``(B, G, K, H_out, W_out)``, likewise.
        geometry: kernel, stride, padding, dilation.
    """
    return _convolve(input, offsets, mask, None, None, geometry, 1)


def _convolve(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
    groups: int,
) -> Tensor:
    if torch.compiler.is_compiling():
        return compiled.convolve(input, offsets, mask, weight, bias, geometry, groups)
    keep = torch.is_grad_enabled() and offsets.numel() // 2 <= KEPT
    output: Tensor = _Gather.apply(input, offsets, mask, weight, bias, geometry, groups, keep)
    return output


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        input: Tensor,
        offsets: Tensor,
        mask: Tensor | None,
        weight: Tensor | None,
        bias: Tensor | None,
        geometry: Geometry,
        groups: int,
        keep: bool,
    ) -> Tensor:
        last = input.is_contiguous(memory_format=torch.channels_last) and not input.is_contiguous()
        ctx.kept = [] if keep else None
        with torch.autocast("cpu", enabled=False):
            layer = Layer.of(input, offsets, mask, weight, geometry, groups, alone=not keep)
            output = layer.forward(bias, torch.channels_last if last else torch.contiguous_format, ctx.kept)
        ctx.save_for_backward(input, offsets, mask, weight, bias)
        ctx.geometry, ctx.groups = geometry, groups
        return output.to(input.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        input, offsets, mask, weight = saved[:4]
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            if ctx.kept:
                layer = Layer(ctx.kept[0][1].table, offsets, mask, weight, ctx.geometry, ctx.groups)
            else:
                layer = Layer.of(input, offsets, mask, weight, ctx.geometry, ctx.groups)
            grads = layer.backward(grad, ctx.needs_input_grad[:4], ctx.kept)
            bias_grad = grad.sum((0, 2, 3)) if ctx.needs_input_grad[4] else None
        typed = [
            None if g is None else g.to(t.dtype) for g, t in zip((*grads, bias_grad), saved, strict=True)
        ]
        if torch.is_grad_enabled():  # create_graph=True: whoever differentiates these shall hear of it
            typed = [None if g is None else _Once.apply(g, grad, *saved) for g in typed]
        return (*typed, None, None, None)


class _Once(torch.autograd.Function):
    """A gradient that cannot be differentiated again, tied to all that it depends on."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, *sources: Tensor | None) -> Tensor:
        return gradient.clone()

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> tuple[Tensor | None, ...]:
        raise RuntimeError(
            'backend "gather" has no second derivative; backend="reference" has (and is slower).'
        )
