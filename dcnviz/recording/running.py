"""Which modules of a model are running in this thread, told by hooks; and the adapters that read them meanwhile."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from dcnviz.ops.observe import OperatorCall
from dcnviz.recording.adapters.adapter import Adapter, find
from dcnviz.recording.tracing import Places

See = Callable[[str, OperatorCall], None]


@dataclass(slots=True)
class Frame:
    """One module that is running.

    Attributes:
        path: its path in the model.
        reader: the adapter that reads this call of it, if one does.
        like: the argument on whose cells the adapter says the output lies.
    """

    path: str
    reader: Adapter | None = None
    like: Tensor | None = field(default=None, repr=False)


class Running:
    """The modules that are running, outermost first, and what their adapters find.

    Args:
        model: whose modules.
        here: whether this thread is the one that is watched: hooks hang on the model, where every thread runs
            into them.
        see: takes what adapters find.
        places: learns where adapted modules' outputs lie.
    """

    def __init__(self, model: nn.Module, here: Callable[[], bool], see: See, places: Places) -> None:
        self.frames: list[Frame] = []
        self._model, self._here, self._see, self._places = model, here, see, places

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Keeps the hooks on the model for the time of the block."""
        readers: dict[str, type[Adapter]] = {}
        with ExitStack() as stack:
            for path, module in self._model.named_modules():
                if isinstance(module, torch.jit.ScriptModule):
                    continue  # takes no hooks, and tells of no function inside: it is not seen
                owner = next((p for p in readers if _inside(path, p)), None)
                if owner is None and path and type(module).__module__.startswith("torch.nn."):
                    continue  # calls no deformable operator itself, and hooks cost time
                reader = find(module) if owner is None else None
                stack.callback(
                    module.register_forward_pre_hook(self._enter(path, reader), prepend=True).remove
                )
                if reader is not None:
                    readers[path] = reader
                if reader is not None or owner is not None:
                    hooks = self._before(path if owner is None else owner, path), self._after(owner, path)
                    stack.callback(module.register_forward_pre_hook(hooks[0], with_kwargs=True).remove)
                    stack.callback(module.register_forward_hook(hooks[1]).remove)
                stack.callback(module.register_forward_hook(self._leave(path), always_call=True).remove)
            yield

    def passed(self, function: Any, args: tuple[Any, ...], output: Any) -> Any:
        """A torch function was called by the innermost module: its adapter may exchange what it gave."""
        frame = self.frames[-1]
        name = getattr(function, "__name__", "")
        return self._ask(frame, lambda reader: reader.function(name, args, output), output)

    def _enter(self, path: str, reader: type[Adapter] | None) -> Callable[..., None]:
        def hook(module: nn.Module, args: Any) -> None:
            if self._here():
                frame = Frame(path)
                self.frames.append(frame)
                if reader is not None:
                    frame.reader = _guarded(path, reader, lambda: reader(module, path), None)

        return hook

    def _leave(self, path: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if self._here() and (at := self._find(path)) is not None:
                del self.frames[at:]  # modules inside that were broken off go with it

        return hook

    def _before(self, owner: str, path: str) -> Callable[..., Any]:
        def hook(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Any:
            frame = self._frame(owner)
            # No keywords: torch has forgotten them, because the block of the thread whose hook this is has ended.
            if kwargs is None or frame is None or frame.reader is None:
                return None
            bound = _bound(module, args, kwargs)
            if bound is None:
                return None
            part = path.removeprefix(owner).removeprefix(".")
            self._ask(frame, lambda reader: reader.before(part, bound.arguments), None)
            if part == "" and frame.reader is not None and frame.reader.output_like is not None:
                like = bound.arguments.get(frame.reader.output_like)
                frame.like = like if isinstance(like, Tensor) else None
            return bound.args, bound.kwargs

        return hook

    def _after(self, owner: str | None, path: str) -> Callable[..., Any]:
        def inside(module: nn.Module, args: Any, output: Any) -> Any:
            assert owner is not None
            frame = self._frame(owner)
            if frame is None or frame.reader is None:
                return None
            part = path.removeprefix(owner).removeprefix(".")
            return self._ask(frame, lambda reader: reader.after(part, output), output)

        def itself(module: nn.Module, args: Any, output: Any) -> None:
            frame = self._frame(path)
            if frame is None or frame.reader is None:
                return
            found = self._ask(frame, lambda reader: list(reader.calls(output)), [])
            for part, call in found:
                self._see(".".join(filter(None, (path, part))), call)
            first = output[0] if isinstance(output, tuple) else output
            if frame.like is not None and isinstance(first, Tensor):
                spot = self._places.get(frame.like)
                self._places.set(first, spot if spot is not None and spot.on(first.shape) else None)

        return itself if owner is None else inside

    def _find(self, path: str) -> int | None:
        """Where the innermost run of a module is among the frames."""
        if self.frames and self.frames[-1].path == path:
            return len(self.frames) - 1
        return next((n for n in reversed(range(len(self.frames))) if self.frames[n].path == path), None)

    def _frame(self, path: str) -> Frame | None:
        at = self._find(path) if self._here() else None
        return None if at is None else self.frames[at]

    def _ask(self, frame: Frame, question: Callable[[Adapter], Any], otherwise: Any) -> Any:
        """Asks a frame's adapter; what the adapter itself calls meanwhile is no function of the module."""
        reader, frame.reader = frame.reader, None
        assert reader is not None
        failed = object()
        answer = _guarded(frame.path, type(reader), lambda: question(reader), failed)
        if answer is failed:
            return otherwise
        frame.reader = reader
        return answer


def _bound(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments | None:
    """A call's arguments by name; None where they have none, or do not fit, of which the call itself will tell."""
    try:
        bound = inspect.signature(module.forward).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return bound


def _guarded(path: str, reader: type[Adapter], question: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return question()
    except Exception as error:  # of a library's version that the adapter does not know: the model must run on
        problem = f"{type(error).__name__}: {error}"
        warnings.warn(
            f"layer {path!r} is not recorded: the adapter {reader.__name__} could not read it ({problem}).",
            stacklevel=2,
        )
        return otherwise


def _inside(path: str, owner: str) -> bool:
    return owner == "" or path.startswith(f"{owner}.")
