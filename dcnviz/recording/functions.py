"""Sees every torch function that a model calls: torchvision's operator, and what adapters and places follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch.overrides import TorchFunctionMode

from dcnviz.recording.adapters import torchvision
from dcnviz.recording.running import Running, See
from dcnviz.recording.tracing import Places


class Functions(TorchFunctionMode):
    """Active in one thread for the time of a recording; what other models call passes untouched."""

    def __init__(self, running: Running, see: See, places: Places) -> None:
        super().__init__()
        self._running, self._see, self._places = running, see, places

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Runs the function, and looks."""
        kwargs = kwargs or {}
        frames = self._running.frames
        if not frames:  # it is not this model that runs
            return func(*args, **kwargs)
        if torchvision.is_deform_conv2d(func) and all(frame.reader is None for frame in frames):
            path = frames[
                -1
            ].path  # (inside a module that an adapter reads, the adapter says what the layer did)
            output, call = torchvision.run(func, args, kwargs, path)
            if call is not None:
                self._see(path, call)
            return output
        output = func(*args, **kwargs)
        if frames[-1].reader is not None:
            output = self._running.passed(func, args, output)
        self._places.follow(func, args, kwargs, output)
        return output
