"""Charts of numbers: what is drawn is what was counted."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch

from dcnviz.analysis import offset_health, recording_health, viewpoints
from dcnviz.analysis.health import DEAD_MASKS, OUTSIDE
from dcnviz.geometry import Geometry
from dcnviz.plots import dilation_by_size, health_summary, offset_lengths, to_png, to_svg, viewpoint_maps
from dcnviz.plots.charts import layer_colours, short_names
from dcnviz.plots.healthbars import BAR
from dcnviz.plots.style import theme_of
from dcnviz.sampling import regular
from tests.plots.helpers import PLACE, SIZE, layer, picture, recording

BY_SIZE = {
    "a.0": {"background": 1.2, "6-10": 0.9, "10-16": 1.1},
    "a.1": {"background": 4.0, "6-10": 2.0},
}


def texts(figure: Figure) -> str:
    return to_svg(figure).decode()


@pytest.mark.parametrize("unit", ["kernel", "picture"])
def test_the_histogram_shows_all_samples_but_those_it_says_lie_beyond(unit) -> None:
    one = layer(reach=2.0)
    one.offsets[0, 0, 0, 0, 0] = 500.0
    health = offset_health(one, PLACE)
    figure = offset_lengths({"wild": health}, unit=unit)
    outline = next(p for p in figure.axes[0].patches if isinstance(p, StepPatch) and p.get_gid() == "lengths")
    values, edges, _ = outline.get_data()
    assert values.sum() == pytest.approx(100, abs=0.4)
    shares = one.offsets.norm(dim=-1) * (1 if unit == "kernel" else 4) < edges[-1]
    assert values.sum() == pytest.approx(100 * float(shares.double().mean()))
    assert "beyond" in figure.axes[0].get_legend_handles_labels()[1][0]
    (mean,) = [line for line in figure.axes[0].lines if line.get_gid() == "mean"]
    wanted = float(one.offsets.double().norm(dim=-1).mean()) * (1 if unit == "kernel" else 4)
    assert float(np.asarray(mean.get_xdata())[0]) == pytest.approx(wanted)


def test_lines_by_size_have_their_values_and_background_stands_apart() -> None:
    figure = dilation_by_size(BY_SIZE)
    dots = [line for line in figure.axes[0].lines if line.get_gid() == "values"]
    assert [list(np.asarray(d.get_ydata())) for d in dots] == [[1.2, 0.9, 1.1], [4.0, 2.0]]
    lines = [line for line in figure.axes[0].lines if line.get_gid() == "line"]
    assert list(np.asarray(lines[0].get_xdata())) == [1, 2]
    classes = dilation_by_size(BY_SIZE, ordered=False, along="class")
    assert all(len(np.asarray(x.get_xdata())) == 0 for x in classes.axes[0].lines if x.get_gid() == "line")
    with pytest.raises(ValueError, match="labels are needed"):
        dilation_by_size({"a": {}})


def test_names_at_the_ends_do_not_overlap() -> None:
    close = {f"layer {n}": {"small": 1.0, "large": 1.0 + 0.01 * n} for n in range(5)}
    ax = dilation_by_size(close).axes[0]
    heights = sorted(text.xy[1] for text in ax.texts if hasattr(text, "xy"))
    assert len(heights) == 6 and min(np.diff(heights)) > 0.04 * (ax.get_ylim()[1] - ax.get_ylim()[0])


def test_health_bars_are_as_long_as_their_shares() -> None:
    one = layer(reach=6.0)
    one.mask[:, :, :7] = 0.0
    health = offset_health(one)
    ax = health_summary({"layer": health}).axes[0]
    bars = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_gid() == "bar"]
    by_column: dict[int, float] = {}
    for bar in bars:
        if bar.get_width() < BAR:  # not the empty scale
            by_column[int(bar.get_x())] = by_column.get(int(bar.get_x()), 0) + bar.get_width()
    assert by_column[0] == pytest.approx(BAR * (health.shares["outside"] or 0))
    assert by_column[1] == pytest.approx(BAR * float((one.mask <= 0.05).double().mean()))
    ticks = [float(np.asarray(x.get_xdata())[0]) for x in ax.lines if x.get_gid() == "threshold"]
    assert ticks[0] == pytest.approx(BAR * (OUTSIDE + (health.shares["outside_regular"] or 0)))
    assert ticks[1] == pytest.approx(1 + BAR * DEAD_MASKS)
    assert "serious" in texts(health_summary({"layer": health}))
    assert "no masks" in texts(health_summary({"layer": offset_health(layer(version="v1"))}))


def test_the_viewpoints_are_the_fields_of_the_analysis() -> None:
    one = layer(groups=2)
    figure = viewpoint_maps(one, picture(), PLACE, group=1)
    shown = figure.axes[1].images[-1].get_array()
    assert shown is not None
    kernel = viewpoints(one).kernel[0, 1].numpy()
    assert {float(v) for v in np.asarray(shown).ravel()} == {float(v) for v in kernel.ravel()}
    assert figure.axes[0].get_title(loc="left").endswith("group 2")  # counted from 1, as a page counts
    alone = viewpoint_maps(one, picture(), PLACE, group=1, part="kernel", title="")
    assert alone.axes[0].get_title(loc="left") == ""
    assert np.array_equal(np.asarray(alone.axes[0].images[-1].get_array()), np.asarray(shown))
    other = viewpoint_maps(one, picture(), PLACE, group=1, part="feature")
    assert [each.get_gid() for each in other.axes[0].images] == ["picture", "flow"]
    with pytest.raises(ValueError, match="2 axes"):
        viewpoint_maps(one, picture(), PLACE, ax=figure.axes[:1])
    with pytest.raises(IndexError):
        viewpoint_maps(one, picture(), PLACE, group=2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_in_both_themes_and_in_given_axes(theme) -> None:
    health, one = recording_health(recording()), layer()
    page = Figure()
    axes = page.subplots(1, 2)
    for draw in (
        lambda ax: offset_lengths(health, theme=theme, ax=ax),
        lambda ax: dilation_by_size(BY_SIZE, theme=theme, ax=ax),
        lambda ax: health_summary(health, theme=theme, ax=ax),
    ):
        assert draw(axes[0]) is page and draw(None) is not page
        assert to_png(draw(None), dpi=40)[1:4] == b"PNG"
    assert viewpoint_maps(one, picture(), PLACE, theme=theme, ax=axes) is page
    assert to_png(viewpoint_maps(one, picture(), PLACE, theme=theme), dpi=40)[1:4] == b"PNG"


def test_nothing_to_draw_and_a_place_that_is_missing() -> None:
    with pytest.raises(ValueError, match="no layer"):
        offset_lengths({})
    with pytest.raises(ValueError, match="no layer"):
        health_summary({})
    still = offset_health(regular(Geometry(3, padding=1), SIZE, version="v1"))
    with pytest.raises(ValueError, match="to_picture"):
        offset_lengths(still, unit="picture")


def test_layers_have_different_colours_and_short_names() -> None:
    for theme in ("light", "dark"):
        assert len(set(layer_colours([str(n) for n in range(12)], theme_of(theme)).values())) == 12
    assert list(short_names(["n.a.x", "n.b.x"]).values()) == ["a", "b"]
    assert list(short_names(["a", "a#2"]).values()) == ["a", "a#2"]
    assert list(short_names(["x.1", "x.1.y"]).values()) == ["1", "1.y"]


def test_many_names_stand_aslant_and_within_the_figure() -> None:
    many = {"layer": {f"a class with a name {n}": 1.0 + n for n in range(30)}}
    figure = dilation_by_size(many, ordered=False)
    to_png(figure, dpi=50)  # lays it out
    labels = figure.axes[0].get_xticklabels()
    assert {text.get_rotation() for text in labels} == {45.0}
    assert min(text.get_window_extent().y0 for text in labels) >= 0
    assert {text.get_rotation() for text in dilation_by_size(BY_SIZE).axes[0].get_xticklabels()} == {0.0}
