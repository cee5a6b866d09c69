"""Gradients of a node by the picture, against finite differences and against graphs cut by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dcnviz import models, ops
from dcnviz.analysis.receptive_field import ReceptiveField, effective_receptive_field
from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.layers.grouped import pad_to_cells
from tests.analysis.nets import VERSIONS, Tiny, answers, core, image, layer_of, path_of

each = pytest.mark.parametrize("version", VERSIONS)


@each
def test_the_total_is_what_finite_differences_say(version) -> None:
    model, given, cell = Tiny(version), image(), (3, 4)
    field = effective_receptive_field(model, given, cell)
    path, step = path_of(model, model.second), 1e-6
    chosen = torch.randperm(given.numel(), generator=torch.Generator().manual_seed(1))[:25]
    chosen = torch.cat([chosen, field.total.flatten().abs().topk(10).indices])
    changes = torch.zeros(len(chosen), given.numel(), dtype=given.dtype)
    changes[torch.arange(len(chosen)), chosen] = step
    changes = changes.view(-1, *given.shape[1:])
    ahead, behind = answers(model, torch.cat([given + changes, given - changes]), path, cell).chunk(2)
    slopes = (ahead - behind) / (2 * step)
    assert float(slopes.abs().max()) > 1e-2
    torch.testing.assert_close(field.total.flatten()[chosen], slopes, rtol=1e-4, atol=1e-6)


def sampled(layer: nn.Module, content: Tensor, guide: Tensor) -> Tensor:
    """The layer's operator with its content and its predictor reading two different maps, written out by hand."""
    inner = core(layer)
    if isinstance(inner, ModulatedDeformConv2d | DeformConv2d):
        offset, mask = inner.predict(guide)
        return ops.deform_conv2d(content, offset, inner.weight, inner.bias, mask=mask, padding=1)
    value, g = content.permute(0, 2, 3, 1), inner.geometry
    if isinstance(inner, DCNv3):
        features = inner.dw_conv(pad_to_cells(guide, g, (3, 3)))
        mask = inner.mask(features).unflatten(-1, (2, -1)).softmax(-1).flatten(-2)
        out = ops.dcnv3(
            inner.input_proj(value), inner.offset(features), mask, kernel_size=3, padding=1, groups=2
        )
        return out.permute(0, 3, 1, 2)
    assert isinstance(inner, DCNv4)
    features = inner.offset_mask_dw(pad_to_cells(guide, g, (3, 3))).permute(0, 2, 3, 1)
    out = ops.dcnv4(inner.value_proj(value), inner.offset_mask(features), kernel_size=3, padding=1, groups=2)
    return out.permute(0, 3, 1, 2)


@each
def test_parts_of_one_layer_are_the_gradients_of_graphs_cut_by_hand(version) -> None:
    layer = layer_of(version).double().eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(std=0.3, generator=generator)
    given, cell = image((7, 8), 4), (3, 4)
    field = effective_receptive_field(layer, given, cell)
    parts = []
    for cut_guide in (False, True):
        x = given.clone().requires_grad_()
        content, guide = (x, x.detach()) if cut_guide else (x.detach(), x)
        (part,) = torch.autograd.grad(sampled(layer, content, guide)[0, :, cell[0], cell[1]].sum(), x)
        parts.append(part[0])
    geometry, content = parts
    assert min(float(geometry.abs().max()), float(content.abs().max())) > 1e-3
    torch.testing.assert_close(field.geometry, geometry, atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(field.content, content, atol=1e-9, rtol=1e-9)


@each
def test_content_holds_every_layers_sampling_fixed(version) -> None:
    """Two layers: replay the forward with recorded offsets and masks, and differentiate that."""
    model, given, cell = Tiny(version), image(), (3, 4)
    field = effective_receptive_field(model, given, cell)
    x = given.clone().requires_grad_()
    first = model.stem(x)
    second = torch.tanh(output_of(model.first, sampled(model.first, first, model.stem(given).detach())))
    guide = torch.tanh(model.first(model.stem(given))).detach()
    node = sampled(model.second, second, guide)[0, :, cell[0], cell[1]].sum()
    (content,) = torch.autograd.grad(node, x)
    torch.testing.assert_close(field.content, content[0], atol=1e-9, rtol=1e-9)
    assert float((field.total - content[0]).abs().max()) > 1e-3


def output_of(layer: nn.Module, map_: Tensor) -> Tensor:
    """What the module makes of its operator's output."""
    inner = core(layer)
    if isinstance(inner, DCNv3 | DCNv4):
        return inner.output_proj(map_.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    return map_


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4"])
def test_parts_add_up_on_a_bundled_network(version) -> None:
    field = effective_receptive_field(models.load(version), image((40, 44), 3).float(), (5, 5))
    assert float(field.total.abs().max()) > 0
    torch.testing.assert_close(field.content + field.geometry, field.total, atol=1e-5, rtol=0)
    assert 0 < field.geometry_share < 1
    for part in ("total", "content", "geometry"):
        torch.testing.assert_close(field.magnitude(part), getattr(field, part).abs().sum(0))


def test_a_plain_network_sees_its_grid_and_nothing_else() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.Tanh(), nn.Conv2d(3, 3, 3, padding=1))
    model.double().eval()
    field = effective_receptive_field(model, image((20, 20)), (4, 5))
    seen = field.magnitude().nonzero()
    assert (seen.min(0).values.tolist(), seen.max(0).values.tolist()) == ([5, 7], [11, 13])
    assert field.geometry_share == 0 and float(field.geometry.abs().max()) == 0
    x = image((20, 20)).requires_grad_()
    (expected,) = torch.autograd.grad(model(x)[0, :, 4, 5].sum(), x)
    torch.testing.assert_close(field.total, expected[0])


def test_an_earlier_layer_is_seen_as_if_it_were_the_last() -> None:
    model, given = Tiny("v2"), image()
    whole = effective_receptive_field(model, given, (3, 4), layer="first")
    cut = effective_receptive_field(nn.Sequential(model.stem, model.first).eval(), given, (3, 4))
    torch.testing.assert_close(whole.total, cut.total)
    torch.testing.assert_close(whole.content, cut.content)


def test_area_counts_the_fewest_pixels() -> None:
    total = torch.zeros(2, 4, 5)
    total[0, 1, 1], total[1, 1, 1], total[0, 2, 3], total[1, 0, 0] = -4.0, 4.0, 1.0, -1.0
    field = ReceptiveField(total, total, "", (0, 0))
    assert field.magnitude()[1, 1] == 8
    assert [field.pixels(share=s) for s in (0.5, 0.8, 0.81, 0.9, 0.91, 1.0)] == [1, 1, 2, 2, 3, 3]
    assert field.area(share=0.9) == 2 / 20
    assert field.pixels("geometry") == 0 and field.geometry_share == 0
    with pytest.raises(ValueError, match="share must be"):
        field.pixels(share=1.5)
    with pytest.raises(ValueError, match="part must be total, content, geometry"):
        field.magnitude("both")  # type: ignore[arg-type]


def test_the_area_of_a_uniform_kernel_is_its_size() -> None:
    layer = DeformConv2d(1, 1, 5, padding=2, bias=False).double().eval()
    with torch.no_grad():
        layer.weight.fill_(1.0)
    field = effective_receptive_field(layer, image((16, 16), 1), (8, 8))
    expected = F.pad(torch.ones(5, 5), (6, 5, 6, 5)).double()
    torch.testing.assert_close(field.content[0], expected)
    assert field.pixels("content", share=1.0) == 25
