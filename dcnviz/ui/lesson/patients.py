"""Small models to be looked after: the bundled v2 network, recorded anew, and copies of it with a layer spoiled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dcnviz.data.scenes import gallery_scene
from dcnviz.ui import networks

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from torch import Tensor

    from dcnviz.analysis import Health
    from dcnviz.layers import ModulatedDeformConv2d
    from dcnviz.models import Network
    from dcnviz.recording import Recording
    from dcnviz.sampling import Sampling

SCENE = 1
"""Of the gallery: large and small things on calm ground."""
LARGE = 20.0
"""Radius in picture pixels from which a thing is large."""
MASKED_OUT = -8.0
"""What a mask channel says before the sigmoid, in the copy whose masks are dead."""


def _constant(layer: ModulatedDeformConv2d, input: Tensor) -> None:
    """The predictor keeps its mean answer and loses its weights: the same for whatever it sees."""
    mean = layer.predictor(input).mean(dim=(0, 2, 3))
    layer.predictor.weight.zero_()
    assert layer.predictor.bias is not None
    layer.predictor.bias.copy_(mean)


def _frozen(layer: ModulatedDeformConv2d, input: Tensor) -> None:
    """The predictor never learned: it is as it was at the start."""
    layer.predictor.weight.zero_()
    assert layer.predictor.bias is not None
    layer.predictor.bias.zero_()


def _masked(layer: ModulatedDeformConv2d, input: Tensor) -> None:
    """Seven of nine masks are next to zero, whatever there is to be seen."""
    taps = layer.geometry.taps
    gone = slice(2 * taps + 2, 3 * taps)
    layer.predictor.weight[gone] = 0
    assert layer.predictor.bias is not None
    layer.predictor.bias[gone] = MASKED_OUT


SPOILED: Mapping[str, Mapping[int, Callable[[ModulatedDeformConv2d, Tensor], None]]] = {
    "healthy": {},
    "constant": {2: _constant},
    "patient": {0: _frozen, 2: _masked},
}
"""Model -> number of a layer -> what was done to it."""


@dataclass(frozen=True)
class Numbers:
    """What to look at first in a layer.

    Attributes:
        code: of the gravest finding of `dcnviz.analysis.offset_health`.
        length: mean offset in pixels of the map.
        varying: share of the offsets' squared length that varies over the picture.
        outside: share of the samples outside the map.
        regular: the same without offsets.
        dead: share of the masks that are next to zero.
        mask_sum: mean sum of a cell's masks.
        dilation: mean effective dilation on the ground, on small and on large things.
    """

    code: str
    length: float
    varying: float
    outside: float
    regular: float
    dead: float
    mask_sum: float
    dilation: tuple[float, float, float]


@st.cache_resource(max_entries=4, show_spinner=False)
def recorded(model: str) -> Recording:
    """A model of `SPOILED`, recorded on the scene."""
    networks.hurry()
    with networks.turn():
        import torch

        from dcnviz.layers import ModulatedDeformConv2d
        from dcnviz.recording import look

        picture = gallery_scene(SCENE).picture
        network: Network = copy.deepcopy(networks.bundled("v2"))
        for number, spoil in SPOILED[model].items():
            inputs = [call.input for call in look(network, picture).calls.values()]
            with torch.no_grad():
                layer = network.get_submodule(f"blocks.{number}.layer")
                assert isinstance(layer, ModulatedDeformConv2d), "v2 has no other"
                spoil(layer, inputs[number])
        return look(network, picture)


@st.cache_resource(max_entries=4, show_spinner=False)
def health(model: str) -> list[Health]:
    """What there is to say of each layer."""
    made = recorded(model)
    from dcnviz.analysis import recording_health

    with networks.turn():
        return list(recording_health(made).values())


@st.cache_resource(max_entries=4, show_spinner=False)
def numbers(model: str) -> list[Numbers]:
    """Of each layer."""
    made = recorded(model)
    found = []
    for sampling, judged in zip(made.values(), health(model), strict=True):
        shares = {name: share or 0.0 for name, share in judged.shares.items()}
        found.append(
            Numbers(
                code=judged.findings[0].code,
                length=judged.mean_length,
                varying=shares["varying"],
                outside=shares["outside"],
                regular=shares["outside_regular"],
                dead=shares["dead_masks"],
                mask_sum=sampling.mask.sum(dim=2).mean().item(),
                dilation=_dilation(sampling),
            )
        )
    return found


def _dilation(sampling: Sampling) -> tuple[float, float, float]:
    import torch

    from dcnviz.analysis import effective_dilation
    from dcnviz.models.network import STRIDE

    radius = torch.from_numpy(gallery_scene(SCENE).sizes)[::STRIDE, ::STRIDE]  # cell (i, j): pixel (4i, 4j)
    dilation = effective_dilation(sampling)[0, 0]
    ground, large = radius == 0, radius >= LARGE
    return (
        dilation[ground].mean().item(),
        dilation[~ground & ~large].mean().item(),
        dilation[large].mean().item(),
    )
