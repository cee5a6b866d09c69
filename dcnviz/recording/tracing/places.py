"""Follows the picture through a model's tensors: where does each map lie on it?"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from dcnviz.geometry import MapToPicture
from dcnviz.recording.tracing.spots import CONSTANT, Spot, grid
from dcnviz.recording.tracing.step import Found, Rule, Step
from dcnviz.recording.tracing.table import rule_of


class Places:
    """The spots of the tensors of one run of a model.

    Each function's outputs get the spots that its rule gives. A tensor without a spot has an unknown one, and so
    has everything that is made of it. Tensors are not kept alive.

    Args:
        model: its parameters and buffers have no part in the picture.
    """

    def __init__(self, model: nn.Module) -> None:
        # By number, each with a weak reference, since a number may come to belong to another tensor.
        self._spots: dict[int, tuple[weakref.ref[Tensor], Spot]] = {}
        self._own = {id(tensor) for tensor in model.buffers()}  # parameters are known by their type
        self.size: tuple[int, int] | None = None

    def start(self, picture: Tensor) -> None:
        """From here: ``(B, C, H, W)``."""
        self.size = (picture.shape[2], picture.shape[3])
        self.set(picture, grid(MapToPicture(), self.size))

    def get(self, tensor: Tensor) -> Spot | None:
        """A tensor's spot, if it is known."""
        entry = self._spots.get(id(tensor))
        if entry is not None and entry[0]() is tensor:
            return entry[1]
        return CONSTANT if id(tensor) in self._own or isinstance(tensor, nn.Parameter) else None

    def set(self, tensor: Tensor, spot: Spot | None) -> None:
        """Says a tensor's spot, or that it is unknown."""
        if spot is None:
            self._spots.pop(id(tensor), None)
        else:
            self._spots[id(tensor)] = (weakref.ref(tensor), spot)

    def follow(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """After a torch function ran: the spots of what it gave."""
        if not isinstance(output, (Tensor, tuple, list)) or isinstance(output, torch.Size):
            if getattr(function, "__name__", "") == "__setitem__":
                self._overwritten(args[0])
            return
        given = [output] if isinstance(output, Tensor) else _tensors(output)
        if not given:
            return
        tensors = _tensors((*args, *kwargs.values()))
        spots = [self.get(tensor) for tensor in tensors]
        found: Found
        if all(spot is CONSTANT for spot in spots):
            found = [CONSTANT] * len(given)
        elif all(spot is None for spot in spots) or (rule := rule_of(function)) is None:
            found = None
        else:
            found = _ask(rule, Step(args, kwargs, tensors, spots, output, given[0].shape))
        if not isinstance(found, list):
            found = [found] + [None] * (len(given) - 1)
        # In place, other tensors of the same memory change too: by something unknown, or what was constant is no more.
        if (
            args
            and output is args[0]
            and (found[0] is None or (spots[0] is CONSTANT and found[0] is not CONSTANT))
        ):
            self._overwritten(output)
        for tensor, spot in zip(given, found, strict=True):
            fits = spot is None or spot is CONSTANT or spot.on(tensor.shape)
            self.set(tensor, spot if fits else None)

    def _overwritten(self, tensor: Tensor) -> None:
        """Forgets the spots of all that shares the tensor's memory."""
        memory = _memory(tensor)
        for reference, _ in list(self._spots.values()):
            other = reference()
            if other is not None and (other is tensor or _memory(other) == memory):
                self.set(other, None)

    def of(self, map: Tensor) -> tuple[MapToPicture | None, bool]:
        """Where a layer's input map, ``(B, C, H, W)``, lies on the picture, and whether that is only estimated.

        An estimate takes the map for a resized picture, edge on edge.
        """
        spot = self.get(map)
        size = (map.shape[2], map.shape[3])
        if spot is not None and spot is not CONSTANT and spot.axes == (-2, -1) and spot.maps[0].size == size:
            return spot.maps[0].place, False
        if self.size is None or min(size) < 1:
            return None, True
        jump = (self.size[0] / size[0], self.size[1] / size[1])
        return MapToPicture(jump, ((jump[0] - 1) / 2, (jump[1] - 1) / 2)), True


def _memory(tensor: Tensor) -> int:
    """The address of its memory; 0 for tensors that have none of their own (of function transforms)."""
    try:
        return tensor.untyped_storage().data_ptr()
    except (NotImplementedError, RuntimeError):
        return 0


def _ask(rule: Rule, step: Step) -> Found:
    try:
        return rule(step)
    except Exception:  # a function used in a way that its rule does not know: the model must run on, untraced
        return None


def _tensors(values: Iterable[Any]) -> list[Tensor]:
    """The tensors among some values, lists and tuples looked into once."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found.extend(part for part in value if isinstance(part, Tensor))
    return found
