"""The operators: v1, v2, v3 and v4 under one roof, each with interchangeable backends."""

from dcnviz.ops.functional import dcnv3, dcnv4, deform_conv2d

__all__ = ["dcnv3", "dcnv4", "deform_conv2d"]
