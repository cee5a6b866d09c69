"""How many steps a second the bundled networks train, with torchvision's operator and with dcnviz's own backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from torch import nn

from dcnviz.bench.machine import threads
from dcnviz.bench.run import Budget, by_turns
from dcnviz.sampling import Version
from dcnviz.training import RECIPES, Trainer

STEPS = Budget(5, 40, 8.0)
BASELINE, OURS = "torchvision", "auto"
HEAD = ("network", "backend", "a step", "steps a second", "ratio")
NOTES = """\
Whole steps of `python -m dcnviz train`: scenes drawn, forward, backward, optimizer; medians of alternating steps.
ratio: how many times as fast as with torchvision's operator. conv has no deformable layer: the floor."""


@dataclass(frozen=True)
class Pace:
    """One network with one backend.

    Attributes:
        version: "conv" to "v4".
        backend: of its layers; "-" for plain convolutions.
        seconds: median of a step.
    """

    version: Version
    backend: str
    seconds: float


def training_pace(
    versions: Sequence[Version],
    threads_used: int,
    budget: Budget = STEPS,
    say: Callable[[Version], None] = lambda version: None,
    *,
    batch: int | None = None,
) -> Iterator[Pace]:
    """Measures one version after the other, its backends by turns.

    Args:
        versions: which networks.
        threads_used: of PyTorch, for the time of the measurement.
        budget: how many steps, how long, for each version.
        say: is told before each what comes.
        batch: scenes a step; the recipe's if None.
    """
    for version in versions:
        say(version)
        names = ("-",) if version == "conv" else (BASELINE, OURS)
        recipe = replace(RECIPES[version], batch=batch or RECIPES[version].batch)
        trainers = [Trainer(recipe) for _ in names]
        for name, trainer in zip(names, trainers, strict=True):
            use_backend(trainer.network, name)
        with threads(threads_used):
            medians = by_turns([trainer.step for trainer in trainers], budget)
        yield from (Pace(version, name, taken) for name, taken in zip(names, medians, strict=True))


def use_backend(model: nn.Module, backend: str) -> None:
    """Makes every deformable layer of a model run by one backend; other modules stay as they are."""
    for module in model.modules():
        if hasattr(module, "backend"):
            setattr(module, "backend", backend)  # noqa: B010  # to the type checker a module has only modules


def pace_rows(paces: Sequence[Pace]) -> list[tuple[str, ...]]:
    """The table's cells, under :data:`HEAD`."""
    base = {pace.version: pace.seconds for pace in paces if pace.backend == BASELINE}
    return [
        (
            pace.version,
            pace.backend,
            f"{1e3 * pace.seconds:.1f} ms",
            f"{1 / pace.seconds:.1f}",
            f"{base[pace.version] / pace.seconds:.1f}" if pace.version in base else "",
        )
        for pace in paces
    ]
