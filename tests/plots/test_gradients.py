"""Figures of the gradient analyses: values at their pixels, dots at their places, the region as it is."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from matplotlib import colormaps
from matplotlib.figure import Figure
from PIL import Image

from dcnviz import plots
from dcnviz.analysis import LayerLocations, ReceptiveField, SaliencyRegion, SamplingLocations
from dcnviz.analysis.masking import ImageCells
from dcnviz.geometry import MapToPicture
from dcnviz.plots.locations import strongest
from dcnviz.plots.nodes import fading
from dcnviz.plots.quick import SIDE, THIRD, field_images, locations_image
from dcnviz.plots.saliency import outline
from dcnviz.plots.style import AMOUNT, ThemeName, dimmed, theme_of
from tests.plots.helpers import picture
from tests.plots.test_fields import value_at

SIZE = (40, 56)


def field() -> ReceptiveField:
    total, content = torch.zeros(3, *SIZE), torch.zeros(3, *SIZE)
    total[:, 10:20, 20:30] = 1.0
    total[1, 12, 25] = -6.0
    content[0, 12, 25] = 2.0
    return ReceptiveField(total, content, "blocks.2", (3, 6), (12.0, 24.0))


def locations() -> SamplingLocations:
    gradient, positions = torch.zeros(1, 9, 2, 3, 2), torch.zeros(1, 9, 2, 3, 2)
    gradient[0, 4, 1, 2] = torch.tensor([3.0, 4.0])
    gradient[0, 5, 1, 2] = torch.tensor([0.0, 1.0])
    positions[0, 4, 1, 2] = torch.tensor([2.5, 4.0])
    positions[0, 5, 1, 2] = torch.tensor([3.0, 6.0])
    inside = torch.ones(1, 9, 2, 3, dtype=torch.bool)
    taps = LayerLocations(gradient, positions, inside, MapToPicture((4.0, 4.0), (1.0, 2.0)))
    near = LayerLocations(gradient, positions, inside, MapToPicture())
    return SamplingLocations({"far": taps, "near": near}, "near", (1, 2), (11.0, 18.0))


def region() -> SaliencyRegion:
    rectangle = torch.zeros(5, 7, dtype=torch.bool)
    rectangle[1:3, 2:4] = True
    return SaliencyRegion(
        eps=0.1,
        rectangle=rectangle,
        order=torch.tensor([[1, 2], [1, 3]]),
        errors=torch.tensor([0.001, 0.05, 0.4]),
        cells=ImageCells(SIZE, 8),
        fill=torch.zeros(3),
        layer="blocks.2",
        cell=(3, 6),
        pixel=(12.0, 24.0),
        method="fast",
        evaluations=7,
        complete=True,
    )


def texts(figure: Figure) -> str:
    axes = figure.axes[0]
    drawn = axes.get_legend()
    rows = [] if drawn is None else [text.get_text() for text in drawn.get_texts()]
    return " / ".join([axes.get_title(loc="left"), *rows, *(text.get_text() for text in axes.texts)])


def test_each_pixel_has_its_share_of_the_strongest() -> None:
    figure = plots.receptive_field(field(), picture(SIZE))
    total, content, geometry = (figure.axes[n].images[-1].get_array() for n in range(3))
    assert total is not None and content is not None and geometry is not None
    assert value_at(figure, 12.0, 25.0) == 1.0 and value_at(figure, 10.2, 20.4) == pytest.approx(3 / 8)
    assert value_at(figure, 9.0, 25.0) == 0
    assert content[12, 25] == 2 / 8 and float(content.sum()) == 2 / 8
    assert geometry[12, 25] == pytest.approx((1 + 6 + 1) / 8)
    assert [ax.texts[0].get_text().split(":")[0] for ax in figure.axes[:3]] == [
        "total",
        "content",
        "geometry",
    ]


def test_the_close_up_holds_the_field_and_lies_on_the_picture() -> None:
    ax = plots.receptive_field(field(), picture(SIZE), part="total").axes[0]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert -0.5 <= left <= 20 < 29 <= right <= 55.5 and -0.5 <= top <= 10 < 19 <= bottom <= 39.5
    assert right - left < 20
    whole = plots.receptive_field(field(), picture(SIZE), part="total", whole=True).axes[0]
    assert whole.get_xlim() == (-0.5, 55.5)


def test_dots_lie_where_the_taps_do_and_say_how_much() -> None:
    figure = plots.sampling_locations(locations(), picture(SIZE))
    (dots,) = [c for c in figure.axes[0].collections if c.get_gid() == "samples"]
    places, shares = np.asarray(dots.get_offsets()), np.asarray(dots.get_array())
    # A pixel of the map with jump 4 is four of the picture: its taps count a quarter each.
    expected = {(6.0, 3.0): 0.2, (18.0, 11.0): 0.25, (26.0, 13.0): 0.05, (4.0, 2.5): 1.0}
    assert {tuple(p): pytest.approx(s) for p, s in zip(places.tolist(), shares, strict=True)} == expected
    assert shares.tolist() == sorted(shares.tolist())
    assert "4 of 108 taps" in texts(figure)
    one = plots.sampling_locations(locations(), picture(SIZE), layer="far")
    assert "2 of 54 taps" in texts(one) and "far" in texts(one)


def test_dots_of_unknown_place_are_refused() -> None:
    found = locations()
    lost = LayerLocations(found["far"].gradient, found["far"].positions, found["far"].inside, None)
    with pytest.raises(ValueError, match="layer 'x' lies on the picture is not known"):
        plots.sampling_locations(SamplingLocations({"x": lost}, "x", (1, 2)), picture(SIZE))
    with pytest.raises(KeyError, match="no layer 'y'"):
        plots.sampling_locations(found, picture(SIZE), layer="y")


def test_the_strongest_hold_their_share() -> None:
    values = np.random.default_rng(0).random(500) ** 4
    chosen = strongest(values, 0.9)
    assert values[chosen].sum() >= 0.9 * values.sum() > values[chosen[1:]].sum()
    assert set(np.delete(np.arange(500), chosen)) and values[chosen].min() >= np.delete(values, chosen).max()
    assert len(strongest(np.zeros(4))) == len(strongest(np.zeros(0))) == 0


def test_the_region_keeps_its_colours_and_the_rest_is_grey() -> None:
    shown = picture(SIZE)
    figure = plots.saliency_region(region(), shown)
    drawn = np.asarray(figure.axes[0].images[0].get_array())
    mask = region().mask.numpy()
    assert mask.sum() == 3 * 64
    np.testing.assert_array_equal(drawn[mask], shown[mask])
    grey = drawn[~mask]
    assert (grey == grey[:, :1]).all()
    words = texts(figure)
    assert "fast approximation" in words and "3 image cells" in words and "0.050 < 0.1" in words
    assert "pixel (12, 24)" in words


def test_the_outline_is_the_border_of_the_cells() -> None:
    kept = region().kept.numpy()
    lines = outline(kept, 8, SIZE)
    assert len(lines) == 8 and np.allclose(np.abs(lines[:, 0] - lines[:, 1]).sum(-1), 8)
    for (x0, y0), (x1, y1) in lines.tolist():  # each line parts a cell that is kept from one that is not
        x, y = (x0 + x1 + 1) / 16, (y0 + y1 + 1) / 16
        step = (0.1, 0.0) if x0 == x1 else (0.0, 0.1)
        sides = [bool(kept[int(y + s * step[1]), int(x + s * step[0])]) for s in (-1, 1)]
        assert sides in ([True, False], [False, True])
    cut = outline(np.ones((1, 2), dtype=bool), 8, (5, 12))
    assert cut.max(axis=(0, 1)).tolist() == [11.5, 4.5]


DRAWN = [
    (plots.receptive_field, field),
    (plots.sampling_locations, locations),
    (plots.saliency_region, region),
]


@pytest.mark.parametrize(("draw", "made"), DRAWN)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_figure_draws_in_both_themes_and_in_given_axes(draw, made, theme) -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert draw(made(), picture(SIZE), theme=theme, ax=left, title="mine") is figure
    assert left.get_title(loc="left") == "mine" and left.images and not right.images
    svg = plots.to_svg(draw(made(), picture(SIZE), theme=theme)).decode()
    assert all(f'id="{gid}"' in svg for gid in ("picture", "cell", "scale"))
    assert "cell (" in svg and ('id="field"' in svg) == (made is field)


@pytest.mark.parametrize(("draw", "made"), DRAWN)
def test_errors_say_what_is_wrong(draw, made) -> None:
    with pytest.raises(ValueError, match="picture must be"):
        draw(made(), picture(SIZE).astype(np.float32))
    with pytest.raises(ValueError, match="theme must be"):
        draw(made(), picture(SIZE), theme="blue")
    if draw is not plots.sampling_locations:
        with pytest.raises(ValueError, match="40 x 56 pixels; got 40 x 57"):
            draw(made(), picture((40, 57)))


def test_a_field_of_nothing_draws() -> None:
    nothing = ReceptiveField(torch.zeros(3, *SIZE), torch.zeros(3, *SIZE), "", (0, 0))
    assert plots.receptive_field(nothing, picture(SIZE)).axes
    found = locations()
    still = LayerLocations(
        torch.zeros_like(found["far"].gradient), found["far"].positions, found["far"].inside, MapToPicture()
    )
    figure = plots.sampling_locations(SamplingLocations({"x": still}, "x", (1, 2)), picture(SIZE))
    assert "no tap counts" in texts(figure)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_quick_picture_has_the_same_part_and_the_same_dots(theme: ThemeName) -> None:
    found, scene = locations(), np.full((*SIZE, 3), 90, np.uint8)
    file, length = locations_image(found, scene, theme)
    drawn = np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)
    ax = plots.sampling_locations(found, scene, theme=theme).axes[0]
    (left, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    scale = SIDE / (right - left)
    assert drawn.shape[0] == SIDE < drawn.shape[1] and length <= 0.3 * (right - left)
    for (x, y), share in (((4.0, 2.5), 1.0), ((6.0, 3.0), 0.2)):
        colour = 255 * np.array(colormaps[AMOUNT](share**0.5)[:3])
        at = drawn[round(scale * (y - top)), round(scale * (x - left))]
        assert np.abs(at - colour).max() < 40, (at, colour)
    white = (drawn[:, : SIDE - 30].min(2) > 235).any(0)  # the bar
    assert white.sum() == pytest.approx(scale * length, abs=6)


def test_a_quick_picture_of_nothing_draws() -> None:
    far = locations()["far"]
    still = LayerLocations(torch.zeros_like(far.gradient), far.positions, far.inside, far.to_picture)
    assert locations_image(SamplingLocations({"x": still}, "x", (1, 2)), picture(SIZE))[0][:2] == b"\xff\xd8"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_quick_fields_have_the_figure_s_part_and_colours(theme: ThemeName) -> None:
    total = torch.zeros(3, *SIZE)
    total[:, 2:5, 3:8] = 0.2
    total[:, 3, 4] = 1.0
    content = total.clone()
    content[:, 3, 4] = 0.25
    found, scene = ReceptiveField(total, content, "", (1, 2)), np.full((*SIZE, 3), 90, np.uint8)
    files, length = field_images(found, scene, ("total", "content", "geometry"), theme)
    ax = plots.receptive_field(found, scene, part="total", theme=theme).axes[0]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    scale = THIRD / max(right - left, bottom - top)
    assert length <= 0.3 * (right - left)
    colours = fading()
    ground = dimmed(scene, theme_of(theme))[0, 0].astype(float)
    for part, at_strongest, beside in (("total", 1.0, 0.2), ("content", 0.25, 0.2), ("geometry", 0.75, 0.0)):
        drawn = np.asarray(Image.open(io.BytesIO(files[part])).convert("RGB")).astype(float)
        for (y, x), share in (((3, 4), at_strongest), ((2, 6), beside)):
            *colour, alpha = colours(share**0.5)
            expected = alpha * 255 * np.array(colour) + (1 - alpha) * ground
            at = drawn[round(scale * (y - top)), round(scale * (x - left))]
            assert np.abs(at - expected).max() < 14, (part, y, x, at, expected)


def test_quick_fields_of_nothing_draw() -> None:
    nothing = ReceptiveField(torch.zeros(3, *SIZE), torch.zeros(3, *SIZE), "", (0, 0))
    files, _ = field_images(nothing, picture(SIZE), ("total",))
    assert files["total"][:2] == b"\xff\xd8"
