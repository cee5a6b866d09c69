"""Where training starts: a fresh layer over a trained network's features, its predictor at zero or at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.data.pictures import load_picture
from dcnviz.ui import networks
from dcnviz.ui.lesson.defects.defect import Defect, places
from dcnviz.ui.lesson.defects.orders import SCENE
from dcnviz.ui.networks import Trained, from_gallery

if TYPE_CHECKING:  # neither torch nor Matplotlib is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.geometry import MapToPicture
    from dcnviz.plots.style import ThemeName
    from dcnviz.sampling import Sampling

SEED = 0
CELLS = [(i, j) for i in (35, 39, 43) for j in (28, 32, 36)]
BOX = (99.0, 157.0, 185.0, 127.0)


@dataclass(frozen=True, eq=False)
class Start:
    """A layer before its first step.

    Attributes:
        sampling: where it looks.
        place: of its input map on the picture.
        length: mean length of its offsets, in pixels of the map.
        error: largest difference of its output from the plain convolution with the same weights, relative to that
            one's largest value.
    """

    sampling: Sampling
    place: MapToPicture
    length: float
    error: float


@st.cache_resource(max_entries=4, show_spinner=False)
def start(zeroed: bool) -> Start:
    """A v1 layer over the features that the bundled v2 network has of `SCENE`."""
    recorded = networks.recording(Trained("v2", "v2"), from_gallery(SCENE, "en"))
    name, call = next(iter(recorded.calls.items()))
    import torch

    from dcnviz.layers import DeformConv2d
    from dcnviz.recording import record

    features = call.input
    channels = features.shape[1]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)
        layer = DeformConv2d(channels, channels, 3, padding=1, bias=False)
        if not zeroed:
            layer.predictor.reset_parameters()  # torch's own: small random numbers
        with record(layer) as looked:
            output = layer(features)
        plain = torch.nn.functional.conv2d(features, layer.weight, padding=1)
    (sampling,) = looked.values()
    return Start(
        sampling,
        recorded.to_picture[name],
        sampling.offsets.norm(dim=-1).mean().item(),
        ((output - plain).abs().max() / plain.abs().max()).item(),
    )


def _figure(broken: bool, theme: ThemeName) -> Figure:
    from dcnviz.plots.looks import looks

    made = start(not broken)
    return looks(
        made.sampling, load_picture(SCENE), CELLS, to_picture=made.place, box=BOX, dot=0.8, theme=theme
    )


def _facts() -> Mapping[str, object]:
    random = start(False)
    return {
        "length": f"{random.length:.2f}",
        "error": f"{random.error:.0%}",
        "same": f"{start(True).error:.6f}",
    }


START = Defect(
    "start",
    "b",
    _facts,
    _figure,
    lambda broken: places(start(not broken).sampling, CELLS[4:5]),
    mend="torch.nn.init.zeros_(predictor.weight)\ntorch.nn.init.zeros_(predictor.bias)",
)
