"""record(model) sees the calls of its own model in its own thread, whatever else runs."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import Tensor, nn

from dcnviz import record
from dcnviz.layers import DeformConv2d, ModulatedDeformConv2d
from dcnviz.ops import deform_conv2d
from dcnviz.recording import Recording
from tests.recording.networks import Nested, hooks, image, shake


def test_another_model_in_the_block_is_not_recorded() -> None:
    mine, other = DeformConv2d(4, 2, 3), ModulatedDeformConv2d(4, 2, 3)
    with record(mine) as first, record(other) as second:
        mine(image())
        other(image())
        deform_conv2d(image(), torch.zeros(1, 18, 4, 5), mine.weight)
    assert [s.version for s in first.values()] == ["v1"] and [s.version for s in second.values()] == ["v2"]


def test_a_part_of_a_recorded_model_can_be_recorded_too() -> None:
    model = shake(Nested())
    with record(model) as whole, record(model.last) as part:
        model(image())
    assert list(part) == ["layer"] and list(whole)[-1] == "last.layer"


class Meet(nn.Module):
    """Waits until all threads are here, so that their runs overlap."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.barrier = threading.Barrier(parties, timeout=120)

    def forward(self, x: Tensor) -> Tensor:
        self.barrier.wait()
        return x


def in_threads(models: list[nn.Module], pictures: list[Tensor]) -> list[Recording]:
    found: dict[int, Recording] = {}

    def look(number: int) -> None:
        with record(models[number], calls=True) as recording, torch.inference_mode():
            models[number](pictures[number])
        found[number] = recording

    threads = [threading.Thread(target=look, args=(n,)) for n in range(len(models))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[n] for n in range(len(models))]


@pytest.mark.parametrize("shared", [False, True], ids=["two models", "one model"])
def test_threads_that_record_at_once_do_not_see_each_others_calls(shared: bool) -> None:
    meet = Meet(2)

    def build(seed: int) -> nn.Module:
        parts = [DeformConv2d(4, 4, 3, padding=1), meet, DeformConv2d(4, 4, 3, padding=1), meet]
        return shake(nn.Sequential(*parts), seed)

    first = build(1)
    models, pictures = [first, first if shared else build(2)], [image(seed=1), image(2, seed=2)]
    recordings = in_threads(models, pictures)
    for model, picture, recording in zip(models, pictures, recordings, strict=True):
        assert list(recording) == ["0", "2"]
        assert recording.image is not None and torch.equal(recording.image, picture)
        with torch.no_grad():
            expected = model[0].predictor(picture)  # type: ignore[index,operator]
        assert recording["0"].offsets.shape[0] == picture.shape[0]
        assert torch.equal(recording.calls["0"].sampling().offsets[0, 0, 0, ..., 0], expected[0, 0])
    assert all(hooks(model) == 0 for model in models)
