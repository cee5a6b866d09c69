"""What only the gather backend can get wrong: blocks, borders, layouts, types, threads, graphs.

That it computes what the others compute is held for all backends at once, by test_backends and test_golden.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
import torch
from torch import Tensor
from torchvision.ops import deform_conv2d as torchvision_operator

from dcnviz.conventions import mask_to_torchvision, offsets_to_torchvision
from dcnviz.geometry import Geometry
from dcnviz.ops import bags, blocks, gather, products, reference, spans
from dcnviz.ops.table import PixelTable

SAME = Geometry(3, padding=1)


def tensors(
    seed: int = 0,
    *,
    shape: tuple[int, int, int, int] = (2, 6, 7, 5),
    groups: int = 1,
    offset_groups: int = 1,
    geometry: Geometry = SAME,
    spread: float = 2.0,
    dtype: torch.dtype = torch.float64,
) -> list[Tensor]:
    """Input, offsets, mask, weight and bias of a layer, seeded."""
    torch.manual_seed(seed)
    batch, channels, *size = shape
    cells = geometry.output_size(size)
    taps = geometry.taps
    return [
        torch.randn(shape, dtype=dtype),
        torch.randn(batch, offset_groups, taps, *cells, 2, dtype=dtype) * spread,
        torch.rand(batch, offset_groups, taps, *cells, dtype=dtype),
        torch.randn(2 * channels, channels // groups, *geometry.kernel_size, dtype=dtype),
        torch.randn(2 * channels, dtype=dtype),
    ]


def torchvision_result(values: list[Tensor], geometry: Geometry) -> Tensor:
    input, offsets, mask, weight, bias = values
    result: Tensor = torchvision_operator(
        input,
        offsets_to_torchvision(offsets),
        weight,
        bias,
        geometry.stride,
        geometry.padding,
        geometry.dilation,
        mask_to_torchvision(mask),
    )
    return result


def gradients(output: Tensor, values: list[Tensor]) -> list[Tensor]:
    upstream = torch.randn(output.shape, generator=torch.Generator().manual_seed(9), dtype=output.dtype)
    return list(torch.autograd.grad(output, values, upstream))


def assert_as_torchvision(values: list[Tensor], geometry: Geometry, groups: int = 1) -> None:
    values = [v.detach().requires_grad_() for v in values]
    ours, theirs = gather.convolve(*values, geometry, groups), torchvision_result(values, geometry)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-12)
    for mine, other in zip(gradients(ours, values), gradients(theirs, values), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-10, rtol=1e-10)


@pytest.fixture(params=["one row a block", "two pictures a block", "all in one", "nothing kept"])
def block_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    size = {"one row a block": 1, "two pictures a block": 2 * 35 * 9 * (6 + 2 * 16)}.get(request.param, 2**21)
    monkeypatch.setattr(spans, "BLOCK", size)
    monkeypatch.setattr(spans, "SPAN", 2**11)  # several blocks each, and several of them
    monkeypatch.setattr(gather, "KEPT", 0 if request.param == "nothing kept" else 2**18)
    yield


@pytest.mark.parametrize(("groups", "offset_groups"), [(1, 1), (1, 2), (3, 1), (2, 3), (6, 2)])
@pytest.mark.usefixtures("block_size")
def test_any_block_size_gives_torchvisions_results(groups: int, offset_groups: int) -> None:
    values = tensors(shape=(5, 6, 7, 5), groups=groups, offset_groups=offset_groups)
    assert_as_torchvision(values, SAME, groups)
    with torch.no_grad():  # alone, a forward samples in another order
        ours, theirs = gather.convolve(*values, SAME, groups), torchvision_result(values, SAME)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-12)


@pytest.mark.usefixtures("block_size")
def test_the_depth_wise_sum_equals_the_reference_in_any_block_size() -> None:
    values = [v.requires_grad_() for v in tensors(offset_groups=2, shape=(3, 6, 7, 5))[:3]]
    ours = gather.convolve(*values, None, None, SAME)
    theirs = reference.convolve(*values, None, None, SAME)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-12)
    upstream = torch.randn_like(ours)
    for mine, other in zip(
        torch.autograd.grad(ours, values, upstream),
        torch.autograd.grad(theirs, values, upstream),
        strict=True,
    ):
        torch.testing.assert_close(mine, other, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("large", [1, 2**60], ids=["convolved", "multiplied"])
@pytest.mark.parametrize(("groups", "offset_groups"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_convolved_or_multiplied_the_result_is_that_of_double_precision(
    large: int, groups: int, offset_groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "LARGE", large)
    exact = tensors(shape=(2, 16, 7, 5), groups=groups, offset_groups=offset_groups)
    single = [v.float().double().requires_grad_() for v in exact]
    ours = [v.detach().float().requires_grad_() for v in single]
    theirs, output = torchvision_result(single, SAME), gather.convolve(*ours, SAME, groups)
    with torch.no_grad():
        alone = gather.convolve(*ours, SAME, groups)
    upstream = torch.randn(theirs.shape)
    slopes = (
        torch.autograd.grad(output, ours, upstream),
        torch.autograd.grad(theirs, single, upstream.double()),
    )
    for mine, other in [(output, theirs), (alone, theirs), *zip(*slopes, strict=True)]:
        torch.testing.assert_close(
            mine.double(), other, atol=3e-6 * other.detach().abs().max().item(), rtol=0
        )


def test_blocks_cover_every_output_row_once() -> None:
    input, offsets, mask, weight, _ = tensors(shape=(5, 6, 7, 5))
    layer = blocks.Layer.of(input, offsets, mask, weight, SAME, 1)
    for size, span in product((1, 3000, 12_000, 10**9), (1, 100, 10**9)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spans, "BLOCK", size)
            patch.setattr(spans, "SPAN", span)
            seen = torch.zeros(5, 7)
            for (pictures, rows), _ in layer.blocks():
                seen[pictures, rows] += 1
        assert (seen == 1).all()


def test_on_lattice_lines_and_at_minus_one_derivatives_are_right_handed() -> None:
    values = tensors(spread=3.0)
    values[1] = values[1].round()  # rows and columns -1 and beyond, exactly
    assert_as_torchvision(values, SAME)


@pytest.mark.parametrize("far", [1e4, 1e9, 1e30, -1e9, float("inf")])
def test_a_sample_however_far_outside_is_worth_nothing(far: float) -> None:
    input, _, mask, weight, bias = tensors(dtype=torch.float32)
    offsets = torch.full((2, 1, 9, 7, 5, 2), far)
    values = [v.requires_grad_() for v in (input, offsets, mask, weight, bias)]
    output = gather.convolve(*values, SAME)
    torch.testing.assert_close(output, bias[:, None, None].expand_as(output))
    grads = gradients(output, values)
    assert all((g == 0).all() for g in grads[:4])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("offset_groups", [1, 2])
def test_nan_is_an_error_or_a_nan_but_not_a_crash(dtype: torch.dtype, offset_groups: int) -> None:
    values = [v.requires_grad_() for v in tensors(offset_groups=offset_groups, dtype=dtype)]
    with torch.no_grad():
        values[1][0, 0, 3, 2, 2, 1] = float("nan")
    try:
        output = gather.convolve(*values, SAME)
    except RuntimeError:
        return
    assert output[0, :, 2, 2].isnan().all()
    assert not output[1].isnan().any()
    gradients(output, values)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("offset_groups", [1, 3])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("cell", [(0, 0), (6, 4)])
def test_nan_does_not_crash_the_depth_wise_sum(
    dtype: torch.dtype, offset_groups: int, axis: int, cell: tuple[int, int]
) -> None:
    values = [v.requires_grad_() for v in tensors(offset_groups=offset_groups, dtype=dtype)[:3]]
    with torch.no_grad():
        values[1][-1, -1, 3, *cell, axis] = float("nan")
    try:
        output = gather.convolve(*values, None, None, SAME)
    except RuntimeError:
        return
    assert output[-1, -1, *cell].isnan()
    assert not output[0].isnan().any()
    gradients(output, values)


def test_any_memory_layout_of_the_input_gives_the_same_and_the_output_follows_it() -> None:
    values = tensors(dtype=torch.float32)
    expected = gather.convolve(*values, SAME)
    assert expected.is_contiguous()
    last = values[0].contiguous(memory_format=torch.channels_last)
    output = gather.convolve(last, *values[1:], SAME)
    assert output.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(output, expected)
    apart = torch.randn(2, 12, 7, 10)[:, ::2, :, ::2].copy_(values[0])
    torch.testing.assert_close(gather.convolve(apart, *values[1:], SAME), expected)
    spread_out = values[1].movedim(1, 0).clone(memory_format=torch.contiguous_format).movedim(0, 1)
    torch.testing.assert_close(gather.convolve(values[0], spread_out, *values[2:], SAME), expected)


@pytest.mark.parametrize("size", [(32, 32), (28, 28), (16, 64)])
@pytest.mark.parametrize("last", [False, True])
def test_the_table_is_the_padded_picture_whatever_the_way_it_was_copied(
    size: tuple[int, int], last: bool
) -> None:
    """The sizes are those at which planes, as they are or padded, collide in the cache."""
    input = torch.randn(2, 6, *size)
    expected = torch.nn.functional.pad(input, (2, 2, 2, 2)).permute(0, 2, 3, 1).reshape(-1, 3)
    if last:
        input = input.contiguous(memory_format=torch.channels_last)
    table = PixelTable.of(input, 2, torch.float32)
    assert table.rows.is_contiguous() and torch.equal(table.rows, expected)
    assert torch.equal(table.crop(table.rows), input)


def test_expanded_input_takes_a_gradient() -> None:
    values = tensors(shape=(2, 6, 7, 5))
    one = values[0][:1].clone().requires_grad_()
    output = gather.convolve(one.expand(2, -1, -1, -1), *values[1:], SAME)
    copies = values[0][:1].repeat(2, 1, 1, 1).requires_grad_()
    (of_copies,) = gradients(gather.convolve(copies, *values[1:], SAME), [copies])
    (of_one,) = gradients(output, [one])
    torch.testing.assert_close(of_one, of_copies.sum(0, keepdim=True))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_types_compute_positions_in_float32(dtype: torch.dtype) -> None:
    values = [v.to(dtype) for v in tensors(shape=(1, 2, 3, 600), dtype=torch.float32, spread=0.5)]
    exact = gather.convolve(*(v.float() for v in values), SAME)
    output = gather.convolve(*(v.requires_grad_() for v in values), SAME)
    assert output.dtype == dtype
    torch.testing.assert_close(output, exact.to(dtype))
    assert all(g.dtype == dtype for g in gradients(output, values))


def test_autocast_does_not_reach_inside() -> None:
    values = tensors(dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = gather.convolve(*values, SAME)
    assert torch.equal(inside, gather.convolve(*values, SAME))


def test_an_empty_batch_gives_empty_and_zero() -> None:
    values = [v.requires_grad_() for v in tensors(shape=(0, 6, 7, 5))]
    output = gather.convolve(*values, SAME)
    assert output.shape == (0, 12, 7, 5)
    grads = gradients(output, values)
    assert [g.shape for g in grads] == [v.shape for v in values]
    assert (grads[3] == 0).all()


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    values = tensors(shape=(3, 32, 24, 24), dtype=torch.float32)
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            fresh = [v.detach().requires_grad_() for v in values]
            output = gather.convolve(*fresh, SAME)
            with torch.no_grad():
                alone = gather.convolve(*values, SAME)
            results.append([alone, output, *gradients(output, fresh)])
    finally:
        torch.set_num_threads(before)
    for one in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], one, strict=True))


def test_gradcheck_off_the_lattice() -> None:
    values = tensors(shape=(1, 2, 4, 3), offset_groups=2)
    values[1] = values[1].round() + torch.rand_like(values[1]) * 0.6 + 0.2
    values = [v.requires_grad_() for v in values]
    assert torch.autograd.gradcheck(lambda *v: gather.convolve(*v, SAME), values)


def test_each_gradient_alone_is_the_one_among_all() -> None:
    values = tensors()
    everything = [v.detach().requires_grad_() for v in values]
    expected = gradients(gather.convolve(*everything, SAME), everything)
    for i, wanted in enumerate(expected):
        alone = [v.detach().requires_grad_(i == j) for j, v in enumerate(values)]
        torch.testing.assert_close(gradients(gather.convolve(*alone, SAME), [alone[i]])[0], wanted)


def test_a_second_derivative_is_refused_in_words() -> None:
    values = [v.requires_grad_() for v in tensors()]
    (slope,) = torch.autograd.grad(gather.convolve(*values, SAME).sum(), values[0], create_graph=True)
    with pytest.raises(RuntimeError, match="no second derivative"):
        slope.square().sum().backward()


def test_another_device_is_refused_in_words() -> None:
    values = [v.to("meta") for v in tensors()]
    with pytest.raises(ValueError, match=r"runs on a CPU; the input is on meta"):
        gather.convolve(*values, SAME)


def test_in_a_compiled_graph_it_is_one_node_with_the_same_results() -> None:
    values = [v.requires_grad_() for v in tensors(dtype=torch.float32)]

    def layer(*given: Tensor) -> Tensor:
        return gather.convolve(*given, SAME).relu()

    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    ours, eager = compiled(*values), layer(*values)
    torch.testing.assert_close(ours, eager)
    for mine, other in zip(gradients(ours, values), gradients(eager, values), strict=True):
        torch.testing.assert_close(mine, other)


def test_it_can_be_exported() -> None:
    class Sum(torch.nn.Module):
        def forward(self, input: Tensor, offsets: Tensor, mask: Tensor) -> Tensor:
            return gather.convolve(input, offsets, mask, None, None, SAME)

    values = tuple(tensors(dtype=torch.float32)[:3])
    program = torch.export.export(Sum(), values)
    torch.testing.assert_close(program.module()(*values), Sum()(*values))


@pytest.mark.parametrize("largest", [40, 2**16 - 1, 2**16, 2**20])
def test_cells_are_sorted_stably_whatever_their_range(largest: int) -> None:
    keys = torch.randint(0, largest + 1, (5000,), dtype=torch.int32)
    assert torch.equal(bags._argsort(keys, largest), torch.argsort(keys, stable=True))
