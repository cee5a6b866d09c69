"""record(model): what it sees, under which names, and that it leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from dcnviz import record
from dcnviz.analysis import tap_contributions
from dcnviz.layers import DCNv3, DCNv4, DeformConv2d, ModulatedDeformConv2d
from dcnviz.models import Network
from dcnviz.models.network import ChannelsLast
from dcnviz.ops import deform_conv2d
from dcnviz.ops.observe import observers
from tests.recording.networks import Nested, hooks, image, shake


class Sometimes(nn.Module):
    """Raises after its layer ran, if it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.fails = DeformConv2d(4, 4, 3, padding=1), True

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer(x)
        if self.fails:
            raise RuntimeError("on purpose")
        return x


def test_names_are_the_paths_of_modules_in_the_order_in_which_they_ran() -> None:
    model = shake(Nested())
    with record(model, calls=True) as recording:
        model(image())
    assert list(recording) == ["twice", "twice#2", "rest.0.a", "last.layer"] == list(recording.calls)
    assert [s.version for s in recording.values()] == ["v2", "v2", "v1", "v3"]
    assert not torch.equal(recording["twice"].offsets, recording["twice#2"].offsets)
    assert set(recording) <= {f"{name}{n}" for name, _ in model.named_modules() for n in ("", "#2")}


def test_a_layer_of_its_own_has_the_empty_path() -> None:
    layer = DeformConv2d(4, 2, 3)
    with record(layer) as recording:
        layer(image())
    assert list(recording) == [""]


def test_a_second_run_is_told_apart_and_keeps_its_place() -> None:
    model = Network("v1").eval()
    with record(model) as recording, torch.no_grad():
        model(image(channels=3))
        model(image(channels=3, size=(9, 9)))
    assert len(recording) == 6 and list(recording)[3] == "blocks.0.layer#2"
    assert recording.to_picture.keys() == set(recording)
    assert recording.image is not None and recording.image.shape[2:] == (6, 7)


def test_a_batch_is_kept_whole() -> None:
    model = shake(Nested())
    with record(model) as many:
        model(image(3))
    for n in range(3):
        with record(model) as one:
            model(image(3)[n : n + 1])
        for name in many:
            torch.testing.assert_close(one[name].offsets[0], many[name].offsets[n], atol=1e-4, rtol=1e-4)
    assert many.image is not None and torch.equal(many.image, image(3))


# --- positions by hand, from the channels of the predictor ----------------------------------------------


def taps(layer: nn.Module, output: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    g = layer.geometry
    yield from product(*map(range, (*g.kernel_size, *output)))  # type: ignore[union-attr,arg-type]


@pytest.mark.parametrize("kind", [DeformConv2d, ModulatedDeformConv2d])
def test_positions_of_v1_and_v2_are_those_of_the_predictors_channels(kind: type[DeformConv2d]) -> None:
    layer = kind(4, 2, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 3), offset_groups=2)
    shake(layer)
    with record(layer) as recording:
        layer(image(2))
    raw, sampling, count = layer.predictor(image(2)).tolist(), recording[""], 6
    for b, g in product(range(2), range(2)):
        for ky, kx, i, j in taps(layer, sampling.output_size):
            channel = (g * count + ky * 2 + kx) * 2
            y = i * 2 - 1 + ky * 1 + raw[b][channel][i][j]
            x = j * 1 - 2 + kx * 3 + raw[b][channel + 1][i][j]
            assert sampling.positions[b, g, ky * 2 + kx, i, j].tolist() == pytest.approx([y, x], abs=1e-5)


@pytest.mark.parametrize("kind", [DCNv3, DCNv4])
def test_positions_of_v3_and_v4_are_those_of_the_predictors_channels(kind: type[nn.Module]) -> None:
    layer = shake(kind(4, 3, stride=2, group=2, offset_scale=1.5))
    seen: list[Tensor] = []
    predictor = layer.get_submodule("offset" if kind is DCNv3 else "offset_mask")
    predictor.register_forward_hook(lambda module, args, output: seen.append(output.detach()))
    model = ChannelsLast(layer)
    with record(model) as recording:
        model(image())
    raw, sampling = seen[0][0].tolist(), recording["layer"]
    for g in range(2):
        start = g * 18 if kind is DCNv3 else g * 27  # v4: a block of offsets, then masks, for each group
        for ky, kx, i, j in taps(layer, sampling.output_size):
            t = kx * 3 + ky
            dx, dy = raw[i][j][start + 2 * t], raw[i][j][start + 2 * t + 1]
            y = i * 2 - 1 + 1 + 1.5 * (ky - 1 + dy)  # scaled about the kernel's centre
            x = j * 2 - 1 + 1 + 1.5 * (kx - 1 + dx)
            assert sampling.positions[0, g, ky * 3 + kx, i, j].tolist() == pytest.approx([y, x], abs=1e-5)
            if kind is DCNv4:
                strength = raw[i][j][start + 18 + t]
                assert sampling.mask[0, g, ky * 3 + kx, i, j].item() == pytest.approx(strength)
    if kind is DCNv3:
        assert torch.allclose(sampling.mask.sum(2), torch.ones(()), atol=1e-5)


