"""One cell of one layer, still tied to the picture that it came from: what the gradient analyses stand on.

The papers call such a cell with its feature vector a *network node*. Here a model runs once on a picture of
its own with gradients on, whatever the caller's mode, and every deformable layer's live tensors are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dcnviz.geometry import MapToPicture, Pair
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording import watch


@dataclass(frozen=True, eq=False)
class Node:
    """A cell of a layer's output map, and the graph behind it.

    Attributes:
        image: ``(1, C, H, W)``, a leaf of the graph.
        layer: path of the layer.
        cell: (i, j) on the layer's output map.
        vector: ``(O,)``, the layer's output at the cell, connected to :attr:`image`.
        call: the layer's own live call.
        calls: path to live call of every deformable layer that ran up to and including this one, in that order.
        places: path to where the layer's input map lies on the picture, as far as that is known.
        estimated: the layers whose place could not be traced and is only estimated.
    """

    image: Tensor
    layer: str
    cell: Pair
    vector: Tensor
    call: OperatorCall
    calls: Mapping[str, OperatorCall]
    places: Mapping[str, MapToPicture]
    estimated: frozenset[str]

    @property
    def pixel(self) -> tuple[float, float] | None:
        """Where the cell lies on the picture, (y, x), or None if that is not known."""
        place = self.places.get(self.layer)
        return None if place is None else pixel_of(place, self.call, self.cell)


def pixel_of(place: MapToPicture, call: OperatorCall, cell: tuple[int, int]) -> tuple[float, float]:
    """The picture pixel (y, x) of a cell of a layer's output, if its input map lies at ``place``."""
    anchors = call.sampling().anchors if call.version == "msda" else None
    if anchors is not None:  # a query of deformable attention, which has no grid
        y, x = place.to_picture(anchors[0, cell[0], cell[1]].double()).tolist()
    else:
        y, x = place.after(call.geometry).to_picture(torch.tensor(cell, dtype=torch.float64)).tolist()
    return y, x


