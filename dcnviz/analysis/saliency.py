"""The error-bounded saliency region: the smallest part of the picture that still gives a node its answer.

A search removes one image cell after another and measures the error after each. The path that it takes does not
depend on the bound, so one search answers for every bound, and a looser one never needs a larger region.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from dcnviz.analysis.masking import ImageCells, Probe, Stopped
from dcnviz.analysis.receptive_field import effective_receptive_field
from dcnviz.geometry import Pair

Method = Literal["greedy", "fast"]
Progress = Callable[[int, int], None]

START = 2e-3  # the error at which the rectangle stops growing: far below any bound one would ask for
BLOCK = 0.25  # the share of the remaining cells that is removed before all are measured anew
SAME = 1e-6  # a cell that changes the feature vector by less, relative to its length, has no influence


@dataclass(frozen=True, eq=False)
class SaliencyRegion:
    """Which image cells a node's answer needs, for the bound ``eps``, and the path that led there.

    Attributes:
        eps: the bound on ``1 - cosine``.
        rectangle: ``(rows, columns)`` bool, the image cells that the search began with.
        order: ``(n, 2)``, the cells (row, column) in the order in which they were removed.
        errors: ``(n + 1,)``, the error before anything was removed from the rectangle, and after each cell.
        cells: how the picture is cut into image cells.
        fill: ``(C,)``, what stands in masked places.
        layer: path of the layer.
        cell: (i, j) on its output map.
        pixel: where the cell lies on the picture, (y, x); estimated where it could not be traced.
        method: "greedy", or "fast" for the approximation.
        evaluations: how many masked pictures the model was shown.
        complete: False if the search was stopped before its end; the region is a valid one, but a smaller one
            may exist on the path that was not walked.
    """

    eps: float
    rectangle: Tensor
    order: Tensor
    errors: Tensor
    cells: ImageCells
    fill: Tensor
    layer: str
    cell: Pair
    pixel: tuple[float, float]
    method: Method
    evaluations: int
    complete: bool

    @property
    def removed(self) -> int:
        """How many cells of :attr:`order` are removed for this bound: as many as leave the error below it."""
        return int((self.errors < self.eps).nonzero().max())

    @property
    def error(self) -> float:
        """``1 - cosine`` between the node's feature vector for the masked picture and for the whole one."""
        return float(self.errors[self.removed])

    @property
    def kept(self) -> Tensor:
        """``(rows, columns)`` bool: the image cells of the region."""
        kept = self.rectangle.clone()
        gone = self.order[: self.removed]
        kept[gone[:, 0], gone[:, 1]] = False
        return kept

    @property
    def mask(self) -> Tensor:
        """``(H, W)`` bool: the pixels of the region."""
        return self.cells.pixels(self.kept)

    @property
    def area(self) -> float:
        """The region's share of the picture, in [0, 1]."""
        return float(self.mask.double().mean())

    def at(self, eps: float) -> SaliencyRegion:
        """The region for another bound, off the same path and without the model.

        Raises:
            ValueError: if the bound is not between 0 and 1, or is below the error that the search began with.
        """
        _check_bound(eps)
        if not float(self.errors[0]) < eps:
            raise ValueError(
                f"this search began with an error of {float(self.errors[0]):.2g} and says nothing of an eps of "
                f"{eps:g}; search again with it."
            )
        return replace(self, eps=eps)


