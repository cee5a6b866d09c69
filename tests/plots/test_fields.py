"""Values of fields lie on their cells, in the units that the bar states."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.plots import dilation_map, displacement_flow, mask_map, mean_displacement, offset_magnitude
from dcnviz.plots.arrows import round_number
from dcnviz.plots.flow import flow_colours
from dcnviz.plots.style import cells_box, cover
from dcnviz.sampling import Sampling, regular
from tests.plots.helpers import PLACE, SIZE, layer, picture

FIELDS = [mean_displacement, displacement_flow, offset_magnitude, dilation_map, mask_map]


def value_at(figure: Figure, y: float, x: float) -> float:
    """What the topmost image shows at a picture pixel."""
    image = figure.axes[0].images[-1]
    left, right, bottom, top = image.get_extent()
    data = image.get_array()
    assert data is not None
    row = int((y - top) / (bottom - top) * data.shape[0])
    column = int((x - left) / (right - left) * data.shape[1])
    return float(data[row, column])


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("start", [0.0, 2.5])
def test_each_value_is_centred_on_its_cell(stride, start) -> None:
    geometry = Geometry(3, stride=stride, padding=1)
    size = geometry.output_size(SIZE)
    mask = torch.arange(9.0 * size[0] * size[1]).view(1, 1, 9, *size)
    sampling = Sampling(torch.zeros(*mask.shape, 2), mask, geometry, SIZE, "v2")
    place = MapToPicture((4.0, 3.0), (start, start))
    cells = place.after(geometry)
    figure = mask_map(sampling, picture(), place, tap=4)
    for i, j in ((0, 0), (1, 2), (size[0] - 1, size[1] - 1)):
        y, x = cells.start[0] + cells.jump[0] * i, cells.start[1] + cells.jump[1] * j
        for dy, dx in ((0.0, 0.0), (0.49, -0.49), (-0.49, 0.49)):
            shown = value_at(figure, y + dy * cells.jump[0], x + dx * cells.jump[1])
            assert shown == mask[0, 0, 4, i, j]


def test_the_field_is_not_stretched_to_the_picture() -> None:
    """The literal that the common mistake, picture size over map size, would give."""
    left, right, _, _ = cells_box((10, 14), MapToPicture((4.0, 4.0)))
    assert (left, right) == (-2.0, 54.0) != (-0.5, 55.5)


def test_covering_the_picture_moves_no_cell() -> None:
    values = np.arange(140.0).reshape(SIZE)
    grown, (left, right, bottom, top) = cover(values, PLACE, picture((44, 60)))
    assert left <= -0.5 and top <= -0.5 and right >= 59.5 and bottom >= 43.5
    before, above = round((0.0 - left) / 4), round((-1.0 - top) / 4)
    np.testing.assert_array_equal(grown[above : above + 10, before : before + 14], values)
    assert (right - left) / grown.shape[1] == (bottom - top) / grown.shape[0] == 4


def test_offset_length_is_in_picture_pixels() -> None:
    still = regular(Geometry(3, padding=1), SIZE, version="v1")
    still.offsets[..., 0], still.offsets[..., 1] = 3.0, 4.0
    figure = offset_magnitude(still, picture(), PLACE)
    assert value_at(figure, 1 + 4 * 3, 2 + 4 * 5) == pytest.approx(20.0)
    assert figure.axes[0].child_axes[0].get_ylabel() == "picture pixels"


def test_dilation_is_in_cells_and_marks_the_regular_grid() -> None:
    wide = regular(Geometry(3, padding=1), SIZE, version="v1")
    wide.offsets[...] = 0.5 * (wide.geometry.tap_grid() - 1)[None, None, :, None, None]
    figure = dilation_map(wide, picture(), PLACE)
    assert value_at(figure, 13.0, 22.0) == pytest.approx(1.5)
    (line,) = [line for line in figure.axes[0].child_axes[0].lines if line.get_gid() == "regular"]
    assert list(np.asarray(line.get_ydata())) == [1.0, 1.0]


def test_the_regular_grid_of_a_dilated_layer_is_its_own_dilation() -> None:
    figure = dilation_map(regular(Geometry(3, padding=2, dilation=2), SIZE), picture(), PLACE)
    (line,) = [line for line in figure.axes[0].child_axes[0].lines if line.get_gid() == "regular"]
    assert list(np.asarray(line.get_ydata())) == [2.0, 2.0]
    with pytest.raises(ValueError, match="1x1"):
        dilation_map(regular(Geometry(1), SIZE), picture(), PLACE)


def quiver(figure: Figure) -> Quiver:
    (arrows,) = [c for c in figure.axes[0].collections if c.get_gid() == "arrows"]
    assert isinstance(arrows, Quiver)
    return arrows


def test_arrows_point_where_the_taps_went() -> None:
    still = regular(Geometry(3, padding=1), SIZE, version="v1")
    still.offsets[0, 0, :, 3, 5] = torch.tensor([2.0, -1.0])
    arrows = quiver(mean_displacement(still, picture(), PLACE, scale=1.0))
    at = next(n for n, p in enumerate(np.asarray(arrows.get_offsets()).tolist()) if p == [2 + 20.0, 1 + 12.0])
    assert (arrows.U[at], arrows.V[at]) == (-4.0, 8.0)
    assert np.count_nonzero(arrows.U) == 1
    assert arrows.scale == 1.0


def test_arrows_are_thinned() -> None:
    many = regular(Geometry(3, padding=1), (60, 100), version="v1")
    count = len(
        np.asarray(quiver(mean_displacement(many, picture((240, 400)), MapToPicture((4, 4)))).get_offsets())
    )
    assert 20 * 10 <= count <= 24 * 15


@pytest.mark.parametrize(
    ("reach", "words"), [(0.0, "no cell"), (1.0, "true length"), (0.01, "times as long")]
)
def test_the_scale_of_arrows_is_stated(reach, words) -> None:
    moved = regular(Geometry(3, padding=1), SIZE, version="v1")
    moved.offsets[...] = reach
    axes = mean_displacement(moved, picture(), PLACE).axes[0]
    texts = [t.get_text() for t in axes.texts] + [
        a.text.get_text() for a in axes.artists if hasattr(a, "text")
    ]
    assert any(words in text for text in texts)


def test_round_numbers() -> None:
    for value in np.geomspace(1e-3, 1e4, 50):
        rounded = round_number(float(value))
        assert 0.6 < rounded / value < 1.7
        assert f"{rounded:.0e}"[0] in "125"


def test_flow_tells_directions_and_lengths() -> None:
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    colours = flow_colours(unit)
    assert ((colours >= 0) & (colours <= 1)).all()
    gaps = np.linalg.norm(colours - np.roll(colours, 1, axis=0), axis=1)
    assert gaps.min() > 0.02 and gaps.max() < 0.5
    np.testing.assert_allclose(flow_colours(0.5 * unit)[..., :3], colours[..., :3])
    np.testing.assert_allclose(flow_colours(0.5 * unit)[..., 3], 0.5 * colours[..., 3])
    np.testing.assert_allclose(flow_colours(7 * unit), colours)
    assert flow_colours(np.zeros(2))[3] == 0


def test_the_mosaic_is_laid_out_as_the_kernel() -> None:
    geometry = Geometry((2, 3), padding=1)
    rows, columns = geometry.output_size(SIZE)
    mask = torch.arange(6.0)[None, None, :, None, None].expand(1, 1, 6, rows, columns)
    sampling = Sampling(torch.zeros(*mask.shape, 2), mask, geometry, SIZE, "v2")
    tiled = mask_map(sampling, picture(), PLACE).axes[0].images[-1].get_array()
    assert tiled is not None
    seen = np.asarray(np.ma.filled(tiled, np.nan))
    high, wide = seen.shape
    centres = [
        [seen[int((r + 0.5) * high / 2), int((c + 0.5) * wide / 3)] for c in range(3)] for r in range(2)
    ]
    assert centres == [[0, 1, 2], [3, 4, 5]]
    assert np.isnan(seen).any()


def test_negative_masks_get_a_scale_about_zero() -> None:
    low, high = mask_map(layer(version="v4", signed=True), picture(), PLACE).axes[0].images[-1].get_clim()
    assert low is not None and high is not None and low == -high
    assert mask_map(layer(), picture(), PLACE).axes[0].images[-1].get_clim()[0] == 0


@pytest.mark.parametrize("draw", FIELDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_field_draws_in_both_themes_and_in_given_axes(draw, theme) -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    one = layer(groups=2)
    assert draw(one, picture(), PLACE, group=1, theme=theme, ax=left, title="mine") is figure
    assert left.get_title(loc="left") == "mine" and not right.images
    own = draw(one, picture(), PLACE, group=1, theme=theme)
    assert "group 2 of 2" in own.axes[0].get_title(loc="left")
    left, right = own.axes[0].get_xlim()
    assert left < right and own.axes[0].get_ylim()[0] > own.axes[0].get_ylim()[1]


@pytest.mark.parametrize("draw", FIELDS)
def test_errors_say_what_is_wrong(draw) -> None:
    with pytest.raises(IndexError, match="1 inputs and 1 groups"):
        draw(layer(), picture(), PLACE, group=1)
    with pytest.raises(IndexError, match="1 inputs and 1 groups"):
        draw(layer(), picture(), PLACE, image=3)
    with pytest.raises(ValueError, match="picture must be"):
        draw(layer(), picture().astype(np.float32), PLACE)
    with pytest.raises(ValueError, match="theme must be"):
        draw(layer(), picture(), PLACE, theme="blue")


def test_a_tap_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="taps 0 to 8"):
        mask_map(layer(), picture(), PLACE, tap=9)
