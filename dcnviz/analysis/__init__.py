"""Pure functions on recorded sampling: arrays in, arrays out."""

from dcnviz.analysis.contributions import TapContributions, tap_contributions
from dcnviz.analysis.dilation import effective_dilation
from dcnviz.analysis.health import Finding, Health, offset_health, recording_health
from dcnviz.analysis.layout import Inspection, inspect_layout
from dcnviz.analysis.receptive_field import ReceptiveField, effective_receptive_field
from dcnviz.analysis.saliency import SaliencyRegion, error_bounded_saliency
from dcnviz.analysis.sampling_locations import LayerLocations, SamplingLocations, effective_sampling_locations
from dcnviz.analysis.stacked import StackedPoints, stack_points
from dcnviz.analysis.viewpoints import Viewpoints, viewpoints

__all__ = [
    "Finding",
    "Health",
    "Inspection",
    "LayerLocations",
    "ReceptiveField",
    "SaliencyRegion",
    "SamplingLocations",
    "StackedPoints",
    "TapContributions",
    "Viewpoints",
    "effective_dilation",
    "effective_receptive_field",
    "effective_sampling_locations",
    "error_bounded_saliency",
    "inspect_layout",
    "offset_health",
    "recording_health",
    "stack_points",
    "tap_contributions",
    "viewpoints",
]
