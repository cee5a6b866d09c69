import numpy as np
import pytest

from dcnviz.data.shapes import CLASS_NAMES, coverage

# Areas of the six shapes with circumscribed radius 1.
AREAS = {
    "disc": np.pi,
    "square": 2.0,
    "triangle": 3 * 3**0.5 / 4,
    "star": 5 * 0.45 * np.sin(np.pi / 5),
    "ring": np.pi * 0.75,
    "cross": 8 * 0.32 * (1 - 0.32**2) ** 0.5 - 4 * 0.32**2,
}


@pytest.mark.parametrize("label", range(1, 7))
@pytest.mark.parametrize("angle", [0.0, 0.3, 2.0])
def test_area_is_that_of_the_shape_whatever_the_rotation(label: int, angle: float) -> None:
    area = coverage(label, 30.0, angle, (0.2, -0.4)).sum()
    assert area == pytest.approx(AREAS[CLASS_NAMES[label]] * 30**2, rel=0.02)


@pytest.mark.parametrize("label", range(1, 7))
def test_circumscribed_circle_touches_the_shape(label: int) -> None:
    share = coverage(label, 20.0, 0.7)
    y, x = np.nonzero(share >= 0.5)
    reach = np.hypot(y - share.shape[0] // 2, x - share.shape[1] // 2).max()
    assert 18.5 <= reach <= 20.5


def test_box_holds_the_whole_shape() -> None:
    for label in range(1, 7):
        for angle in np.linspace(0, 6, 13):
            share = coverage(label, 9.3, float(angle), (0.5, -0.5))
            border = np.concatenate([share[0], share[-1], share[:, 0], share[:, -1]])
            assert share.shape[0] % 2 == 1
            assert border.max() <= 0.5


def test_rotation_turns_the_shape() -> None:
    upright, turned = coverage(3, 15.0, 0.0), coverage(3, 15.0, np.pi / 2)
    assert np.allclose(np.rot90(upright), turned, atol=1e-3) or np.allclose(
        np.rot90(upright, -1), turned, atol=1e-3
    )
    assert not np.allclose(upright, turned, atol=0.1)


def test_edges_are_soft() -> None:
    share = coverage(1, 10.3, 0.0)
    assert ((share > 0.1) & (share < 0.9)).sum() > 20


def test_ring_has_a_hole_and_disc_has_none() -> None:
    assert coverage(5, 10.0, 0.0)[11, 11] == 0
    assert coverage(1, 10.0, 0.0)[11, 11] == 1


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="label must be 1 to 6"):
        coverage(7, 10.0, 0.0)
    with pytest.raises(ValueError, match="radius"):
        coverage(1, 0.0, 0.0)
