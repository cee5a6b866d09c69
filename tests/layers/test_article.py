"""The article's two modules: trained weights give the same outputs in ours; their mistakes are refused."""

from __future__ import annotations

import pytest
import torch

from dcnviz.layers import DeformConv2d, ModulatedDeformConv2d, from_article
from tests.golden_cases import ids, load

SEED_CONV, SEED_DCN = ids("seed_deformconv2d"), ids("seed_dcn")


@pytest.mark.parametrize("name", SEED_CONV + SEED_DCN)
def test_their_trained_weights_compute_the_same(name: str) -> None:
    case = load(name)
    layer = from_article(case.state(), stride=case.params["stride"])
    case.assert_close("out", layer(case.need("x")))


@pytest.mark.parametrize("name", SEED_CONV)
def test_deformconv2d_blocks_become_pairs(name: str) -> None:
    case = load(name)
    offset, mask = from_article(case.state(), stride=case.params["stride"]).predict(case.need("x"))
    dy, dx = case.need("offset").chunk(
        2, dim=1
    )  # the article calls the first block x; it is the vertical one
    torch.testing.assert_close(offset[:, 0::2], dy)
    torch.testing.assert_close(offset[:, 1::2], dx)
    assert not torch.allclose(offset[:, 0::2], dx)
    assert (mask is None) == ("mask" not in case.arrays)
    if mask is not None:
        torch.testing.assert_close(mask, case.need("mask"))


@pytest.mark.parametrize("name", SEED_DCN)
def test_dcn_channels_stay_as_they_are(name: str) -> None:
    """Its ``o1`` and ``o2`` are not y and x: their concatenation is what torchvision reads in pairs."""
    case = load(name)
    offset, mask = from_article(case.state()).predict(case.need("x"))
    channels = case.need("conv_offset_mask_out")
    torch.testing.assert_close(offset, channels[:, :18])
    torch.testing.assert_close(mask, channels[:, 18:].sigmoid())


def test_which_layer_stands_for_which_module() -> None:
    with_mask = [n for n in SEED_CONV if "mask" in load(n).arrays]
    without = [n for n in SEED_CONV if "mask" not in load(n).arrays]
    assert with_mask and without
    assert all(type(from_article(load(n).state())) is ModulatedDeformConv2d for n in with_mask + SEED_DCN)
    assert all(type(from_article(load(n).state())) is DeformConv2d for n in without)
    biased = {n: from_article(load(n).state()).bias is not None for n in SEED_CONV}
    assert biased == {n: bool(load(n).params["bias"]) for n in SEED_CONV}


def test_the_layer_has_weights_of_its_own() -> None:
    state = load(SEED_DCN[0]).state()
    before = state["weight"].clone()
    layer = from_article(state)
    with torch.no_grad():
        layer.weight.zero_()
    assert torch.equal(state["weight"], before)


def test_a_state_of_something_else() -> None:
    with pytest.raises(ValueError, match=r"neither DCN's keys .*; got \['a.weight'\]"):
        from_article({"a.weight": torch.zeros(1)})


def test_kernels_at_which_they_are_wrong() -> None:
    state = {
        "conv.weight": torch.zeros(2, 3, 5, 5),
        "p_conv.weight": torch.zeros(50, 3, 3, 3),
        "p_conv.bias": torch.zeros(50),
    }
    with pytest.raises(ValueError, match=r"right for 3x3 kernels only; got \(5, 5\)"):
        from_article(state)


def test_a_stride_that_dcn_ignores() -> None:
    with pytest.raises(ValueError, match="DCN knows only stride 1; got 2"):
        from_article(load(SEED_DCN[0]).state(), stride=2)
