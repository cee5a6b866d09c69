"""The two viewpoints: by hand, and each blind to what the other measures."""

from __future__ import annotations

import math

import pytest
import torch

from dcnviz.analysis import viewpoints
from dcnviz.analysis.viewpoints import present_taps, regular_spread
from dcnviz.geometry import Geometry
from dcnviz.sampling import Sampling, regular

SIZE = (6, 7)
GEOMETRY = Geometry(3, padding=1)


def random(groups: int = 2, batch: int = 2) -> Sampling:
    shape = (batch, groups, 9, *SIZE)
    generator = torch.Generator().manual_seed(3)
    offsets = torch.randn(*shape, 2, generator=generator, dtype=torch.float64)
    return Sampling(offsets, torch.ones(shape, dtype=torch.float64), GEOMETRY, SIZE, "v2")


def moved(sampling: Sampling, offsets: torch.Tensor) -> Sampling:
    return Sampling(offsets, sampling.mask, sampling.geometry, sampling.input_size, sampling.version)


def test_against_loops() -> None:
    layer = random()
    seen = viewpoints(layer)
    for b, g, i, j in ((0, 0, 0, 0), (1, 1, 5, 6), (0, 1, 3, 2)):
        points = layer.positions[b, g, :, i, j].tolist()
        middle = [sum(p[a] for p in points) / 9 for a in (0, 1)]
        assert seen.feature[b, g, i, j].tolist() == pytest.approx([middle[0] - i, middle[1] - j])
        spread = math.sqrt(sum(math.dist(p, middle) ** 2 for p in points) / 9)
        assert float(seen.kernel[b, g, i, j]) == pytest.approx(spread)


def test_a_common_movement_is_all_feature() -> None:
    layer = random()
    before, after = viewpoints(layer), viewpoints(moved(layer, layer.offsets + torch.tensor([40.0, -3.0])))
    torch.testing.assert_close(after.kernel, before.kernel)
    torch.testing.assert_close(after.feature, before.feature + torch.tensor([40.0, -3.0]).double())


def test_growing_about_the_centre_is_all_kernel() -> None:
    grid = GEOMETRY.tap_grid(dtype=torch.float64) - 1
    still = random()
    grown = moved(still, (1.5 * grid)[:, None, None].expand_as(still.offsets))
    seen = viewpoints(grown)
    assert float(seen.feature.abs().max()) < 1e-12
    torch.testing.assert_close(seen.kernel, torch.full_like(seen.kernel, 2.5 * math.sqrt(12 / 9)))


@pytest.mark.parametrize("kernel", [3, 2, (1, 5), 1])
def test_the_regular_spread_is_that_of_every_regular_cell(kernel) -> None:
    layer = regular(Geometry(kernel, stride=2, padding=2, dilation=(1, 3)), (40, 41))
    seen = viewpoints(layer)
    torch.testing.assert_close(
        seen.kernel, torch.full_like(seen.kernel, regular_spread(layer)), atol=1e-5, rtol=0
    )
    assert float(seen.feature.abs().max()) == 0


def test_a_removed_centre_is_no_tap() -> None:
    layer = random(1, 1)
    layer.offsets[:, :, 4] = 0
    layer.mask[:, :, 4] = 0
    without = Sampling(layer.offsets, layer.mask, GEOMETRY, SIZE, "v3")
    assert present_taps(without).tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
    torch.testing.assert_close(
        viewpoints(without).feature, layer.offsets[:, :, [0, 1, 2, 3, 5, 6, 7, 8]].mean(2)
    )
    assert len(present_taps(layer)) == 9  # a v2 layer may have masks of 0, and all its taps
    untrained = Sampling(0 * layer.offsets, 0 * layer.mask, GEOMETRY, SIZE, "v4")
    assert len(present_taps(untrained)) == 9


def test_far_positions_lose_no_digits() -> None:
    near, far = (regular(Geometry(3, padding=1), size) for size in ((4, 4), (4, 30_000)))
    assert float(viewpoints(far).kernel[0, 0, 2, -1]) == float(viewpoints(near).kernel[0, 0, 2, 2])
