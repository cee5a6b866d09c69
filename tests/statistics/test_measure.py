"""One picture's entry, against the analysis itself; sums, and what must not matter to them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dcnviz.analysis import effective_dilation
from dcnviz.analysis.tally import tally
from dcnviz.data.labelled import files_of, read_labelled, write_scenes
from dcnviz.geometry import MapToPicture
from dcnviz.models import Network, load, write
from dcnviz.recording import look
from dcnviz.statistics import Measure, Settings, summarise
from dcnviz.statistics.measure import at_cells
from dcnviz.training.metrics import evaluate


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    write_scenes(folder, 4)
    return folder


def test_an_entry_holds_what_the_analysis_gives(scenes) -> None:
    entry = Measure(Settings("v3"), scenes)("scene-0001.png")
    picture = read_labelled(files_of(scenes / "scene-0001.png"))
    recording = look(load("v3"), picture.picture)
    assert picture.classes is not None
    for name, layer in recording.items():
        numbers = entry["layers"][name]
        assert numbers["tally"]["samples"] == tally(layer).samples
        assert numbers["tally"]["steps"] == pytest.approx(tally(layer).steps, rel=1e-6)
        dilation = effective_dilation(layer).mean(1)[0]
        assert numbers["dilation"][1] == pytest.approx(float(dilation.double().sum()), rel=1e-5)
        labels = torch.from_numpy(picture.classes[::4, ::4])
        for label in labels.unique().tolist():
            cells, total = numbers["class"][str(label)]
            assert cells == int((labels == label).sum())
            assert total == pytest.approx(float(dilation[labels == label].double().sum()), rel=1e-5)
    assert json.loads(json.dumps(entry)) == entry


def test_the_folder_gives_what_training_measured(scenes) -> None:
    """Effective dilation by size, as in the table of the trained networks: the same scenes, another way."""
    settings = Settings("v2")
    measure = Measure(settings, scenes)
    summary = summarise([measure(f"scene-{n:04}.png") for n in range(4)], (), settings.size_names)
    report = evaluate(load("v2"), 4)
    for name, values in report.effective_dilation().items():
        for size, cells, value in zip(settings.size_names, report.cells.tolist(), values, strict=True):
            if cells:
                assert summary.layers[name].by_size[size] == (cells, pytest.approx(value, abs=2e-4))
            else:
                assert size not in summary.layers[name].by_size


def test_one_thread_or_more_makes_no_difference(scenes) -> None:
    measure, before = Measure(Settings("v1"), scenes), torch.get_num_threads()
    torch.set_num_threads(1)
    one = measure("scene-0000.png")
    torch.set_num_threads(2)
    assert measure("scene-0000.png") == one and torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_labels_at_cells() -> None:
    """A map of half the picture's resolution: cell 1 of jump 4 lies on pixel 4, in the third label."""
    labels = np.arange(8)[None].repeat(2, 0)
    found = at_cells(labels, (4, 16), MapToPicture((4.0, 4.0)), (1, 4))
    assert found.tolist() == [[0, 2, 4, 6]]
    beyond = at_cells(labels, (4, 16), MapToPicture((4.0, 4.0), (-3.0, -3.0)), (2, 6))
    assert beyond[0].tolist() == [0, 0, 2, 4, 6, 7] and beyond.shape == (2, 6)


def test_left_out_pixels_are_in_no_class(tmp_path) -> None:
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(tmp_path / "a.png")
    labels = np.full((32, 32), 255, np.uint8)
    labels[:, 16:] = 9
    Image.fromarray(labels).save(tmp_path / "a.labels.png")
    entry = Measure(Settings("conv"), tmp_path)("a.png")
    assert entry["layers"]["blocks.0.layer"]["class"] == {"9": [32, 32.0]}
    summary = summarise([entry], ["background"])
    assert summary.layers["blocks.0.layer"].by_class == {"9": (32, 1.0)}


def test_broken_pictures_are_named_and_the_rest_counts(scenes, tmp_path) -> None:
    (tmp_path / "bad.png").write_bytes(b"nothing")
    bad = Measure(Settings("conv"), tmp_path)("bad.png")
    gone = Measure(Settings("conv"), tmp_path)("gone.png")
    good = Measure(Settings("conv"), scenes)("scene-0000.png")
    summary = summarise([bad, gone, good])
    assert summary.pictures == 1 and [name for name, _ in summary.skipped] == ["bad.png", "gone.png"]
    with pytest.raises(ValueError, match=r"none of the pictures could be measured. bad.png: This file"):
        summarise([bad])


def test_the_key_knows_model_and_settings(scenes, tmp_path) -> None:
    torch.manual_seed(0)
    write(Network("v2"), tmp_path / "mine.safetensors", {})
    variants = [
        Settings("v2"),
        Settings("v1"),
        Settings(str(tmp_path / "mine.safetensors")),
        Settings("v2", max_side=64),
        Settings("v2", bounds=(5.0,)),
    ]
    keys = [Measure(settings, scenes).key() for settings in variants]
    assert len(set(keys)) == len(keys) and keys[0] == Measure(Settings("v2"), scenes / "..").key()


def test_settings_that_make_no_sense(scenes) -> None:
    for bounds in ((), (3.0, 3.0), (5.0, 2.0), (-1.0,)):
        with pytest.raises(ValueError, match="bounds of sizes"):
            Settings("v2", bounds=bounds)
    with pytest.raises(ValueError, match="there is no 'v9'"):
        Measure(Settings("v9"), scenes)
