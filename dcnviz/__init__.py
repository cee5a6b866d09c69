"""dcnviz: see where a deformable convolution looks.

The public names are loaded when they are first used, so that ``import dcnviz`` does not import torch: the app paints
its first page before torch is there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"
__all__ = ["Recording", "Sampling", "__version__", "analysis", "layers", "models", "ops", "plots", "record"]

if TYPE_CHECKING:
    from dcnviz import analysis, layers, models, ops, plots
    from dcnviz.recording import Recording
    from dcnviz.recording.record import record
    from dcnviz.sampling import Sampling

_HOMES = {"Sampling": "dcnviz.sampling", "Recording": "dcnviz.recording", "record": "dcnviz.recording"}
_ROOMS = ("analysis", "layers", "models", "ops", "plots")


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _ROOMS:
        return import_module(f"dcnviz.{name}")
    raise AttributeError(f"module 'dcnviz' has no attribute {name!r}")
