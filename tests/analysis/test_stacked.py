"""Stacked points against a loop that takes one sample at a time, in plain numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from dcnviz.analysis import stack_points
from dcnviz.analysis.stacked import taps_at
from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.sampling import Sampling, regular

PLACE = MapToPicture((4.0, 2.0), (1.5, -0.5))

# Geometry and offset groups of each layer, first to last, and the size of the first one's input map.
CHAINS: dict[str, tuple[tuple[int, int], list[tuple[Geometry, int]]]] = {
    "three 3x3": ((7, 9), [(Geometry(3, padding=1), 1)] * 3),
    "strides": (
        (13, 10),
        [(Geometry(3, stride=2, padding=1), 1), (Geometry(3, stride=(1, 2), padding=1), 1), (Geometry(2), 1)],
    ),
    "non-square, even, dilated": (
        (9, 12),
        [(Geometry((2, 4), padding=(1, 2), dilation=(2, 1)), 1), (Geometry((1, 3), padding=(0, 3)), 1)],
    ),
    "groups": ((6, 6), [(Geometry(3, padding=1), 3), (Geometry(3, padding=1), 1), (Geometry(2), 3)]),
    "maps of one row or column": ((5, 1), [(Geometry(3, stride=2, padding=1), 1), (Geometry((1, 1)), 3)]),
}
each_chain = pytest.mark.parametrize("name", CHAINS)


def chain(name: str, spread: float = 2.0) -> list[Sampling]:
    """Layers with random offsets, many of which reach outside their map, and a batch of two."""
    generator = torch.Generator().manual_seed(len(name))
    size, layers = CHAINS[name]
    result = []
    for geometry, groups in layers:
        shape = (2, groups, geometry.taps, *geometry.output_size(size))
        offsets = torch.randn(*shape, 2, generator=generator) * spread
        mask = torch.rand(shape, generator=generator)
        result.append(Sampling(offsets, mask, geometry, size, "v2"))
        size = geometry.output_size(size)
    return result


def between(plane: list[list[float]], i: float, j: float) -> float:
    """A field between its cells: each cell weighs by a tent, one cell wide to either side."""
    i, j = min(max(i, 0), len(plane) - 1), min(max(j, 0), len(plane[0]) - 1)
    total = 0.0
    for row in range(math.floor(i), math.floor(i) + 2):
        for column in range(math.floor(j), math.floor(j) + 2):
            share = (1 - abs(i - row)) * (1 - abs(j - column))
            if share > 0:
                total += share * plane[row][column]
    return total


def follow(
    layers: list[Sampling], i: float, j: float, image: int, group: int, nearest: bool = False
) -> Iterator[tuple[float, float, float, bool]]:
    """Every chain of taps from a cell: where it ends, the product of its masks, whether it stayed inside."""
    if not layers:
        yield i, j, 1.0, True
        return
    *before, last = layers
    g = min(group, last.groups - 1)
    (kh, kw), (sh, sw) = last.geometry.kernel_size, last.geometry.stride
    (ph, pw), (dh, dw) = last.geometry.padding, last.geometry.dilation
    if nearest:
        i, j = float(round(i)), float(round(j))
    for ky in range(kh):
        for kx in range(kw):
            dy, dx = (last.offsets[image, g, ky * kw + kx, :, :, axis].tolist() for axis in (0, 1))
            y = i * sh - ph + ky * dh + between(dy, i, j)
            x = j * sw - pw + kx * dw + between(dx, i, j)
            strength = between(last.mask[image, g, ky * kw + kx].tolist(), i, j)
            here = -1 < y < last.input_size[0] and -1 < x < last.input_size[1]
            for end_y, end_x, weight, inside in follow(before, y, x, image, group, nearest):
                yield end_y, end_x, strength * weight, here and inside


def some_cells(sampling: Sampling) -> list[tuple[int, int]]:
    """The four corners, a border and the middle."""
    rows, columns = sampling.output_size
    return sorted(
        {(i, j) for i in (0, rows - 1) for j in (0, columns - 1)}
        | {(rows // 2, columns // 2), (rows // 2, 0)}
    )


@each_chain
@pytest.mark.parametrize("group", [0, 2])
def test_points_weights_and_flags_are_those_of_a_loop(name: str, group: int) -> None:
    layers = chain(name)
    cells = some_cells(layers[-1])
    reached = stack_points(layers, cells, to_picture=PLACE, image=1, group=group)
    outside = 0
    for number, (i, j) in enumerate(cells):
        ends = list(follow(layers, i, j, 1, group))
        y, x, weight, inside = (torch.tensor(column) for column in zip(*ends, strict=True))
        expected = torch.stack([4.0 * y + 1.5, 2.0 * x - 0.5], dim=-1)
        torch.testing.assert_close(reached.points[number], expected, atol=1e-4, rtol=0)
        torch.testing.assert_close(reached.weights[number], weight, atol=1e-6, rtol=0)
        assert reached.inside[number].tolist() == inside.tolist()
        outside += int((~inside).sum())
    assert 0 < outside < reached.inside.numel()


def test_steep_fields_on_a_large_map_lose_no_precision() -> None:
    generator = torch.Generator().manual_seed(5)
    g, size = Geometry(3, padding=1), (40, 120)
    layers = [
        Sampling(
            torch.randn(1, 1, 9, *size, 2, generator=generator) * 4, torch.ones(1, 1, 9, *size), g, size, "v1"
        )
        for _ in range(3)
    ]
    place = MapToPicture((4.0, 4.0))
    reached = stack_points(layers, [(37, 101)], to_picture=place)
    ends = torch.tensor([(4 * y, 4 * x) for y, x, _, _ in follow(layers, 37, 101, 0, 0)])
    torch.testing.assert_close(reached.points[0], ends, atol=1e-4, rtol=0)


@each_chain
def test_one_cell_is_that_cell_out_of_all(name: str) -> None:
    layers = chain(name)
    every = stack_points(layers, to_picture=PLACE)
    rows, columns = layers[-1].output_size
    assert every.points.shape == (rows * columns, math.prod(layer.taps for layer in layers), 2)
    for i, j in some_cells(layers[-1]):
        one = stack_points(layers, [(i, j)], to_picture=PLACE)
        torch.testing.assert_close(one.points[0], every.points[i * columns + j], atol=1e-6, rtol=0)
        torch.testing.assert_close(one.weights[0], every.weights[i * columns + j])
        assert torch.equal(one.inside[0], every.inside[i * columns + j])


def test_undeformed_layers_reach_the_square_of_the_receptive_field() -> None:
    layers = [regular(Geometry(3, padding=1), (15, 15))] * 3
    reached = stack_points(layers, [(7, 6)])
    places, counts = reached.points[0].unique(dim=0, return_counts=True)
    assert places.tolist() == [[float(y), float(x)] for y in range(4, 11) for x in range(3, 10)]
    assert counts.max() == 7 * 7 and counts.min() == 1  # 1 3 6 7 6 3 1, along both axes
    assert bool(reached.inside.all()) and bool((reached.weights == 1).all())


def test_the_last_layers_tap_varies_slowest() -> None:
    layers = [regular(Geometry((1, 2)), (4, 9)), regular(Geometry((3, 1)), (4, 8))]
    reached = stack_points(layers, [(1, 2)])
    assert reached.points[0].tolist() == [[1, 2], [1, 3], [2, 2], [2, 3], [3, 2], [3, 3]]


def test_one_layer_gives_its_own_positions() -> None:
    (layer,) = chain("groups")[:1]
    reached = stack_points([layer], image=1, group=2)
    assert torch.allclose(
        reached.points.unflatten(0, (6, 6)).permute(2, 0, 1, 3), layer.positions[1, 2], atol=1e-6
    )
    assert torch.equal(reached.inside.unflatten(0, (6, 6)).permute(2, 0, 1), layer.inside[1, 2])


def test_rounding_to_the_nearest_cell_would_give_other_points() -> None:
    layers, cell = chain("three 3x3"), (3, 4)
    rounded = torch.tensor([(y, x) for y, x, _, _ in follow(layers, *cell, 0, 0, nearest=True)])
    away = (stack_points(layers, [cell]).points[0] - rounded).norm(dim=-1)
    assert away.median() > 0.25


def test_offsets_go_on_beyond_the_border_and_the_grid_does_too() -> None:
    layer = chain("three 3x3")[0]
    at = torch.tensor([[[-5.0, 3.0], [0.0, 3.0], [40.0, 8.0], [6.0, 8.0]]])
    positions, masks = taps_at(layer, at)
    moved = positions[0, [0, 2]] - positions[0, [1, 3]]
    expected = torch.tensor([[-5.0, 0.0], [34.0, 0.0]])[:, None, :].expand(-1, 9, -1)
    torch.testing.assert_close(moved, expected, atol=1e-5, rtol=0)
    assert torch.equal(masks[0, 0], masks[0, 1]) and torch.equal(masks[0, 2], masks[0, 3])


def test_cells_come_as_a_list_or_tensor_whole_or_between() -> None:
    layers = chain("three 3x3")
    listed = stack_points(layers, [(1, 2), (3, 4)]).points
    assert torch.equal(stack_points(layers, torch.tensor([[1, 2], [3, 4]])).points, listed)
    assert stack_points(layers, torch.tensor([[1.5, 2.25]])).points.shape == (1, 729, 2)
    assert stack_points(layers, []).points.shape == (0, 729, 2)


def test_what_comes_out_has_the_type_of_the_samplings() -> None:
    layers = chain("strides")
    wide = [
        Sampling(s.offsets.double(), s.mask.double(), s.geometry, s.input_size, s.version) for s in layers
    ]
    for given, dtype in ((layers, torch.float32), (wide, torch.float64)):
        reached = stack_points(given, [(1, 1)], to_picture=PLACE)
        assert (reached.points.dtype, reached.weights.dtype, reached.inside.dtype) == (
            dtype,
            dtype,
            torch.bool,
        )


@pytest.mark.parametrize("cell", [(-1, 0), (0, 9), (7, 0), (0.0, 8.5), (math.nan, 0.0)])
def test_a_cell_off_the_map_is_refused(cell: tuple[int, int]) -> None:
    with pytest.raises(IndexError, match="7 x 9 output map"):
        stack_points(chain("three 3x3"), [(0, 0), cell])


@pytest.mark.parametrize("cells", [[1, 2, 3], [[1, 2, 3]], torch.zeros(4, 1)])
def test_cells_that_are_not_pairs_are_refused(cells: Tensor) -> None:
    with pytest.raises(ValueError, match="pairs"):
        stack_points(chain("three 3x3"), cells)


@pytest.mark.parametrize(("image", "group"), [(2, 0), (-1, 0), (0, 3), (0, -1)])
def test_an_image_or_group_that_is_not_there_is_refused(image: int, group: int) -> None:
    for layers in (chain("groups"), chain("groups")[:1]):
        with pytest.raises(IndexError, match=f"got {image}, {group}"):
            stack_points(layers, [(0, 0)], image=image, group=group)


def test_layers_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one layer"):
        stack_points([])
    with pytest.raises(ValueError, match=r"\(13, 10\) cannot follow one that gives \(6, 2\)"):
        first, second, third = chain("strides")
        stack_points([second, third, first])
