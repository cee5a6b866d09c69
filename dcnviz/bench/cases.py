"""What is measured: operators at shapes, and how much arithmetic and memory traffic each cannot do without."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dcnviz.geometry import Geometry
from dcnviz.sampling import Version

GEOMETRY = Geometry(3, padding=1)  # of every case: output as large as input, 9 taps


@dataclass(frozen=True)
class Work:
    """What one pass cannot do without.

    Attributes:
        multiplications: multiply-and-add counted once.
        bytes: every tensor that goes in read once, every one that comes out written once.
    """

    multiplications: int
    bytes: int


@dataclass(frozen=True)
class Case:
    """One operator at one shape, 3x3, padding 1, float32.

    Attributes:
        version: the operator; "v1" is without a mask.
        batch: B.
        channels: C.
        height: H.
        width: W.
        groups: offset groups G.
        outputs: O; C for v3 and v4, which have no kernel.
        lean: whether it is here for its memory: only its forward is run.
    """

    version: Version
    batch: int
    channels: int
    height: int
    width: int
    groups: int = 1
    outputs: int | None = None
    lean: bool = False

    @property
    def out_channels(self) -> int:
        """O."""
        return self.channels if self.outputs is None else self.outputs

    @property
    def grouped_sum(self) -> bool:
        """Whether it is v3 or v4: channels last, no kernel."""
        return self.version in ("v3", "v4")

    @property
    def name(self) -> str:
        """For example ``v2 1x64x64x64 G4`` (B x C x H x W).

        >>> Case("v2", 1, 3, 512, 512, outputs=16).name
        'v2 1x3>16x512x512'
        """
        channels = f"{self.channels}" if self.outputs is None else f"{self.channels}>{self.outputs}"
        groups = f" G{self.groups}" if self.groups > 1 else ""
        return f"{self.version} {self.batch}x{channels}x{self.height}x{self.width}{groups}"

    @property
    def samples(self) -> int:
        """How many places are sampled: B * G * K * H * W."""
        return self.batch * self.groups * GEOMETRY.taps * self.height * self.width

    @property
    def columns(self) -> int:
        """How many numbers are sampled: those of all channels at all places."""
        return self.samples * (self.channels // self.groups)

    def tensors(self, seed: int = 0) -> dict[str, Tensor]:
        """Input, canonical offsets of about a pixel, mask, and, for v1 and v2, weight and bias; NCHW."""
        draw = torch.Generator().manual_seed(seed)
        cells = (self.batch, self.groups, GEOMETRY.taps, self.height, self.width)
        given = {
            "input": torch.randn(self.batch, self.channels, self.height, self.width, generator=draw),
            "offsets": torch.randn(*cells, 2, generator=draw),
        }
        if self.version != "v1":
            given["mask"] = torch.rand(cells, generator=draw)
        if not self.grouped_sum:
            shape = (self.out_channels, self.channels, *GEOMETRY.kernel_size)
            given["weight"] = torch.randn(shape, generator=draw) / (3 * self.channels**0.5)
            given["bias"] = torch.randn(self.out_channels, generator=draw)
        return given

    def work(self, *, backward: bool) -> Work:
        """The least that the forward, or forward and backward together, must do.

        A sample is 4 multiplications a channel, and 5 for its corner weights and mask; the kernel is O for each
        number sampled. The backward has the sampling's transpose and the products with the four corners, and
        two matrix products as large as the forward's. Temporary tensors are not counted: there need be none.

        >>> Case("v2", 1, 16, 8, 8).work(backward=False).multiplications == 576 * (16 * (4 + 16) + 5)
        True
        """
        kernel = 0 if self.grouped_sum else self.out_channels
        passes = 3 if backward else 1
        multiplications = passes * (self.columns * (4 + kernel) + 5 * self.samples)
        pixels = self.batch * self.height * self.width
        weight = kernel * (self.channels * GEOMETRY.taps + 1)
        given = pixels * self.channels + self.samples * (2 if self.version == "v1" else 3) + weight
        made = pixels * self.out_channels
        # Backward: all that was given and the output's gradient are read, a gradient of each given is written.
        numbers = given + made + (2 * given + made if backward else 0)
        return Work(multiplications, 4 * numbers)

    def smaller(self) -> Case:
        """The same operator on a map of an eighth of the side: for a look at whether it runs."""
        return replace(
            self, batch=min(self.batch, 2), height=max(8, self.height // 8), width=max(8, self.width // 8)
        )


CASES = (
    Case("v1", 1, 64, 64, 64),
    Case("v2", 16, 32, 32, 32),
    Case("v2", 1, 64, 64, 64),
    Case("v2", 1, 64, 64, 64, groups=4),
    Case("v2", 1, 16, 128, 128),
    Case("v2", 4, 128, 28, 28),
    Case("v2", 16, 8, 16, 16),
    Case("v2", 1, 16, 512, 512),
    Case("v2", 1, 3, 512, 512, outputs=16),
    Case("v2", 1, 64, 256, 256, lean=True),
    Case("v3", 1, 64, 56, 56, groups=4),
    Case("v3", 1, 64, 128, 128, groups=4),
    Case("v3", 1, 256, 28, 28, groups=16),
    Case("v3", 8, 32, 32, 32, groups=2),
    Case("v4", 1, 64, 56, 56, groups=4),
)
"""What ``python -m dcnviz bench`` measures."""
