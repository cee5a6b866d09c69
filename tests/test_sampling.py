"""Sampling: what it derives from its offsets, and what it refuses."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from dcnviz.geometry import Geometry
from dcnviz.sampling import VERSIONS, Sampling, regular

GEOMETRY = Geometry((3, 2), stride=(1, 2), padding=(1, 0))
SIZE = (4, 7)  # gives 4 x 3 cells


def make(**changes: Any) -> Sampling:
    generator = torch.Generator().manual_seed(0)
    values: dict[str, Any] = {
        "offsets": torch.randn(2, 3, 6, 4, 3, 2, generator=generator) * 2,
        "mask": torch.rand(2, 3, 6, 4, 3, generator=generator),
        "geometry": GEOMETRY,
        "input_size": SIZE,
        "version": "v2",
    }
    return Sampling(**(values | changes))


def test_positions_are_base_plus_offsets() -> None:
    s = make()
    assert torch.equal(s.positions, s.base + s.offsets)
    assert s.base.shape == (6, 4, 3, 2)
    # Tap 3 is (ky, kx) = (1, 1), cell (2, 1): y = 2*1 - 1 + 1, x = 1*2 - 0 + 1.
    assert s.base[3, 2, 1].tolist() == [2, 3]


def test_sizes() -> None:
    s = make()
    assert (s.batch, s.groups, s.taps, s.output_size) == (2, 3, 6, (4, 3))


def test_inside_is_the_open_square_around_the_map() -> None:
    g = Geometry(1)
    places = torch.tensor([-1.0, -0.999, 0.0, 3.999, 4.0, 1e30, -1e30])
    offsets = torch.zeros(7, 1, 1, 4, 5, 2)
    offsets[:, 0, 0, 0, 0, 0] = places  # y of cell (0, 0), on a map of 4 rows
    s = Sampling(offsets, torch.ones(7, 1, 1, 4, 5), g, (4, 5), "v1")
    assert s.inside[:, 0, 0, 0, 0].tolist() == [False, True, True, True, False, False, False]
    offsets = offsets.flip(-1)  # now x, on a map of 5 columns
    s = Sampling(offsets, torch.ones(7, 1, 1, 4, 5), g, (4, 5), "v1")
    assert s.inside[:, 0, 0, 0, 0].tolist() == [False, True, True, True, True, False, False]


def test_one_of_a_batch_keeps_its_axis() -> None:
    s = make()
    for index, same in ((0, 0), (1, 1), (-1, 1)):
        assert s[index].batch == 1
        assert torch.equal(s[index].offsets[0], s.offsets[same])
        assert torch.equal(s[index].mask[0], s.mask[same])
    assert len(list(s)) == 2
    with pytest.raises(IndexError, match="holds 2 inputs; there is no number 2"):
        s[2]


def test_detach_cuts_the_graph() -> None:
    offsets = torch.zeros(1, 1, 6, 4, 3, 2, requires_grad=True)
    s = make(offsets=offsets * 1, mask=torch.ones(1, 1, 6, 4, 3))
    assert s.offsets.requires_grad
    assert not s.detach().offsets.requires_grad
    assert not s.detach().positions.requires_grad


def test_regular_is_the_plain_convolution() -> None:
    s = regular(GEOMETRY, SIZE, batch=2)
    assert torch.equal(s.positions, s.base.expand_as(s.positions))
    assert bool((s.mask == 1).all())
    assert s.version == "conv" and s.batch == 2


def test_it_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make().version = "v1"  # type: ignore[misc]


def test_empty_batches_are_samplings_too() -> None:
    s = make(offsets=torch.zeros(0, 1, 6, 4, 3, 2), mask=torch.zeros(0, 1, 6, 4, 3))
    assert s.batch == 0 and s.positions.shape == (0, 1, 6, 4, 3, 2)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_accepted(version: str) -> None:
    assert make(version=version).version == version


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "v5"}, r"version must be one of conv, v1, v2, v3, v4 or msda; got 'v5'"),
        (
            {"offsets": torch.zeros(2, 3, 6, 4, 3)},
            r"offsets must be \(B, G, 6, 4, 3, 2\).*got \(2, 3, 6, 4, 3\)",
        ),
        ({"offsets": torch.zeros(2, 3, 6, 3, 4, 2)}, r"offsets must be \(B, G, 6, 4, 3, 2\)"),
        ({"offsets": torch.zeros(3)}, r"offsets must be"),
        ({"mask": torch.zeros(2, 1, 6, 4, 3)}, r"mask must be \(2, 3, 6, 4, 3\).*got \(2, 1, 6, 4, 3\)"),
        ({"input_size": (9, 7)}, r"for an input of \(9, 7\)"),
        ({"input_size": (4, 1)}, r"does not fit into an input"),
    ],
)
def test_refusals(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(**changes)


# --- anchors: samplings without a grid ------------------------------------------------------------------------


def attention(batch: int = 2, queries: int = 5, **changes: Any) -> Sampling:
    shape = (batch, 3, 4, 1, queries)
    made: dict[str, Any] = {
        "offsets": torch.rand(*shape, 2),
        "mask": torch.rand(shape),
        "geometry": Geometry((1, 4)),
        "input_size": (6, 7),
        "version": "msda",
        "anchors": 5 * torch.rand(batch, 1, queries, 2),
    }
    return Sampling(**made | changes)


def test_positions_are_measured_from_the_anchors() -> None:
    sampling = attention()
    assert sampling.anchors is not None
    expected = sampling.anchors[1, 0, 3] + sampling.offsets[1, 2, 0, 0, 3]
    assert torch.equal(sampling.positions[1, 2, 0, 0, 3], expected)
    assert torch.equal(sampling.positions, sampling.base + sampling.offsets)
    assert sampling.output_size == (1, 5) and sampling.inside.shape == (2, 3, 4, 1, 5)
    one = sampling[1]
    assert torch.equal(one.positions, sampling.positions[1:]) and one.detach().batch == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"anchors": None}, "got version 'msda' without anchors"),
        ({"version": "v1"}, "got version 'v1' with anchors"),
        ({"anchors": torch.zeros(1, 1, 5, 2)}, r"anchors must be \(2, H_out, W_out, 2\)"),
        ({"anchors": torch.zeros(2, 1, 5)}, r"anchors must be \(2, H_out, W_out, 2\)"),
        ({"anchors": torch.zeros(2, 1, 6, 2)}, "offsets must be"),
        ({"input_size": (0, 7)}, "at least one row"),
        ({"mask": torch.zeros(2, 3, 4, 1, 6)}, "mask must be"),
    ],
)
def test_anchors_that_do_not_fit_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        attention(**changes)


def test_what_needs_a_grid_refuses_anchors() -> None:
    with pytest.raises(ValueError, match="effective dilation needs taps on a regular grid"):
        attention().refuse_anchors("effective dilation")
    regular(Geometry(3), (5, 5)).refuse_anchors("effective dilation")
