"""Geometry: sizes as torch's own convolution has them, base taps, and the way back to the picture."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from dcnviz.geometry import Geometry, MapToPicture, pair


@pytest.mark.parametrize(("value", "expected"), [(3, (3, 3)), ((1, 2), (1, 2)), ([4, 5], (4, 5))])
def test_pair_takes_one_number_or_two(value: Any, expected: tuple[int, int]) -> None:
    assert pair(value, "stride") == expected


@pytest.mark.parametrize("value", [1.5, None, "12", (1,), (1, 2, 3), (1.0, 2.0), True, (True, 1), {1, 2}])
def test_pair_refuses_everything_else_in_one_sentence(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^stride must be one whole number or two") as refusal:
        pair(value, "stride")
    assert repr(value) in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [("kernel_size", 0, 1), ("stride", (1, 0), 1), ("padding", (-1, 0), 0), ("dilation", 0, 1)],
)
def test_a_number_that_is_too_small_is_named(name: str, value: Any, least: int) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least {least}"):
        Geometry(**({"kernel_size": 3} | {name: value}))


@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation"])
def test_a_number_that_no_operator_could_take_is_refused(name: str) -> None:
    """A stride of 10^30 over one cell has an output, and overflowed in a backend."""
    for value in (2**31, 10**30):
        with pytest.raises(ValueError, match=f"{name} must be at least . and at most 2147483647"):
            Geometry(**({"kernel_size": 3} | {name: value}))


def test_geometries_are_values() -> None:
    assert Geometry(3, padding=1) == Geometry((3, 3), (1, 1), [1, 1], 1)
    assert len({Geometry(3), Geometry(3), Geometry(5)}) == 2
    with pytest.raises(AttributeError):
        Geometry(3).stride = (2, 2)  # type: ignore[misc]


def test_output_size_is_that_of_torchs_convolution() -> None:
    tried = 0
    for k, s, p, d, n in itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1, 3), (1, 2), (5, 8)):
        geometry = Geometry((k, 3), (s, 1), (p, 1), (d, 1))
        if n + 2 * p < d * (k - 1) + 1:
            with pytest.raises(ValueError, match="does not fit into an input"):
                geometry.output_size((n, 7))
            continue
        picture = torch.zeros(1, 1, n, 7)
        expected = F.conv2d(
            picture, torch.zeros(1, 1, k, 3), stride=(s, 1), padding=(p, 1), dilation=(d, 1)
        ).shape[2:]
        assert geometry.output_size((n, 7)) == tuple(expected)
        tried += 1
    assert tried > 100


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (4,), (4, 4, 4)])
def test_an_input_without_rows_or_columns_is_refused(size: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least one row and one column"):
        Geometry(1, padding=3).output_size(size)


def test_taps_are_row_major_in_y_x() -> None:
    grid = Geometry((2, 3), dilation=(5, 7)).tap_grid()
    assert grid.tolist() == [[0, 0], [0, 7], [0, 14], [5, 0], [5, 7], [5, 14]]
    # What column-major taps, or (x, y) pairs, would give:
    assert grid.tolist() != [[0, 0], [5, 0], [0, 7], [5, 7], [0, 14], [5, 14]]
    assert grid.tolist() != [[0, 0], [7, 0], [14, 0], [0, 5], [7, 5], [14, 5]]


def test_base_follows_the_formula_at_every_cell() -> None:
    g = Geometry((2, 3), stride=(2, 3), padding=(1, 4), dilation=(3, 2))
    base = g.base((4, 5))
    assert base.shape == (6, 4, 5, 2)
    for ky, kx, oy, ox in itertools.product(range(2), range(3), range(4), range(5)):
        y, x = oy * 2 - 1 + ky * 3, ox * 3 - 4 + kx * 2
        assert base[ky * 3 + kx, oy, ox].tolist() == [y, x]


def test_base_has_the_type_that_is_asked_for() -> None:
    assert Geometry(3).base((2, 2), dtype=torch.float64).dtype == torch.float64
    assert Geometry(3).base((2, 2)).dtype == torch.float32


@pytest.mark.parametrize(
    ("kernel", "dilation", "centre"),
    [(3, 1, (1, 1)), (4, 1, (1, 1)), ((5, 2), (2, 3), (4, 1)), (1, 9, (0, 0))],
)
def test_centre_as_v3_counts_it(kernel: Any, dilation: Any, centre: tuple[int, int]) -> None:
    assert Geometry(kernel, dilation=dilation).centre == centre


def test_a_map_is_not_a_resized_picture() -> None:
    """Two 3x3 layers of stride 2 without padding: cell 0 sees pixels 0 to 6, so it sits on pixel 3."""
    layer = Geometry(3, stride=2)
    mapped = MapToPicture().after(layer).after(layer)
    assert mapped == MapToPicture((4.0, 4.0), (3.0, 3.0))
    assert mapped.to_picture(torch.tensor([0.0, 1.0])).tolist() == [3.0, 7.0]
    # Scaling by H_picture / H_map would put it at 0 and 15 / 3 = 5.
    assert mapped.to_picture(torch.tensor([0.0, 1.0])).tolist() != [0.0, 5.0]


def test_the_way_to_the_picture_is_the_centre_of_the_receptive_field() -> None:
    """The pixels that reach one cell through real convolutions are centred where the recurrence says."""
    layers = [
        Geometry((3, 5), (2, 1), (0, 2)),
        Geometry((2, 3), (1, 2), (1, 0), (3, 2)),
        Geometry(3, 2, 1),
    ]
    picture = torch.zeros(1, 1, 61, 61, dtype=torch.float64, requires_grad=True)
    value, mapped = picture, MapToPicture()
    for g in layers:
        kernel = torch.ones(1, 1, *g.kernel_size, dtype=torch.float64)
        value = F.conv2d(value, kernel, stride=g.stride, padding=g.padding, dilation=g.dilation)
        mapped = mapped.after(g)
    cell = (value.shape[2] // 2, value.shape[3] // 2)
    (gradient,) = torch.autograd.grad(value[0, 0, cell[0], cell[1]], picture)
    seen = gradient[0, 0].nonzero().to(torch.float64)
    centre = (seen.amin(0) + seen.amax(0)) / 2
    torch.testing.assert_close(mapped.to_picture(torch.tensor(cell, dtype=torch.float64)), centre)


def test_to_map_undoes_to_picture() -> None:
    mapped = MapToPicture().after(Geometry((3, 2), (2, 3), (0, 1))).after(Geometry(5, 2, 1, 2))
    points = torch.rand(7, 3, 2, dtype=torch.float64) * 40
    torch.testing.assert_close(mapped.to_map(mapped.to_picture(points)), points)
    assert mapped.jump == (4.0, 6.0)
