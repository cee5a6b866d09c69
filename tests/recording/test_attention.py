"""Samplings of deformable attention, in functions that speak of grids of taps."""

from __future__ import annotations

import pytest
import torch

from dcnviz.analysis import effective_dilation, stack_points, tap_contributions
from dcnviz.geometry import Geometry
from dcnviz.recording.adapters import AttentionCall
from dcnviz.sampling import Sampling, regular
from tests.recording.samples import attention

LEVEL: Sampling = attention()["attn.level0"]


def test_what_needs_neighbouring_taps_refuses_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="effective dilation needs taps on a regular grid"):
        effective_dilation(LEVEL)
    for chain in ([LEVEL], [regular(Geometry(3, padding=1), (6, 7)), LEVEL]):
        with pytest.raises(ValueError, match="stack_points needs taps on a regular grid"):
            stack_points(chain, [(0, 0)])


def test_one_level_is_not_the_whole_of_the_output() -> None:
    output = torch.zeros(2, 6, 1, 5)
    sides = (None, None, Geometry((1, 4)), 1, "msda", output, "transformers")
    assert LEVEL.anchors is not None
    call = AttentionCall(torch.rand(2, 6, 6, 7), LEVEL.offsets, LEVEL.mask, *sides, anchors=LEVEL.anchors)  # type: ignore[arg-type]
    again = call.sampling()
    assert torch.equal(again.positions, LEVEL.positions) and again.input_size == (6, 7)
    with pytest.raises(ValueError, match="deformable attention sums over all its levels and heads"):
        tap_contributions(call, (0, 2))


def test_points_outside_the_map_are_told() -> None:
    inside = LEVEL.inside[1, 2, 3, 0, 4]
    y, x = LEVEL.positions[1, 2, 3, 0, 4].tolist()
    assert bool(inside) is (-1 < y < 6 and -1 < x < 7)