# --- nothing changes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("train", [True, False])
def test_recording_changes_no_output_in_any_mode(mode: Callable[[], torch.no_grad], train: bool) -> None:
    model = shake(nn.Sequential(Nested(), nn.BatchNorm2d(4))).train(train)
    statistics = [value.clone() for value in model.buffers()]
    with mode():
        before = model(image(2))
        for value, old in zip(model.buffers(), statistics, strict=True):
            value.copy_(old)
        with record(model, calls=True) as recording:
            after = model(image(2))
    assert torch.equal(before, after) and after.requires_grad == before.requires_grad
    tensors = [recording.image, *(value for s in recording.values() for value in (s.offsets, s.mask))]
    tensors += [value for call in recording.calls.values() for value in vars(call).values()]
    for tensor in tensors:
        if isinstance(tensor, Tensor):
            assert not tensor.requires_grad and not tensor.is_inference() and tensor.device.type == "cpu"


def test_gradients_pass_through_a_recorded_run() -> None:
    model = shake(Nested())
    (plain,) = torch.autograd.grad(model(image()).sum(), model.twice.predictor.weight)
    with record(model):
        output = model(image())
    (watched,) = torch.autograd.grad(output.sum(), model.twice.predictor.weight)
    assert torch.equal(plain, watched)


def test_no_hook_stays_behind() -> None:
    model = shake(Nested())
    model.last.register_forward_hook(lambda module, args, output: None)
    before = hooks(model)
    with record(model, plain=True) as recording:
        assert hooks(model) > before
        model(image())
    assert hooks(model) == before and observers() == ()
    model(image())
    assert (
        len(recording) == 4
    )  # not what ran after the block; and no predictor passes for a plain convolution


def test_a_forward_that_raises_leaves_no_hook_and_the_model_works_on() -> None:
    model = nn.Sequential(Sometimes(), DeformConv2d(4, 4, 3, padding=1))
    before = hooks(model)
    with pytest.raises(RuntimeError, match="on purpose"), record(model, plain=True) as broken:
        model(image())
    assert list(broken) == ["0.layer"]
    assert hooks(model) == before == 0 and observers() == ()
    model[0].fails = False  # type: ignore[assignment]
    with record(model) as recording:
        model(image())
    assert list(recording) == ["0.layer", "1"]


def test_names_are_right_after_an_error_that_the_model_itself_catches() -> None:
    class Catches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.risky, self.safe = Sometimes(), DeformConv2d(4, 4, 3, padding=1)
            self.weight = nn.Parameter(torch.rand(4, 4, 3, 3))

        def forward(self, x: Tensor) -> Tensor:
            try:
                x = self.risky(x)
            except RuntimeError:
                x = self.safe(x)
            return deform_conv2d(x, torch.zeros(1, 18, 6, 7), self.weight, padding=1)

    def refuse(module: nn.Module, args: object) -> None:
        raise RuntimeError("refused before it ran")

    model = nn.Sequential(Catches())
    with record(model) as recording:
        model(image())
    assert list(recording) == ["0.risky.layer", "0.safe", "0"]
    model[0].risky.register_forward_pre_hook(refuse)  # type: ignore[union-attr]
    with record(model) as recording:
        model(image())
    assert list(recording) == ["0.safe", "0"]


def test_what_was_recorded_is_safe_from_what_is_done_later() -> None:
    model = shake(nn.Sequential(DeformConv2d(4, 4, 3, padding=1), nn.ReLU(inplace=True)))
    picture = image()
    with record(model, calls=True) as recording, torch.no_grad():
        model(picture)
        picture.zero_()
        for parameter in model.parameters():
            parameter.zero_()
    call = recording.calls["0"]
    assert bool((call.output < 0).any())
    assert tap_contributions(call, (2, 3)).error < 1e-5
    assert recording.image is not None and torch.equal(recording.image, image())


def test_calls_are_kept_only_when_asked_and_say_so():
    layer = DeformConv2d(2, 2, 3, padding=1)
    with record(layer) as plain:
        layer(torch.rand(1, 2, 5, 5))
    with record(layer, calls=True) as whole:
        layer(torch.rand(1, 2, 5, 5))
    assert not plain.calls and list(whole.calls) == list(whole) == list(plain)
    name = next(iter(plain))
    with pytest.raises(KeyError, match="calls=True"):
        plain.calls[name]
    with pytest.raises(KeyError, match="no call of layer 'elsewhere'"):
        whole.calls["elsewhere"]
