"""One call of a torch function, and what a rule is: it says where the cells of the outputs lie on the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from dcnviz.recording.tracing.spots import CONSTANT, Spot

Found = Spot | None | list[Spot | None]


@dataclass(slots=True)  # one is made for each function: not frozen, which takes twice as long
class Step:
    """One call of a torch function.

    Attributes:
        args: its arguments.
        kwargs: the same.
        tensors: the tensors among them, lists looked into.
        spots: theirs; None where unknown.
        output: what it gave.
        shape: of the first tensor that it gave.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    tensors: list[Tensor]
    spots: list[Spot | None]
    output: Any
    shape: tuple[int, ...]

    def get(self, place: int, name: str, default: Any = None) -> Any:
        """An argument by its place or name."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)

    @property
    def first(self) -> tuple[Tensor, Spot] | None:
        """The first tensor and its spot, if that is known and of the picture."""
        spot = self.spots[0]
        return None if spot is None or spot is CONSTANT else (self.tensors[0], spot)


Rule = Callable[[Step], Found]


def alone(step: Step, rule: Callable[[Tensor, Spot], Found]) -> Found:
    """A rule for the first tensor, whatever the others are."""
    return None if step.first is None else rule(*step.first)