def error_bounded_saliency(
    model: nn.Module,
    image: Tensor,
    cell: tuple[int, int],
    *,
    layer: str | None = None,
    eps: float = 0.1,
    cell_size: int | None = None,
    fill: Tensor | None = None,
    method: Method = "greedy",
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> SaliencyRegion:
    """The smallest set of image cells with which a node's feature vector stays within ``1 - cosine < eps``.

    A rectangle about the node grows until the error is below 0.002 (or eps, if that is less). Then cells are
    removed from it. "greedy" measures, each on its own, what every remaining cell's removal does, removes the
    quarter that harms least, one after the other, and measures anew. "fast" is an approximation: it measures
    nothing before it removes, but goes by the effective receptive field, weakest cell first; regions come out
    larger, mostly by half, in a fifth of the time. Both walk on to the empty picture, and the region is the
    smallest on the way whose error, as measured on the masked picture, is below eps. The true minimum would
    need every subset; this is a good upper bound of it.

    Args:
        model: any model that can be recorded, in eval mode, and that takes batches; it is not changed.
        image: ``(1, C, H, W)`` float, as the model takes it.
        cell: (i, j), row and column on the layer's output map.
        layer: its path as in a recording; None: the last deformable layer that ran.
        eps: the bound, above 0 and below 1.
        cell_size: side of an image cell in pixels; None: the least multiple of the distance of the layer's cells
            of which at most 20 lie along the picture's long side (a twentieth of that side, if the
            layer's own cells are larger than a tenth).
        fill: ``(C,)``, the colour of masked places; None: the picture's mean.
        method: "greedy" or "fast".
        progress: called with (done, total) pictures shown to the model; the total is an estimate that shrinks
            or grows as the search goes on. What it raises ends the search and is passed on.
        stop: asked after each batch; True ends the search with the best region so far.

    Raises:
        ValueError: if the model is in train mode, an argument does not fit, there is no such layer, or the
            node's feature vector is zero.
        IndexError: if there is no such cell.

    Source: arXiv 1811.11168, section 2.2 and appendix, "error-bounded saliency regions".

    >>> from dcnviz.layers import DeformConv2d
    >>> region = error_bounded_saliency(
    ...     DeformConv2d(3, 4, 3, padding=1).eval(), torch.rand(1, 3, 9, 9), (2, 4), cell_size=1
    ... )
    >>> region.error < 0.1, int(region.rectangle.sum()) <= 9
    (True, True)
    """
    _check_bound(eps)
    if method not in get_args(Method):
        raise ValueError(f"method must be {' or '.join(map(repr, get_args(Method)))}; got {method!r}.")
    expected = 0

    def tick(done: int) -> None:
        if progress is not None:
            progress(done, max(done, expected))
        if stop is not None and stop():
            raise Stopped

    probe = Probe(model, image, cell, layer=layer, side=cell_size, fill=fill, tick=tick)
    rectangle, path = torch.ones(probe.cells.shape, dtype=torch.bool), _Path([], [0.0])
    complete = False
    try:
        expected = 2 * max(probe.cells.shape)
        rectangle, error = _grow(probe, min(START, eps))
        path.errors[0] = error
        rounds = _rounds(int(rectangle.sum()), method)
        expected = probe.evaluations + sum(rounds)
        if method == "fast":
            field = effective_receptive_field(model, image, cell, layer=probe.layer)
            _remove(probe, rectangle, path, probe.cells.sums(field.magnitude()))
        else:
            _remove(probe, rectangle, path, None)
        complete = True
    except Stopped:
        pass
    if progress is not None and complete:
        progress(probe.evaluations, probe.evaluations)
    return SaliencyRegion(
        eps=eps,
        rectangle=rectangle,
        order=torch.tensor(path.order, dtype=torch.long).view(-1, 2),
        errors=torch.tensor(path.errors, dtype=torch.float64),
        cells=probe.cells,
        fill=probe.fill.cpu(),
        layer=probe.layer,
        cell=(int(cell[0]), int(cell[1])),
        pixel=probe.pixel,
        method=method,
        evaluations=probe.evaluations,
        complete=complete,
    )


@dataclass(frozen=True)
class _Path:
    """Cells in the order of their removal, and the errors: one more, as the first is that of the rectangle."""

    order: list[list[int]]
    errors: list[float]


def _check_bound(eps: float) -> None:
    if not 0 < eps < 1:
        raise ValueError(f"eps must be above 0 and below 1; got {eps}.")


def _rounds(count: int, method: Method) -> list[int]:
    """How many pictures each round will take: all that remain, and once more the block that is removed."""
    if method == "fast":
        return [count]
    taken = []
    while count > 0:
        block = max(1, int(BLOCK * count))
        taken.append(count + 1 + (block if block > 1 else 0))
        count -= block
    return taken


def _grow(probe: Probe, bound: float) -> tuple[Tensor, float]:
    """The smallest rectangle about the node, cell by cell on each side, with an error below the bound."""
    (rows, columns), (row, column) = probe.cells.shape, probe.centre
    far = max(row, rows - 1 - row, column, columns - 1 - column)
    for reach in range(0, far + 1, 4):
        sizes = [min(reach + n, far) for n in range(4)]
        boxes = torch.zeros(len(sizes), rows, columns, dtype=torch.bool)
        for box, half in zip(boxes, sizes, strict=True):
            box[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1] = True
        errors = probe.errors(probe.vectors(boxes))
        for box, error in zip(boxes, errors.tolist(), strict=True):
            if error < bound:
                return box, error
    return torch.ones(rows, columns, dtype=torch.bool), 0.0  # the picture itself, whatever rounding says


def _remove(probe: Probe, rectangle: Tensor, path: _Path, ranks: Tensor | None) -> None:
    """Removes all cells of a rectangle and writes down the order and the errors.

    Args:
        probe: what measures.
        rectangle: ``(rows, columns)`` bool.
        path: written to.
        ranks: ``(rows, columns)``, how much each cell counts; None: measure it, again and again.
    """
    kept = rectangle.clone()
    while bool(kept.any()):
        cells = kept.nonzero()
        if ranks is not None:
            block, known = cells[ranks[cells[:, 0], cells[:, 1]].argsort(stable=True)], None
        else:
            block, known = _least_harm(probe, kept, cells)
        shown = kept.repeat(len(block), 1, 1)
        for n, (row, column) in enumerate(block.tolist()):
            shown[n:, row, column] = False
        errors = known if known is not None else probe.errors(probe.vectors(shown)).tolist()
        path.order.extend(block.tolist())
        path.errors.extend(errors)
        kept = shown[-1]


def _least_harm(probe: Probe, kept: Tensor, cells: Tensor) -> tuple[Tensor, list[float] | None]:
    """The next cells to remove: those without influence, and up to a quarter of all; and the error if it is one."""
    count = len(cells)
    without = kept.repeat(count + 1, 1, 1)
    without[torch.arange(count), cells[:, 0], cells[:, 1]] = False
    vectors = probe.vectors(without)  # the last one with nothing removed
    errors, now = probe.errors(vectors[:-1]), vectors[-1]
    same = ((vectors[:-1] - now).norm(dim=1) <= SAME * now.norm()).cpu()
    order = torch.where(same, -math.inf, errors).argsort(stable=True)
    block = order[: max(1, int(BLOCK * count), int(same.sum()))]
    return cells[block], [float(errors[block[0]])] if len(block) == 1 else None
