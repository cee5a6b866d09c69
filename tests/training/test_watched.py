"""What a training is watched on: cells where they should be, and the figures of a frame by another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from dcnviz.analysis import effective_dilation
from dcnviz.data.scenes import HELD_OUT_SEED
from dcnviz.models import Network
from dcnviz.recording import look
from dcnviz.sampling import Version
from dcnviz.training import evaluate
from dcnviz.training.watched import LARGE, SMALL, Field, Watched, chosen_cells, grows


def network(version: Version) -> Network:
    torch.manual_seed(0)
    made = Network(version)
    with torch.no_grad():
        for module in made.modules():
            if hasattr(module, "predictor_parameters"):
                for parameter in module.predictor_parameters():
                    parameter.normal_(std=0.1)
            if isinstance(module, nn.BatchNorm2d):
                module.running_var.fill_(0.1)  # type: ignore[union-attr]
    return made


@pytest.mark.parametrize("field", [SMALL, LARGE])
def test_a_cell_lies_on_each_object_from_small_to_large_and_one_on_the_background(field: Field) -> None:
    scene = field.picture()
    cells = chosen_cells(scene)
    sizes = [float(scene.sizes[4 * i, 4 * j]) for i, j in cells]
    assert len(cells) == 4 and sizes[3] == 0 and 0 < sizes[0] < sizes[1] < sizes[2]
    assert np.digitize(sizes[:3], field.bounds).tolist() == sorted({1, *np.digitize(sizes[:3], field.bounds)})
    i, j = cells[3]
    near = scene.sizes[4 * i - 8 : 4 * i + 9, 4 * j - 8 : 4 * j + 9]
    assert near.shape == (17, 17) and not near.any()


@pytest.mark.parametrize("version", ["conv", "v2", "v3"])
def test_a_frame_says_what_others_measure(version: Version) -> None:
    model, watched = network(version).eval(), Watched(LARGE, 3, batch=2)
    frame, report = watched.frame(model, 7, 1.5, 0.25), evaluate(model, 3)
    assert (frame.step, frame.seconds, frame.loss) == (7, 1.5, 0.25)
    assert frame.accuracy == pytest.approx(report.foreground_accuracy, abs=1e-3)
    for found, expected in zip(frame.dilation, report.effective_dilation().values(), strict=False):
        assert found.tolist() == pytest.approx(expected, abs=1e-4, nan_ok=True)
    recording = look(model, watched.picture)
    for layer, sampling in enumerate(recording.values()):
        for n, (i, j) in enumerate(watched.cells):
            taps = sampling.positions[0, :, :, i, j].reshape(-1, 2)
            assert torch.allclose(torch.from_numpy(frame.places[layer, n]), 4 * taps, atol=1e-3)
            masks = sampling.mask[0, :, :, i, j].reshape(-1)
            assert torch.allclose(torch.from_numpy(frame.masks[layer, n]), masks, atol=1e-5)


def test_small_scenes_are_measured_by_their_own_sizes() -> None:
    model, watched = network("v1").eval(), Watched(SMALL, 2)
    frame = watched.frame(model, 0, 0.0, 0.0)
    pictures, _, sizes = SMALL.batch(HELD_OUT_SEED, 0, 2)
    sums, counts = np.zeros((3, 4)), np.zeros(4)
    for picture, radii in zip(pictures, sizes[:, ::4, ::4], strict=True):
        bins = np.where(
            radii == 0, 0, 1 + (radii >= SMALL.bounds[1]).astype(int) + (radii >= SMALL.bounds[2])
        )
        counts += np.bincount(bins.ravel(), minlength=4)
        for layer, sampling in enumerate(look(model, picture).values()):
            spread = effective_dilation(sampling)[0, 0].numpy()
            sums[layer] += np.bincount(bins.ravel(), spread.ravel(), minlength=4)
    with np.errstate(invalid="ignore"):
        assert frame.dilation == pytest.approx(sums / counts, abs=1e-4, nan_ok=True)


def test_looking_leaves_the_network_in_its_mode_and_as_it_was() -> None:
    model, watched = network("v1").train(), Watched(SMALL, 1)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    watched.frame(model, 0, 0.0, 0.0)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ((9, 1, 2, 3), True),
        ((0, 1, 1, 3), False),
        ((0, 3, 2, 1), False),
        ((0, 1, 3, 2), False),
        ((0, 1, np.nan, 3), False),
    ],
)
def test_the_law_is_strict_and_leaves_the_background_out(last: tuple[float, ...], expected: bool) -> None:
    frame = Watched(SMALL, 1).frame(network("conv"), 0, 0.0, 0.0)
    dilation = np.array([(1, 2, 3, 4), last], np.float32)
    assert grows(replace(frame, dilation=dilation)) is expected
