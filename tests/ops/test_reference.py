"""The reference: its intermediates obey what the papers say of them, one sample at a time."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dcnviz.geometry import Geometry
from dcnviz.ops.reference import Trace, convolve, trace

H, W = 4, 5
EDGES = [-2.0, -1.5, -1.0, -1 + 2**-10, -0.5, 0.0, 0.25, 1.0, 2.5]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sample(picture: Tensor, *points: tuple[float, float]) -> Trace:
    """One trace of some points (y, x), as the taps of one cell."""
    positions = torch.tensor(points, dtype=torch.float64).view(1, 1, len(points), 1, 1, 2)
    return trace(picture, positions)


def bilinear(picture: Tensor, y: float, x: float) -> float:
    """The value by its definition: every pixel of the map, weighted by how near it is."""
    total = 0.0
    for row, column in itertools.product(range(picture.shape[2]), range(picture.shape[3])):
        near = max(0.0, 1 - abs(y - row)) * max(0.0, 1 - abs(x - column))
        total += near * picture[0, 0, row, column].item()
    return total


def test_values_are_bilinear_on_and_around_every_border() -> None:
    picture = noise(1, 1, H, W)
    ys = [*EDGES, H - 1, H - 0.5, H - 2**-10, H, H + 0.5]
    xs = [*EDGES, W - 1, W - 0.5, W - 2**-10, W, W + 0.5]
    points = list(itertools.product(ys, xs))
    values = sample(picture, *points).values.flatten().tolist()
    for (y, x), value in zip(points, values, strict=True):
        assert value == pytest.approx(bilinear(picture, y, x), abs=1e-14), (y, x)


def test_corners_their_order_and_their_weights() -> None:
    t = sample(noise(1, 1, H, W), (1.25, 2.5))
    assert t.corners.flatten(0, 4)[0].tolist() == [[1, 2], [1, 3], [2, 2], [2, 3]]
    assert t.corner_weights.flatten().tolist() == [0.375, 0.375, 0.125, 0.125]
    assert t.corner_weights.flatten().tolist() != [0.375, 0.125, 0.375, 0.125]  # columns first


def test_a_corner_outside_the_map_weighs_nothing_and_the_others_keep_theirs() -> None:
    t = sample(noise(1, 1, H, W), (-0.25, W - 0.5))
    assert t.corners.flatten(0, 4)[0].tolist() == [[-1, 4], [-1, 5], [0, 4], [0, 5]]
    assert t.corner_weights.flatten().tolist() == [0, 0, 0.375, 0]  # not scaled up to one


def test_weights_sum_to_one_inside() -> None:
    points = [(y, x) for y, x in (noise(50, 2).sigmoid() * torch.tensor([H - 1.0, W - 1.0])).tolist()]
    torch.testing.assert_close(
        sample(noise(1, 1, H, W), *points).corner_weights.sum(-1).flatten(),
        torch.ones(50, dtype=torch.float64),
    )


@pytest.mark.parametrize("far", [1e4, 1e9, 1e20, 1e30, 3e38])
def test_positions_as_far_as_they_come(far: float) -> None:
    points = [(s * far, t) for s in (1, -1) for t in (1.5, far, -far)] + [(1.5, far), (1.5, -far)]
    for dtype in (torch.float32, torch.float64):
        positions = torch.tensor(points, dtype=dtype).view(1, 1, -1, 1, 1, 2).requires_grad_()
        t = trace(noise(1, 3, H, W).to(dtype), positions)
        assert not t.values.any() and not t.corner_weights.any()
        (gradient,) = torch.autograd.grad(t.values.sum(), positions)
        assert not gradient.any()


@pytest.mark.parametrize("column", range(-1, W + 1))
@pytest.mark.parametrize("row", range(-1, H + 1))
def test_at_whole_pixels_the_derivative_is_that_of_the_cell_to_the_lower_right(row: int, column: int) -> None:
    picture = noise(1, 1, H, W)
    padded = F.pad(picture[0, 0], (1, 2, 1, 2))  # pixel (y, x) at [y + 1, x + 1]
    here = padded[row + 1, column + 1]
    positions = torch.tensor([float(row), float(column)], dtype=torch.float64).view(1, 1, 1, 1, 1, 2)
    positions.requires_grad_()
    (gradient,) = torch.autograd.grad(trace(picture, positions).values.sum(), positions)
    assert gradient.flatten().tolist() == [
        (padded[row + 2, column + 1] - here).item(),
        (padded[row + 1, column + 2] - here).item(),
    ]


def test_gradients_agree_with_differences_away_from_whole_pixels() -> None:
    # Whole positions are kinks; these stay at least 0.1 from them.
    fraction = noise(1, 2, 3, 2, 2, 2).sigmoid() * 0.8 + 0.1
    offsets = (fraction + noise(1, 2, 3, 2, 2, 2, seed=1).mul(2).round()).requires_grad_()
    inputs = (
        noise(1, 4, 2, 4).requires_grad_(),
        offsets,
        noise(1, 2, 3, 2, 2).requires_grad_(),
        noise(6, 2, 1, 3).requires_grad_(),
        noise(6).requires_grad_(),
    )
    assert torch.autograd.gradcheck(lambda *a: convolve(*a, Geometry((1, 3)), 2), inputs)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("offset_groups", [1, 2, 4])
def test_contributions_and_bias_add_up_to_the_output(groups: int, offset_groups: int) -> None:
    g = Geometry((3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2))
    cells = g.output_size((7, 6))
    x, weight, bias = noise(2, 4, 7, 6), noise(6, 4 // groups, 3, 2), noise(6)
    offsets, mask = noise(2, offset_groups, 6, *cells, 2) * 3, noise(2, offset_groups, 6, *cells)
    t = trace(x, g.base(cells, dtype=torch.float64) + offsets, mask)
    contributions = t.contributions(weight, groups)
    assert contributions.shape == (2, 6, 6, *cells)
    output = convolve(x, offsets, mask, weight, bias, g, groups)
    torch.testing.assert_close(contributions.sum(2) + bias[:, None, None], output, atol=1e-12, rtol=0)


def test_one_contribution_by_the_formula() -> None:
    """``a_k = m_k * sum_c w[o, c, k] * v[k, c]``, with the second of two groups of each kind."""
    g = Geometry(2)
    x, weight = noise(1, 4, H, W), noise(6, 2, 2, 2)
    cells = g.output_size((H, W))
    offsets, mask = noise(1, 2, 4, *cells, 2), noise(1, 2, 4, *cells)
    t = trace(x, g.base(cells, dtype=torch.float64) + offsets, mask)
    o, k, oy, ox = 4, 2, 1, 3  # output 4 is in convolution group 1: channels 2 and 3, in offset group 1
    y, x_ = oy + 1 + offsets[0, 1, k, oy, ox, 0].item(), ox + 0 + offsets[0, 1, k, oy, ox, 1].item()
    expected = mask[0, 1, k, oy, ox].item() * sum(
        weight[o, c, 1, 0].item() * bilinear(x[:, 2 + c : 3 + c], y, x_) for c in range(2)
    )
    assert t.contributions(weight, 2)[0, o, k, oy, ox].item() == pytest.approx(expected, abs=1e-13)
    torch.testing.assert_close(t.contributions(None), t.masked)


def test_no_mask_is_a_mask_of_ones() -> None:
    t = sample(noise(1, 3, H, W), (1.2, 0.7), (3.9, 2.0))
    assert bool((t.mask == 1).all())
    assert torch.equal(t.masked, t.values)


def test_zero_offsets_are_torchs_convolution() -> None:
    g = Geometry((3, 5), stride=(2, 1), padding=(0, 3), dilation=(2, 1))
    x, weight, bias = noise(2, 4, 9, 8), noise(6, 2, 3, 5), noise(6)
    offsets = torch.zeros(2, 1, 15, *g.output_size((9, 8)), 2, dtype=torch.float64)
    expected = F.conv2d(x, weight, bias, g.stride, g.padding, g.dilation, 2)
    torch.testing.assert_close(convolve(x, offsets, None, weight, bias, g, 2), expected)


def test_whole_offsets_read_whole_pixels() -> None:
    g = Geometry(1)
    x = noise(1, 1, H, W)
    offsets = torch.zeros(1, 1, 1, H, W, 2, dtype=torch.float64)
    offsets[..., 0] = 1  # one row down
    shifted = convolve(x, offsets, None, None, None, g)
    assert torch.equal(shifted[:, :, :-1], x[:, :, 1:]) and not shifted[:, :, -1].any()
    assert not math.isclose(shifted[0, 0, 0, 0].item(), x[0, 0, 0, 1].item())  # one column to the right
