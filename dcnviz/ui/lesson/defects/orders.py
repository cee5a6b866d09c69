"""Channel order: one raw offset tensor of a trained layer, read in several orders, and which fits the output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.data.pictures import load_picture
from dcnviz.ui import networks
from dcnviz.ui.lesson.defects.defect import Defect, places
from dcnviz.ui.networks import Trained, from_gallery

if TYPE_CHECKING:  # neither torch nor Matplotlib is imported before the page is painted
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from dcnviz.geometry import MapToPicture
    from dcnviz.ops.observe import OperatorCall
    from dcnviz.plots.style import ThemeName
    from dcnviz.sampling import Sampling

SCENE = "scene-2"
DISC = (39, 32)
"""A cell in the middle of the blue disc: a network that knows the disc looks at all of it."""
BOX = (86.0, 174.0, 191.5, 103.5)
"""The disc and what is round it: (left, right, bottom, top) in picture pixels."""
LAYERS = {"v2": 1, "v3": 2}
WRONG, RIGHT = "torchvision", "internimage"


@dataclass(frozen=True, eq=False)
class Read:
    """The tensor in one order.

    Attributes:
        sampling: where the layer would have looked.
        place: of its input map on the picture.
        error: of the operator run in this order, against the output that the layer gave; 0 to 1 and more.
    """

    sampling: Sampling
    place: MapToPicture
    error: float


@st.cache_resource(max_entries=4, show_spinner=False)
def readings(version: str) -> dict[str, Read]:
    """One layer of the bundled v2 or v3 network on `SCENE`, read in every order that its channels allow, by name.

    Raises:
        KeyError: for another version.
    """
    recorded = networks.recording(Trained(version, version), from_gallery(SCENE, "en"))
    name = list(recorded)[LAYERS[version]]
    call = recorded.calls[name]
    from dcnviz.analysis import inspect_layout

    offset, mask = _raw(call)
    geometry = call.geometry
    inspected = inspect_layout(
        offset,
        mask=mask,
        kernel_size=geometry.kernel_size,
        stride=geometry.stride,
        padding=geometry.padding,
        dilation=geometry.dilation,
        channels_last=False,
        input=call.input,
        weight=call.weight,
        bias=call.bias,
        output=call.output,
    )
    made = {}
    for each in inspected.readings:
        assert each.mask is not None and each.error is not None, "masks and output were given"
        sampling = replace(recorded[name], offsets=each.offsets.contiguous(), mask=each.mask.contiguous())
        made[each.order.name] = Read(sampling, recorded.to_picture[name], each.error)
    return made


def _raw(call: OperatorCall) -> tuple[Tensor, Tensor]:
    """Offsets and masks as the layer's own library has them, channels first."""
    from dcnviz import conventions

    assert call.mask is not None, "v2 and v3 have masks"
    if call.version == "v2":
        return conventions.offsets_to_torchvision(call.offsets), conventions.mask_to_torchvision(call.mask)
    offset, mask = conventions.to_internimage(call.offsets, call.mask, call.geometry)
    return offset.permute(0, 3, 1, 2), mask.permute(0, 3, 1, 2)


def figure_of(read: Read, theme: ThemeName, ax: Axes | None = None) -> Figure:
    """The cell on the disc, in axes of its own or in these."""
    from dcnviz.plots.looks import looks

    return looks(
        read.sampling,
        load_picture(SCENE),
        [DISC],
        to_picture=read.place,
        box=BOX,
        numbers=True,
        theme=theme,
        ax=ax,
    )


def written(error: float) -> str:
    """An error for the texts.

    >>> written(0.8312), written(1.2e-6)
    ('0.83', '0.000001')
    """
    return f"{error:.2f}" if error >= 0.01 else f"{error:.6f}"


def _facts() -> Mapping[str, object]:
    made = readings("v3")
    return {"wrong": written(made[WRONG].error), "right": written(made[RIGHT].error)}


ORDER = Defect(
    "order",
    "a",
    _facts,
    lambda broken, theme: figure_of(readings("v3")[WRONG if broken else RIGHT], theme),
    lambda broken: places(readings("v3")[WRONG if broken else RIGHT].sampling, [DISC]),
    mend=(
        "print(dcnviz.analysis.inspect_layout(\n"
        "    offset, mask=mask, kernel_size=3, padding=1, input=x, weight=w, output=y\n"
        "))"
    ),
)
