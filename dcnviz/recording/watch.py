"""`watch(model, see)`: shows each deformable layer's call, live, to a function while the model runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from dcnviz.geometry import Geometry
from dcnviz.layers.optim import DEFORMABLE
from dcnviz.ops.observe import OperatorCall, observers, observing
from dcnviz.sampling import regular

See = Callable[[str, OperatorCall], None]


@contextmanager
def watch(
    model: nn.Module, see: See, *, plain: bool = False, show: Callable[[Tensor], None] | None = None
) -> Iterator[None]:
    """Calls ``see(path, call)`` for every deformable layer that the model runs inside the block.

    The call is the live one: nothing is copied, and ``call.offsets`` and ``call.mask`` lie inside the autograd
    graph, between the predictor and the layer's output. So gradients with respect to them can be asked for, and
    hooks can be put on them. Only what this model runs in this thread is seen, so several threads may watch one
    model at a time.

    Args:
        model: any module, called as ``model(...)``; it is not changed, and no hook stays behind, also when
            its forward raises.
        see: takes the layer's path and its call, right after the layer's operator ran. A path is given once: a
            layer that runs again gets ``#2``, ``#3``... behind it.
        plain: show ordinary convolutions with more than one tap too, with zero offsets and version "conv"; only
            the layers that ``model.maps_to_picture`` names, if the model has that method. Those inside
            deformable layers (predictors) are left out, and those that pad by a word ("same") or with anything
            but zeros.
        show: takes the first ``(B, C, H, W)`` tensor that the model is given, before it runs.

    >>> import torch
    >>> from dcnviz.layers import DeformConv2d
    >>> layer, calls = DeformConv2d(3, 8, 3, padding=1), []
    >>> with watch(layer, lambda path, call: calls.append(call)):
    ...     output = layer(torch.rand(1, 3, 10, 10))
    >>> (slope,) = torch.autograd.grad(output[0, :, 4, 4].sum(), calls[0].offsets)
    >>> slope.shape, sorted({tuple(cell) for cell in slope.nonzero()[:, 3:5].tolist()})
    (torch.Size([1, 1, 9, 10, 10, 2]), [(4, 4)])
    """
    maps_to_picture = getattr(model, "maps_to_picture", None)
    chosen = set(maps_to_picture()) if plain and callable(maps_to_picture) else None
    predictors = {
        part for layer in model.modules() if isinstance(layer, DEFORMABLE) for part in layer.modules()
    }
    running: list[str] = []  # paths of the modules that are running, outermost first
    runs: Counter[str] = Counter()

    def pass_on(name: str, call: OperatorCall) -> None:
        runs[name] += 1
        see(name if runs[name] == 1 else f"{name}#{runs[name]}", call)

    def observe(call: OperatorCall) -> None:
        if running:  # else it is not this model that runs
            pass_on(running[-1], call)

    def here() -> bool:
        # Hooks hang on the model, where every thread runs into them; the observer is only in this one.
        return observe in observers()

    def enter(name: str) -> Callable[..., None]:
        return lambda module, args: running.append(name) if here() else None

    def leave(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if here() and name in running:  # modules inside that were broken off go with it
                del running[len(running) - 1 - running[::-1].index(name) :]

        return hook

    def first_picture(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        nonlocal show
        given = next(iter((*args, *kwargs.values())), None)
        if show is not None and here() and isinstance(given, Tensor) and given.ndim == 4:
            show(given)
            show = None

    with ExitStack() as stack:
        stack.callback(model.register_forward_pre_hook(first_picture, with_kwargs=True).remove)
        for name, module in model.named_modules():
            stack.callback(module.register_forward_pre_hook(enter(name), prepend=True).remove)
            stack.callback(module.register_forward_hook(leave(name), always_call=True).remove)
            ordinary = type(module) is nn.Conv2d and module not in predictors
            if plain and ordinary and (chosen is None or name in chosen):
                hook = _plain(name, pass_on, here)
                stack.callback(module.register_forward_hook(hook, with_kwargs=True).remove)
        stack.enter_context(observing(observe))
        yield


def _plain(name: str, pass_on: See, here: Callable[[], bool]) -> Callable[..., None]:
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
        pass_on(name, OperatorCall(input, grid.offsets, None, *weights, "conv", output, "torch"))

    return hook
