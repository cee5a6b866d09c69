"""The figures of a report, by hand; and measuring that does not depend on how it is done."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from dcnviz.analysis import effective_dilation
from dcnviz.data.scenes import HELD_OUT_SEED, scene_batch
from dcnviz.models import Network
from dcnviz.recording import look
from dcnviz.training import SIZE_NAMES, Report, evaluate
from dcnviz.training.metrics import size_bins, to_input


def network(version: str) -> Network:
    torch.manual_seed(0)
    made = Network(version)  # type: ignore[arg-type]
    with torch.no_grad():
        for module in made.modules():
            if hasattr(module, "predictor_parameters"):
                for parameter in module.predictor_parameters():
                    parameter.normal_(std=0.1)
            if isinstance(module, nn.BatchNorm2d):
                module.running_var.fill_(0.1)  # type: ignore[union-attr]
    return made.eval()


@pytest.mark.parametrize(
    ("size", "bin"),
    [
        (0, 0),
        (1, 1),
        (6, 1),
        (9.999, 1),
        (10, 2),
        (15.999, 2),
        (16, 3),
        (23.999, 3),
        (24, 4),
        (34, 4),
        (500, 4),
    ],
)
def test_a_size_on_a_bound_counts_upward(size: float, bin: int) -> None:
    assert size_bins(torch.tensor([size])).tolist() == [bin]


def test_sizes_keep_their_places() -> None:
    sizes = torch.tensor([[0.0, 7.0], [30.0, 12.0]])
    assert size_bins(sizes).tolist() == [[0, 1], [4, 2]]
    assert SIZE_NAMES == ("background", "6-10", "10-16", "16-24", "over 24")


def report(*pairs: tuple[int, int, int]) -> Report:
    """Of so many pixels of one class that were taken for another."""
    made = Report()
    for truth, prediction, count in pairs:
        made.add(torch.full((1, count, 1), truth), torch.full((1, count, 1), prediction))
    return made


def test_intersection_over_union_by_hand() -> None:
    made = report((0, 0, 80), (0, 1, 10), (1, 1, 6), (1, 2, 2), (2, 0, 2), (2, 2, 0))
    assert made.confusion[:3, :3].tolist() == [[80, 10, 0], [0, 6, 2], [2, 0, 0]]
    iou = made.iou.tolist()
    assert iou[:3] == pytest.approx([80 / 92, 6 / 18, 0.0])
    assert all(math.isnan(x) for x in iou[3:])
    assert made.mean_iou == pytest.approx((80 / 92 + 6 / 18) / 3)


def test_foreground_accuracy_asks_for_the_right_class() -> None:
    assert report((0, 0, 50), (0, 3, 9), (3, 3, 6), (3, 2, 1), (2, 0, 1)).foreground_accuracy == 6 / 8
    assert report((4, 4, 3), (0, 4, 100)).foreground_accuracy == 1.0
    assert math.isnan(report((0, 0, 5)).foreground_accuracy)


def test_everything_right_is_one() -> None:
    made = report(*((c, c, 3 + c) for c in range(7)))
    assert made.mean_iou == made.foreground_accuracy == 1.0


def test_pixels_are_counted_over_all_scenes() -> None:
    truth, prediction = torch.randint(7, (4, 5, 6)), torch.randint(7, (4, 5, 6))
    together, apart = Report(), Report()
    together.add(truth, prediction)
    for n in range(4):
        apart.add(truth[n : n + 1], prediction[n : n + 1])
    assert torch.equal(together.confusion, apart.confusion) and together.confusion.sum() == 120


def test_input_is_scaled_and_channels_first() -> None:
    pictures, _, _ = scene_batch(0, 0, 2)
    image = to_input(pictures)
    assert image.shape == (2, 3, 96, 96) and image.dtype == torch.float32
    assert image[1, 2, 10, 20].item() == pytest.approx(pictures[1, 10, 20, 2] / 255)


@pytest.mark.parametrize("version", ["conv", "v2", "v3"])
def test_the_batch_does_not_change_the_result(version: str) -> None:
    model = network(version)
    whole, single = evaluate(model, 4, batch=4), evaluate(model, 4, batch=3)
    # A batch may add its floats in another order: that can turn a pixel on the edge between two classes.
    assert (whole.confusion - single.confusion).abs().sum() <= 4
    assert whole.confusion.sum() == single.confusion.sum() == 4 * 96 * 96
    assert torch.equal(whole.cells, single.cells) and whole.cells.sum() == 4 * 24 * 24
    a, b = whole.effective_dilation(), single.effective_dilation()
    assert a.keys() == b.keys() and len(a) == (0 if version == "conv" else 3)
    for name in a:
        assert a[name] == pytest.approx(b[name], abs=1e-5, nan_ok=True)


def test_effective_dilation_is_that_of_the_cells_on_each_size() -> None:
    model = network("v2")
    found = evaluate(model, 1, seed=HELD_OUT_SEED + 3).effective_dilation()
    pictures, _, sizes = scene_batch(HELD_OUT_SEED + 3, 0, 1)
    for name, sampling in look(model, pictures[0]).items():
        dilation, bins = effective_dilation(sampling)[0, 0], size_bins(torch.from_numpy(sizes[0, ::4, ::4]))
        for bin in range(5):
            expected = dilation[bins == bin].mean().item()
            assert found[name][bin] == pytest.approx(expected, abs=1e-4, nan_ok=True)


def test_a_fresh_network_has_the_dilation_of_its_grid() -> None:
    made = evaluate(Network("v1").eval(), 2)
    present = made.cells > 0
    for values in made.effective_dilation().values():
        assert torch.tensor(values)[present].tolist() == pytest.approx([1.0] * int(present.sum()))


def test_measuring_changes_nothing_and_needs_eval_mode() -> None:
    model = network("v1")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate(model, 1)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with pytest.raises(ValueError, match="eval mode"):
        evaluate(model.train(), 1)
