"""Follows the picture through a model: where does each of its maps lie on it?"""

from dcnviz.recording.tracing.places import Places
from dcnviz.recording.tracing.spots import CONSTANT, Laid, Spot, grid

__all__ = ["CONSTANT", "Laid", "Places", "Spot", "grid"]
