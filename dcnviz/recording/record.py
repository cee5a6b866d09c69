"""`record(model)`: keeps where each deformable layer of a model looked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.recording import Recording
from dcnviz.recording.watch import watch


@contextmanager
def record(model: nn.Module, *, plain: bool = False, calls: bool = False) -> Iterator[Recording]:
    """Records every deformable layer that the model runs inside the block; the model need not be prepared for it.

    Seen are the layers and operators of dcnviz, every call of torchvision's ``deform_conv2d``, and the layers of
    other libraries that an adapter reads: see :func:`watch` and :func:`register_adapter`. Only what this model runs
    in this thread is seen, so several threads may record one model at a time. What is kept are copies on the CPU,
    outside the autograd graph; :func:`watch` shows the live tensors.

    Args:
        model: any module, called as ``model(...)``; it is not changed, and no hook stays behind, also when
            its forward raises.
        plain: record ordinary convolutions too, as :func:`watch` describes.
        calls: keep each operator's input, weights and output as well, in ``Recording.calls``, for
            :func:`dcnviz.analysis.tap_contributions` and whatever else shows that the numbers add up. That is the
            larger part of what a recording costs, in time and memory; the file is the same.

    Yields:
        A :class:`Recording` that fills while the model runs: paths of layers to their `Sampling`, with the picture
        and each layer's place on it, exact where the way to it can be traced.

    Raises:
        ValueError: in the model's forward, if an offset for torchvision's operator on a CPU is NaN or infinite:
            it would take the process down.

    >>> from dcnviz.layers import DeformConv2d
    >>> model = nn.Sequential(DeformConv2d(3, 8, 3, padding=1), nn.ReLU(), DeformConv2d(8, 4, 3))
    >>> with record(model) as recording:
    ...     _ = model(torch.rand(1, 3, 10, 10))
    >>> {name: tuple(s.positions.shape) for name, s in recording.items()}
    {'0': (1, 1, 9, 10, 10, 2), '2': (1, 1, 9, 8, 8, 2)}
    """
    recording = Recording()
    recording.calls.kept = calls

    def keep(path: str, call: OperatorCall) -> None:
        place, estimated = places.of(call.input)
        with torch.inference_mode(False):  # what is kept shall work anywhere
            call = _own(call) if calls else _without_maps(call)
            recording.add(path, call.sampling(), call if calls else None)
        if place is not None:
            recording.to_picture[path] = place
            if estimated:
                recording.estimated.add(path)

    def keep_picture(picture: Tensor) -> None:
        with torch.inference_mode(False):
            recording.image = _copy(picture).float()

    with watch(model, keep, plain=plain, show=keep_picture) as places:
        yield recording


def _copy(value: Tensor) -> Tensor:
    """The tensor on the CPU, safe from what is done to the original later."""
    return value.detach().to("cpu", copy=True)


def _without_maps(call: OperatorCall) -> OperatorCall:
    """The call with copies of what a sampling is made of; its input only tells its size."""
    fields = {"offsets": call.offsets, "mask": call.mask, "anchors": getattr(call, "anchors", None)}
    tensors: dict[str, Any] = {name: _copy(value) for name, value in fields.items() if value is not None}
    return replace(call, **tensors)


def _own(call: OperatorCall) -> OperatorCall:
    """The call with copies of its tensors.

    A model may overwrite them (an in-place ReLU behind the layer, an optimizer's step), and then the recorded
    output would no longer be the sum of the recorded contributions.
    """
    tensors: dict[str, Any] = {k: _copy(v) for k, v in vars(call).items() if isinstance(v, Tensor)}
    return replace(call, **tensors)
