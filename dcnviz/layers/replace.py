"""Swaps the convolutions of an existing network for deformable ones, keeping their weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from dcnviz.layers.deform import DeformConv2d, ModulatedDeformConv2d
from dcnviz.layers.optim import DEFORMABLE

Choice = Callable[[str, nn.Conv2d], bool]


def wide_kernel(name: str, layer: nn.Conv2d) -> bool:
    """The default choice: convolutions with more than one tap, zero padding and a symmetric pad."""
    symmetric = (
        not isinstance(layer.padding, str)
        or layer.padding == "valid"
        or all(k % 2 for k in layer.kernel_size)
    )
    return max(layer.kernel_size) > 1 and layer.padding_mode == "zeros" and symmetric


def replace_convolutions(
    model: nn.Module,
    version: str = "v2",
    *,
    where: Choice = wide_kernel,
    mask_scale: float = 2.0,
    backend: str = "auto",
) -> nn.Module:
    """Replaces convolutions of a model by deformable ones with the same weights, in place.

    Offsets start at zero, so right after the swap v1 gives the same output, and v2 does with ``mask_scale=2``
    (masks start at 1); with 1, as in the paper, masks start at 0.5 and the layer's output is halved at first.

    Args:
        model: any module; its ``nn.Conv2d`` are looked at. Subclasses of it are left alone, and so are the
            predictors inside layers that are deformable already.
        version: "v1" or "v2" (v3 and v4 have no kernel weight that could be kept).
        where: takes a layer's path and the layer, says whether to replace it.
        mask_scale: see :class:`ModulatedDeformConv2d`.
        backend: see :func:`dcnviz.ops.deform_conv2d`.

    Returns:
        The model; if it was itself a convolution, the layer that replaces it.

    Raises:
        ValueError: if the version has no kernel weight, nothing was chosen, or a chosen layer cannot become
            deformable (another padding than zeros, a computed weight). The model is then as it was.

    >>> import torch
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1)).eval()
    >>> x = torch.rand(1, 3, 9, 9); before = net(x)
    >>> net = replace_convolutions(net, "v2")
    >>> type(net[0]).__name__, type(net[2]).__name__, torch.allclose(net(x), before, atol=1e-5)
    ('ModulatedDeformConv2d', 'Conv2d', True)
    """
    if version not in ("v1", "v2"):
        raise ValueError(f'version must be "v1" or "v2", which keep a kernel weight; got {version!r}.')
    predictors = {
        part for layer in model.modules() if isinstance(layer, DEFORMABLE) for part in layer.modules()
    }
    chosen = [
        layer
        for name, layer in model.named_modules()
        if type(layer) is nn.Conv2d and layer not in predictors and where(name, layer)
    ]
    if not chosen:
        raise ValueError(
            "there is no convolution to replace: the model has no nn.Conv2d that `where` accepts."
        )
    swapped: dict[nn.Module, DeformConv2d] = {
        layer: _deformable(layer, version, mask_scale, backend) for layer in chosen
    }
    if model in swapped:
        return swapped[model]
    # Every place by name, so that a layer used in two of them stays one layer.
    for path, child in list(model.named_modules(remove_duplicate=False)):
        if child in swapped:
            parent, _, name = path.rpartition(".")
            setattr(model.get_submodule(parent), name, swapped[child])
    return model


def _deformable(layer: nn.Conv2d, version: str, mask_scale: float, backend: str) -> DeformConv2d:
    if not isinstance(layer.weight, nn.Parameter):
        raise ValueError(
            f"{layer} computes its weight (weight or spectral norm): remove that before the swap."
        )
    kind = DeformConv2d if version == "v1" else partial(ModulatedDeformConv2d, mask_scale=mask_scale)
    new = kind(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        layer.groups,
        layer.bias is not None,
        layer.padding_mode,
        layer.weight.device,
        layer.weight.dtype,
        backend=backend,
    )
    new.weight = layer.weight
    new.bias = layer.bias  # type: ignore[assignment]  # torch's stubs call a bias a Tensor
    return new.train(layer.training)
