"""Models of torchvision's operator that nobody prepared: every way to call it, in every mode, in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import DeformConv2d, deform_conv2d

from dcnviz import record
from dcnviz.analysis import tap_contributions
from dcnviz.layers import DCNv3, ModulatedDeformConv2d
from dcnviz.ops.observe import OperatorCall, observers
from dcnviz.recording import watch
from tests.recording.networks import hooks, image, shake


class Theirs(nn.Module):
    """A stranger's model: one layer of each kind, one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4, 4, 3, stride=2, padding=1)
        self.where = nn.Conv2d(4, 36 + 18, 3, padding=1)
        self.layer = DeformConv2d(4, 4, 3, padding=1, groups=2)
        self.last = nn.Conv2d(4, 2 * 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 3))
        self.weight = nn.Parameter(torch.rand(5, 4, 3, 2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for _ in range(2):
            offset, mask = self.where(x).split((36, 18), dim=1)
            x = x + self.layer(x, offset, mask.sigmoid())
        sides = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 3)}
        return deform_conv2d(x, self.last(x), self.weight, **sides)  # type: ignore[arg-type]


def theirs() -> Theirs:
    model = Theirs()
    shake(model)
    return model


def picture(batch: int = 2, seed: int = 9) -> Tensor:
    return image(batch, size=(14, 16), seed=seed)


def test_functions_and_modules_are_seen_with_their_hyper_parameters() -> None:
    model = theirs()
    with record(model, calls=True) as recording:
        output = model(picture())
    assert list(recording) == ["layer", "layer#2", ""]
    assert [s.version for s in recording.values()] == ["v2", "v2", "v1"]
    first, last = recording["layer"], recording[""]
    assert (first.groups, first.batch, first.input_size) == (2, 2, (7, 8)) and recording.calls[
        "layer"
    ].groups == 2
    g = last.geometry
    assert (g.kernel_size, g.stride, g.padding, g.dilation) == ((3, 2), (2, 1), (1, 2), (1, 3))
    assert torch.equal(recording.calls[""].output, output)
    for name, cell in product(recording, ((0, 0), (2, 3))):
        assert tap_contributions(recording.calls[name], cell, image=1).error < 1e-4
    assert recording.estimated == set() and recording.to_picture[""].jump == (2.0, 2.0)


def test_positions_are_those_computed_by_hand_from_the_raw_offsets() -> None:
    model, seen = theirs(), []
    model.last.register_forward_hook(lambda module, args, output: seen.append(output.detach()))
    with record(model) as recording:
        model(picture())
    raw, positions = seen[0].tolist(), recording[""].positions
    for b, ky, kx, i, j in product(range(2), range(3), range(2), *map(range, seen[0].shape[2:])):
        channel = 2 * (ky * 2 + kx)
        y = i * 2 - 1 + ky * 1 + raw[b][channel][i][j]
        x = j * 1 - 2 + kx * 3 + raw[b][channel + 1][i][j]
        assert positions[b, 0, ky * 2 + kx, i, j].tolist() == pytest.approx([y, x], abs=1e-5)


