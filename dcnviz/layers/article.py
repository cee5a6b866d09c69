"""Takes the weights of the article's two modules over into layers that are right for every geometry.

Both are right only for 3x3 kernels with padding 1, so only such weights are taken. They differ in channel
order: ``DCN`` follows torchvision (its halves ``o1`` and ``o2`` are not y and x blocks, whatever their names
suggest); ``DeformConv2d`` predicts N dy channels, then N dx, and calls the vertical axis x.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dcnviz.layers.deform import DeformConv2d, ModulatedDeformConv2d


def from_article(state: Mapping[str, Tensor], stride: int = 1) -> DeformConv2d:
    """A layer that computes what the article's trained module computes.

    Args:
        state: the state dict of the article's ``DCN`` (keys ``conv_offset_mask.*``, ``weight``, ``bias``) or
            of its ``DeformConv2d`` (keys ``conv.*``, ``p_conv.*`` and, with modulation, ``m_conv.*``).
        stride: the stride of the article's ``DeformConv2d``; its ``DCN`` knows only 1.

    Returns:
        :class:`ModulatedDeformConv2d`, or :class:`DeformConv2d` for a state without ``m_conv``.

    Raises:
        ValueError: if the keys are neither's, the kernel is not 3x3, or a ``DCN`` is to have another stride.
    """
    blocks = state.get("conv_offset_mask.weight", state.get("p_conv.weight"))
    weight = state.get("weight", state.get("conv.weight"))
    if blocks is None or weight is None:
        raise ValueError(
            "state has neither DCN's keys (conv_offset_mask.*, weight) nor DeformConv2d's (p_conv.*, "
            f"conv.*); got {sorted(state)}."
        )
    if "conv_offset_mask.weight" in state and stride != 1:
        raise ValueError(f"the article's DCN knows only stride 1; got {stride}.")
    if tuple(weight.shape[2:]) != (3, 3):
        raise ValueError(
            f"the article's modules are right for 3x3 kernels only; got {tuple(weight.shape[2:])}."
        )
    kind = (
        DeformConv2d if "p_conv.weight" in state and "m_conv.weight" not in state else ModulatedDeformConv2d
    )
    bias = state.get("bias", state.get("conv.bias"))
    layer = kind(weight.shape[1], weight.shape[0], 3, stride, 1, bias=bias is not None, dtype=weight.dtype)
    new = {"weight": weight, **({} if bias is None else {"bias": bias})}
    for part in ("weight", "bias"):
        new[f"predictor.{part}"] = _predictor(state, part)
    layer.load_state_dict(new)
    return layer


def _predictor(state: Mapping[str, Tensor], part: str) -> Tensor:
    """The predictor's weight or bias, in torchvision's channel order."""
    if f"conv_offset_mask.{part}" in state:
        return state[f"conv_offset_mask.{part}"]
    dy, dx = state[f"p_conv.{part}"].chunk(2)
    pairs = torch.stack([dy, dx], dim=1).flatten(0, 1)
    mask = state.get(f"m_conv.{part}")
    return pairs if mask is None else torch.cat([pairs, mask])
