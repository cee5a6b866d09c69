"""Effective dilation: by hand, and what it must not depend on."""

from __future__ import annotations

import pytest
import torch

from dcnviz.analysis import effective_dilation
from dcnviz.analysis.dilation import neighbour_pairs
from dcnviz.geometry import Geometry
from dcnviz.sampling import Sampling, regular


def sampling(offsets: torch.Tensor, geometry: Geometry, size: tuple[int, int]) -> Sampling:
    return Sampling(offsets, torch.ones(offsets.shape[:-1]), geometry, size, "v1")


def noise(geometry: Geometry, size: tuple[int, int], batch: int = 1, groups: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    shape = (batch, groups, geometry.taps, *geometry.output_size(size), 2)
    return torch.randn(shape, generator=generator)


@pytest.mark.parametrize("dilation", [1, 2, 5])
@pytest.mark.parametrize("kernel", [3, 2, (1, 5), (4, 1)])
def test_an_undeformed_layer_has_its_own_dilation(kernel: int | tuple[int, int], dilation: int) -> None:
    layer = regular(Geometry(kernel, stride=2, padding=3, dilation=dilation), (20, 22))
    assert bool((effective_dilation(layer) == dilation).all())


def test_unequal_dilations_count_by_their_pairs() -> None:
    layer = regular(Geometry((2, 3), dilation=(4, 1)), (9, 9))  # 4 horizontal pairs, 3 vertical ones
    torch.testing.assert_close(effective_dilation(layer)[0, 0, 0, 0].item(), (4 * 1 + 3 * 4) / 7)


def test_two_taps_by_hand() -> None:
    offsets = torch.tensor([[0.0, 0.0], [3.0, 3.0]]).view(1, 1, 2, 1, 1, 2)
    one = sampling(offsets, Geometry((1, 2)), (1, 2))  # the second tap: 3 down, 1 + 3 to the right
    assert effective_dilation(one).item() == 5


def test_four_taps_by_hand() -> None:
    # A square of side 1, its lower right corner pulled to (4, 5) from (1, 1).
    offsets = torch.tensor([[0.0, 0], [0, 0], [0, 0], [3, 4]]).view(1, 1, 4, 1, 1, 2)
    one = sampling(offsets, Geometry(2), (2, 2))
    down, right = (4**2 + 4**2) ** 0.5, (3**2 + 5**2) ** 0.5  # from (0, 1), from (1, 0)
    assert effective_dilation(one).item() == pytest.approx((1 + 1 + down + right) / 4)


def test_pairs_are_neighbours_and_each_once() -> None:
    first, second = neighbour_pairs(Geometry((3, 4)))
    assert len(first) == 3 * 3 + 2 * 4
    assert set((second - first).tolist()) == {1, 4}
    assert len({*zip(first.tolist(), second.tolist(), strict=True)}) == len(first)


def test_moving_all_taps_of_a_cell_changes_nothing() -> None:
    g = Geometry(3, padding=1)
    offsets = noise(g, (5, 6))
    moves = torch.randn(1, 1, 1, 5, 6, 2, generator=torch.Generator().manual_seed(2)) * 50
    before, after = (effective_dilation(sampling(o, g, (5, 6))) for o in (offsets, offsets + moves))
    torch.testing.assert_close(before, after, atol=1e-4, rtol=0)


@pytest.mark.parametrize("scale", [0.0, 0.5, 3.0])
def test_spreading_the_taps_scales_it(scale: float) -> None:
    g = Geometry(3, padding=1)
    spread = ((scale - 1) * g.tap_grid())[None, None, :, None, None, :].expand(1, 1, 9, 4, 4, 2)
    assert torch.allclose(effective_dilation(sampling(spread, g, (4, 4))), torch.tensor(scale))


def test_each_input_group_and_cell_has_its_own() -> None:
    g = Geometry(3, padding=1)
    offsets = noise(g, (4, 5), batch=2, groups=3)
    every = effective_dilation(sampling(offsets, g, (4, 5)))
    assert every.shape == (2, 3, 4, 5)
    one = effective_dilation(sampling(offsets[1:, 2:], g, (4, 5)))
    assert torch.equal(one[0, 0], every[1, 2])


def test_a_single_tap_has_none() -> None:
    with pytest.raises(ValueError, match="1x1 kernel has no neighbouring taps"):
        effective_dilation(regular(Geometry(1), (3, 3)))
