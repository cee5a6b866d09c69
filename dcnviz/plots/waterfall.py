"""One cell in numbers: what each tap adds to one output channel, tap after tap, up to the operator's output."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dcnviz.analysis.contributions import TapContributions
from dcnviz.plots.charts import BELOW, GRID, chart
from dcnviz.plots.colours import hex_table
from dcnviz.plots.style import Theme, ThemeName, figure_of, theme_of

ROWS, WIDE = 0.27, 3.9  # inches of a row, and of the axes
NUMBERS, STRIP, STRIP_WIDE = (
    1.18,
    1.24,
    0.26,
)  # right of the axes, in shares of their width: end, start, width
RIM = 0.16  # inches for what sticks out at the right
BAR = 0.62  # of a row
SAME = 1e-5  # up to which sum and output are the same; see TapContributions.total


def contributions(
    taken: TapContributions,
    *,
    channel: int | None = None,
    theme: ThemeName = "light",
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """What each tap of a cell adds to one output channel: every bar begins where the one above it ends.

    Below the taps (row-major, from 0) come the bias and the output that the operator computed; the line through
    all rows is that output, and the running total ends on it. If it does not, the difference is written there.
    A filled bar adds, a hollow one takes away. Beside each tap stands its mask, a bar for each offset group
    whose samples reach the channel (for v3 and v4 its own group alone); nothing where all masks are 1.

    Args:
        taken: one cell, from :func:`dcnviz.analysis.tap_contributions`.
        channel: output channel; None takes the strongest, that with the largest ``|output|``.
        theme: "light" or "dark".
        ax: axes to draw in; numbers and masks then stand at their right. None makes a figure.
        title: over it; None says what is shown, "" nothing.

    Returns:
        The figure, in the unit of the layer's output.

    Raises:
        IndexError: if there is no such channel.

    Source: arXiv 1811.11168, eq. 1, its sum taken apart.

    >>> import torch, dcnviz
    >>> from dcnviz.analysis import tap_contributions
    >>> from dcnviz.layers import DeformConv2d
    >>> layer = DeformConv2d(3, 4, 3, padding=1)
    >>> with dcnviz.record(layer, calls=True) as recording:
    ...     _ = layer(torch.rand(1, 3, 6, 6))
    >>> taken = tap_contributions(next(iter(recording.calls.values())), (2, 3))
    >>> contributions(taken, channel=2).axes[0].get_xlabel()
    'contribution to channel 2, summed from the top'
    """
    page, outputs = theme_of(theme), len(taken.output)
    if channel is None:
        channel = int(taken.output.abs().argmax())
    if not 0 <= channel < outputs:
        raise IndexError(f"the layer has output channels 0 to {outputs - 1}; there is no channel {channel}.")
    added = [*taken.contributions[:, channel].tolist(), float(taken.bias[channel])]
    output, taps = float(taken.output[channel]), len(added) - 1
    masks = _masks(taken, channel)
    apart = sum(added) - output
    along = f"contribution to channel {channel}, summed from the top"
    if abs(apart) > SAME:
        along += f"\ntheir sum differs from the output by {_signed(apart, abs(apart))}"
    ax = chart(
        theme=page,
        ax=ax,
        title="What each tap adds to the output" if title is None else title,
        wide=WIDE,
        high=ROWS * (taps + 2),
        right=WIDE * ((STRIP + STRIP_WIDE if masks else NUMBERS) - 1) + RIM,
        below=BELOW + 0.18 * along.count("\n"),
    )
    _frame(ax, [*(f"tap {k}" for k in range(taps)), "bias", "output"], page)
    ax.set_xlabel(along, fontsize=10, color=page.ink)
    _steps(ax, added, page)
    _bar(ax, taps + 1, 0.0, output, page.ink, "output", page)
    ax.axvline(output, color=page.ink, linewidth=1.2, linestyle=(0, (4, 3)), gid="output-line", zorder=1)
    largest = max(map(abs, [*added, output]))
    for row, value in enumerate([*added, output]):
        _number(ax, row, _signed(value, largest), page, bold=row == taps + 1)
    ax.autoscale_view(scaley=False)
    if masks:
        _strip(ax, masks, taken.trace.mask.shape[1] > 1, page)
    return figure_of(ax)


def _masks(taken: TapContributions, channel: int) -> dict[int, list[float]]:
    """Masks of the taps, for each offset group that the channel reads; none if every one is 1."""
    found = {group: taken.trace.mask[0, group, :, 0, 0].tolist() for group in taken.offset_groups(channel)}
    return found if any(m != 1 for masks in found.values() for m in masks) else {}


def _frame(ax: Axes, names: Sequence[str], theme: Theme) -> None:
    ax.grid(visible=False)
    ax.grid(axis="x", color=theme.muted, alpha=GRID, linewidth=0.6)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=theme.muted, linewidth=0.8, gid="zero", zorder=1)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), list(names))
    ax.tick_params(axis="y", length=0)
    ax.axhline(len(names) - 1.5, color=theme.muted, linewidth=0.8, gid="sum")


def _steps(ax: Axes, added: Sequence[float], theme: Theme) -> None:
    """Each bar from the total so far to the next, a thin line leading down from its end."""
    colour, total = hex_table()["pinned"], 0.0
    for row, value in enumerate(added):
        last = row == len(added) - 1
        _bar(ax, row, total, value, theme.muted if last else colour, "bias" if last else f"tap-{row}", theme)
        total += value
        ax.plot(
            [total, total], [row + BAR / 2, row + 1 - BAR / 2], color=theme.muted, linewidth=0.9, zorder=2
        )


def _bar(
    ax: Axes, row: float, start: float, value: float, colour: str, gid: str, theme: Theme, high: float = BAR
) -> None:
    """Filled to the right, hollow to the left; its rim shows also where it has no length."""
    box = Rectangle(
        (start, row - high / 2),
        value,
        high,
        facecolor=colour if value >= 0 else theme.ground,
        edgecolor=colour,
        linewidth=1.2,
        gid=gid,
        zorder=3,
    )
    ax.add_patch(box)


def _number(ax: Axes, row: int, words: str, theme: Theme, *, bold: bool = False) -> None:
    ax.text(
        NUMBERS,
        row,
        words,
        transform=ax.get_yaxis_transform(),
        va="center",
        ha="right",
        fontsize=9,
        color=theme.ink,
        fontweight="bold" if bold else "normal",
    )


def _signed(value: float, largest: float) -> str:
    """With the decimals that the largest of a column needs for four digits, so that they stand below each other.

    >>> _signed(-0.0054, 1.45), _signed(0.0, 1.45), _signed(12.0, 250.0), _signed(2e-6, 4e-6)
    ('\N{MINUS SIGN}0.005', '0', '+12.0', '+2.0e\N{MINUS SIGN}06')
    """
    if value == 0:
        return "0"
    plain = 1e-3 <= largest < 1e6
    words = f"{value:+.{max(0, 3 - math.floor(math.log10(largest)))}f}" if plain else f"{value:+.1e}"
    return words.replace("-", "\N{MINUS SIGN}")


def _strip(ax: Axes, masks: dict[int, list[float]], named: bool, theme: Theme) -> None:
    """Masks on a scale of their own beside the taps, the groups of a tap one below the other."""
    beside = ax.inset_axes((STRIP, 0.0, STRIP_WIDE, 1.0))
    beside.set_facecolor("none")
    beside.spines[["top", "right", "left"]].set_visible(False)
    beside.spines["bottom"].set_color(theme.muted)
    beside.tick_params(colors=theme.muted, labelcolor=theme.ink, labelsize=9, length=3)
    beside.set_ylim(ax.get_ylim())
    beside.set_yticks([])
    high, colour = BAR / len(masks), hex_table()["mask"]
    for place, (group, values) in enumerate(masks.items()):
        for tap, value in enumerate(values):
            row = tap + (place - (len(masks) - 1) / 2) * high
            name = f"mask-{tap}" if len(masks) == 1 else f"mask-{tap}-{group}"
            _bar(beside, row, 0.0, value, colour, name, theme, high=0.8 * high)
    every = [value for values in masks.values() for value in values]
    low, top = min(0.0, *every), max(0.0, *every)
    room = 0.04 * (top - low)  # for the rims
    beside.set_xlim(low - room, top + room if top > low else 1.0)
    beside.set_xticks(sorted({low, 0.0, top}), [f"{x:.2g}" for x in sorted({low, 0.0, top})])
    beside.axvline(0, color=theme.muted, linewidth=0.8, gid="mask-zero")
    beside.set_xlabel(_whose(list(masks), named), fontsize=10, color=theme.ink)


def _whose(groups: Sequence[int], named: bool) -> str:
    """What the scale of the masks is called; groups are counted from 1.

    >>> _whose([0], False), _whose([0], True), _whose([0, 1, 2], True)
    ('mask', 'mask of group 1', 'masks, groups 1 to 3')
    """
    if len(groups) > 1:
        return f"masks, groups {groups[0] + 1} to {groups[-1] + 1}"
    return f"mask of group {groups[0] + 1}" if named else "mask"
