"""The groups on paper: their boards side by side in one figure, and their taps as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcnviz.ui.groups.state import TAPS, Groups
from dcnviz.ui.lesson.live_groups import live_groups
from dcnviz.ui.lesson.toy_paper import Numbers
from dcnviz.ui.texts.sheet import SheetTexts

if TYPE_CHECKING:  # neither Matplotlib nor torch is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.sampling import Sampling


def groups_sampling(state: Groups) -> Sampling:
    """Where every cell of every group looks, and with which masks.

    >>> from dcnviz.ui.groups.state import Group
    >>> flat = Groups((Group((((5.0,) * 4,) * 4,)),))
    >>> groups_sampling(flat).mask[0, 0, :, 0, 0].sum().item()
    1.0
    """
    import torch

    from dcnviz.sampling import Sampling

    count, size = len(state.groups), state.output_size
    offsets = torch.tensor([group.offsets for group in state.groups])
    masks = torch.tensor(live_groups(state).masks, dtype=torch.float32)
    grid = state.groups[0].grids[0]
    return Sampling(
        offsets[None, :, :, None, None].expand(1, count, TAPS, *size, 2),
        masks[None, :, :, None, None].expand(1, count, TAPS, *size),
        state.geometry,
        (len(grid), len(grid[0])),
        "v4" if state.free else "v3",
    )


def groups_figure(state: Groups) -> Figure:
    """A board for each group, with the channel that is shown."""
    from dcnviz.plots import tap_boards

    shown = [group.grids[group.channel] for group in state.groups]
    return tap_boards(shown, groups_sampling(state), state.cell, chosen=state.chosen)


def groups_alt(state: Groups, words: SheetTexts) -> str:
    """What the figure shows, for who does not see it."""
    said = []
    for number, group in enumerate(state.groups):
        grid = group.grids[group.channel]
        at = groups_sampling(state).positions[0, number, :, state.cell[0], state.cell[1]].tolist()
        places = ", ".join(f"{k}: ({_number(y)}, {_number(x)})" for k, (y, x) in enumerate(at))
        said.append(
            words.alts["toy"].format(
                rows=len(grid), columns=len(grid[0]), i=state.cell[0], j=state.cell[1], places=places
            )
        )
    return " ".join(said)


def groups_numbers(state: Groups, words: SheetTexts) -> Numbers:
    """One row a tap: raw number, mask, reading and product of each group's shown channel; the sums last."""
    now, (i, j), first = live_groups(state), state.cell, 0
    head, columns = [words.columns["tap"]], [[*map(str, range(TAPS)), "**Σ**"]]
    for number, (group, masks) in enumerate(zip(state.groups, now.masks, strict=True), 1):
        channel = first + group.channel
        read = now.at(channel, state.cell)
        added = [mask * value for mask, value in zip(masks, read, strict=True)]
        head += [
            f"{name} ({number})" for name in ("z", *(words.columns[n] for n in ("mask", "reads", "adds")))
        ]
        columns += [
            [*map(_number, group.raw), ""],
            [*map(_number, masks), f"**{_number(sum(masks))}**"],
            [*map(_number, read), ""],
            [*map(_number, added), f"**{_number(now.outputs[channel][i][j])}**"],
        ]
        first += len(group.grids)
    return head, [list(row) for row in zip(*columns, strict=True)]


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-", "−")
