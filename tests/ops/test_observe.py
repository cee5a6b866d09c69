"""Observers see each operator call in canonical layout, and only in their own context."""

from __future__ import annotations

import threading
from functools import partial

import pytest
import torch

from dcnviz.conventions import dcnv4_channels, from_internimage, offsets_from_torchvision
from dcnviz.geometry import Geometry
from dcnviz.ops import dcnv3, dcnv4, deform_conv2d
from dcnviz.ops.observe import OperatorCall, observers, observing
from dcnviz.ops.reference import trace


def v2(mask: bool = True, backend: str = "auto") -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    x, offset = torch.rand(2, 4, 5, 6, generator=generator), torch.randn(2, 36, 5, 6, generator=generator)
    weights = torch.rand(2, 18, 5, 6, generator=generator) if mask else None
    weight, bias = torch.rand(3, 4, 3, 3, generator=generator), torch.rand(3, generator=generator)
    return deform_conv2d(x, offset, weight, bias, mask=weights, padding=1, backend=backend)


def test_nobody_watches_by_default() -> None:
    assert observers() == ()


def test_a_call_is_seen_as_it_was() -> None:
    calls: list[OperatorCall] = []
    with observing(calls.append):
        output = v2(backend="reference")
    (call,) = calls
    assert torch.equal(call.output, output)
    assert (call.version, call.backend, call.groups) == ("v2", "reference", 1)
    assert call.geometry == Geometry(3, padding=1)
    assert call.offsets.shape == (2, 2, 9, 5, 6, 2) and call.input.shape == (2, 4, 5, 6)
    # What was seen is enough to compute the output again, tap by tap.
    assert call.mask is not None and call.bias is not None
    t = trace(call.input, call.geometry.base((5, 6)) + call.offsets, call.mask)
    rebuilt = t.contributions(call.weight, call.groups).sum(2) + call.bias[:, None, None]
    torch.testing.assert_close(rebuilt, output, atol=1e-5, rtol=0)


def test_versions_have_their_names() -> None:
    calls: list[OperatorCall] = []
    x = torch.rand(1, 4, 4, 2)
    with observing(calls.append):
        v2(mask=False)
        v2()
        dcnv3(x, torch.zeros(1, 4, 4, 18), torch.ones(1, 4, 4, 9), kernel_size=3, padding=1)
        dcnv4(x, torch.zeros(1, 4, 4, 32), kernel_size=3, padding=1)
    assert [call.version for call in calls] == ["v1", "v2", "v3", "v4"]
    assert [call.mask is None for call in calls] == [True, False, False, False]
    assert [call.weight is None for call in calls] == [False, False, True, True]
    assert all(call.backend != "auto" for call in calls)


def test_sampling_of_a_call_is_where_it_looked() -> None:
    calls: list[OperatorCall] = []
    g = Geometry(3, padding=1)
    x, offset, mask = torch.rand(1, 4, 5, 2), torch.randn(1, 4, 5, 18), torch.rand(1, 4, 5, 9)
    with observing(calls.append):
        dcnv3(x, offset.requires_grad_(), mask, kernel_size=3, padding=1, offset_scale=2.0)
    s = calls[0].sampling()
    offsets, masks = from_internimage(offset, mask, g, 1, offset_scale=2.0)
    assert torch.equal(s.offsets, offsets) and torch.equal(s.mask, masks)
    assert s.input_size == (4, 5) and s.version == "v3" and not s.offsets.requires_grad


def test_a_v1_call_has_masks_of_one() -> None:
    calls: list[OperatorCall] = []
    with observing(calls.append):
        v2(mask=False)
    assert bool((calls[0].sampling().mask == 1).all())


def test_calls_stay_in_the_graph_until_they_are_detached() -> None:
    calls: list[OperatorCall] = []
    offset = torch.zeros(1, 18, 4, 4, requires_grad=True)
    with observing(calls.append):
        output = deform_conv2d(torch.rand(1, 1, 4, 4), offset, torch.rand(1, 1, 3, 3), padding=1)
    (call,) = calls
    (gradient,) = torch.autograd.grad(output.sum(), call.offsets, retain_graph=True)
    (wanted,) = torch.autograd.grad(output.sum(), offset)
    assert torch.equal(gradient, offsets_from_torchvision(wanted, 9))
    cut = call.detach()
    assert not any(t.requires_grad for t in (cut.input, cut.offsets, cut.output))
    assert cut.mask is None and cut.geometry == call.geometry


def test_blocks_nest_and_end_even_by_an_error() -> None:
    first: list[OperatorCall] = []
    second: list[OperatorCall] = []
    with observing(first.append):
        with pytest.raises(RuntimeError), observing(second.append):
            v2()
            raise RuntimeError("on purpose")
        v2()
    v2()
    assert (len(first), len(second)) == (2, 1)
    assert observers() == ()


def test_another_thread_is_not_seen() -> None:
    calls: list[OperatorCall] = []
    with observing(calls.append):
        other = threading.Thread(target=v2)
        other.start()
        other.join()
    assert calls == []


def test_a_refused_call_is_not_seen() -> None:
    calls: list[OperatorCall] = []
    with observing(calls.append), pytest.raises(ValueError):
        deform_conv2d(torch.rand(1, 1, 4, 4), torch.rand(1, 17, 4, 4), torch.rand(1, 1, 3, 3), padding=1)
    assert calls == []


@pytest.mark.parametrize(
    "kernel", [(3, 3), (2, 3)]
)  # not square: an order of taps can never pass for the other
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_v3_and_v4_give_the_same_bits_and_gradients_watched_or_not(kernel, dtype) -> None:
    """Unwatched, the gather backend takes their tensors as they are; watched, by way of canonical ones."""
    taps = kernel[0] * kernel[1]
    draw = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=draw, dtype=dtype).requires_grad_()

    given = {"kernel_size": kernel, "padding": (0, 1), "dilation": (2, 1), "groups": 2, "backend": "gather"}
    size = Geometry(kernel, padding=(0, 1), dilation=(2, 1)).output_size((7, 6))
    x = noise(2, 7, 6, 4)
    offset, mask, joint = (noise(2, *size, n) for n in (4 * taps, 2 * taps, dcnv4_channels(2, taps)))
    runs = [(partial(dcnv3, **given), (x, offset, mask)), (partial(dcnv4, **given), (x, joint))]
    for run, tensors in runs:
        plain = run(*tensors)
        with observing(lambda call: None):
            watched = run(*tensors)
        assert torch.equal(plain, watched)
        upstream = torch.randn(plain.shape, generator=draw, dtype=dtype)
        for mine, other in zip(
            torch.autograd.grad(plain, tensors, upstream),
            torch.autograd.grad(watched, tensors, upstream),
            strict=True,
        ):
            torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-6)
