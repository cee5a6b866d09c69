from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcnviz.data.assets import asset
from dcnviz.data.scenes import CLASS_NAMES, make_scene, scene_batch, write_gallery_scenes
from dcnviz.data.textures import draw_texture

COUNT = 500


@pytest.fixture(scope="module")
def scenes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return scene_batch(11, 0, COUNT)


def objects_of(classes: np.ndarray, sizes: np.ndarray) -> list[tuple[int, float, int]]:
    """(label, radius, visible pixels) of every object; no two objects have exactly the same radius."""
    found = []
    for labels, radii in zip(classes, sizes, strict=True):
        for radius in np.unique(radii[radii > 0]):
            mask = radii == radius
            found.append((int(labels[mask][0]), float(radius), int(mask.sum())))
            assert len(np.unique(labels[mask])) == 1
    return found


def test_shapes_and_types(scenes: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    pictures, classes, sizes = scenes
    assert (pictures.shape, pictures.dtype) == ((COUNT, 96, 96, 3), np.uint8)
    assert (classes.shape, classes.dtype) == ((COUNT, 96, 96), np.uint8)
    assert (sizes.shape, sizes.dtype) == ((COUNT, 96, 96), np.float32)


def test_a_scene_does_not_depend_on_its_batch() -> None:
    whole = scene_batch(5, 20, 6)
    for number in range(6):
        for part, alone in zip(whole, scene_batch(5, 20 + number, 1), strict=True):
            assert np.array_equal(part[number], alone[0])


def test_seeds_and_indices_give_different_scenes() -> None:
    first = scene_batch(5, 0, 1)[0]
    assert not np.array_equal(first, scene_batch(5, 1, 1)[0])
    assert not np.array_equal(first, scene_batch(6, 0, 1)[0])


def test_sizes_are_set_exactly_where_there_are_objects(
    scenes: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, classes, sizes = scenes
    assert np.array_equal(classes > 0, sizes > 0)
    assert sizes[sizes > 0].min() >= 6
    assert sizes.max() <= 34


def test_every_class_is_as_frequent_and_radii_are_log_uniform(
    scenes: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    objects = objects_of(*scenes[1:])
    assert 2.3 < len(objects) / COUNT < 2.7  # 1 to 4, few left out
    counts = np.bincount([label for label, _, _ in objects], minlength=7)
    assert counts[0] == 0
    assert np.all(abs(counts[1:] / len(objects) - 1 / 6) < 0.05)
    logs = (np.log([radius for _, radius, _ in objects]) - np.log(6)) / np.log(34 / 6)
    shares = np.histogram(logs, 4, (0, 1))[0] / len(objects)
    assert np.all(abs(shares - 0.25) < 0.05)


def test_every_object_stays_in_sight(scenes: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    smallest = 5 * 0.45 * np.sin(np.pi / 5)  # about the area of star and triangle, the leanest, at radius 1
    for label, radius, pixels in objects_of(*scenes[1:]):
        assert pixels > 0.5 * smallest * radius**2, (CLASS_NAMES[label], radius, pixels)


def test_objects_stand_out_in_the_mean(scenes: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    contrasts = []
    for picture, classes, sizes in zip(*scenes, strict=True):
        ground = picture[classes == 0].astype(float).mean(0)
        for radius in np.unique(sizes[sizes > 0]):
            contrasts.append(np.linalg.norm(picture[sizes == radius].mean(0) - ground) / 255)
    assert np.percentile(contrasts, 5) > 0.15


def test_colours_and_grain_do_not_tell_objects_from_background() -> None:
    # Many scenes of one object each; inner pixels only, since edges are mixed.
    _, classes, _ = batch = scene_batch(12, 0, 700, radius=(20.0, 34.0), objects=(1, 1))
    grey = batch[0].astype(np.float32).mean(-1) / 255
    grain = abs(np.diff(grey, axis=2))
    means: dict[bool, list[tuple[float, float, float]]] = {True: [], False: []}
    for picture, steps, labels in zip(grey, grain, classes, strict=True):
        for is_object in (True, False):
            mask = (labels > 0) == is_object
            inner = mask[:, 2:-1] & mask[:, 1:-2] & mask[:, 3:] & mask[:, :-3]
            means[is_object].append((picture[mask].mean(), picture[mask].std(), steps[:, 1:-1][inner].mean()))
    inside, outside = np.array(means[True]), np.array(means[False])
    error = np.sqrt(inside.var(0) / len(inside) + outside.var(0) / len(outside))
    difference = abs(inside.mean(0) - outside.mean(0))
    # Brightness and grain differ by no more than chance; the spread of a small window is a little less than
    # that of a large one, since slow waves show only a part of themselves.
    assert difference[0] < 4 * error[0]
    assert difference[2] < 4 * error[2]
    assert difference[1] < 0.03


def test_colours_do_not_tell_the_class(scenes: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    pictures, classes, sizes = scenes
    colours: dict[int, list[np.ndarray]] = {label: [] for label in range(1, 7)}
    for picture, labels, radii in zip(pictures, classes, sizes, strict=True):
        for radius in np.unique(radii[radii > 0]):
            mask = radii == radius
            colours[int(labels[mask][0])].append(picture[mask].mean(0) / 255)
    for values in colours.values():
        others = np.concatenate([other for other in colours.values() if other is not values])
        error = np.sqrt(np.var(values, 0) / len(values) + np.var(others, 0) / len(others))
        assert np.all(abs(np.mean(values, 0) - np.mean(others, 0)) < 4 * error)


def test_options_change_what_they_name() -> None:
    scene = make_scene(np.random.default_rng(0), size=(64, 120), radius=(12.0, 14.0), objects=(1, 1))
    assert scene.picture.shape == (64, 120, 3)
    assert len(np.unique(scene.sizes)) == 2
    assert 12 <= scene.sizes.max() <= 14
    empty = make_scene(np.random.default_rng(0), objects=(0, 0))
    assert not empty.classes.any()


def test_scenes_without_photographs_use_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("a photograph was asked for")

    monkeypatch.setattr("dcnviz.data.textures._photograph_bank", refuse)
    scene_batch(0, 0, 20, photographs=False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"radius": (9.0, 6.0)}, "radius must be"),
        ({"radius": (0.0, 6.0)}, "radius must be"),
        ({"objects": (3, 2)}, "objects must be"),
        ({"size": (40, 96)}, "do not fit into a picture of 40 x 96"),
    ],
)
def test_bad_ranges_are_refused(options: dict[str, tuple[float, float]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        scene_batch(0, 0, 1, **options)  # type: ignore[arg-type]


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        scene_batch(0, -1, 1)


def test_textures_render_any_window() -> None:
    rng = np.random.default_rng(3)
    for _ in range(60):
        texture = draw_texture(rng)
        for height, width in ((1, 1), (7, 300), (300, 7)):
            window = texture.window(height, width)
            assert window.shape == (height, width, 3)
            assert np.isfinite(window).all()
            assert -1.5 < window.min() <= window.max() < 2.5


def test_gallery_scenes_are_those_that_the_command_writes(tmp_path: Path) -> None:
    for path in write_gallery_scenes(tmp_path):
        with Image.open(path) as new, Image.open(asset(f"images/{path.name}")) as old:
            difference = np.asarray(new).astype(int) - np.asarray(old)
        assert abs(difference).mean() < 0.5  # other versions of the WebP decoder may round otherwise
