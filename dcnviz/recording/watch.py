"""`watch(model, see)`: shows each deformable layer's call, live, to a function while the model runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from dcnviz.geometry import Geometry
from dcnviz.layers.optim import DEFORMABLE
from dcnviz.ops.observe import OperatorCall, observers, observing
from dcnviz.recording.functions import Functions
from dcnviz.recording.running import Running, See
from dcnviz.recording.tracing import CONSTANT, Places, grid
from dcnviz.sampling import regular


@contextmanager
def watch(
    model: nn.Module, see: See, *, plain: bool = False, show: Callable[[Tensor], None] | None = None
) -> Iterator[Places]:
    """Calls ``see(path, call)`` for every deformable layer that the model runs inside the block.

    Seen are dcnviz's operators; every call of torchvision's ``deform_conv2d``, as a function, a module or
    ``torch.ops``; and the modules of other libraries that an adapter reads (:mod:`dcnviz.recording.adapters`). What
    a scripted or compiled model calls inside is not seen.

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

    Yields:
        The places of the model's maps: inside ``see``, ``places.of(call.input)`` says where the layer's input map
        lies on the picture, and whether that is only estimated.

    Raises:
        ValueError: if the model is a scripted one, which cannot be watched.
        ValueError: in the model's forward, if an offset for torchvision's operator on a CPU is NaN or infinite:
            it would take the process down.

    >>> from dcnviz.layers import DeformConv2d
    >>> layer, calls = DeformConv2d(3, 8, 3, padding=1), []
    >>> with watch(layer, lambda path, call: calls.append(call)):
    ...     output = layer(torch.rand(1, 3, 10, 10))
    >>> (slope,) = torch.autograd.grad(output[0, :, 4, 4].sum(), calls[0].offsets)
    >>> slope.shape, sorted({tuple(cell) for cell in slope.nonzero()[:, 3:5].tolist()})
    (torch.Size([1, 1, 9, 10, 10, 2]), [(4, 4)])
    """
    if isinstance(model, torch.jit.ScriptModule):
        raise ValueError(
            "a scripted or traced model cannot be watched: record the module that it was made from."
        )
    places = Places(model)
    runs: Counter[str] = Counter()

    def pass_on(name: str, call: OperatorCall) -> None:
        _follow(places, call)
        runs[name] += 1
        see(name if runs[name] == 1 else f"{name}#{runs[name]}", call)

    def observe(call: OperatorCall) -> None:
        if running.frames:  # else it is not this model that runs
            pass_on(running.frames[-1].path, call)

    def here() -> bool:
        return observe in observers()  # observers belong to this thread

    def first_picture(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> None:
        # No keywords: torch has forgotten them, because the block of the thread whose hook this is has ended.
        given = next(
            (a for a in (*args, *(kwargs or {}).values()) if isinstance(a, Tensor) and a.ndim == 4), None
        )
        if given is None or not here():
            return
        if places.size is None and show is not None:
            show(given)
        places.start(given)

    running = Running(model, here, pass_on, places)
    with ExitStack() as stack:
        stack.callback(model.register_forward_pre_hook(first_picture, with_kwargs=True).remove)
        stack.enter_context(running.hooked())
        for name, layer in _ordinary(model) if plain else ():
            hook = _plain(name, pass_on, here)
            stack.callback(layer.register_forward_hook(hook, with_kwargs=True).remove)
        stack.enter_context(observing(observe))
        stack.enter_context(Functions(running, pass_on, places))
        yield places


def _follow(places: Places, call: OperatorCall) -> None:
    """A layer's output lies where its undeformed kernel looks."""
    spot = places.get(call.input)
    if spot is None or spot is CONSTANT or spot.axes != (-2, -1) or call.version == "msda":
        return
    places.set(call.output, grid(spot.maps[0].place.after(call.geometry), call.output.shape[-2:]))


def _ordinary(model: nn.Module) -> Iterator[tuple[str, nn.Conv2d]]:
    """The convolutions that ``plain`` is about."""
    maps_to_picture = getattr(model, "maps_to_picture", None)
    chosen = set(maps_to_picture()) if callable(maps_to_picture) else None
    predictors = {
        part for layer in model.modules() if isinstance(layer, DEFORMABLE) for part in layer.modules()
    }
    for name, layer in model.named_modules():
        if type(layer) is nn.Conv2d and layer not in predictors and (chosen is None or name in chosen):
            yield name, layer


def _plain(name: str, pass_on: See, here: Callable[[], bool]) -> Callable[..., None]:
    """A hook that reports an ordinary convolution as an operator call with zero offsets."""

    def hook(layer: nn.Conv2d, args: tuple[Any, ...], *rest: Any) -> None:
        if len(rest) < 2:  # no keywords, as in :func:`watch`
            return
        kwargs, output = rest
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
