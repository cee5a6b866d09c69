"""The toy's numbers by the operator itself: what the lesson checks answers against, and the tests the browser.

torch is imported when the first number is asked for, not with the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from dcnviz.ui.toy.state import Grid, Own, Place, Toy

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Live:
    """What the operator makes of a toy.

    Attributes:
        outputs: the whole output, rows of numbers.
        output: of the chosen cell.
        places: of that cell's taps, (y, x) in pixels of the map; so with all that follows.
        samples: what each tap reads.
        products: weight times mask times sample.
        arrows: gradient of the output with respect to each tap's position, by autograd.
    """

    outputs: Grid
    output: float
    places: tuple[Place, ...]
    samples: tuple[float, ...]
    products: tuple[float, ...]
    arrows: tuple[Place, ...]


def live(toy: Toy) -> Live:
    """Runs the operator on a toy, in float64.

    Raises:
        ValueError: if the kernel does not fit into the map even once.

    >>> flat = Toy(((2.0, 2.0, 2.0),) * 3)
    >>> live(flat).output, live(flat).arrows[0]
    (18.0, (0.0, 0.0))
    """
    import torch

    from dcnviz.ops import deform_conv2d

    geometry = toy.geometry
    size = geometry.output_size(toy.map_size)
    i, j = toy.cell
    taps = geometry.taps
    grid = torch.tensor(toy.grid, dtype=torch.float64)[None, None]
    offset, mask = fields(toy, size)
    offset.requires_grad_()
    weight = torch.tensor(toy.weights, dtype=torch.float64).reshape(1, 1, toy.size, toy.size)
    each = torch.eye(taps, dtype=torch.float64).reshape(taps, 1, toy.size, toy.size)  # one tap a channel
    convolve = partial(deform_conv2d, stride=toy.stride, padding=toy.padding, dilation=toy.dilation)

    outputs = convolve(grid, offset, weight, grid.new_tensor([toy.bias]), mask=mask)
    (arrows,) = torch.autograd.grad(outputs[0, 0, i, j], offset)
    with torch.no_grad():
        samples = convolve(grid, offset, each)[0, :, i, j]
        places = geometry.base(size, dtype=torch.float64)[:, i, j] + offset[0, :, i, j].reshape(taps, 2)
        products = weight.flatten() * mask[0, :, i, j] * samples
    return Live(
        outputs=tuple(map(tuple, outputs[0, 0].tolist())),
        output=outputs[0, 0, i, j].item(),
        places=_pairs(places),
        samples=tuple(samples.tolist()),
        products=tuple(products.tolist()),
        arrows=_pairs(arrows[0, :, i, j].reshape(taps, 2)),
    )


def fields(toy: Toy, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Every cell's offsets ``(1, 2K, H_out, W_out)`` and masks ``(1, K, H_out, W_out)``, as the operator takes them."""
    import torch

    taps = toy.size**2
    offset = torch.zeros(1, 2 * taps, *size, dtype=torch.float64)
    mask = torch.ones(1, taps, *size, dtype=torch.float64)
    for (i, j), own in toy.cells.items():
        if i < size[0] and j < size[1]:
            offset[0, :, i, j] = torch.tensor(own.offsets, dtype=torch.float64).flatten()
            mask[0, :, i, j] = torch.tensor(own.masks, dtype=torch.float64)
    mask[:, list(toy.off)] = 0
    return offset, mask


SHIFT, SPREAD = 0.05, 0.06


@lru_cache(maxsize=8)
def predicted(grid: Grid) -> dict[tuple[int, int], Own]:
    """Offsets of a 3x3 kernel for every pixel of a map, by a predictor made by hand: an ordinary 3x3 convolution.

    Its 18 channels are (dy, dx) of each tap: all taps go towards the brighter side, and away from each other where
    the middle is brighter than what is round it. A network would learn such weights. Cells whose offsets are 0 are
    left out.

    >>> predicted(((4.0,) * 5,) * 5).keys() & {(2, 2)}    # nothing to see on flat ground
    set()
    """
    import torch

    side = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    across = side.expand(3, 3)
    towards = torch.stack([across.T, across])  # brighter below, brighter on the right
    ring = torch.full((3, 3), -1.0, dtype=torch.float64)
    ring[1, 1] = 8
    apart = torch.cartesian_prod(side, side)  # each tap, seen from the middle
    weight = SHIFT * towards[None] + SPREAD / 8 * apart[:, :, None, None] * ring
    picture = torch.tensor(grid, dtype=torch.float64)[None, None]
    offsets = torch.nn.functional.conv2d(picture, weight.reshape(18, 1, 3, 3), padding=1)[0]
    cells = offsets.permute(1, 2, 0).reshape(*offsets.shape[1:], 9, 2)
    return {
        (i, j): Own(tuple((round(dy, 2) + 0.0, round(dx, 2) + 0.0) for dy, dx in taps), (1.0,) * 9)
        for i, row in enumerate(cells.tolist())
        for j, taps in enumerate(row)
        if any(abs(n) >= 0.005 for pair in taps for n in pair)
    }


def _pairs(tensor: Tensor) -> tuple[Place, ...]:
    return tuple((y, x) for y, x in tensor.tolist())
