"""Who runs a case: every backend by the public function, torchvision's operator, grid_sample, and plain conv2d."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dcnviz.bench.cases import GEOMETRY, Case
from dcnviz.conventions import (
    mask_to_torchvision,
    offsets_to_torchvision,
    to_dcnv4,
    to_internimage,
)
from dcnviz.ops import dcnv3, dcnv4, deform_conv2d
from dcnviz.ops.vision import operator

Operator = Callable[..., Tensor]
LARGEST_REFERENCE = 2**24  # numbers sampled; the explicit reference keeps each of them a dozen times


@dataclass(frozen=True)
class Contender:
    """One way to compute a case.

    Attributes:
        name: "gather", "reference", "torchvision", "grid_sample" or "conv2d".
        run: the operator, of ``tensors``.
        tensors: its arguments, in its own layout.
    """

    name: str
    run: Operator
    tensors: tuple[Tensor, ...]

    def forward(self) -> Tensor:
        """One forward, as in evaluation."""
        with torch.no_grad():
            return self.run(*self.tensors)

    def both(self) -> None:
        """One forward and the gradients of every tensor, as in training."""
        leaves = [tensor.detach().requires_grad_() for tensor in self.tensors]
        output = self.run(*leaves)
        torch.autograd.grad(output, leaves, torch.ones_like(output))


def contenders(case: Case) -> list[Contender]:
    """All who can run a case; the first is the baseline of its ratios.

    For v1 and v2 that is torchvision's operator, for v3 and v4 the way of the official Python core.
    """
    given = case.tensors()
    if case.grouped_sum:
        found = _grouped(case, given)
    else:
        found = _convolutions(given)
    return [c for c in found if c.name != "reference" or case.columns <= LARGEST_REFERENCE]


def _convolutions(given: dict[str, Tensor]) -> list[Contender]:
    """v1 and v2: the arguments of torchvision's operator."""
    mask = mask_to_torchvision(given["mask"]).contiguous() if "mask" in given else None
    tensors = [given["input"], offsets_to_torchvision(given["offsets"]), given["weight"], given["bias"]]
    everything = (*tensors, *([] if mask is None else [mask]))

    def dcnviz(backend: str) -> Operator:
        def run(x: Tensor, offset: Tensor, w: Tensor, b: Tensor, mask: Tensor | None = None) -> Tensor:
            return deform_conv2d(x, offset, w, b, mask=mask, padding=GEOMETRY.padding, backend=backend)

        return run

    theirs = operator()

    def torchvision(x: Tensor, offset: Tensor, w: Tensor, b: Tensor, mask: Tensor | None = None) -> Tensor:
        return theirs(x, offset, w, b, padding=GEOMETRY.padding, mask=mask)

    def plain(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        return F.conv2d(x, w, b, padding=GEOMETRY.padding)

    return [
        Contender("torchvision", torchvision, everything),
        Contender("gather", dcnviz("gather"), everything),
        Contender("reference", dcnviz("reference"), everything),
        Contender("conv2d", plain, (given["input"], given["weight"], given["bias"])),
    ]


def _grouped(case: Case, given: dict[str, Tensor]) -> list[Contender]:
    """v3 and v4: channels last. conv2d is a depth-wise convolution, the plain layer that does as much."""
    x = given["input"].permute(0, 2, 3, 1).contiguous()
    offset, mask = (t.contiguous() for t in to_internimage(given["offsets"], given["mask"], GEOMETRY))
    joint = to_dcnv4(given["offsets"], given["mask"], GEOMETRY)
    tensors = (x, offset, mask) if case.version == "v3" else (x, joint)

    def dcnviz(backend: str) -> Operator:
        def run(*tensors: Tensor) -> Tensor:
            function: Operator = dcnv3 if case.version == "v3" else dcnv4
            return function(
                *tensors,
                kernel_size=GEOMETRY.kernel_size,
                padding=GEOMETRY.padding,
                groups=case.groups,
                backend=backend,
            )

        return run

    def plain(x: Tensor, w: Tensor) -> Tensor:
        picture = F.conv2d(x.permute(0, 3, 1, 2), w, padding=GEOMETRY.padding, groups=case.channels)
        return picture.permute(0, 2, 3, 1)

    kernel = torch.ones(case.channels, 1, *GEOMETRY.kernel_size) / GEOMETRY.taps
    return [
        Contender("grid_sample", grid_sampler(case.groups), (x, offset, mask)),
        Contender("gather", dcnviz("gather"), tensors),
        Contender("torchvision", dcnviz("torchvision"), tensors),
        Contender("reference", dcnviz("reference"), tensors),
        Contender("conv2d", plain, (x, kernel)),
    ]


def grid_sampler(groups: int) -> Operator:
    """v3 the way the official Python core goes: one ``grid_sample`` over all taps, then the masked sum.

    In words: groups become pictures of a larger batch, all taps of all cells the points of one grid, their values
    ``(B * G, C / G, H * W, K)`` one tensor, which the mask weighs and a sum makes the output.
    """

    def run(x: Tensor, offset: Tensor, mask: Tensor) -> Tensor:
        batch, height, width, channels = x.shape
        kh, kw = GEOMETRY.kernel_size
        rows, columns = torch.arange(height), torch.arange(width)
        # Taps column by column, (dx, dy), as v3 stores them; base positions of the map without padding.
        tap_x, tap_y = torch.meshgrid(torch.arange(kw), torch.arange(kh), indexing="ij")
        base_x = columns.view(1, -1, 1) - GEOMETRY.padding[1] + tap_x.reshape(1, 1, -1)
        base_y = rows.view(-1, 1, 1) - GEOMETRY.padding[0] + tap_y.reshape(1, 1, -1)
        base = torch.stack(torch.broadcast_tensors(base_x, base_y), dim=-1).to(x.dtype)
        places = base[None, :, :, None] + offset.unflatten(-1, (groups, kh * kw, 2))  # (B, H, W, G, K, 2)
        grid = (2 * places + 1) / x.new_tensor([width, height]) - 1
        grid = grid.permute(0, 3, 1, 2, 4, 5).reshape(batch * groups, height * width, kh * kw, 2)
        pictures = x.permute(0, 3, 1, 2).reshape(batch * groups, channels // groups, height, width)
        values = F.grid_sample(pictures, grid, align_corners=False)
        weights = mask.unflatten(-1, (groups, -1)).permute(0, 3, 1, 2, 4)
        weights = weights.reshape(batch * groups, 1, height * width, kh * kw)
        sums = (values * weights).sum(-1)
        output: Tensor = sums.view(batch, channels, height, width).permute(0, 2, 3, 1).contiguous()
        return output

    return run
