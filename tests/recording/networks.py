"""Networks and pictures to record."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dcnviz.layers import DCNv3, DeformConv2d, ModulatedDeformConv2d
from dcnviz.models.network import ChannelsLast


def shake(model: nn.Module, seed: int = 0) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=generator)
    return model


def image(batch: int = 1, channels: int = 4, size: tuple[int, int] = (6, 7), seed: int = 9) -> Tensor:
    return torch.rand(batch, channels, *size, generator=torch.Generator().manual_seed(seed))


def hooks(model: nn.Module) -> int:
    tables = (
        "_forward_hooks",
        "_forward_pre_hooks",
        "_forward_hooks_always_called",
        "_forward_hooks_with_kwargs",
    )
    pre = "_forward_pre_hooks_with_kwargs"
    return sum(len(getattr(module, table)) for module in model.modules() for table in (*tables, pre))


class Nested(nn.Module):
    """Layers in lists, dicts and wrappers, one of them used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = ModulatedDeformConv2d(4, 4, 3, padding=1)
        self.rest = nn.ModuleList([nn.ModuleDict({"a": DeformConv2d(4, 4, 3, padding=1)})])
        self.last = ChannelsLast(DCNv3(4, group=2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.twice(self.twice(x))
        x = self.rest[0]["a"](x)  # type: ignore[index]
        result: Tensor = self.last(x)
        return result
