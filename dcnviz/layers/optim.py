"""Parameter groups for the optimizer: predictors learn more slowly than what they steer."""

from __future__ import annotations

from typing import Any

from torch import nn

from dcnviz.layers.dcnv3 import DCNv3
from dcnviz.layers.dcnv4 import DCNv4
from dcnviz.layers.deform import DeformConv2d

DEFORMABLE = (DeformConv2d, DCNv3, DCNv4)


def parameter_groups(
    model: nn.Module, lr: float, *, predictor_factor: float = 0.1, weight_decay: float = 0.0
) -> list[dict[str, Any]]:
    """Two parameter groups for any torch optimizer: the predictors' with a scaled rate, and all others.

    The papers train predictors at 0.1 of the rate (arXiv 1703.06211, section 4). The article tries the same
    by a backward hook whose result nobody uses; a parameter group does it.

    Args:
        model: any module with dcnviz layers in it.
        lr: the learning rate of the rest.
        predictor_factor: the predictors' share of it.
        weight_decay: for the rest; predictors get none (it would pull offsets to the regular grid).

    Returns:
        Groups named "rest" and "predictor"; parameters that ask for no gradient are left out.

    Raises:
        ValueError: if the rate or the factor is negative.

    >>> from dcnviz.layers import DeformConv2d
    >>> groups = parameter_groups(nn.Sequential(DeformConv2d(3, 8, 3)), lr=0.01)
    >>> [(g["name"], g["lr"], len(g["params"])) for g in groups]
    [('rest', 0.01, 2), ('predictor', 0.001, 2)]
    """
    if lr < 0 or predictor_factor < 0:
        raise ValueError(f"lr and predictor_factor must not be negative; got {lr} and {predictor_factor}.")
    layers = [m for m in model.modules() if isinstance(m, DEFORMABLE)]
    predictors = {id(p): p for layer in layers for p in layer.predictor_parameters() if p.requires_grad}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in predictors]
    return [
        {"name": "rest", "params": rest, "lr": lr, "weight_decay": weight_decay},
        {
            "name": "predictor",
            "params": list(predictors.values()),
            "lr": lr * predictor_factor,
            "weight_decay": 0.0,
        },
    ]
