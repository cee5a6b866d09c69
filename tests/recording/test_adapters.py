"""Layers of libraries that do not install here, by stand-ins that have their names, steps and signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dcnviz import record
from dcnviz.analysis import tap_contributions
from dcnviz.geometry import MapToPicture
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording import Adapter, register_adapter, watch
from dcnviz.recording.adapters.adapter import _adapters, find
from tests.recording import stand_ins
from tests.recording.networks import hooks, image, shake


class Given(nn.Module):
    """Predicts for a layer that takes its offsets (and masks) as arguments."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.modulated = layer, "Modulated" in type(layer).__name__
        self.predictor = nn.Conv2d(4, 36, (3, 2), padding=1, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        offset, mask = self.predictor(x).split((24, 12), dim=1)
        result: Tensor = (
            self.layer(x, offset, mask=mask.sigmoid()) if self.modulated else self.layer(x, offset=offset)
        )
        return result


class Last(nn.Module):
    """Runs a layer that wants channels last."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x.permute(0, 2, 3, 1))
        return y.permute(0, 3, 1, 2)


class Rows(nn.Module):
    """Runs a layer that wants its cells in one row."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x.flatten(2).transpose(1, 2), shape=x.shape[2:])
        return y.transpose(1, 2).unflatten(2, x.shape[2:])


MMCV: dict[str, Any] = {"stride": 2, "padding": 1, "deform_groups": 2, "groups": 2}
MODELS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "mmcv, v1": ("v1", lambda: Given(stand_ins.DeformConv2d(4, 6, (3, 2), **MMCV))),
    "mmcv, v2": ("v2", lambda: Given(stand_ins.ModulatedDeformConv2d(4, 6, (3, 2), **MMCV))),
    "mmcv pack, v1": ("v1", lambda: stand_ins.DeformConv2dPack(4, 6, (3, 2), **MMCV)),
    "mmcv pack, v2": ("v2", lambda: stand_ins.ModulatedDeformConv2dPack(4, 6, (3, 2), **MMCV)),
    "InternImage": ("v3", lambda: Last(stand_ins.DCNv3(4, dilation=2, pad=2, offset_scale=1.5))),
    "InternImage, removed centre": ("v3", lambda: Last(stand_ins.DCNv3(4, remove_center=True))),
    "InternImage, centre feature": ("v3", lambda: Last(stand_ins.DCNv3(4, center_feature_scale=True))),
    "InternImage, pytorch": ("v3", lambda: Last(stand_ins.DCNv3_pytorch(4, offset_scale=1.5))),
    "InternImage, pytorch, centre feature": (
        "v3",
        lambda: Last(stand_ins.DCNv3_pytorch(4, center_feature_scale=True)),
    ),
    "DCNv4": ("v4", lambda: Rows(stand_ins.DCNv4(4, dw_kernel_size=3, offset_scale=0.5))),
    "DCNv4, removed centre": ("v4", lambda: Rows(stand_ins.DCNv4(4, remove_center=True))),
    "DCNv4, centre feature": ("v4", lambda: Rows(stand_ins.DCNv4(4, center_feature_scale=True))),
    "DCNv4, without pointwise": (
        "v4",
        lambda: Rows(stand_ins.DCNv4(4, without_pointwise=True, center_feature_scale=True)),
    ),
}
each = pytest.mark.parametrize(("version", "build"), MODELS.values(), ids=MODELS)


def seen(model: nn.Module, picture: Tensor) -> tuple[Tensor, list[tuple[str, OperatorCall]]]:
    calls: list[tuple[str, OperatorCall]] = []
    with watch(model, lambda path, call: calls.append((path, call))):
        output = model(picture)
    return output, calls


@each
def test_what_the_adapter_says_adds_up_to_what_the_operator_gave(
    version: str, build: Callable[[], nn.Module]
) -> None:
    model = shake(nn.Sequential(build()))
    with torch.no_grad(), record(model, calls=True) as recording:
        model(image(2))
    (name,) = recording
    assert name == ("0.layer" if hasattr(model[0], "layer") else "0")
    assert recording[name].version == version and recording[name].batch == 2
    assert bool(recording[name].offsets.any())
    for cell in ((0, 0), (1, 2), (2, 3)):  # a wrong order of channels, taps or groups would not add up
        assert tap_contributions(recording.calls[name], cell, image=1).error < 2e-5


