"""Pure functions on recorded sampling: arrays in, arrays out."""

from dcnviz.analysis.contributions import TapContributions, tap_contributions
from dcnviz.analysis.dilation import effective_dilation
from dcnviz.analysis.stacked import StackedPoints, stack_points

__all__ = ["StackedPoints", "TapContributions", "effective_dilation", "stack_points", "tap_contributions"]