@contextmanager
def gradients() -> Iterator[None]:
    """Autograd on, also for a caller who has switched it off."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def check_model(model: nn.Module, image: Tensor) -> None:
    """Refuses what no node can be taken from, before anything runs.

    Raises:
        ValueError: if a module is in train mode, or the image is not one floating-point picture.
    """
    training = next((name for name, module in model.named_modules() if module.training), None)
    if training is not None:
        raise ValueError(
            f"the model must be in eval mode, as in train mode a mere look would change it; call model.eval() "
            f"first ({repr(training) if training else 'the model itself'} is in train mode)."
        )
    if image.ndim != 4 or image.shape[0] != 1 or image.numel() == 0 or not image.is_floating_point():
        raise ValueError(
            "image must be one picture as the model takes it, (1, C, H, W) of a floating type; "
            f"got {tuple(image.shape)} {image.dtype}."
        )


def node_at(model: nn.Module, image: Tensor, cell: tuple[int, int], layer: str | None = None) -> Node:
    """Runs a model on a picture and takes one cell of one layer, with the graph behind it.

    Call it within :func:`gradients`, and use the node there too. Parameters, buffers and their gradients stay
    as they are, and the caller's image too.

    Args:
        model: any model that can be recorded, in eval mode.
        image: ``(1, C, H, W)``, as the model takes it.
        cell: (i, j), row and column on the layer's output map.
        layer: its path as in a recording, also of an ordinary convolution; None: the last deformable layer that
            ran (the last convolution in a model that has no other).

    Raises:
        ValueError: if the model is in train mode, the image has another shape, there is no such layer, or it
            is not connected to the image.
        IndexError: if there is no such cell.
    """
    check_model(model, image)
    given = image.detach().clone().requires_grad_()
    calls: dict[str, OperatorCall] = {}
    outputs: dict[str, Tensor] = {}
    found: dict[str, MapToPicture] = {}
    estimated: set[str] = set()

    def see(path: str, call: OperatorCall) -> None:
        calls[path] = call
        place, guessed = places.of(call.input)
        if place is not None:
            found[path] = place
        if guessed:
            estimated.add(path)
        # A copy, tied to the graph here: an in-place activation behind the layer would overwrite the original.
        outputs[path] = call.output.clone()

    with watch(model, see, plain=True) as places:
        model(given)
    path = chosen_layer(calls, layer)
    check_cell(cell, outputs[path].shape[2:])
    if not outputs[path].requires_grad:
        raise ValueError(
            f"the output of layer {path!r} is not connected to the image: the model detaches something on the "
            "way, or runs it under no_grad, and no gradient can pass there."
        )
    names = list(calls)
    before = names[: names.index(path) + 1]
    return Node(
        image=given,
        layer=path,
        cell=(int(cell[0]), int(cell[1])),
        vector=outputs[path][0, :, cell[0], cell[1]],
        call=calls[path],
        calls={name: calls[name] for name in before if calls[name].version != "conv"},
        places=found,
        estimated=frozenset(estimated),
    )


def chosen_layer(ran: Mapping[str, OperatorCall], layer: str | None) -> str:
    """The layer asked for, or the last deformable one, or the last of all in a model that has none.

    Raises:
        ValueError: if it did not run, or none did.
    """
    if not ran:
        raise ValueError("no deformable layer ran in this model, so there is no node to look at.")
    deformable = [name for name, call in ran.items() if call.version != "conv"]
    if layer is None:
        return (deformable or list(ran))[-1]
    if layer not in ran:
        raise ValueError(f"no layer {layer!r} ran; there are: {', '.join(deformable or ran)}.")
    return layer


def check_cell(cell: tuple[int, int], size: torch.Size | Pair) -> None:
    """Raises IndexError if a map of that size has no such cell."""
    if not (0 <= cell[0] < size[0] and 0 <= cell[1] < size[1]):
        raise IndexError(f"cell {tuple(cell)} is not on the layer's {size[0]} x {size[1]} output map.")


def pull_back(node: Node, *, keep_graph: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
    """One backward pass from the node: upstream gradient 1 in each of its channels, 0 elsewhere.

    Returns:
        The gradient at the image, ``(C, H, W)``, and that at the offsets, ``(1, G, K, H_out, W_out, 2)`` (dy,
        dx), of each layer that the node depends on. As a position is base + offset, the latter is the
        gradient by position too.

    Raises:
        ValueError: if a layer on the way takes its offsets from outside the graph.
    """
    names = list(node.calls)
    offsets = [node.calls[name].offsets for name in names]
    outputs = [node.calls[name].output for name in names]
    for name, tensor in zip(names, offsets, strict=True):
        if not tensor.requires_grad and node.calls[name].output.requires_grad:
            raise ValueError(_loose(name))
    wanted = [node.image, *offsets, *outputs]
    connected = [tensor for tensor in wanted if tensor.requires_grad]
    found = torch.autograd.grad(node.vector.sum(), connected, retain_graph=keep_graph, allow_unused=True)
    by_tensor = {id(t): g for t, g in zip(connected, found, strict=True)}
    at_image = by_tensor[id(node.image)]
    at_offsets: dict[str, Tensor] = {}
    for name, tensor, output in zip(names, offsets, outputs, strict=True):
        gradient = by_tensor.get(id(tensor))
        if gradient is not None:
            at_offsets[name] = gradient
        elif by_tensor.get(id(output)) is not None or name == node.layer:
            raise ValueError(_loose(name))
    if at_image is None:
        raise ValueError(f"layer {node.layer!r} does not depend on the image given to the model.")
    return at_image[0], at_offsets


def _loose(name: str) -> str:
    return (
        f"the offsets of layer {name!r} are not connected to the graph (they are constant, or were detached), so "
        "nothing can be said of what passes through them."
    )
