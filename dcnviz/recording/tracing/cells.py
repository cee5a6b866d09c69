"""Rules for what keeps cells where they are: cell by cell, along other axes, and re-arranged."""

from __future__ import annotations

from torch import Tensor

from dcnviz.recording.tracing.spots import CONSTANT, Spot, permuted, reshaped, taken
from dcnviz.recording.tracing.step import Found, Step, alone


def same(step: Step) -> Found:
    """Nothing moves: activations, normalisations, dropout, copies, types."""
    return alone(step, lambda _, spot: spot if spot.on(step.shape) else None)


def like(step: Step) -> Found:
    """The first tensor, brought to the type or shape of another one that gives it no content."""
    return CONSTANT if step.spots[0] is CONSTANT else reshape(step)


def constant(step: Step) -> Found:
    """New numbers that take only shape, type and device from a tensor."""
    return CONSTANT


def join(step: Step) -> Found:
    """Several tensors, cell by cell: all of them at the same places, or the same for all cells, or constant."""
    placed = [s for s in step.spots if s is not None and s is not CONSTANT and s.on(step.shape)]
    if not placed:
        return None
    found = placed[0]
    for tensor, spot in zip(step.tensors, step.spots, strict=True):
        if spot is CONSTANT or spot is found or all(size == 1 for size in _along(tensor, found)):
            continue
        if spot is None or not spot.agrees(found):
            return None
    return found


def _along(tensor: Tensor, spot: Spot) -> list[int]:
    """A tensor's sizes along a spot's axes; 1 where it has no such axis and is broadcast."""
    return [tensor.shape[axis] if tensor.ndim >= -axis else 1 for axis in spot.axes]


def concatenate(step: Step) -> Found:
    """Along channels or the batch as :func:`join`; along cells, rows of maps one behind another."""
    axis = step.get(1, "dim", step.kwargs.get("axis", 0))
    axis = axis if axis < 0 else axis - len(step.shape)
    spots = step.spots
    if any(spot is not None and spot is not CONSTANT and axis in spot.axes for spot in spots):
        rows = [spot for spot in spots if spot is not None and spot.axes == (axis,)]
        if len(rows) < len(spots):
            return None
        return Spot((axis,), tuple(map for spot in rows for map in spot.maps))
    return join(step)


def linear(step: Step) -> Found:
    """Mixes the last axis only, if what it is multiplied by does not come from the picture."""
    if any(spot is not CONSTANT for spot in step.spots[1:]):
        return None
    return alone(step, lambda _, spot: spot if -1 not in spot.axes and spot.on(step.shape) else None)


def attention(step: Step) -> Found:
    """What a query reads, from wherever, stays on the query's cell."""
    return alone(step, lambda _, spot: spot if -1 not in spot.axes and spot.on(step.shape) else None)


def reshape(step: Step) -> Found:
    """``view``, ``flatten``, ``squeeze`` and all that keeps the order of numbers."""
    return alone(step, lambda tensor, spot: reshaped(spot, tensor.shape, step.shape))


def permute(step: Step) -> Found:
    """Axes in another order."""
    order = step.args[1:] if len(step.args) > 2 else step.get(1, "dims")
    order = (order,) if isinstance(order, int) else order
    return alone(step, lambda _, spot: permuted(spot, order))


def transpose(step: Step) -> Found:
    """Two axes swapped."""
    ndim = len(step.shape)
    one, other = (
        step.get(1, "dim0", step.kwargs.get("axis0")),
        step.get(2, "dim1", step.kwargs.get("axis1")),
    )
    order = list(range(ndim))
    order[one], order[other] = order[other], order[one]
    return alone(step, lambda _, spot: permuted(spot, order))


def index(step: Step) -> Found:
    """``tensor[...]``."""
    return alone(step, lambda tensor, spot: taken(spot, tensor.shape, step.args[1]))


def pieces(step: Step) -> Found:
    """``chunk``, ``split``, ``unbind``: along another axis nothing moves; along cells, maps are told apart."""
    axis = step.get(2, "dim", 0)

    def rule(tensor: Tensor, spot: Spot) -> Found:
        axis_ = axis if axis < 0 else axis - tensor.ndim
        if axis_ not in spot.axes:
            return [spot] * len(step.output)
        found, start = [], 0
        for piece in step.output:
            part: list[object] = [slice(None)] * tensor.ndim
            part[axis_] = slice(start, start + piece.shape[axis_])
            found.append(taken(spot, tensor.shape, tuple(part)))
            start += piece.shape[axis_]
        return found

    return alone(step, rule)


def unbind(step: Step) -> Found:
    """One axis taken apart."""
    axis = step.get(1, "dim", 0)

    def rule(tensor: Tensor, spot: Spot) -> Found:
        part: list[object] = [slice(None)] * tensor.ndim
        part[axis] = 0
        return [taken(spot, tensor.shape, tuple(part))] * len(step.output)

    return alone(step, rule)


def reduction(step: Step) -> Found:
    """Mean, maximum and the like over other axes than the map's."""
    axes = step.get(1, "dim", step.kwargs.get("axis"))
    if axes is None or isinstance(axes, Tensor | bool):
        return None
    chosen = {axes} if isinstance(axes, int) else set(axes)

    def rule(tensor: Tensor, spot: Spot) -> Spot | None:
        gone = {axis if axis < 0 else axis - tensor.ndim for axis in chosen}
        if gone & set(spot.axes):
            return None
        if len(step.shape) < tensor.ndim:
            return spot.moved([a + sum(g > a for g in gone) for a in spot.axes])
        return spot

    return alone(step, rule)
