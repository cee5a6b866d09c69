"""v3 and v4: groups, no kernel weights, and masks with a softmax or without."""

from __future__ import annotations

import math

import streamlit as st

from dcnviz.ui.comparison import shipped
from dcnviz.ui.groups.state import TAPS, Group, Groups
from dcnviz.ui.lesson.chapter import Chapter, Facts, Question
from dcnviz.ui.lesson.formulas import Inks
from dcnviz.ui.lesson.live_groups import LiveGroups, live_groups
from dcnviz.ui.lesson.stages import OnGroups
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.view import GROUPED

DETECTOR = 0  # the channel, of the first group, whose edge is to be found
TAP, RAISED = 4, 2.0
FLAT, EDGE = 0.01, 1.0

UPRIGHT = ((2, 2, 2, 2, 7, 7, 7),) * 6
LYING = ((6,) * 7,) * 3 + ((1,) * 7,) * 3
SPOT = (
    (1, 1, 1, 1, 1, 1, 1),
    (1, 1, 3, 5, 3, 1, 1),
    (1, 3, 6, 9, 6, 3, 1),
    (1, 3, 6, 9, 6, 3, 1),
    (1, 1, 3, 5, 3, 1, 1),
    (1, 1, 1, 1, 1, 1, 1),
)
SLANT = tuple(tuple(float(min(9, y + x)) for x in range(7)) for y in range(6))
APART = tuple((0.5 * (y - 1), 0.75 * (x - 1) + 0.25) for y in range(3) for x in range(3))

EVEN = Groups((Group((UPRIGHT, LYING)), Group((SPOT, SLANT), APART)), cell=(1, 2), chosen=(0, TAP))
LEANING = EVEN.with_group(0, raw=tuple(RAISED if k == TAP else 0.0 for k in range(TAPS))).with_group(
    1, raw=(0.0, 0.5, 1.5, -1.0, 0.0, 1.0, -2.0, -1.0, 0.5)
)


def _others(state: Groups) -> list[float]:
    """Masks of the first group without the raised tap's."""
    return [mask for k, mask in enumerate(live_groups(state).masks[0]) if k != TAP]


def _happens(state: Groups) -> str:
    """What became of the other masks."""
    changes = [after - before for before, after in zip(_others(EVEN), _others(state), strict=True)]
    if all(abs(change) < 1e-9 for change in changes):
        return "stay"
    return "shrink" if all(change < 0 for change in changes) else "grow"


def _extremes(now: LiveGroups) -> tuple[float, float]:
    """Largest size of the detector's outputs on flat ground, where its taps all read the same; and elsewhere."""
    flat, edge = [0.0], [0.0]
    for i, row in enumerate(now.outputs[DETECTOR]):
        for j, value in enumerate(row):
            read = now.at(DETECTOR, (i, j))
            (flat if max(read) - min(read) < 1e-9 else edge).append(abs(value))
    return max(flat), max(edge)


def _detects(state: Groups) -> bool:
    flat, edge = _extremes(live_groups(state))
    return state.free and flat <= FLAT and edge >= EDGE


def _facts(state: Groups) -> Facts:
    now = live_groups(state)
    read, (flat, edge) = now.at(DETECTOR, state.cell), _extremes(now)
    return {
        **{"i": state.cell[0], "j": state.cell[1], "raised": f"{RAISED:g}"},
        **{"before": f"{_others(EVEN)[0]:.2f}", "after": f"{_others(LEANING)[0]:.2f}"},
        **{"low": f"{min(read):g}", "high": f"{max(read):g}", "sum": f"{sum(now.masks[0]):.2f}"},
        **{"flat": f"{flat:.2f}", "edge": f"{edge:.2f}", "least": f"{EDGE:g}"},
    }


def _formula(state: Groups, inks: Inks) -> list[str]:
    """The chosen tap's mask, the sum of its group's, and what its shown channel comes to."""
    now, (number, k) = live_groups(state), state.chosen
    group, masks = state.groups[number], now.masks[number]
    channel = sum(len(before.grids) for before in state.groups[:number]) + group.channel
    i, j = state.cell
    mask = inks.mask(f"m_{{{k}}}")
    made = inks.mask(f"{masks[k]:.2f}")
    if state.free:
        first = rf"{mask} = z_{{{k}}} = {made}"
    else:
        total = sum(math.exp(z) for z in group.raw)
        first = (
            rf"{mask} = \frac{{e^{{z_{{{k}}}}}}}{{\sum_j e^{{z_j}}}} = "
            rf"\frac{{e^{{{group.raw[k]:g}}}}}{{{total:.2f}}} = {made}"
        )
    output = f"{now.outputs[channel][i][j]:.2f}"
    return [
        first,
        rf"\sum_k {inks.mask('m_k')} = {inks.mask(f'{sum(masks):.2f}')}",
        rf"{inks.pinned(f'y_{{{channel}}}')} = \sum_k {inks.mask('m_k')}\,"
        rf"{inks.sample(f'v_{{{channel}}}(p_k + Δp_k)'.replace('Δ', chr(92) + 'Delta '))} = {inks.pinned(output)}",
    ]


def _shipped(state: Groups, lang: str) -> None:
    """What changed from v2 on, and the shipped networks' numbers, from the files beside them."""
    texts = LANGUAGES[lang]
    words, versions = texts.learn.chapters["groups"].words, ("conv", "v2", "v3", "v4")
    about = [shipped(version) for version in versions]
    rows = [
        [words["row_masks"], *(words[f"masks_{version}"] for version in versions)],
        [words["row_groups"], "–", *(str(GROUPED.get(version, 1)) for version in versions[1:])],
        [words["row_parameters"], *(f"{each.parameters:,}" for each in about)],
        [words["row_iou"], *(f"{each.iou:.3f}" for each in about)],
    ]
    lines = [
        [words["table"], *(texts.versions[version] for version in versions)],
        ["---", *["---:"] * 4],
        *rows,
    ]
    st.markdown(words["changed"])
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


GROUPS = Chapter(
    id="groups",
    before=OnGroups(EVEN, (), ()),
    after=OnGroups(LEANING, ("samples", "outputs"), ("raw", "offsets", "free", "cell")),
    question=Question("choice", _happens),
    facts=_facts,
    formula=_formula,
    done=_detects,
    aside=_shipped,
)
