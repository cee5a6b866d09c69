"""watch(model, see): the live calls, inside the autograd graph."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.models.network import ChannelsLast
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording import watch
from tests.recording.networks import Nested, hooks, image, shake


def test_paths_are_given_once() -> None:
    model, paths = shake(Nested()), []
    with watch(model, lambda path, call: paths.append(path)):
        model(image())
        model(image())
    first = ["twice", "twice#2", "rest.0.a", "last.layer"]
    assert paths == [*first, "twice#3", "twice#4", "rest.0.a#2", "last.layer#2"]
    assert hooks(model) == 0


@pytest.mark.parametrize("kind", [DeformConv2d, ModulatedDeformConv2d, DCNv3, DCNv4])
def test_offsets_and_masks_are_parts_of_the_graph(kind: type[nn.Module]) -> None:
    layer = kind(4, 3) if kind in (DCNv3, DCNv4) else kind(4, 4, 3, padding=1)
    model = shake(ChannelsLast(layer) if kind in (DCNv3, DCNv4) else layer)
    calls: list[OperatorCall] = []
    with watch(model, lambda path, call: calls.append(call)):
        output = model(image())
    (call,) = calls
    hooked: list[torch.Tensor] = []
    call.offsets.register_hook(hooked.append)
    wanted = [call.offsets] if call.mask is None else [call.offsets, call.mask]
    slopes = torch.autograd.grad(output[0, :, 2, 3].sum(), wanted, retain_graph=True)
    assert all(bool(slope.any()) for slope in slopes) and torch.equal(hooked[0], slopes[0])
    elsewhere = slopes[0].clone()
    elsewhere[:, :, :, 2, 3] = 0
    assert not elsewhere.any()
    predictor = next(p for name, p in model.named_parameters() if "offset" in name or "predictor" in name)
    assert bool(torch.autograd.grad(output.sum(), predictor)[0].any())


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning", "ignore:`torch.jit:FutureWarning")
def test_scripted_parts_are_passed_over_and_scripted_models_refused() -> None:
    layer = nn.Sequential(nn.Conv2d(4, 4, 3))
    with torch.no_grad():
        traced = torch.jit.trace(layer, image())
    model, paths = nn.Sequential(torch.jit.script(layer), traced, DeformConv2d(4, 4, 1)), []
    with torch.no_grad(), watch(model, lambda path, call: paths.append(path)) as places:
        model(image())
    assert paths == ["2"] and places.size == (6, 7)
    with (
        pytest.raises(ValueError, match="record the module that it was made from"),
        watch(traced, lambda *_: None),
    ):
        pass


def test_a_checkpointed_part_is_seen_once_and_runs_again_unseen() -> None:
    class Saves(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part = ModulatedDeformConv2d(4, 4, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return checkpoint(self.part, x, use_reentrant=False)  # type: ignore[no-any-return]

    model, paths = shake(Saves()), []
    with watch(model, lambda path, call: paths.append(path)):
        model(image()).sum().backward()
    assert paths == ["part"] and all(p.grad is not None for p in model.parameters())
