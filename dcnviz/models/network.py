"""One small network, the same for every version, so that two of them differ in the operator alone.

    picture -> 3x3 stride 2 -> 3x3 stride 2 -> three residual 3x3 layers -> 1x1 head -> classes per pixel

The three layers, at stride 4, are plain, v1, v2, v3 or v4. With plain layers a cell sees 31 pixels; the
objects of the training scenes are up to 68 wide, so a cell inside one has to look further than its grid to
tell what it is part of.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.sampling import VERSIONS, Version

CHANNELS = 32
GROUPS = 8
BLOCKS = 3
STRIDE = 4


class ChannelsLast(nn.Module):
    """Runs a channels-last layer (v3, v4) on a channels-first map."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, input: Tensor) -> Tensor:
        """``(B, C, H, W)`` to ``(B, C, H_out, W_out)``."""
        output: Tensor = self.layer(input.permute(0, 2, 3, 1))
        return output.permute(0, 3, 1, 2)


def build_layer(version: Version, channels: int = CHANNELS) -> nn.Module:
    """The 3x3 layer of one version, ``(B, C, H, W)`` to the same."""
    if version == "conv":
        return nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    if version == "v1":
        return DeformConv2d(channels, channels, 3, padding=1, bias=False)
    if version == "v2":
        return ModulatedDeformConv2d(channels, channels, 3, padding=1, bias=False)
    if version == "v3":
        return ChannelsLast(DCNv3(channels, 3, group=GROUPS))
    return ChannelsLast(DCNv4(channels, 3, group=GROUPS, dw_kernel_size=3))


class Block(nn.Module):
    """A residual layer: ``relu(x + norm(layer(x)))``."""

    def __init__(self, version: Version) -> None:
        super().__init__()
        self.layer = build_layer(version)
        self.norm = nn.BatchNorm2d(CHANNELS)

    def forward(self, input: Tensor) -> Tensor:
        """``(B, C, H, W)`` to the same."""
        return F.relu(input + self.norm(self.layer(input)))


class Network(nn.Module):
    """Classifies every pixel of a picture.

    Args:
        version: "conv", "v1", "v2", "v3" or "v4".
        classes: number of classes, background included.

    Shapes: ``(B, 3, H, W)`` float RGB in [0, 1], any size from 1 pixel up, to ``(B, classes, H, W)`` logits.

    Raises:
        ValueError: on an unknown version, or an input of another shape or type.

    >>> import torch
    >>> Network("v2").eval()(torch.rand(1, 3, 50, 41)).shape
    torch.Size([1, 7, 50, 41])
    """

    def __init__(self, version: Version, classes: int = 7) -> None:
        super().__init__()
        if version not in VERSIONS:
            raise ValueError(f"version must be one of {', '.join(VERSIONS)}; got {version!r}.")
        self.version: Version = version
        self.stem = nn.Sequential(
            nn.Conv2d(3, CHANNELS, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ReLU(),
            nn.Conv2d(CHANNELS, CHANNELS, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ReLU(),
        )
        self.blocks = nn.Sequential(*(Block(version) for _ in range(BLOCKS)))
        self.head = nn.Conv2d(CHANNELS, classes, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """Logits at picture size."""
        if picture.ndim != 4 or picture.shape[1] != 3 or 0 in picture.shape[2:]:
            raise ValueError(f"picture must be (B, 3, H, W), RGB in [0, 1]; got {tuple(picture.shape)}.")
        if not picture.is_floating_point():
            raise ValueError(f"picture must be floating-point RGB in [0, 1]; got {picture.dtype}.")
        return to_picture_size(self.cells(picture), (picture.shape[2], picture.shape[3]))

    def cells(self, picture: Tensor) -> Tensor:
        """Logits of each cell, ``(B, classes, ceil(H / 4), ceil(W / 4))``; (i, j) sits on pixel (4i, 4j)."""
        output: Tensor = self.head(self.blocks(self.stem((picture - 0.5) / 0.25)))
        return output

    @torch.no_grad()
    def unit_scale(self) -> None:
        """Rescales kernels that a normalisation follows, so that each of their output channels has variance 1.

        The normalisation undoes any scale, so training leaves it to chance and the network computes the same
        afterwards. But a panel shows these outputs beside the sum of their contributions: at variance 1 both are
        numbers a person can read, and float32 holds their difference below 1e-5.
        """
        for block in self.blocks:
            assert isinstance(block, Block)
            if not isinstance(block.layer, nn.Conv2d | DeformConv2d):  # v3 and v4 have no kernel
                continue
            kernel, mean, variance = block.layer.weight, block.norm.running_mean, block.norm.running_var
            assert mean is not None and variance is not None, "a BatchNorm2d of this network keeps both"
            scale = (variance + block.norm.eps).sqrt()
            kernel /= scale[:, None, None, None]
            mean /= scale
            variance.fill_(1 - block.norm.eps)  # plus eps it is 1 exactly

    def maps_to_picture(self) -> dict[str, MapToPicture]:
        """For each of the three layers, by its path, where the cells of its input map lie on the picture."""
        stem = Geometry(3, stride=2, padding=1)
        place = MapToPicture().after(stem).after(stem)
        suffix = ".layer" if self.version in ("v3", "v4") else ""
        return {f"blocks.{i}.layer{suffix}": place for i in range(BLOCKS)}


def to_picture_size(cells: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear logits between cells that sit on pixels (4i, 4j).

    ``F.interpolate`` to the picture's size would put cell 0 on pixel 1.5: half a cell off. So the cells are
    interpolated to ``4 * (n - 1) + 1`` pixels, corner on corner, and the last row and column are repeated.
    """
    height, width = (STRIDE * (n - 1) + 1 for n in cells.shape[2:])
    inner = F.interpolate(cells, (height, width), mode="bilinear", align_corners=True)
    padded = F.pad(inner, (0, max(0, size[1] - width), 0, max(0, size[0] - height)), mode="replicate")
    return padded[:, :, : size[0], : size[1]]
