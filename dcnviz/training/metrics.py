"""How good a network is on held-out scenes, and what its offsets do with an object's size."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from dcnviz.analysis import effective_dilation
from dcnviz.data.scenes import CLASS_NAMES, HELD_OUT_SEED, scene_batch
from dcnviz.models.network import STRIDE, Network
from dcnviz.recording import record

RADII = (6.0, 10.0, 16.0, 24.0)
"""Lower bounds of the object sizes that are told apart, circumscribed radius in picture pixels."""

SIZE_NAMES = (
    "background",
    *(f"{int(a)}-{int(b)}" for a, b in pairwise(RADII)),
    "over 24",
)


def to_input(pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    """``(N, H, W, 3)`` uint8 as ``(N, 3, H, W)`` float in [0, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().float() / 255


def size_bins(sizes: Tensor) -> Tensor:
    """Numbers into :data:`SIZE_NAMES`: 0 for background (size 0), 1 to 4 for objects of growing radius.

    Objects under the least bound, which the scenes do not have, count as the smallest.

    >>> size_bins(torch.tensor([0.0, 6.0, 9.9, 10.0, 30.0]))
    tensor([0, 1, 1, 2, 4])
    """
    return torch.bucketize(sizes.contiguous(), torch.tensor(RADII), right=True).clamp(min=1) * (sizes > 0)


@dataclass(eq=False)
class Report:
    """Sums over scenes; the figures are properties.

    Attributes:
        confusion: ``(classes, classes)`` pixel counts, truth down, prediction across.
        dilation_sum: per layer, ``(5,)`` sum of effective dilation over the cells of each size.
        cells: ``(5,)`` number of those cells.
    """

    confusion: Tensor = field(
        default_factory=lambda: torch.zeros(len(CLASS_NAMES), len(CLASS_NAMES), dtype=torch.long)
    )
    dilation_sum: dict[str, Tensor] = field(default_factory=dict)
    cells: Tensor = field(default_factory=lambda: torch.zeros(len(SIZE_NAMES), dtype=torch.long))

    @property
    def iou(self) -> Tensor:
        """``(classes,)`` intersection over union, counted over all pixels of all scenes.

        NaN for a class that is neither there nor predicted.
        """
        hit = self.confusion.diagonal().double()
        return hit / (self.confusion.sum(0) + self.confusion.sum(1) - hit)

    @property
    def mean_iou(self) -> float:
        """Mean of :attr:`iou` over the classes that occur, background included."""
        return float(self.iou.nanmean())

    @property
    def foreground_accuracy(self) -> float:
        """Share of the objects' pixels that got their own class."""
        objects = self.confusion[1:]
        return float(objects[:, 1:].diagonal().sum() / objects.sum())

    def effective_dilation(self) -> dict[str, list[float]]:
        """Per layer, the mean effective dilation (cells) on background and on objects of growing size.

        In the order of :data:`SIZE_NAMES`; NaN for a size that does not occur.
        """
        return {name: (total / self.cells).tolist() for name, total in self.dilation_sum.items()}

    def add(self, truth: Tensor, prediction: Tensor) -> None:
        """Counts pixels: ``(N, H, W)`` class numbers each."""
        classes = len(self.confusion)
        pairs = truth.flatten().long() * classes + prediction.flatten().long()
        self.confusion += torch.bincount(pairs, minlength=classes * classes).view(classes, classes)


@torch.no_grad()
def evaluate(network: Network, scenes: int = 500, *, batch: int = 20, seed: int = HELD_OUT_SEED) -> Report:
    """Runs a network over held-out scenes of 96 x 96 pixels.

    Args:
        network: in eval mode.
        scenes: how many.
        batch: how many at a time; does not change the result.
        seed: of the scenes; those from ``HELD_OUT_SEED`` up are never trained on.

    Returns:
        The sums; for a "conv" network without effective dilations, which are 1 everywhere.

    Raises:
        ValueError: if the network is in train mode.

    >>> 0 <= evaluate(Network("conv").eval(), 2).mean_iou <= 1
    True
    """
    if network.training:
        raise ValueError("network must be in eval mode: in train mode measuring would change it.")
    report = Report()
    for start in range(0, scenes, batch):
        pictures, classes, sizes = scene_batch(seed, start, min(batch, scenes - start))
        with record(network) as recording:
            logits = network(to_input(pictures))
        report.add(torch.from_numpy(classes), logits.argmax(1))
        bins = size_bins(torch.from_numpy(sizes)[:, ::STRIDE, ::STRIDE]).long()
        report.cells += torch.bincount(bins.flatten(), minlength=len(SIZE_NAMES))
        for name, sampling in recording.items():
            dilation = effective_dilation(sampling).mean(1)  # over groups
            total = torch.zeros(len(SIZE_NAMES), dtype=torch.double)
            total.index_add_(0, bins.flatten(), dilation.flatten().double())
            report.dilation_sum[name] = report.dilation_sum.get(name, torch.zeros_like(total)) + total
    return report
