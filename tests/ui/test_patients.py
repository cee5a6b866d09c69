"""The recordings of the lesson's last chapter: each layer is what is said of it, by other means than its health."""

from __future__ import annotations

import io

import torch

from dcnviz.ui import recorded
from dcnviz.ui.lesson import patients
from dcnviz.ui.lesson.chapters.yours import CELLS, SHOWN
from dcnviz.ui.texts import LANGUAGES


def test_one_of_the_two_does_not_look_at_the_picture() -> None:
    sick, well = (list(patients.recorded(SHOWN[letter]).values())[-1] for letter in "ab")
    first, second = (sick.offsets[0, :, :, i, j] for i, j in CELLS[:2])
    torch.testing.assert_close(first, second)
    assert not torch.allclose(*(well.offsets[0, :, :, i, j] for i, j in CELLS[:2]), atol=1.0)
    assert patients.numbers(SHOWN["a"])[-1].varying < 1e-6 < 0.05 < patients.numbers(SHOWN["b"])[-1].varying


def test_the_network_that_is_shared_stays_as_it_was() -> None:
    before = list(patients.recorded("healthy").values())[-1].offsets.clone()
    patients.recorded.clear()
    patients.recorded("patient")
    assert torch.equal(list(patients.recorded("healthy").values())[-1].offsets, before)


def test_the_patients_layers() -> None:
    still, well, masked = patients.recorded("patient").values()
    assert not still.offsets.any() and well.offsets.any()
    assert (masked.mask < 0.01).float().mean() > 0.5 > (well.mask < 0.01).float().mean()
    for texts in LANGUAGES.values():
        assert {layer.code for layer in patients.numbers("patient")} <= set(texts.yours.verdicts)


def test_dilation_grows_with_size_where_the_network_is_well() -> None:
    last = patients.numbers("healthy")[-1]
    assert last.dilation[2] > 1.2 * last.dilation[1]
    frozen = patients.numbers("patient")[0]
    assert all(abs(each - 1) < 1e-6 for each in frozen.dilation)


def test_the_patient_can_be_given_to_your_model() -> None:
    file = io.BytesIO()
    patients.recorded("patient").save(file)
    taken = recorded.read_upload(file.getvalue(), LANGUAGES["zh"].yours.name)
    assert len(taken.layers) == 3 and not taken.blank
    assert not taken.sampling(0).offsets.any()
