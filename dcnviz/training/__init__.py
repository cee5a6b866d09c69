"""Training of the small networks, and how good they are."""

from dcnviz.training.host import Host, Run, TooManyRuns
from dcnviz.training.live import LiveRecipe, LiveTraining
from dcnviz.training.loop import RECIPES, Recipe, Trainer
from dcnviz.training.metrics import SIZE_NAMES, Report, evaluate
from dcnviz.training.timeline import Frame, Timeline, TimelineError

__all__ = [
    "RECIPES",
    "SIZE_NAMES",
    "Frame",
    "Host",
    "LiveRecipe",
    "LiveTraining",
    "Recipe",
    "Report",
    "Run",
    "Timeline",
    "TimelineError",
    "TooManyRuns",
    "Trainer",
    "evaluate",
]
