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
def record(model: nn.Module, *, plain: bool = False) -> Iterator[Recording]:
    """Records every deformable layer of dcnviz that the model runs inside the block.

    Only what this model runs in this thread is seen, so several threads may record one model at a time. What
    is kept are copies on the CPU, outside the autograd graph; :func:`watch` shows the live tensors.

    Args:
        model: any module, called as ``model(...)``; it is not changed, and no hook stays behind, also when
            its forward raises.
        plain: record ordinary convolutions too, as :func:`watch` describes.

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

    def keep(path: str, call: OperatorCall) -> None:
        place, estimated = places.of(call.input)
        with torch.inference_mode(False):  # what is kept shall work anywhere
            call = _own(call)
            recording.add(path, call.sampling(), call)
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


def _own(call: OperatorCall) -> OperatorCall:
    """The call with copies of its tensors.

    A model may overwrite them (an in-place ReLU behind the layer, an optimizer's step), and then the recorded
    output would no longer be the sum of the recorded contributions.
    """
    tensors: dict[str, Any] = {k: _copy(v) for k, v in vars(call).items() if isinstance(v, Tensor)}
    return replace(call, **tensors)
