"""`record(model)`: watches a model run and keeps where each of its deformable layers looked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from dcnviz.geometry import Geometry
from dcnviz.layers.optim import DEFORMABLE
from dcnviz.ops.observe import OperatorCall, observers, observing
from dcnviz.recording.recording import Recording
from dcnviz.sampling import regular

Keep = Callable[[str, OperatorCall], None]


@contextmanager
def record(model: nn.Module, *, plain: bool = False) -> Iterator[Recording]:
    """Records every deformable layer of dcnviz that the model runs inside the block.

    Only what this model runs in this thread is seen, so several threads may record one model at a time. What
    is kept are copies on the CPU, outside the autograd graph.

    Args:
        model: any module, called as ``model(...)``; it is not changed, and no hook stays behind, also when
            its forward raises.
        plain: record ordinary convolutions with more than one tap too, as samplings with zero offsets and
            version "conv"; only the layers that ``model.maps_to_picture`` names, if the model has that
            method. Those inside deformable layers (predictors) are left out, and those that pad by a word
            ("same") or with anything but zeros.

    Yields:
        A :class:`Recording` that fills while the model runs: paths of layers to their `Sampling`.

    >>> from dcnviz.layers import DeformConv2d
    >>> model = nn.Sequential(DeformConv2d(3, 8, 3, padding=1), nn.ReLU(), DeformConv2d(8, 4, 3))
    >>> with record(model) as recording:
    ...     _ = model(torch.rand(1, 3, 10, 10))
    >>> {name: tuple(s.positions.shape) for name, s in recording.items()}
    {'0': (1, 1, 9, 10, 10, 2), '2': (1, 1, 9, 8, 8, 2)}
    """
    recording = Recording()
    maps_to_picture = getattr(model, "maps_to_picture", None)
    places = maps_to_picture() if callable(maps_to_picture) else {}
    deformable = [layer for layer in model.modules() if isinstance(layer, DEFORMABLE)]
    predictors = {part for layer in deformable for part in layer.modules()}
    running: list[str] = []  # paths of the modules that are running, outermost first

    def keep(name: str, call: OperatorCall) -> None:
        with torch.inference_mode(False):  # what is kept shall work anywhere
            call = _own(call)
            path = recording.add(name, call.sampling(), call)
        if name in places:
            recording.to_picture[path] = places[name]

    def see(call: OperatorCall) -> None:
        if running:  # else it is not this model that runs
            keep(running[-1], call)

    def here() -> bool:
        # Hooks hang on the model, where every thread runs into them; the observer is only in this one.
        return see in observers()

    def enter(name: str) -> Callable[..., None]:
        return lambda module, args: running.append(name) if here() else None

    def leave(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if here() and name in running:  # modules inside that were broken off go with it
                del running[len(running) - 1 - running[::-1].index(name) :]

        return hook

    def keep_picture(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = next(iter((*args, *kwargs.values())), None)
        if here() and recording.image is None and isinstance(given, Tensor) and given.ndim == 4:
            with torch.inference_mode(False):
                recording.image = _copy(given).float()

    with ExitStack() as stack:
        stack.callback(model.register_forward_pre_hook(keep_picture, with_kwargs=True).remove)
        for name, module in model.named_modules():
            stack.callback(module.register_forward_pre_hook(enter(name), prepend=True).remove)
            stack.callback(module.register_forward_hook(leave(name), always_call=True).remove)
            ordinary = type(module) is nn.Conv2d and module not in predictors
            if plain and ordinary and (name in places or not places):
                hook = _plain(name, keep, here)
                stack.callback(module.register_forward_hook(hook, with_kwargs=True).remove)
        stack.enter_context(observing(see))
        yield recording


def _copy(value: Tensor) -> Tensor:
    """The tensor on the CPU, safe from what is done to the original later."""
    return value.detach().to("cpu", copy=True)


def _own(call: OperatorCall) -> OperatorCall:
    """The call with copies of its tensors.

    A model may overwrite them (an in-place ReLU behind the layer, an optimizer's step), and then the recorded
    output would no longer be the sum of the recorded contributions.
    """
    tensors: dict[str, Any] = {k: _copy(v) for k, v in vars(call).items() if isinstance(v, Tensor)}
    return replace(call, **tensors)


def _plain(name: str, keep: Keep, here: Callable[[], bool]) -> Callable[..., None]:
    """A hook that reports an ordinary convolution as an operator call with zero offsets."""

    def hook(layer: nn.Conv2d, args: tuple[Any, ...], kwargs: dict[str, Any], output: Tensor) -> None:
        if max(layer.kernel_size) == 1 or isinstance(layer.padding, str) or layer.padding_mode != "zeros":
            return
        input: Tensor = args[0] if args else kwargs["input"]
        if input.ndim != 4 or not here():
            return
        geometry = Geometry(layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        grid = regular(geometry, (input.shape[2], input.shape[3]), batch=input.shape[0])
        weights = (layer.weight, layer.bias, geometry, layer.groups)
        keep(name, OperatorCall(input, grid.offsets, None, *weights, "conv", output, "torch"))

    return hook
