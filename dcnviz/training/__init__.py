"""Training of the small networks, and how good they are."""

from dcnviz.training.loop import RECIPES, Recipe, Trainer
from dcnviz.training.metrics import SIZE_NAMES, Report, evaluate

__all__ = ["RECIPES", "SIZE_NAMES", "Recipe", "Report", "Trainer", "evaluate"]
