"""Pure functions on recorded sampling: arrays in, arrays out."""

from dcnviz.analysis.contributions import TapContributions, tap_contributions
from dcnviz.analysis.dilation import effective_dilation
from dcnviz.analysis.health import Finding, Health, offset_health, recording_health
from dcnviz.analysis.layout import Inspection, inspect_layout
from dcnviz.analysis.stacked import StackedPoints, stack_points
from dcnviz.analysis.viewpoints import Viewpoints, viewpoints

__all__ = [
    "Finding",
    "Health",
    "Inspection",
    "StackedPoints",
    "TapContributions",
    "Viewpoints",
    "effective_dilation",
    "inspect_layout",
    "offset_health",
    "recording_health",
    "stack_points",
    "tap_contributions",
    "viewpoints",
]
