"""What each tap adds: the bars are the numbers of the analysis, and end on the operator's output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import nn

import dcnviz
from dcnviz.analysis import TapContributions, tap_contributions
from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.plots import contributions, to_png, to_svg
from dcnviz.plots.colours import COLOURS


def cell(layer: nn.Module) -> TapContributions:
    """One cell of a layer with random predictors, so that offsets and masks differ from tap to tap."""
    generator = torch.Generator().manual_seed(3)
    shape = (1, 7, 9, 8) if isinstance(layer, (DCNv3, DCNv4)) else (1, 8, 7, 9)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(std=0.3, generator=generator)
        with dcnviz.record(layer, calls=True) as recording:
            layer(torch.randn(shape, generator=generator))
    return tap_contributions(next(iter(recording.calls.values())), (3, 4))


def bars(ax: Axes) -> dict[str, Rectangle]:
    return {str(p.get_gid()): p for p in ax.patches if isinstance(p, Rectangle) and p.get_gid()}


def masks(figure: Figure) -> dict[str, float]:
    (beside,) = figure.axes[0].child_axes
    return {name: bar.get_width() for name, bar in bars(beside).items()}


LAYERS = [
    DeformConv2d(8, 6, 3, padding=1),
    ModulatedDeformConv2d(8, 6, (2, 3), padding=1, offset_groups=2),
    DCNv3(8, 3, group=2),
    DCNv4(8, 3, group=4),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_each_bar_is_a_contribution_and_they_end_on_the_output(layer: nn.Module) -> None:
    taken = cell(layer)
    for channel in (0, 5):
        ax = contributions(taken, channel=channel).axes[0]
        drawn, taps = bars(ax), len(taken.contributions)
        steps = [drawn[f"tap-{k}"] for k in range(taps)] + [drawn["bias"]]
        wanted = [*taken.contributions[:, channel].tolist(), float(taken.bias[channel])]
        assert [bar.get_width() for bar in steps] == pytest.approx(wanted)
        ends = [bar.get_x() + bar.get_width() for bar in steps]
        assert [bar.get_x() for bar in steps] == pytest.approx([0.0, *ends[:-1]])
        (line,) = [line for line in ax.lines if line.get_gid() == "output-line"]
        assert ends[-1] == pytest.approx(float(taken.output[channel]), abs=1e-5)
        assert float(np.asarray(line.get_xdata())[0]) == drawn["output"].get_width() == taken.output[channel]
        assert [t.get_text() for t in ax.get_yticklabels()][-3:] == [f"tap {taps - 1}", "bias", "output"]
        assert f"contribution to channel {channel}" in ax.get_xlabel() and "differs" not in ax.get_xlabel()


def test_without_a_channel_the_strongest_is_drawn_and_hollow_bars_take_away() -> None:
    taken = cell(DCNv4(8, 3, group=2))
    ax = contributions(taken).axes[0]
    strongest = max(range(8), key=lambda o: abs(float(taken.output[o])))
    assert f"channel {strongest}," in ax.get_xlabel()
    filled = {
        name: bar.get_facecolor() == bar.get_edgecolor() for name, bar in bars(ax).items() if "tap" in name
    }
    signs = {f"tap-{k}": v >= 0 for k, v in enumerate(taken.contributions[:, strongest].tolist())}
    assert filled == signs and len(set(signs.values())) == 2


def test_the_masks_are_those_of_the_groups_that_the_channel_reads() -> None:
    depthwise = cell(DCNv4(8, 3, group=4))
    found = masks(contributions(depthwise, channel=5))
    assert list(found.values()) == pytest.approx(depthwise.trace.mask[0, 2, :, 0, 0].tolist())
    whole = cell(ModulatedDeformConv2d(8, 6, 3, padding=1, offset_groups=2))
    found = masks(contributions(whole, channel=5))
    assert {
        f"mask-{k}-{g}": pytest.approx(float(whole.trace.mask[0, g, k])) for k in range(9) for g in (0, 1)
    } == found
    assert not contributions(cell(DeformConv2d(8, 6, 3, padding=1))).axes[0].child_axes


@pytest.mark.parametrize(("groups", "offset_groups"), [(1, 4), (2, 4), (4, 2), (2, 1), (8, 4)])
def test_a_channel_reads_the_offset_groups_that_can_change_it(groups: int, offset_groups: int) -> None:
    taken = cell(ModulatedDeformConv2d(8, 8, 3, padding=1, groups=groups, offset_groups=offset_groups))
    weight = torch.ones(8, 8 // groups, 3, 3, dtype=torch.float64)
    for group in range(offset_groups):
        only = torch.zeros_like(taken.trace.mask)
        only[:, group] = 1
        trace = replace(taken.trace, mask=only, values=torch.ones_like(taken.trace.values))
        reached = trace.contributions(weight, groups)[0, :, :, 0, 0].sum(1) > 0
        assert [group in taken.offset_groups(o) for o in range(8)] == reached.tolist()


def test_a_sum_that_is_not_the_output_says_so() -> None:
    taken = cell(DeformConv2d(8, 6, 3, padding=1))
    wrong = replace(taken, output=taken.output - 0.25)
    assert "differs from the output by +0.25" in contributions(wrong, channel=1).axes[0].get_xlabel()


@pytest.mark.parametrize("channel", [-1, 6])
def test_a_channel_that_is_not_there_is_refused(channel: int) -> None:
    with pytest.raises(IndexError, match=rf"channels 0 to 5; there is no channel {channel}\.$"):
        contributions(cell(DeformConv2d(8, 6, 3, padding=1)), channel=channel)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_given_axes_and_names_in_the_file(theme) -> None:
    taken, page = cell(DCNv3(8, 3, group=2)), Figure()
    ax = page.subplots()
    assert contributions(taken, theme=theme, ax=ax, title="") is page and not ax.get_title(loc="left")
    figure = contributions(taken, theme=theme)
    assert figure is not page and to_png(figure, dpi=40)[1:4] == b"PNG"
    file = to_svg(figure).decode()
    for name in ("tap-0", "tap-8", "bias", "output", "output-line", "mask-8"):
        assert file.count(f'id="{name}"') == 1
    assert COLOURS["pinned"].hex.lower() in file and COLOURS["mask"].hex.lower() in file
    (beside,) = figure.axes[0].child_axes
    figure.draw_without_rendering()
    assert beside.get_tightbbox().x1 <= figure.bbox.x1  # the last number of the scale is not cut off


def test_a_cell_of_nothing_is_drawn() -> None:
    taken = cell(DCNv3(8, 3, group=2))
    nothing = replace(
        taken, contributions=0 * taken.contributions, bias=0 * taken.bias, output=0 * taken.output
    )
    zero = replace(nothing, trace=replace(taken.trace, mask=0 * taken.trace.mask))
    assert to_png(contributions(zero), dpi=40)[1:4] == b"PNG"