def test_the_bare_operator_is_seen_too_and_not_without_a_model() -> None:
    operator = torch.ops.torchvision.deform_conv2d
    rest = (1, 1, 1, 1, 1, 1, 1, 1, False)

    class Bare(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            tensors = (x, torch.eye(4)[:, :, None, None].repeat(1, 1, 3, 3), torch.zeros(1, 18, 6, 7))
            for form in (operator, operator.default):
                x = form(*tensors, torch.zeros(1, 1), torch.zeros(4), *rest)
            return x

    model = Bare()
    with record(model) as recording:
        model(image())
        deform_conv2d(image(), torch.zeros(1, 18, 4, 5), torch.rand(4, 4, 3, 3))  # nobody's
    assert list(recording) == ["", "#2"] and {s.version for s in recording.values()} == {"v1"}


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("train", [True, False])
def test_outputs_are_the_same_bit_for_bit_in_every_mode(
    mode: Callable[[], torch.no_grad], train: bool
) -> None:
    model = nn.Sequential(theirs(), nn.BatchNorm2d(5)).train(train)
    with mode():
        before = model(picture())
        with record(model) as recording:
            after = model(picture())
    assert torch.equal(before, after)
    assert after.requires_grad == before.requires_grad and hooks(model) == 0 and observers() == ()
    for sampling in recording.values():
        assert not sampling.offsets.requires_grad and not sampling.offsets.is_inference()


def test_offsets_and_masks_lie_in_the_graph_of_every_layer() -> None:
    model, calls = theirs(), []

    def see(path: str, call: OperatorCall) -> None:
        calls.append(call)

    plain = torch.autograd.grad(model(picture()).sum(), list(model.parameters()))
    with watch(model, see):
        output = model(picture())
    wanted = [call.offsets for call in calls] + [call.mask for call in calls if call.mask is not None]
    hooked: list[Tensor] = []
    wanted[0].register_hook(hooked.append)
    slopes = torch.autograd.grad(output[0, :, 1, 2].sum(), wanted, retain_graph=True)
    assert all(bool(slope.any()) for slope in slopes) and torch.equal(hooked[0], slopes[0])
    for a, b in zip(plain, torch.autograd.grad(output.sum(), list(model.parameters())), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-3)


def test_where_nothing_asks_for_gradients_the_offset_is_used_as_it_is() -> None:
    model, given = theirs(), []
    with torch.no_grad(), watch(model, lambda path, call: given.append(call.offsets)):
        seen: list[Tensor] = []
        model.last.register_forward_hook(lambda module, args, output: seen.append(output))
        model(picture())
    assert given[-1].data_ptr() == seen[0].data_ptr()  # a view: nothing was copied


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_offset_that_would_take_the_process_down_is_refused_by_the_layers_name(bad: float) -> None:
    model = nn.Sequential(theirs())
    with torch.no_grad():
        model[0].where.bias[3] = bad  # type: ignore[index,union-attr,operator]
    words = r"the offset of layer '0\.layer' has \d+ NaN or infinite numbers"
    with pytest.raises(ValueError, match=words), record(model):
        model(picture())
    assert hooks(model) == 0 and observers() == () and torch._C._len_torch_function_stack() == 0


def test_dcnvizs_own_layers_are_not_recorded_twice_by_any_backend() -> None:
    layers = [
        ModulatedDeformConv2d(4, 4, 3, padding=1, backend="torchvision"),
        DeformConv2d(4, 4, 3, padding=1),
    ]

    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.own, self.theirs = layers
            self.v3 = DCNv3(4, group=2, backend="torchvision")

        def forward(self, x: Tensor) -> Tensor:
            x = self.theirs(self.own(x), torch.zeros(1, 18, 6, 7))
            result: Tensor = self.v3(x.permute(0, 2, 3, 1))
            return result

    model = shake(Mixed())
    with record(model, calls=True) as recording:
        model(image())
    assert list(recording) == ["own", "theirs", "v3"]
    assert [call.version for call in recording.calls.values()] == ["v2", "v1", "v3"]
    with record(model, calls=True) as outer, record(model.theirs, calls=True) as inner:
        model(image())
    assert list(outer) == ["own", "theirs", "v3"] and list(inner) == [""]


def test_threads_record_one_model_at_once() -> None:
    model, meet = theirs(), threading.Barrier(2, timeout=120)
    handle = model.stem.register_forward_hook(lambda *_: (meet.wait(), None)[1])
    pictures, found = [picture(1, seed=1), picture(3, seed=2)], {}

    def look(n: int) -> None:
        with torch.inference_mode(), record(model) as recording:
            model(pictures[n])
        found[n] = recording

    threads = [threading.Thread(target=look, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handle.remove()
    for n, shown in enumerate(pictures):
        with torch.no_grad(), record(model) as alone:
            model(shown)
        assert list(found[n]) == list(alone) == ["layer", "layer#2", ""]
        for name in alone:
            torch.testing.assert_close(found[n][name].offsets, alone[name].offsets, rtol=1e-5, atol=1e-5)
        assert found[n].to_picture == alone.to_picture
    assert hooks(model) == 0


def test_without_calls_the_same_samplings_are_kept() -> None:
    model = theirs()
    with torch.no_grad(), record(model, calls=True) as whole:
        model(picture())
    with torch.no_grad(), record(model, calls=False) as small:
        model(picture())
        model.where.weight.zero_()
    assert small.calls == {} and list(small) == list(whole) and small.to_picture == whole.to_picture
    for name in whole:
        assert torch.equal(small[name].offsets, whole[name].offsets)
        assert torch.equal(small[name].mask, whole[name].mask)


# --- border cells -----------------------------------------------------------------------------------------------


def test_skipping_taps_outside_the_map_before_offsets_are_assigned_gives_other_points() -> None:
    """The demo of the first paper leaves out taps whose undeformed place is outside, then counts offsets on.

    So at the border the n-th offset goes to the n-th tap that is left, not to its own. An operator gives every tap
    its own offset; taps outside read nothing, unless their offset brings them in.
    """
    size, seen = (5, 6), []
    offset = torch.randn(1, 18, *size, generator=torch.Generator().manual_seed(2))

    class Layer(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return deform_conv2d(x, offset, torch.ones(1, 1, 3, 3), padding=1)

    model = nn.Sequential(Layer())
    with record(model) as recording:
        output = model(x := torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(3)))
    sampling = recording["0"]
    for i, j in product(*map(range, size)):
        inside = [(ky, kx) for ky, kx in product(range(3), range(3)) if _on(i - 1 + ky, j - 1 + kx, size)]
        demo = {
            tap: (
                i - 1 + tap[0] + float(offset[0, 2 * n, i, j]),
                j - 1 + tap[1] + float(offset[0, 2 * n + 1, i, j]),
            )
            for n, tap in enumerate(inside)
        }
        ours = {
            (ky, kx): tuple(sampling.positions[0, 0, ky * 3 + kx, i, j].tolist())
            for ky, kx in product(range(3), range(3))
        }
        border = i in (0, size[0] - 1) or j in (0, size[1] - 1)
        same = len(demo) == 9 and all(ours[tap] == pytest.approx(demo[tap], abs=1e-5) for tap in demo)
        assert same is not border
        seen.append(border)
        values = [sum(_value(x[0, 0], *point) for point in points.values()) for points in (ours, demo)]
        assert values[0] == pytest.approx(float(output[0, 0, i, j]), abs=1e-5)  # ours are the operator's
        assert border is False or values[1] != pytest.approx(float(output[0, 0, i, j]), abs=1e-5)
    assert any(seen) and not all(seen)


def _on(y: int, x: int, size: tuple[int, int]) -> bool:
    return 0 <= y < size[0] and 0 <= x < size[1]


def _value(map: Tensor, y: float, x: float) -> float:
    """Bilinear, 0 outside, written out."""
    low_y, low_x, total = int(y // 1), int(x // 1), 0.0
    for cy, cx in product((low_y, low_y + 1), (low_x, low_x + 1)):
        if _on(cy, cx, (map.shape[0], map.shape[1])):
            total += (1 - abs(y - cy)) * (1 - abs(x - cx)) * float(map[cy, cx])
    return total
