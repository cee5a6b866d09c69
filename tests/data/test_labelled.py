"""Folders of pictures with labels: found, read, refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcnviz.data.labelled import class_names, files_of, pictures_in, read_labelled, write_scenes
from dcnviz.data.scenes import CLASS_NAMES, HELD_OUT_SEED, scene_batch


def save(path: Path, values: np.ndarray, mode: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values)
    (image.convert(mode) if mode else image).save(path)
    return path


def grey(*shape: int, fill: int = 7) -> np.ndarray:
    return np.full(shape, fill, np.uint8)


def test_scenes_come_back_as_they_were_made(tmp_path) -> None:
    paths = write_scenes(tmp_path, 3, size=(96, 120))
    assert pictures_in(tmp_path) == [path.name for path in paths]
    assert class_names(tmp_path) == list(CLASS_NAMES)
    for number, path in enumerate(paths):
        pictures, classes, sizes = scene_batch(HELD_OUT_SEED, number, 1, size=(96, 120))
        back = read_labelled(files_of(path))
        assert back.classes is not None and back.sizes is not None
        assert (back.picture == pictures[0]).all() and (back.classes == classes[0]).all()
        assert ((back.sizes - sizes[0]) >= 0).all() and np.abs(back.sizes - sizes[0]).max() <= 1 / 256


def test_what_counts_as_a_picture(tmp_path) -> None:
    for name in (
        "b.png",
        "deep/er/a.JPG",
        "c.webp",
        "c.labels.png",
        "c.sizes.png",
        "out/figure.png",
        "n.txt",
    ):
        if name.endswith("txt"):
            (tmp_path / name).write_text("x")
        else:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(grey(9, 9)).save(path)
    assert pictures_in(tmp_path, without=tmp_path / "out") == ["b.png", "c.webp", "deep/er/a.JPG"]
    assert len(pictures_in(tmp_path)) == 4
    with pytest.raises(ValueError, match="no folder"):
        pictures_in(tmp_path / "nowhere")
    assert class_names(tmp_path) == []


def test_a_palette_is_its_numbers_and_sizes_follow_the_picture(tmp_path) -> None:
    path = save(tmp_path / "a.png", grey(40, 80))
    labels = Image.fromarray(grey(20, 40, fill=3))
    labels.putpalette([n for n in range(256) for _ in range(3)][::-1])
    labels.save(tmp_path / "a.labels.png")
    save(tmp_path / "a.sizes.png", grey(40, 80, fill=30))
    back = read_labelled(files_of(path), max_side=20)
    assert back.picture.shape == (10, 20, 3)
    assert back.classes is not None and back.classes.shape == (20, 40) and (back.classes == 3).all()
    assert back.sizes is not None and (back.sizes == 30 / 4).all()  # in pixels of the scaled picture
    save(tmp_path / "a.sizes.png", np.full((40, 80), 30 * 256 + 128, np.uint16))
    deep = read_labelled(files_of(path))
    assert deep.sizes is not None and (deep.sizes == 30.5).all()


def test_without_labels(tmp_path) -> None:
    back = read_labelled(files_of(save(tmp_path / "a.png", grey(9, 9))))
    assert back.classes is None and back.sizes is None


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (b"no picture", r"\*.labels.png beside it cannot be used"),
        (grey(9, 19), "not the picture's shape"),
        (np.zeros((9, 9, 3), np.uint8), "grey or palette; it is RGB"),
    ],
)
def test_labels_that_cannot_be_used(tmp_path, labels, message) -> None:
    path = save(tmp_path / "a.png", grey(9, 9))
    beside = tmp_path / "a.labels.png"
    if isinstance(labels, bytes):
        beside.write_bytes(labels)
    else:
        save(beside, labels)
    with pytest.raises(ValueError, match=message):
        read_labelled(files_of(path))
