"""Arguments of the operators, by hypothesis: each gives a clear refusal or the right result, on every backend.

A NaN among the offsets makes torchvision's own operator end the process. So this is run in a process of its own
(``python -m tests.fuzz``), where that would be seen.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from torch import Tensor

from dcnviz.conventions import dcnv4_channels, stored_taps
from dcnviz.geometry import Geometry
from dcnviz.ops import dcnv3, dcnv4, deform_conv2d
from dcnviz.ops.backends import BACKENDS
from tests.fuzz.runner import Report
from tests.memory import grown

Arguments = dict[str, Any]
NAME = "operators"
OPERATORS: dict[str, Callable[..., Tensor]] = {"v2": deform_conv2d, "v3": dcnv3, "v4": dcnv4}
TAME = 1e4
"""Offsets beyond this leave every map: results are still compared, since outside is zero. Other numbers are small."""

pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
odd_numbers = st.sampled_from(
    [0, -1, 1.5, 2**40, 10**30, None, "3", (1,), (2, 0), (1, 2, 3), True, float("nan")]
)
not_tensors = st.sampled_from([None, 1.0, "x", [[0.0]], object()])
extremes = st.sampled_from(
    [float("nan"), float("inf"), -float("inf"), 3e38, -3e38, 1e30, 2.0**31, -(2.0**31), 2.0**63]
)
types = st.sampled_from(
    [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.complex64]
)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, Arguments]:
    """An operator, and arguments that fit or nearly fit."""
    version = draw(st.sampled_from(list(OPERATORS)))
    kernel, stride, dilation = draw(pairs), draw(pairs), draw(pairs)
    padding = (draw(st.integers(0, 4)), draw(st.integers(0, 4)))
    geometry, size = (
        Geometry(kernel, stride, padding, dilation),
        (draw(st.integers(1, 9)), draw(st.integers(1, 9))),
    )
    arguments = _fitting(draw, version, geometry, size)
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        _edit(draw, arguments)
    return version, arguments


def _fitting(draw: st.DrawFn, version: str, geometry: Geometry, size: tuple[int, int]) -> Arguments:
    try:
        cells = geometry.output_size(size)
    except ValueError:
        cells = (2, 3)  # refused, whatever the other tensors are
    batch, groups, each = draw(st.integers(0, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    channels, chance = 2 * groups * each, torch.Generator().manual_seed(draw(st.integers(0, 2**31)))

    def tensor(*shape: int, spread: float = 1.0) -> Tensor:
        return torch.randn(shape, generator=chance) * spread

    spread = draw(st.sampled_from([0.0, 0.5, 3.0, TAME, 1e30]))
    where: Arguments = {"stride": geometry.stride, "padding": geometry.padding, "dilation": geometry.dilation}
    if version == "v2":
        sums = draw(st.sampled_from([1, 2]))
        return {
            "input": tensor(batch, channels, *size),
            "offset": tensor(batch, 2 * groups * geometry.taps, *cells, spread=spread),
            "weight": tensor(2 * sums, channels // sums, *geometry.kernel_size),
            "bias": tensor(2 * sums) if draw(st.booleans()) else None,
            "mask": tensor(batch, groups * geometry.taps, *cells) if draw(st.booleans()) else None,
            **where,
        }
    centre = draw(st.booleans()) and geometry.kernel_size == (3, 3)
    taps = stored_taps(geometry, centre)
    where |= {"kernel_size": geometry.kernel_size, "groups": groups, "remove_center": centre}
    where["offset_scale"] = draw(st.sampled_from([1.0, 0.5, 2.0]))
    if version == "v3":
        offset = tensor(batch, *cells, 2 * groups * taps, spread=spread)
        return {
            "input": tensor(batch, *size, channels),
            "offset": offset,
            "mask": tensor(batch, *cells, groups * taps),
            **where,
        }
    both = tensor(batch, *cells, dcnv4_channels(groups, taps))
    return {"input": tensor(batch, *size, channels), "offset_mask": both, **where}


def _edit(draw: st.DrawFn, arguments: Arguments) -> None:
    """Makes one argument something else; it may still fit."""
    tensors = {name: value for name, value in arguments.items() if isinstance(value, Tensor)}
    names = [n for n, value in tensors.items() if value.layout == torch.strided and not value.is_meta]
    if not names:
        return
    name = draw(st.sampled_from(names))
    value: Tensor = arguments[name]
    what = draw(
        st.sampled_from(["number", "number", "type", "axis", "shape", "none", "memory", "layout", "other"])
    )
    if what == "number" and value.numel() and value.is_floating_point():
        changed = value.clone(memory_format=torch.contiguous_format)
        changed.view(-1)[draw(st.integers(0, value.numel() - 1))] = draw(extremes)
        arguments[name] = changed
    elif what == "type":
        arguments[name] = value.to(draw(types))
    elif what == "axis":
        arguments[name] = value[None] if draw(st.booleans()) or value.ndim == 0 else value.sum(0)
    elif what == "shape" and value.ndim:
        axis, count = draw(st.integers(0, value.ndim - 1)), draw(st.integers(0, 3))
        arguments[name] = value.narrow(axis, 0, min(count, value.shape[axis])).clone()
    elif what == "none":
        arguments[name] = draw(not_tensors)
    elif what == "memory" and value.ndim > 1:  # the same numbers, lying otherwise
        arguments[name] = value.transpose(0, -1).contiguous().transpose(0, -1)
    elif what == "layout" and value.ndim:
        arguments[name] = draw(
            st.sampled_from([value.to_sparse(), value.to("meta"), value[:1].expand(value.shape)])
        )
    else:
        other = draw(st.sampled_from([name for name in arguments if name not in tensors]))
        arguments[other] = draw(odd_numbers)


def check(version: str, arguments: Arguments) -> str:
    """Calls every backend; gives the refusal's class, or "" for a result.

    Raises:
        AssertionError: if backends differ, or a refusal says nothing.
        Exception: whatever else an operator raised.
    """
    given_ = dict(arguments)
    first, results = given_.pop("input"), {}
    for backend in BACKENDS:
        try:
            results[backend] = OPERATORS[version](first, backend=backend, **given_)
        except (ValueError, TypeError) as refusal:
            assert len(str(refusal)) > 20, f"{refusal!r} says nothing"
            results[backend] = type(refusal).__name__
    said = {value for value in results.values() if isinstance(value, str)}
    if said:
        assert len(set(map(str, results.values()))) == 1, f"only some refuse: {results}"
        return str(said.pop())
    _compare(results)
    return ""


def _compare(results: dict[str, Tensor]) -> None:
    wanted = results["reference"].double()
    loose = {torch.float64: 1e-9, torch.float32: 1e-3}.get(results["reference"].dtype, 0.1)
    for backend, found in results.items():
        assert found.shape == wanted.shape, f"{backend}: {found.shape}"
        both = torch.isfinite(found) & torch.isfinite(wanted)  # numbers of 1e38 may overflow in another order
        allowed = loose * (1 + wanted[both].abs().max()) if bool(both.any()) else 0.0
        difference = (found.double() - wanted)[both].abs()
        assert not len(difference) or float(difference.max()) <= float(allowed), (
            f"{backend}: {difference.max()}"
        )


def run_operators(examples: int, number: int) -> Report:
    """So many calls, found by hypothesis from a seed; what fails is made as small as it can be."""
    report = Report(NAME, number)

    @seed(number)
    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(calls())
    def every(call: tuple[str, Arguments]) -> None:
        begin = time.thread_time()
        report.codes[check(*call)] += 1
        report.tried += 1
        report.worst_ms = max(report.worst_ms, 1000 * (time.thread_time() - begin))

    check(
        "v2",
        {
            "input": torch.rand(1, 1, 3, 3),
            "offset": torch.zeros(1, 2, 3, 3),
            "weight": torch.rand(1, 1, 1, 1),
        },
    )
    with grown() as memory:
        try:
            every()
        except Exception:  # what is looked for
            report.failures.append((number, traceback.format_exc(limit=-8)))
    report.peak_mb, report.left_mb = memory.peak, memory.left
    return report
