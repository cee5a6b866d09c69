"""How fast a predictor learns: a training of a second, on a task that asks for offsets, at several rates.

Random noise goes in; what is to come out is the same noise, two pixels up and three to the left. A layer that looks
two pixels further down and three to the right has solved it; one that stays on its grid never can.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from torch import Tensor, nn

    from dcnviz.plots.style import Picture
    from dcnviz.sampling import Sampling

SIDE, STEPS, RATE, CHANNELS = 20, 30, 0.03, 6
MOVED = (2, 3)
SEED = 3


@dataclass(frozen=True, eq=False)
class Run:
    """What became of one training.

    Attributes:
        losses: before each step, as a share of the target's variance.
        lengths: mean length of the offsets before each step, in pixels of the map.
        first: longest change of a predictor's weight in the first step.
        sampling: of the deformable layer at the end.
        stuck: share of its taps whose position has no gradient at the end.
    """

    losses: tuple[float, ...]
    lengths: tuple[float, ...]
    first: float
    sampling: Sampling
    stuck: float

    @property
    def loss(self) -> float:
        """Mean over the last five steps."""
        return sum(self.losses[-5:]) / 5


@lru_cache(maxsize=8)
def train(factor: float, hooked: bool = False) -> Run:
    """Trains from the same start on the same noise.

    Args:
        factor: the predictor's share of the learning rate.
        hooked: whether the article's hook is asked to take a tenth of the predictor's gradients besides.
    """
    import torch

    from dcnviz.layers import DeformConv2d, parameter_groups
    from dcnviz.ops import deform_conv2d

    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(SEED)
        before = torch.nn.Conv2d(1, CHANNELS, 3, padding=1)
        layer = DeformConv2d(CHANNELS, CHANNELS, 3, padding=1)
        after = torch.nn.Conv2d(CHANNELS, 1, 1)
        noise, target = task()
        if hooked:
            layer.predictor.register_full_backward_hook(_vain)
        network = torch.nn.ModuleList([before, layer, after])
        optimizer = Adam(parameter_groups(network, RATE, predictor_factor=factor))
        losses, lengths, first = [], [], 0.0
        for step in range(STEPS + 1):
            features = before(noise).relu()
            offset = layer.predict(features)[0]
            offset.retain_grad()
            convolved = deform_conv2d(features, offset, layer.weight, layer.bias, padding=1)
            loss = torch.nn.functional.mse_loss(after(convolved.relu()), target)
            network.zero_grad()
            loss.backward()
            losses.append(loss.item())
            lengths.append(_pairs(offset).norm(dim=2).mean().item())
            if step == STEPS:
                break
            optimizer.step()
            if step == 0:
                first = layer.predictor.weight.abs().max().item()
    assert offset.grad is not None
    stuck = (_pairs(offset.grad) == 0).all(dim=2).float().mean().item()
    return Run(tuple(losses), tuple(lengths), first, _sampling(offset), stuck)


class Adam:
    """torch's own, in its plainest form; that one imports a compiler at its first step, which takes seconds."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        self._groups = groups
        parameters = [p for group in groups for p in group["params"]]
        self._moments = {
            id(p): (p.detach().new_zeros(p.shape), p.detach().new_zeros(p.shape)) for p in parameters
        }
        self._steps = 0

    def step(self) -> None:
        """By the gradients that are there."""
        self._steps += 1
        for group in self._groups:
            for p in group["params"]:
                mean, square = self._moments[id(p)]
                mean.lerp_(p.grad, 1 - 0.9)
                square.lerp_(p.grad.square(), 1 - 0.999)
                root = (square / (1 - 0.999**self._steps)).sqrt() + 1e-8
                p.data -= group["lr"] / (1 - 0.9**self._steps) * mean / root


def task() -> tuple[Tensor, Tensor]:
    """Noise ``(1, 1, SIDE, SIDE)`` of mean 0 and variance 1, and the same moved."""
    import torch

    noise = torch.rand(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(SEED))
    noise = (noise - noise.mean()) / noise.std()
    return noise, torch.roll(noise, (-MOVED[0], -MOVED[1]), (2, 3))


def noise_picture() -> Picture:
    """The noise in grey, ``(SIDE, SIDE, 3)`` uint8."""
    noise = task()[0][0, 0]
    grey = ((noise - noise.min()) / (noise.max() - noise.min()) * 255).byte()
    return grey[..., None].expand(-1, -1, 3).numpy()


def _pairs(offset: Tensor) -> Tensor:
    """``(1, K, 2, SIDE, SIDE)``."""
    pairs: Tensor = offset.detach().unflatten(1, (-1, 2))
    return pairs


def _sampling(offset: Tensor) -> Sampling:
    from dcnviz.conventions import as_sampling, offsets_from_torchvision
    from dcnviz.geometry import Geometry

    offsets = offsets_from_torchvision(offset.detach(), 9)
    return as_sampling(offsets, None, Geometry(3, padding=1), (SIDE, SIDE), "v1").detach()


def _vain(
    module: nn.Module, grad_input: tuple[Tensor | None, ...], grad_output: tuple[Tensor | None, ...]
) -> None:
    """The article's idea: a tenth of what the hook was handed. It gives nothing back, so nothing changes."""
    grad_input = tuple(g if g is None else 0.1 * g for g in grad_input)
    grad_output = tuple(g if g is None else 0.1 * g for g in grad_output)
