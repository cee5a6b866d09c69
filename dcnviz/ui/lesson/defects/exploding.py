"""Exploding offsets: the same training with the predictor at ten times the rate of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dcnviz.ui.lesson.defects.defect import Defect, places
from dcnviz.ui.lesson.defects.training import Run, noise_picture, train

if TYPE_CHECKING:  # neither torch nor Matplotlib is imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.analysis import Health
    from dcnviz.plots.style import ThemeName

FACTOR = 10.0
CELLS = [(5, 5), (5, 14), (14, 5), (14, 14)]
BOX = (-10.5, 29.5, 29.5, -10.5)


def ended(broken: bool) -> Run:
    """The training at ten times the rate, or at the rate of the rest."""
    return train(FACTOR if broken else 1.0)


def health(broken: bool) -> Health:
    """What there is to say of the layer at the end."""
    from dcnviz.analysis import offset_health

    return offset_health(ended(broken).sampling)


def _figure(broken: bool, theme: ThemeName) -> Figure:
    from dcnviz.plots.looks import looks

    return looks(ended(broken).sampling, noise_picture(), CELLS, box=BOX, dot=0.7, theme=theme)


def _facts() -> Mapping[str, object]:
    wild, calm, still = ended(True), ended(False), train(0.0)
    shares = health(True).shares
    return {
        **{"outside": f"{shares['outside']:.0%}", "regular": f"{shares['outside_regular']:.0%}"},
        "calm": f"{health(False).shares['outside']:.0%}",
        **{"stuck": f"{wild.stuck:.0%}", "free": f"{calm.stuck:.0%}"},
        **{"loss": f"{wild.loss:.2f}", "still": f"{still.loss:.2f}", "good": f"{calm.loss:.2f}"},
    }


EXPLODING = Defect(
    "exploding",
    "b",
    _facts,
    _figure,
    lambda broken: places(ended(broken).sampling, CELLS),
    mend=(
        "torch.nn.utils.clip_grad_norm_(layer.predictor_parameters(), 1.0)\n"
        "groups = dcnviz.layers.parameter_groups(model, lr=1e-3, predictor_factor=0.1)"
    ),
)
