"""The predictor's learning rate: a tenth of it asked for by the article's hook, and by a parameter group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dcnviz.ui.lesson.defects.defect import Defect
from dcnviz.ui.lesson.defects.training import Run, train

if TYPE_CHECKING:  # Matplotlib is not imported before the page is painted
    from matplotlib.figure import Figure

    from dcnviz.plots.style import ThemeName

TENTH = 0.1


def asked(broken: bool) -> Run:
    """The training that asked by the hook, or the one that asked by a parameter group."""
    return train(1.0, hooked=True) if broken else train(TENTH)


def _figure(broken: bool, theme: ThemeName) -> Figure:
    from dcnviz.plots.curves import curves

    full = train(1.0).lengths
    return curves(asked(broken).lengths, full, top=1.1 * max(full), theme=theme)


def _facts() -> Mapping[str, object]:
    full, hook, tenth = train(1.0), asked(True), asked(False)
    return {
        **{"full": f"{full.first:.4f}", "hook": f"{hook.first:.4f}", "tenth": f"{tenth.first:.4f}"},
        "apart": f"{max(abs(a - b) for a, b in zip(full.lengths, hook.lengths, strict=True)):.4f}",
        **{"loss_full": f"{full.loss:.2f}", "loss_tenth": f"{tenth.loss:.2f}"},
    }


RATE = Defect(
    "rate",
    "a",
    _facts,
    _figure,
    lambda broken: ", ".join(f"{n}: {asked(broken).lengths[n]:.2f}" for n in (1, 2, 5, 10, 20, 30)),
    mend=(
        "groups = dcnviz.layers.parameter_groups(model, lr=1e-3, predictor_factor=0.1)\n"
        "optimizer = torch.optim.AdamW(groups)"
    ),
)
