"""The pixels of a map as rows of a table, in which a sample anywhere finds its four corners.

Channels last, with a border of two zero pixels. The border spares every test for "outside": positions are
clamped to ``[-2, H] x [-2, W]`` before they become integers, so a sample far outside has zero rows for all
corners, and a corner outside counts 0 on its own. With G offset groups a pixel is G rows, one after the
other, of C / G channels each: the same memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

BORDER = 2  # a sample clamped to H has corners in rows H and H + 1, one clamped to -2 in rows -2 and -1


@dataclass(frozen=True)
class PixelTable:
    """The pixels of a batch of maps as rows of a table.

    Attributes:
        rows: ``(B * (H + 4) * (W + 4) * G, C // G)``, contiguous; the rows of the border are 0.
        batch: B.
        size: ``(H, W)`` of a map, without the border.
        groups: G.
    """

    rows: Tensor
    batch: int
    size: tuple[int, int]
    groups: int

    @classmethod
    def of(cls, input: Tensor, groups: int, dtype: torch.dtype) -> PixelTable:
        """The table of ``(B, C, H, W)`` in any memory layout.

        >>> PixelTable.of(torch.rand(1, 6, 3, 4), 2, torch.float32).rows.shape
        torch.Size([112, 3])
        """
        batch, channels, height, width = input.shape
        input = input.detach().to(dtype)
        if height * width % 1024 == 0 and input.stride(1) != 1:
            # Planes a multiple of 4 KB apart share the lines of the cache: padded before they are transposed.
            padded = F.pad(input, (BORDER,) * 4).permute(0, 2, 3, 1).contiguous()
        else:  # here the padded planes may be (28 x 28), and this is one pass less
            padded = input.new_zeros((batch, height + 2 * BORDER, width + 2 * BORDER, channels))
            padded[:, BORDER:-BORDER, BORDER:-BORDER] = input.permute(0, 2, 3, 1)
        return cls(padded.view(-1, channels // groups), batch, (height, width), groups)

    @property
    def steps(self) -> tuple[int, int]:
        """Rows of the table from a pixel to the one below it, and to the one right of it."""
        return (self.size[1] + 2 * BORDER) * self.groups, self.groups

    @cached_property
    def planes(self) -> Tensor:
        """The table with channels first, ``(C // G, rows)``: for tables of few channels."""
        return self.rows.t().contiguous()

    def crop(self, rows: Tensor) -> Tensor:
        """Rows of such a table as ``(B, C, H, W)`` again: a view, channels last, without the border."""
        height, width = self.size
        channels = self.groups * rows.shape[1]
        padded = rows.view(self.batch, height + 2 * BORDER, width + 2 * BORDER, channels)
        return padded[:, BORDER:-BORDER, BORDER:-BORDER].permute(0, 3, 1, 2)
