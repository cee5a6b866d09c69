"""The identity behind every drawing: contributions and bias add up to what the operator computed."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import dcnviz
from dcnviz.analysis import tap_contributions
from dcnviz.data.pictures import load_picture
from dcnviz.geometry import Geometry
from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.models import Network, load
from dcnviz.ops.observe import OperatorCall
from dcnviz.ops.reference import trace
from dcnviz.recording import Recording, look
from dcnviz.sampling import Version

VERSIONS = get_args(Version)


def shake(model: nn.Module, std: float = 0.3) -> nn.Module:
    """Random predictors: offsets of whole cells, masks of all strengths."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for module in model.modules():
            if hasattr(module, "predictor_parameters"):
                for parameter in module.predictor_parameters():
                    parameter.normal_(std=std, generator=generator)
    return model


def totals(call: OperatorCall) -> Tensor:
    """Sum of contributions and bias at every cell, by the explicit reference in float64."""
    base = call.geometry.base(call.output.shape[2:], dtype=call.offsets.dtype)  # added as the operator adds
    mask = None if call.mask is None else call.mask.double()
    taken = trace(call.input.double(), (base + call.offsets).double(), mask)
    weight = None if call.weight is None else call.weight.double()
    total = taken.contributions(weight, call.groups).sum(2)
    return total if call.bias is None else total + call.bias.double()[:, None, None]


def photograph(size: int = 128) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.array(Image.fromarray(load_picture("astronaut")).resize((size, size - 5)))


def recorded(version: Version, trained: bool) -> Recording:
    if trained:
        network = load(version)
    else:
        torch.manual_seed(0)
        network = Network(version).eval()
        shake(network)
    return look(network, photograph())


@pytest.mark.parametrize("trained", [True, False], ids=["trained", "random"])
@pytest.mark.parametrize("version", VERSIONS)
def test_they_add_up_at_every_cell_of_every_layer(version: Version, trained: bool) -> None:
    recording = recorded(version, trained)
    assert len(recording.calls) == 3
    for name, call in recording.calls.items():
        assert call.output.shape[2:] == (31, 32)
        assert (totals(call) - call.output).abs().max() < 1e-5, name
        assert version == "conv" or recording[name].offsets.abs().max() > 0.1
        for cell in ((0, 0), (0, 31), (30, 0), (30, 31), (17, 9)):
            taken = tap_contributions(call, cell)
            assert taken.error < 1e-5
            expected = totals(call)[0, :, cell[0], cell[1]]
            torch.testing.assert_close(taken.total, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("version", VERSIONS)
def test_they_add_up_on_a_photograph_at_full_size(version: Version) -> None:
    """Far from the origin float32 positions are coarse: the sum must be of the samples that the operator took."""
    recording = look(load(version), load_picture("astronaut"))
    for name, call in recording.calls.items():
        assert (totals(call) - call.output).abs().max() < 1e-5, name
        for cell in ((0, 0), (3, 126), (127, 127), (88, 40)):
            assert tap_contributions(call, cell).error < 1e-5, name


@pytest.mark.parametrize(
    "layer",
    [
        DeformConv2d(8, 6, 3, stride=2, padding=(1, 2), dilation=(1, 2), groups=2, offset_groups=4),
        ModulatedDeformConv2d(8, 6, (2, 4), padding=1, offset_groups=2),
        DCNv3(8, 3, group=2, offset_scale=2.0, remove_center=True),
        DCNv4(8, 3, group=4, center_feature_scale=True),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_they_add_up_for_other_geometries_and_the_second_of_a_batch(layer: nn.Module) -> None:
    shape = (2, 9, 11, 8) if isinstance(layer, (DCNv3, DCNv4)) else (2, 8, 9, 11)
    with dcnviz.record(shake(layer).double(), calls=True) as recording, torch.no_grad():
        layer(torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))
    (call,) = recording.calls.values()
    torch.testing.assert_close(totals(call), call.output, atol=1e-12, rtol=0)
    rows, columns = call.output.shape[2:]
    for cell in ((0, 0), (rows - 1, columns - 1), (rows // 2, 1)):
        taken = tap_contributions(call, cell, image=1)
        assert taken.error < 1e-12
        assert taken.contributions.shape == (call.geometry.taps, call.output.shape[1])
        position = recording[""].positions[1, :, :, cell[0], cell[1]]
        torch.testing.assert_close(taken.trace.positions[0, :, :, 0, 0], position)


def test_one_cell_by_hand() -> None:
    picture = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).view(1, 1, 2, 3)
    # Cell (1, 0) of a 1x2 kernel: the first tap moves half a pixel up, the second half out to the right.
    offsets = torch.zeros(1, 1, 2, 2, 2, 2)
    offsets[0, 0, 0, 1, 0] = torch.tensor([-0.5, 0.0])
    offsets[0, 0, 1, 1, 0] = torch.tensor([0.0, 1.5])
    mask = torch.full((1, 1, 2, 2, 2), 0.5)
    weight, bias = torch.tensor([[10.0, 100.0], [1.0, -1.0]]).view(2, 1, 1, 2), torch.tensor([7.0, 0.0])
    wanted = torch.tensor([0.5 * 10 * 2.5 + 0.5 * 100 * 3.0 + 7, 0.5 * 2.5 - 0.5 * 3.0])
    output = torch.zeros(1, 2, 2, 2)
    output[0, :, 1, 0] = wanted
    call = OperatorCall(picture, offsets, mask, weight, bias, Geometry((1, 2)), 1, "v2", output, "hand")
    taken = tap_contributions(call, (1, 0))
    assert taken.trace.values[0, 0, :, 0, 0].tolist() == [2.5, 3.0]
    assert taken.contributions.tolist() == [[12.5, 1.25], [150.0, -1.5]]
    assert taken.bias.tolist() == [7, 0] and taken.total.tolist() == wanted.tolist() and taken.error == 0


def test_a_wrong_output_shows_as_an_error() -> None:
    recording = recorded("v2", trained=False)
    call = next(iter(recording.calls.values()))
    call.output[0, 3, 4, 5] += 0.25
    assert tap_contributions(call, (4, 5)).error == pytest.approx(0.25, abs=1e-4)


def test_no_bias_is_a_bias_of_zeros() -> None:
    call = next(iter(recorded("v3", trained=False).calls.values()))
    assert tap_contributions(call, (0, 0)).bias.tolist() == [0.0] * 32


@pytest.mark.parametrize("cell", [(-1, 0), (0, -1), (31, 0), (0, 32)])
def test_a_cell_that_is_not_there_is_refused(cell: tuple[int, int]) -> None:
    call = next(iter(recorded("v1", trained=False).calls.values()))
    with pytest.raises(IndexError, match="31 x 32 output map"):
        tap_contributions(call, cell)


@pytest.mark.parametrize("image", [-1, 1])
def test_an_image_that_is_not_there_is_refused(image: int) -> None:
    call = next(iter(recorded("v1", trained=False).calls.values()))
    with pytest.raises(IndexError, match="1 inputs"):
        tap_contributions(call, (0, 0), image=image)