@each
def test_the_output_is_the_same_bit_for_bit_and_gradients_pass(
    version: str, build: Callable[[], nn.Module]
) -> None:
    model, picture = shake(build()), image(2)
    plain = model(picture)
    output, ((_, call),) = seen(model, picture)
    assert torch.equal(plain, output) and hooks(model) == 0
    wanted = [call.offsets] if call.mask is None else [call.offsets, call.mask]
    slopes = torch.autograd.grad(output[0, :, 1, 2].sum(), wanted, retain_graph=True)
    assert all(bool(slope.any()) for slope in slopes)
    others = slopes[0].clone()
    others[:, :, :, 1, 2] = 0
    assert not others.any()  # the slopes of one cell are at that cell
    parameters = list(model.parameters())
    for a, b in zip(
        torch.autograd.grad(plain.sum(), parameters),
        torch.autograd.grad(output.sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@each
def test_places_go_through_the_layer(version: str, build: Callable[[], nn.Module]) -> None:
    layer = build()
    model = shake(
        nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), layer, nn.Conv2d(6 if version <= "v2" else 4, 4, 1))
    )
    model.append(build())
    with torch.no_grad(), record(model) as recording:
        model(image(channels=3, size=(21, 23)))
    first, second = recording.to_picture.values()
    assert first == MapToPicture((2.0, 2.0), (1.0, 1.0)) and recording.estimated == set()
    assert second == first.after(next(iter(recording.values())).geometry)


def test_classes_are_known_by_name_and_home() -> None:
    assert all(find(layer) is None for layer in (nn.Conv2d(3, 3, 1), nn.Linear(3, 3)))
    elsewhere = type("DCNv4", (stand_ins.DCNv4,), {"__module__": "somebody.blocks"})
    assert find(elsewhere(4)) is None and find(stand_ins.DCNv4(4)) is not None
    common = type("DeformConv2d", (stand_ins.DeformConv2d,), {"__module__": "lab.common.layers"})
    assert find(common(4, 4, (3, 3))) is None and find(stand_ins.DeformConv2d(4, 4, (3, 3))) is not None
    derived = type("Alignment", (stand_ins.ModulatedDeformConv2dPack,), {"__module__": "mmagic.models"})
    assert find(derived(4, 4, (3, 3))) is None  # it may do anything with its offsets


def test_an_adapter_that_fails_is_told_of_and_the_model_runs_on() -> None:
    class Changed(stand_ins.DeformConv2dPack):
        def forward(self, picture: Tensor) -> Tensor:  # type: ignore[override]  # not x
            return self.operator(picture, self.conv_offset(picture))

    Changed.__name__, Changed.__module__ = "DeformConv2dPack", "mmcv.ops.deform_conv"
    model = shake(nn.Sequential(Changed(4, 4, (3, 3), padding=1)))
    plain = model(image())
    with (
        pytest.warns(
            UserWarning, match=r"layer '0' is not recorded: the adapter MMCV could not read it \(KeyError"
        ),
        record(model) as recording,
    ):
        output = model(image())
    assert torch.equal(plain, output) and len(recording) == 0


def test_ones_own_adapter_goes_first_and_must_be_one() -> None:
    with pytest.raises(ValueError, match="takes a subclass of Adapter; got <class 'int'>"):
        register_adapter(int)  # type: ignore[arg-type]

    class Mine(Adapter):
        @classmethod
        def fits(cls, module: nn.Module) -> bool:
            return isinstance(module, stand_ins.DeformConv2dPack)

    count = len(_adapters)
    try:
        assert register_adapter(register_adapter(Mine)) is Mine and len(_adapters) == count + 1
        assert find(stand_ins.DeformConv2dPack(4, 4, (3, 3))) is Mine
    finally:
        _adapters.remove(Mine)
