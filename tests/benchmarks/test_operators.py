"""The cases of ``python -m dcnviz bench`` by pytest-benchmark: to compare two states of the code.

Skipped among the tests. To run them, each on all cores:

    python -m pytest tests/benchmarks -o addopts= --benchmark-only --benchmark-autosave
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from dcnviz.bench import CASES, Case, contenders

PAIRS = [
    pytest.param(case, name, id=f"{case.name} {name}")
    for case in CASES
    for name in (("grid_sample", "gather") if case.grouped_sum else ("torchvision", "gather", "conv2d"))
]


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("case", "name"), PAIRS)
def test_forward(benchmark: BenchmarkFixture, case: Case, name: str) -> None:
    benchmark.group = f"forward {case.name}"
    contender = next(c for c in contenders(case) if c.name == name)
    benchmark(contender.forward)


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("case", "name"), [pair for pair in PAIRS if not pair.values[0].lean])
def test_forward_and_backward(benchmark: BenchmarkFixture, case: Case, name: str) -> None:
    benchmark.group = f"forward and backward {case.name}"
    contender = next(c for c in contenders(case) if c.name == name)
    benchmark(contender.both)
