"""Borders: what becomes of a cell at the edge if taps that start outside the map are skipped."""

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
    from matplotlib.figure import Figure

    from dcnviz.geometry import MapToPicture
    from dcnviz.plots.style import ThemeName
    from dcnviz.sampling import Sampling

SCENE, LAYER, CELL = "scene-4", 1, (32, 0)
"""A cell at the left edge, on the arm of the dark cross."""
BOX = (-13.5, 38.5, 154.5, 102.5)


@dataclass(frozen=True, eq=False)
class Border:
    """One way to treat a border cell.

    Attributes:
        sampling: of the whole layer; at border cells as this way has it.
        place: of its input map on the picture.
        taps: numbers of the cell's taps that are read.
        error: of the cell's output, against the one that the layer gave, relative to that one's largest value.
        inner: the same of all cells that are not at the border.
    """

    sampling: Sampling
    place: MapToPicture
    taps: tuple[int, ...]
    error: float
    inner: float


@st.cache_resource(max_entries=4, show_spinner=False)
def border(skipping: bool) -> Border:
    """A layer of the bundled v2 network, with every tap, or with those skipped whose grid place is outside."""
    recorded = networks.recording(Trained("v2", "v2"), from_gallery(SCENE, "en"))
    name = list(recorded)[LAYER]
    call, sampling = recorded.calls[name], recorded[name]
    import torch

    from dcnviz import conventions
    from dcnviz.ops import deform_conv2d

    assert call.weight is not None, "v2 has weights"
    if skipping:
        sampling = skipped(sampling)
    output = deform_conv2d(
        call.input,
        conventions.offsets_to_torchvision(sampling.offsets),
        call.weight,
        call.bias,
        mask=conventions.mask_to_torchvision(sampling.mask),
        padding=call.geometry.padding,
    )
    off = (output - call.output).abs().amax(dim=1)[0] / call.output.abs().max()
    i, j = CELL
    read = torch.nonzero(sampling.mask[0, 0, :, i, j] > 0).flatten().tolist()
    return Border(
        sampling, recorded.to_picture[name], tuple(read), off[i, j].item(), off[1:-1, 1:-1].max().item()
    )


def skipped(sampling: Sampling) -> Sampling:
    """What a drawing script makes that passes over taps outside the map before it deals out the offsets.

    The first tap left gets the first offset and mask, and so on; the others count as not there.
    """
    import torch

    limit = sampling.base.new_tensor(sampling.input_size)
    kept = ((sampling.base >= 0) & (sampling.base < limit)).all(dim=-1)  # (K, H, W)
    turn = (kept.long().cumsum(dim=0) - 1).clamp(min=0).expand_as(sampling.mask)
    offsets = sampling.offsets.gather(2, turn[..., None].expand_as(sampling.offsets))
    mask = torch.where(kept, sampling.mask.gather(2, turn), sampling.mask.new_zeros(()))
    return replace(sampling, offsets=torch.where(kept[..., None], offsets, offsets.new_zeros(())), mask=mask)


def _figure(broken: bool, theme: ThemeName) -> Figure:
    from dcnviz.plots.looks import looks

    made = border(broken)
    return looks(
        made.sampling, load_picture(SCENE), [CELL], to_picture=made.place, box=BOX, numbers=True, theme=theme
    )


def _facts() -> Mapping[str, object]:
    skipping = border(True)
    return {
        "taps": ", ".join(map(str, skipping.taps)),
        "error": f"{skipping.error:.2f}",
        "inner": f"{skipping.inner:.2f}",
        "right": f"{border(False).error:.2f}",
    }


BORDER = Defect(
    "border",
    "a",
    _facts,
    _figure,
    lambda broken: places(border(broken).sampling, [CELL]),
    mend=("positions = sampling.base + sampling.offsets\nreads = sampling.inside"),
)
