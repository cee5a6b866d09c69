"""What an adapter is, and the list of them: how to read a module that is not of dcnviz while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from dcnviz.ops.observe import OperatorCall


class Adapter:
    """Reads one call of one module of another library; one is made for each call.

    While the module runs, the adapter is told what passes by, keeps what it needs, and at the end gives the
    deformable operator's call. It may put something else in the place of what passes: that is how canonical
    offsets come to lie inside the autograd graph (see :func:`connected`). The ``part`` is "" for the module
    itself and the path of a submodule otherwise.

    Subclass it, say in :meth:`fits` whose modules it reads, and hand it to :func:`register_adapter`. It must
    import nothing that may not be installed: go by names.

    Attributes:
        module: the module that runs.
        path: its path in the model, for messages.
        output_like: the name of the argument on whose cells the module's output lies, for modules that do not
            give ``(B, C, H, W)``; then an output of another size is not followed to the picture.
    """

    output_like: str | None = None

    def __init__(self, module: nn.Module, path: str = "") -> None:
        self.module: Any = module  # of a class unknown here: its attributes are the library's
        self.path = path

    @classmethod
    def fits(cls, module: nn.Module) -> bool:
        """Whether this adapter reads that module."""
        raise NotImplementedError(f"{cls.__name__}.fits(module) must say which modules it reads.")

    def before(self, part: str, arguments: dict[str, Any]) -> None:
        """Arguments of a call, by their names; what is put into the dict is what the call gets."""

    def after(self, part: str, output: Any) -> Any:
        """Output of a submodule; what is returned is what the module gets."""
        return output

    def function(self, name: str, arguments: tuple[Any, ...], output: Any) -> Any:
        """A torch function that the module itself called; what is returned is what the module gets."""
        return output

    def calls(self, output: Any) -> Iterable[tuple[str, OperatorCall]]:
        """After the module ran: its operator calls, each with what is appended to the module's path ("")."""
        raise NotImplementedError(f"{type(self).__name__}.calls(output) must give the operator's call.")


_adapters: list[type[Adapter]] = []


def register_adapter(adapter: type[Adapter]) -> type[Adapter]:
    """Makes :func:`dcnviz.record` read another kind of module; may be used as a decorator.

    Args:
        adapter: a subclass of :class:`Adapter`. The one registered last is asked first, so your own goes before
            those that dcnviz brings; registering it twice changes nothing.

    Raises:
        ValueError: if it is no subclass of :class:`Adapter`.

    Say a library has a layer that moves each cell by what its submodule ``flow`` predicts, in an operator of its own
    that torch does not see:

    >>> class Warp(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.flow = nn.Conv2d(3, 2, 1)
    ...     def forward(self, x):
    ...         return compiled_operator(x, self.flow(x))
    >>> def compiled_operator(x, flow):       # stands for the library's
    ...     return x.clone()

    Its adapter keeps what passes, and says at the end what the operator did:

    >>> from dcnviz import record
    >>> from dcnviz.conventions import offsets_from_torchvision, offsets_to_torchvision
    >>> from dcnviz.geometry import Geometry
    >>> class WarpAdapter(Adapter):
    ...     @classmethod
    ...     def fits(cls, module):
    ...         return type(module).__name__ == "Warp"
    ...     def before(self, part, arguments):
    ...         if part == "":
    ...             self.input = arguments["x"]
    ...     def after(self, part, output):
    ...         (self.offsets,), output = connected(
    ...             output, lambda raw: [offsets_from_torchvision(raw, taps=1)], offsets_to_torchvision)
    ...         return output
    ...     def calls(self, output):
    ...         tensors = (self.input, self.offsets, None, None, None)
    ...         yield "", OperatorCall(*tensors, Geometry(1), 1, "v1", output, "mine")
    >>> adapter = register_adapter(WarpAdapter)
    >>> model = nn.Sequential(nn.Conv2d(3, 3, 3, stride=2), Warp())
    >>> with record(model) as recording:
    ...     _ = model(torch.rand(1, 3, 9, 9))
    >>> {name: tuple(s.positions.shape) for name, s in recording.items()}, recording.to_picture["1"].start
    ({'1': (1, 1, 1, 4, 4, 2)}, (1.0, 1.0))
    >>> _adapters.remove(WarpAdapter)
    """
    if not (isinstance(adapter, type) and issubclass(adapter, Adapter)):
        raise ValueError(f"register_adapter takes a subclass of Adapter; got {adapter!r}.")
    if adapter not in _adapters:
        _adapters.insert(0, adapter)
    return adapter


def find(module: nn.Module) -> type[Adapter] | None:
    """The adapter that reads a module, if there is one."""
    return next((adapter for adapter in _adapters if adapter.fits(module)), None)


def is_named(module: nn.Module, names: Iterable[str], *, home: str) -> bool:
    """Whether a module's class (itself, not one it derives from) has one of the names and lives in ``home``.

    ``home`` is a word of the path of the Python module that defines the class, whatever its case: "mmcv" is in
    "mmcv.ops.deform_conv". Classes of dcnviz never fit: its operators are seen as they are.
    """
    kind = type(module)
    if kind.__name__ not in names:
        return False
    where = kind.__module__.lower().split(".")
    return where[0] != "dcnviz" and any(home in word for word in where)


def connected(
    raw: Tensor,
    there: Callable[[Tensor], Iterable[Tensor]],
    back: Callable[..., Tensor],
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Canonical tensors of a raw one, and the raw one made of them again: the same numbers, through their graph.

    Args:
        raw: as the library lays it out.
        there: ``raw`` to canonical tensors.
        back: its inverse; takes the canonical tensors.

    Returns:
        The canonical tensors, and what must be passed on instead of ``raw`` so that gradients of what follows
        reach them. Where nothing asks for gradients that is ``raw`` itself.

    >>> raw = torch.rand(4, requires_grad=True)
    >>> (half,), same = connected(raw, lambda r: [r / 2], lambda h: h * 2)
    >>> torch.equal(same, raw), torch.autograd.grad(same.sum(), half)[0]
    (True, tensor([2., 2., 2., 2.]))
    """
    canonical = tuple(there(raw))
    if not (torch.is_grad_enabled() and raw.requires_grad):
        return canonical, raw
    again = back(*canonical)
    # The numbers of raw bit for bit (back may round, or not fill channels that nobody reads), the slopes of again.
    return canonical, raw.detach() + (again - again.detach())
