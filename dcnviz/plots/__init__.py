"""Figures: one function a figure, and their files.

Each name is loaded when it is first used, so that the table of colours can be read before Matplotlib is
there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dcnviz.plots.arrows import mean_displacement
    from dcnviz.plots.board import tap_board, tap_boards
    from dcnviz.plots.comparison import side_by_side
    from dcnviz.plots.dilations import dilation_by_size
    from dcnviz.plots.export import save, to_pdf, to_png, to_svg
    from dcnviz.plots.fields import dilation_map, offset_magnitude
    from dcnviz.plots.flow import displacement_flow
    from dcnviz.plots.healthbars import health_summary
    from dcnviz.plots.lengths import offset_lengths
    from dcnviz.plots.locations import sampling_locations
    from dcnviz.plots.masks import mask_map
    from dcnviz.plots.points import sampling_points
    from dcnviz.plots.receptive import receptive_field
    from dcnviz.plots.saliency import saliency_region
    from dcnviz.plots.timelines import timeline_curves, timeline_gif
    from dcnviz.plots.viewpoints import viewpoint_maps
    from dcnviz.plots.waterfall import contributions

__all__ = [
    "contributions",
    "dilation_by_size",
    "dilation_map",
    "displacement_flow",
    "health_summary",
    "mask_map",
    "mean_displacement",
    "offset_lengths",
    "offset_magnitude",
    "receptive_field",
    "saliency_region",
    "sampling_locations",
    "sampling_points",
    "save",
    "side_by_side",
    "tap_board",
    "tap_boards",
    "timeline_curves",
    "timeline_gif",
    "to_pdf",
    "to_png",
    "to_svg",
    "viewpoint_maps",
]

_HOMES = {
    "contributions": "waterfall",
    "dilation_by_size": "dilations",
    "dilation_map": "fields",
    "displacement_flow": "flow",
    "health_summary": "healthbars",
    "mask_map": "masks",
    "mean_displacement": "arrows",
    "offset_lengths": "lengths",
    "offset_magnitude": "fields",
    "receptive_field": "receptive",
    "saliency_region": "saliency",
    "sampling_locations": "locations",
    "sampling_points": "points",
    "save": "export",
    "side_by_side": "comparison",
    "tap_board": "board",
    "tap_boards": "board",
    "timeline_curves": "timelines",
    "timeline_gif": "timelines",
    "to_pdf": "export",
    "to_png": "export",
    "to_svg": "export",
    "viewpoint_maps": "viewpoints",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"dcnviz.plots.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'dcnviz.plots' has no attribute {name!r}")
