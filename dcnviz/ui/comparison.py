"""The numbers that the page Compare puts side by side: from the shipped networks, and on the picture shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from dcnviz.data.assets import asset
from dcnviz.ui import networks
from dcnviz.ui.faults import MissingError
from dcnviz.ui.networks import Pixels, Shown, Trained

Cell = tuple[int, int]


@dataclass(frozen=True)
class Shipped:
    """What was measured when a network was trained.

    Attributes:
        iou: mean intersection over union, of seven classes.
        foreground: share of the objects' pixels that got their own class.
        parameters: of the network.
        steps: of its training.
        scenes: on which it was measured.
        dilation: effective dilation of the last layer by the objects' radius in pixels ("6-10"); empty for plain
            convolutions, whose grid is fixed.
    """

    iou: float
    foreground: float
    parameters: int
    steps: int
    scenes: int
    dilation: dict[str, float]


@cache
def shipped(version: str) -> Shipped:
    """Read from the file beside the network's checkpoint.

    Raises:
        MissingError: if the file is missing or lacks something.
    """
    try:
        about = json.loads(asset(f"checkpoints/{version}.json").read_text(encoding="utf-8"))
        by_layer: dict[str, list[float]] = about["effective_dilation"]
        last = by_layer[max(by_layer)] if by_layer else []
        return Shipped(
            iou=about["mean_iou"],
            foreground=about["foreground_accuracy"],
            parameters=about["parameters"],
            steps=about["steps_taken"],
            scenes=about["held_out_scenes"],
            dilation={s: d for s, d in zip(about["sizes"], last, strict=False) if s != "background"},
        )
    except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise MissingError("figures", version) from error


@dataclass(frozen=True)
class MaskSums:
    """Sums of the masks over the taps of a cell and group, over all cells of a layer."""

    mean: float
    low: float
    high: float


def mask_sums(trained: Trained, shown: Shown, layer: int) -> MaskSums | None:
    """Of one layer on a picture; None for an operator without masks."""
    if trained.version in ("conv", "v1"):
        return None
    sums = list(networks.recording(trained, shown).values())[layer].mask.sum(dim=2)
    return MaskSums(float(sums.mean()), float(sums.min()), float(sums.max()))


def field_pixels(trained: Trained, shown: Shown, cell: Cell) -> int:
    """How many pixels hold 95 % of the effective receptive field of a cell of the last layer."""
    model = trained.model()
    from dcnviz.analysis.receptive_field import effective_receptive_field

    last = list(model.maps_to_picture())[-1]
    pixels: int = effective_receptive_field(model, as_image(shown.pixels), cell, layer=last).pixels()
    return pixels


def as_image(pixels: Pixels) -> Any:
    """A picture as the networks take it, ``(1, 3, H, W)`` in [0, 1]."""
    import numpy as np
    import torch

    return torch.from_numpy(np.array(pixels, order="C")).permute(2, 0, 1)[None].float() / 255
