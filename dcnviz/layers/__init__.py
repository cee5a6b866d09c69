"""Drop-in modules: v1 to v4 with their predictors, and help to put them into a network and train them."""

from dcnviz.layers.article import from_article
from dcnviz.layers.dcnv3 import DCNv3
from dcnviz.layers.dcnv4 import DCNv4
from dcnviz.layers.deform import DeformConv2d, ModulatedDeformConv2d
from dcnviz.layers.optim import DEFORMABLE, parameter_groups
from dcnviz.layers.replace import replace_convolutions

__all__ = [
    "DEFORMABLE",
    "DCNv3",
    "DCNv4",
    "DeformConv2d",
    "ModulatedDeformConv2d",
    "from_article",
    "parameter_groups",
    "replace_convolutions",
]
