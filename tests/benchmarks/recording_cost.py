"""What a recording costs on top of a forward: ``python -m tests.benchmarks.recording_cost``.

One thread, no gradients; forwards with and without in turn, medians of the time this thread computed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
import torchvision
from torch import Tensor, nn
from torchvision.ops import DeformConv2d

import dcnviz
from dcnviz.models import load

ROUNDS, RUNS = 25, 3


class Deformable(nn.Module):
    """torchvision's layer in the place of a 3x3 convolution, with the predictor that it needs."""

    def __init__(self, plain: nn.Conv2d) -> None:
        super().__init__()
        self.predictor = nn.Conv2d(plain.in_channels, 27, 3, stride=plain.stride, padding=1)
        self.layer = DeformConv2d(plain.in_channels, plain.out_channels, 3, plain.stride[0], 1, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """``(B, C, H, W)`` to the same, or half of it."""
        raw = self.predictor(input)
        output: Tensor = self.layer(input, raw[:, :18], raw[:, 18:].sigmoid())
        return output


def resnet() -> nn.Module:
    """A ResNet-18 whose last four blocks are deformable."""
    model = torchvision.models.resnet18(weights=None).eval()
    for block in (*model.layer3, *model.layer4):
        block.conv2 = Deformable(block.conv2)
    return model


def medians(functions: list[Callable[[], object]]) -> list[float]:
    """Milliseconds of each, called in turn."""
    taken: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS):
        for times, function in zip(taken, functions, strict=True):
            started = time.thread_time()
            function()
            times.append(1000 * (time.thread_time() - started))
    return [statistics.median(times) for times in taken]


def main() -> None:
    """Prints a line for each run."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name, model, size in (
        ("bundled v2, 512 x 512", load("v2"), 512),
        ("ResNet-18 with four deformable layers, 256 x 256", resnet(), 256),
    ):
        picture = torch.rand(1, 3, size, size)

        def recorded(calls: bool, model: nn.Module = model, picture: Tensor = picture) -> None:
            with dcnviz.record(model, calls=calls):
                model(picture)

        with torch.no_grad():
            recorded(True)
            for _ in range(RUNS):
                plain, with_, with_calls = medians(
                    [
                        lambda m=model, p=picture: m(p),
                        lambda r=recorded: r(False),
                        lambda r=recorded: r(True),
                    ]
                )
                print(
                    f"{name}: forward {plain:.1f} ms, recorded +{100 * (with_ / plain - 1):.1f} %, "
                    f"with calls +{100 * (with_calls / plain - 1):.1f} %"
                )


if __name__ == "__main__":
    main()
