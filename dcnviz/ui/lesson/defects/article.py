"""The article's two modules: what each makes of it when it is asked for more than 3x3 with padding 1.

Neither is here. Both are the operator with arguments that are not those asked for, and so they are run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from dcnviz.geometry import Geometry
from dcnviz.ui.lesson.defects.defect import Defect, places
from dcnviz.ui.lesson.defects.training import noise_picture

if TYPE_CHECKING:  # neither torch nor Matplotlib is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.plots.style import ThemeName
    from dcnviz.sampling import Sampling

SIDE, CHANNELS, SEED = 20, 4, 0
CELL, BOX = (10, 10), (4.5, 15.5, 15.5, 4.5)
RIGHT = 1e-4
"""Two float32 operators differ by some 1e-6."""

Module = Literal["DCN", "DeformConv2d"]
MODULES: tuple[Module, ...] = ("DCN", "DeformConv2d")
ASKED: dict[str, Geometry] = {
    "plain": Geometry(3, padding=1),
    "stride": Geometry(3, stride=2, padding=1),
    "dilation": Geometry(3, padding=2, dilation=2),
    "five": Geometry(5, padding=2),
    "valid": Geometry(3),
}
"""What somebody asks for, by a code of the texts."""


@dataclass(frozen=True)
class Outcome:
    """What a module makes of it.

    Attributes:
        what: "right"; "off", by `error`; "size", the wrong one; "fails", the operator refuses it; "unknown", the
            module has no such argument.
        error: largest difference, relative to the right output's largest value.
        size: of its output, rows and columns.
        wanted: of the right one.
    """

    what: Literal["right", "off", "size", "fails", "unknown"]
    error: float = 0.0
    size: tuple[int, int] = (0, 0)
    wanted: tuple[int, int] = (0, 0)


def outcome(module: Module, asked: str) -> Outcome:
    """Runs a module as it was asked for, on noise, with the offsets and masks that the right layer has.

    Raises:
        KeyError: for what is not in `ASKED`.
    """
    import torch

    from dcnviz.ops import deform_conv2d

    wanted = ASKED[asked]
    if module == "DeformConv2d" and wanted.dilation != (1, 1):
        return Outcome("unknown")
    size = wanted.output_size((SIDE, SIDE))
    # The predictor of both has a 3x3 kernel with padding 1; DCN's has no stride either.
    made = Geometry(3, stride=1 if module == "DCN" else wanted.stride, padding=1).output_size((SIDE, SIDE))
    chance = torch.Generator().manual_seed(SEED)
    x = torch.randn(1, CHANNELS, SIDE, SIDE, generator=chance)
    weight = torch.randn(CHANNELS, CHANNELS, *wanted.kernel_size, generator=chance)
    offset = torch.randn(1, 2 * wanted.taps, *made, generator=chance)
    mask = torch.rand(1, wanted.taps, *made, generator=chance)
    if module == "DCN":  # padding is 1, stride and dilation are 1, whatever was asked for
        try:
            output = deform_conv2d(x, offset, weight, mask=mask, padding=1)
        except ValueError:  # the map of a 5x5 kernel with padding 1 is not the predictor's
            return Outcome("fails")
    if made != size:
        return Outcome("size", size=made, wanted=size)
    run = partial(
        deform_conv2d,
        weight=weight,
        mask=mask,
        stride=wanted.stride,
        padding=wanted.padding,
        dilation=wanted.dilation,
    )
    right = run(x, offset)
    if module == "DeformConv2d":
        output = run(x, offset + shift(wanted))
    error = ((output - right).abs().max() / right.abs().max()).item()
    return Outcome("right" if error <= RIGHT else "off", error, made, size)


def shift(asked: Geometry) -> int:
    """How far down and right DeformConv2d puts every tap: its window begins where a 3x3 one would.

    >>> shift(Geometry(3, padding=1)), shift(Geometry(5, padding=2)), shift(Geometry(7, padding=3))
    (0, -1, -2)
    """
    return 1 - (asked.kernel_size[0] - 1) // 2


def window(asked: str, module: Module | None) -> Sampling:
    """Where a layer looks whose offsets are all 0: the module, or the right one."""
    from dcnviz.sampling import regular

    sampling = regular(ASKED[asked], (SIDE, SIDE), version="v1")
    moved = shift(ASKED[asked]) if module == "DeformConv2d" else 0
    return replace(sampling, offsets=sampling.offsets + moved)


def first_offset(module: Module) -> float:
    """Mean length of the offsets before the first step, in pixels: the weights are 0, the bias may not be."""
    import torch

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)
        predictor = torch.nn.Conv2d(CHANNELS, 18, 3, padding=1)
        torch.nn.init.zeros_(predictor.weight)
        if module == "DCN":
            assert predictor.bias is not None
            torch.nn.init.zeros_(predictor.bias)
        offset = predictor(torch.randn(1, CHANNELS, SIDE, SIDE))
    dy, dx = offset.chunk(2, dim=1)
    return torch.hypot(dy, dx).mean().item()


def _figure(broken: bool, theme: ThemeName) -> Figure:
    from dcnviz.plots.looks import looks

    sampling = window("five", "DeformConv2d" if broken else None)
    return looks(sampling, noise_picture(), [CELL], box=BOX, grid=False, dot=0.8, theme=theme)


def _facts() -> Mapping[str, object]:
    return {"shift": abs(shift(ASKED["five"])), "error": f"{outcome('DeformConv2d', 'five').error:.2f}"}


ARTICLE = Defect(
    "article",
    "b",
    _facts,
    _figure,
    lambda broken: places(window("five", "DeformConv2d" if broken else None), [CELL]),
    mend=(
        "layer = dcnviz.layers.from_article(module.state_dict())\n"
        "layer = dcnviz.layers.ModulatedDeformConv2d(64, 64, 5, stride=2, padding=4, dilation=2)"
    ),
)
