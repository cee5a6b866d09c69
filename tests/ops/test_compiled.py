"""``torch.compile`` and ``torch.export`` of whole layers: as eager, or refused in words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import pytest
import torch
from torch import Tensor, nn

from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.ops import backends, deform_conv2d

Made = tuple[nn.Module, Tensor]

LAYERS: dict[str, Callable[[], Made]] = {
    "v1": lambda: (DeformConv2d(4, 6, 3, padding=1), torch.randn(2, 4, 7, 8)),
    "v2": lambda: (
        ModulatedDeformConv2d(4, 6, (3, 2), 2, padding=1, offset_groups=2, groups=2),
        torch.randn(2, 4, 7, 8),
    ),
    "v3": lambda: (DCNv3(8, group=2, offset_scale=1.5, remove_center=True), torch.randn(2, 7, 8, 8)),
    "v4": lambda: (DCNv4(8, group=2, stride=2, dw_kernel_size=3), torch.randn(2, 7, 8, 8)),
}
layers = pytest.mark.parametrize("version", list(LAYERS))


def made(version: str) -> Made:
    """A layer whose predictors predict something, and an input for it."""
    torch.manual_seed(3)
    layer, x = LAYERS[version]()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return layer, x


def with_gradients(run: Callable[[Tensor], Tensor], layer: nn.Module, x: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    output = run(x)
    upstream = torch.randn(output.shape, generator=torch.Generator().manual_seed(5))
    return [output, *torch.autograd.grad(output, [x, *layer.parameters()], upstream)]


def compiled(layer: nn.Module, backend: str) -> Callable[[Tensor], Tensor]:
    torch._dynamo.reset()
    run: Callable[[Tensor], Tensor] = torch.compile(layer, backend=backend, fullgraph=True)
    return run


@layers
def test_a_compiled_layer_is_one_graph_and_equals_eager_with_its_gradients(version: str) -> None:
    layer, x = made(version)
    ours, eager = with_gradients(compiled(layer, "aot_eager"), layer, x), with_gradients(layer, layer, x)
    for mine, other in zip(ours, eager, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-5)


@layers
def test_an_exported_layer_equals_eager(version: str) -> None:
    layer, x = made(version)
    program = torch.export.export(layer, (x,))
    torch.testing.assert_close(program.module()(x), layer(x))


def test_a_graph_exported_for_any_size_runs_at_another() -> None:
    layer, x = made("v2")
    height, width = (torch.export.Dim(name, min=4, max=64) for name in ("height", "width"))
    program = torch.export.export(layer, (x,), dynamic_shapes=({2: height, 3: width},))
    other = torch.randn(2, 4, 12, 10)
    torch.testing.assert_close(program.module()(other), layer(other))


@pytest.mark.parametrize("fullgraph", [True, False])
def test_torchvisions_operator_refuses_to_be_compiled_on_a_cpu(fullgraph: bool) -> None:
    layer = ModulatedDeformConv2d(4, 6, 3, padding=1, backend="torchvision")
    torch._dynamo.reset()
    run = torch.compile(layer, backend="aot_eager", fullgraph=fullgraph)
    with pytest.raises(Exception, match='"torchvision" cannot be compiled or exported on a CPU'):
        run(torch.randn(1, 4, 7, 8))
    with pytest.raises(ValueError, match='use "gather" or "auto"'):
        torch.export.export(layer, (torch.randn(1, 4, 7, 8),))


def test_a_nan_in_a_compiled_layer_is_an_error_or_a_nan() -> None:
    layer, x = made("v2")
    run = compiled(layer, "aot_eager")
    run(x)
    layer.predictor.bias.data[1] = float("nan")
    with suppress(RuntimeError):
        assert bool(run(x).isnan().any())
    with pytest.raises(ValueError, match="NaN or infinite"):  # eager checks first
        layer(x)


def test_the_log_names_each_backend_once_for_each_device(caplog: pytest.LogCaptureFixture) -> None:
    backends._say.cache_clear()
    caplog.set_level(logging.INFO, logger="dcnviz")
    x, offset, w = torch.rand(1, 2, 5, 5), torch.zeros(1, 18, 5, 5), torch.rand(2, 2, 3, 3)
    for name in ("auto", "auto", "reference", "gather", "reference"):
        deform_conv2d(x, offset, w, padding=1, backend=name)
    assert [record.getMessage() for record in caplog.records] == [
        "deformable layers on cpu run by backend 'gather'",
        "deformable layers on cpu run by backend 'reference'",
    ]
    assert {record.name for record in caplog.records} == {"dcnviz"}
