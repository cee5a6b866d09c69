"""Tiny networks of every version, in float64, for gradients that can be checked by finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

import dcnviz
from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.models.network import ChannelsLast

VERSIONS = ("v1", "v2", "v3", "v4")
TAPS = 9


def layer_of(version: str, channels: int = 4) -> nn.Module:
    """A 3x3 layer that takes and gives ``(B, C, H, W)``, with two offset groups."""
    if version == "v1":
        return DeformConv2d(channels, channels, 3, padding=1, offset_groups=2)
    if version == "v2":
        return ModulatedDeformConv2d(channels, channels, 3, padding=1, offset_groups=2)
    make: Callable[..., nn.Module] = DCNv3 if version == "v3" else DCNv4
    more = {} if version == "v3" else {"dw_kernel_size": 3}
    return ChannelsLast(make(channels, 3, group=2, **more))


class Tiny(nn.Module):
    """A stem of stride 2, two deformable layers with something smooth between, and a head."""

    def __init__(self, version: str, seed: int = 0) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.first, self.second = layer_of(version), layer_of(version)
        self.head = nn.Conv2d(4, 3, 1)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.normal_(std=0.35, generator=generator)
        self.double().eval()

    def forward(self, picture: Tensor) -> Tensor:
        result: Tensor = self.head(self.second(torch.tanh(self.first(self.stem(picture)))))
        return result


def core(layer: nn.Module) -> nn.Module:
    """The deformable layer itself, inside its wrapper if it has one."""
    return layer.layer if isinstance(layer, ChannelsLast) else layer


def path_of(model: nn.Module, layer: nn.Module) -> str:
    return next(name for name, module in model.named_modules() if module is core(layer))


def image(size: tuple[int, int] = (12, 14), channels: int = 2, seed: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, channels, *size, generator=generator, dtype=torch.float64)


Move = tuple[int, int, int, int, int, float]
"""Offset group, tap (row-major), row and column of the cell, axis (0 for y, 1 for x), and how far in pixels."""


def nudge(layer: nn.Module, moves: Sequence[Move]) -> RemovableHandle:
    """A forward hook that moves one tap for each input of a batch, in the raw tensor of the layer's version.

    Independent of ``dcnviz.conventions``: the channel numbers are written out here.

    Args:
        layer: from :func:`layer_of`.
        moves: the n-th is done to the n-th input of the batch.
    """
    inner = core(layer)

    def hook(module: nn.Module, args: object, output: Tensor) -> Tensor:
        moved = output.clone()
        for n, (group, tap, row, column, axis, by) in enumerate(moves):
            transposed = tap % 3 * 3 + tap // 3  # the tap's number column-major
            if isinstance(inner, DCNv3):
                moved[n, row, column, (group * TAPS + transposed) * 2 + 1 - axis] += by
            elif isinstance(inner, DCNv4):
                moved[n, row, column, group * 3 * TAPS + 2 * transposed + 1 - axis] += by
            else:
                moved[n, (group * TAPS + tap) * 2 + axis, row, column] += by
        return moved

    # (type(inner) may be of any class; the stubs ask for one of the two that are keys)
    name = {DCNv3: "offset", DCNv4: "offset_mask"}.get(type(inner), "predictor")  # type: ignore[call-overload]
    predictor: nn.Module = inner.get_submodule(name)
    return predictor.register_forward_hook(hook)


def answers(model: nn.Module, given: Tensor, path: str, cell: tuple[int, int]) -> Tensor:
    """``(B,)``: the node's output summed over its channels, from a plain recording of a batch."""
    with torch.no_grad(), dcnviz.record(model, calls=True) as recording:
        model(given)
    return recording.calls[path].output[:, :, cell[0], cell[1]].sum(1)
