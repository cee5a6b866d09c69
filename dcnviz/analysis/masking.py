"""Pictures of which only some cells are shown, and how far a node's answer to them is from its true one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from dcnviz.analysis.nodes import check_cell, check_model, chosen_layer, pixel_of
from dcnviz.geometry import MapToPicture, Pair
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording import watch

ALONG = 20  # image cells along the picture's long side, at most, if nobody says how large they are
NUMBERS = 2**20  # how many a batch of pictures may hold
BATCH = 16  # pictures in a batch, at most: larger ones are no faster


class Stopped(Exception):
    """Somebody has asked for an end."""


@dataclass(frozen=True)
class ImageCells:
    """A picture of ``size`` (H, W), cut into squares of ``side`` pixels from its upper left corner on."""

    size: Pair
    side: int

    @property
    def shape(self) -> Pair:
        """Rows and columns of cells; the last ones may be cut off by the picture's edge."""
        return -(-self.size[0] // self.side), -(-self.size[1] // self.side)

    def pixels(self, cells: Tensor) -> Tensor:
        """``(..., rows, columns)`` values of cells to ``(..., H, W)`` of pixels.

        >>> ImageCells((2, 3), 2).pixels(torch.tensor([[1, 2]]))
        tensor([[1, 1, 2],
                [1, 1, 2]])
        """
        wide = cells.repeat_interleave(self.side, -2).repeat_interleave(self.side, -1)
        return wide[..., : self.size[0], : self.size[1]]

    def sums(self, pixels: Tensor) -> Tensor:
        """``(H, W)`` values of pixels, summed in each cell: ``(rows, columns)``."""
        (rows, columns), side = self.shape, self.side
        whole = pixels.new_zeros(rows * side, columns * side)
        whole[: self.size[0], : self.size[1]] = pixels
        return whole.view(rows, side, columns, side).sum((1, 3))


class Probe:
    """Shows a model masked pictures and measures ``1 - cosine`` of one node's feature vector to the true one.

    Args:
        model: in eval mode.
        image: ``(1, C, H, W)``.
        cell: (i, j) on the layer's output map.
        layer: its path, or None for the last one.
        side: of an image cell, in pixels, or None for about a twentieth of the picture.
        fill: ``(C,)``, what stands in masked places, or None for the picture's mean colour.
        tick: called after each batch with the number of pictures shown so far.

    Raises:
        ValueError: as ``node_at``, and if side or fill do not fit, or the node's feature vector is zero.
        IndexError: if there is no such cell.
    """

    def __init__(
        self,
        model: nn.Module,
        image: Tensor,
        cell: tuple[int, int],
        *,
        layer: str | None,
        side: int | None,
        fill: Tensor | None,
        tick: Callable[[int], None],
    ) -> None:
        check_model(model, image)
        self.model, self.image, self.cell, self.tick = model, image.detach(), cell, tick
        self.evaluations = 0
        self.places: dict[str, MapToPicture] = {}
        colour = self.image.mean((2, 3))[0] if fill is None else fill.detach().to(self.image)
        if tuple(colour.shape) != (image.shape[1],):
            raise ValueError(f"fill must be ({image.shape[1]},), a colour; got {tuple(colour.shape)}.")
        self.fill = colour
        calls = self._run(self.image, None)
        self.layer = chosen_layer(calls, layer)
        call = calls[self.layer]
        check_cell(cell, call.output.shape[2:])
        self.true = call.output[0, :, cell[0], cell[1]].double()
        if not float(self.true.norm()) > 0:
            raise ValueError(
                f"the feature vector of cell {tuple(cell)} of layer {self.layer!r} is zero, so no other makes an "
                "angle with it; choose another cell."
            )
        size = (image.shape[2], image.shape[3])
        self.pixel, jumps = _spot(self.places.get(self.layer), call, cell, size)
        if side is None:
            jump, long = max(1, round(max(jumps))), max(size)
            # Whole cells of the layer where they are small; those of deep layers would cut too coarsely.
            side = jump * -(-long // (jump * ALONG)) if jump * ALONG <= 2 * long else -(-long // ALONG)
        if side < 1:
            raise ValueError(f"cell_size must be a whole number of pixels, at least 1; got {side}.")
        self.cells = ImageCells(size, side)
        (y, x), (rows, columns) = self.pixel, self.cells.shape
        self.centre = min(max(int(y // side), 0), rows - 1), min(max(int(x // side), 0), columns - 1)

    def vectors(self, keep: Tensor) -> Tensor:
        """The node's feature vectors, ``(N, O)`` float64, for ``(N, rows, columns)`` bool of cells to show.

        Raises:
            Stopped: if the tick says so.
            ValueError: if the model does not take batches.
        """
        most = max(1, min(BATCH, NUMBERS // self.image.numel()))
        found = []
        for part in keep.to(self.image.device).split(most):
            shown = self.cells.pixels(part)[:, None]
            call = self._run(torch.where(shown, self.image, self.fill[:, None, None]), self.layer)[self.layer]
            if call.output.shape[0] != len(part):
                raise ValueError(
                    f"layer {self.layer!r} must take a batch of pictures at once, and it does not."
                )
            found.append(call.output[:, :, self.cell[0], self.cell[1]].double())
            self.evaluations += len(part)
            self.tick(self.evaluations)
        return torch.cat(found)

    def errors(self, vectors: Tensor) -> Tensor:
        """``1 - cosine`` to the true vector, ``(N,)``; 1 for a vector of zeros, which points nowhere."""
        lengths = vectors.norm(dim=1) * self.true.norm()
        cosine = torch.where(lengths > 0, vectors @ self.true / lengths.clamp(min=1e-300), 0.0)
        return (1 - cosine).clamp(min=0).cpu()

    def _run(self, pictures: Tensor, layer: str | None) -> dict[str, OperatorCall]:
        """The calls of one layer, or of all, for some pictures."""
        calls: dict[str, OperatorCall] = {}

        def see(path: str, call: OperatorCall) -> None:
            if layer is None or path == layer:
                # A copy: an in-place activation behind the layer would overwrite the original.
                calls[path] = replace(call, output=call.output.clone())
                place, _ = places.of(call.input)
                if place is not None:
                    self.places[path] = place

        with torch.no_grad(), watch(self.model, see, plain=True) as places:
            self.model(pictures)
        return calls


def _spot(
    place: MapToPicture | None, call: OperatorCall, cell: tuple[int, int], size: Pair
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The pixel (y, x) that a cell of a layer's output lies on, and how far apart its cells are, in pixels."""
    if place is not None:
        jump = place.jump if call.version == "msda" else place.after(call.geometry).jump
        return pixel_of(place, call, cell), jump
    # Spread evenly over the picture: the rectangle begins near enough, and grows from there.
    jump = size[0] / call.output.shape[2], size[1] / call.output.shape[3]
    return ((cell[0] + 0.5) * jump[0] - 0.5, (cell[1] + 0.5) * jump[1] - 0.5), jump
