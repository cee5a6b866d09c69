"""That the bench measures what it says; how fast anything is, no test asks."""

from __future__ import annotations

import math

import pytest
import torch

from dcnviz.bench import CASES, Case, as_json, as_text, contenders, measure
from dcnviz.bench.machine import Rates, describe, rates, threads
from dcnviz.bench.memory import peak_bytes
from dcnviz.bench.run import Budget, Result, Timing, by_turns

ONCE = Budget(1, 1, 0.0)
SMALL = [
    Case("v1", 2, 4, 6, 7),
    Case("v2", 1, 4, 8, 5, groups=2),
    Case("v2", 1, 3, 8, 8, outputs=5),
    Case("v3", 2, 8, 6, 7, groups=2),
    Case("v4", 1, 8, 9, 8, groups=4),
]
small = pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)


@small
def test_all_contenders_compute_the_same(case: Case) -> None:
    """Else a ratio compares two different things."""
    entrants = contenders(case)
    outputs = {c.name: c.forward() for c in entrants}
    expected = outputs[entrants[0].name]
    for name, output in outputs.items():
        assert output.shape == expected.shape
        if name != "conv2d":
            torch.testing.assert_close(output, expected, atol=1e-4, rtol=1e-4)


@small
def test_all_contenders_have_all_gradients(case: Case) -> None:
    for contender in contenders(case):
        contender.both()


def test_the_baseline_is_torchvision_or_the_official_python_cores_way() -> None:
    assert [contenders(case)[0].name for case in SMALL] == ["torchvision"] * 3 + ["grid_sample"] * 2


def test_the_explicit_reference_is_left_out_where_it_would_fill_the_memory() -> None:
    names = [c.name for c in contenders(Case("v2", 1, 16, 512, 512))]
    assert "reference" not in names and names[0] == "torchvision"


def test_names_of_cases_tell_them_apart() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.smaller().height * case.smaller().width for case in CASES}) > 1
    assert all(case.smaller().columns <= 2**20 for case in CASES)


def test_work_is_counted_as_by_hand() -> None:
    case = Case("v2", 1, 4, 2, 3, groups=2, outputs=5)
    samples, columns, kernel = 2 * 9 * 6, 4 * 9 * 6, 5 * 4 * 9 + 5
    forward, both = case.work(backward=False), case.work(backward=True)
    assert forward.multiplications == columns * (4 + 5) + 5 * samples
    assert both.multiplications == 3 * forward.multiplications
    given, made = 4 * 6 + 3 * samples + kernel, 5 * 6
    assert forward.bytes == 4 * (given + made)
    assert both.bytes == 4 * (3 * given + 2 * made)
    tensors = case.tensors()
    assert sum(t.numel() for t in tensors.values()) == given


def test_the_sums_of_v3_multiply_by_no_kernel() -> None:
    case = Case("v3", 1, 8, 4, 4, groups=2)
    assert case.work(backward=False).multiplications == 4 * case.columns + 5 * case.samples


def test_peak_memory_is_of_what_is_there_at_one_time() -> None:
    def one_after_the_other() -> None:
        for _ in range(3):
            torch.ones(1000)

    assert peak_bytes(one_after_the_other) == 4000
    assert peak_bytes(lambda: [torch.ones(1000) for _ in range(3)]) == 12_000


def test_the_forward_is_lean_on_a_large_map() -> None:
    """At (1, 64, 256, 256), with some room; here a sixteenth of it, where the fixed part weighs more."""
    extra = {c.name: peak_bytes(c.forward) for c in contenders(Case("v2", 1, 64, 128, 128))}
    assert extra["gather"] is not None and extra["torchvision"] is not None
    assert extra["gather"] < 0.75 * extra["torchvision"]


def test_functions_take_turns_and_the_threads_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcnviz.bench.run.seconds", lambda function: function() or 0.0)  # a machine may stop
    calls: list[str] = []
    by_turns([lambda: calls.append("a"), lambda: calls.append("b")], Budget(2, 2, 0.0))
    assert calls == ["a", "b"] * 3  # the first round is not counted
    calls.clear()
    by_turns([lambda: calls.append("a"), lambda: calls.append("b")], Budget(2, 2, 0.0, turn=3))
    assert calls == ["a", "b"] + (["a"] * 3 + ["b"] * 3) * 2
    before = torch.get_num_threads()
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_the_first_call_of_a_turn_is_counted_only_alone_or_if_it_is_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter([9.0, 0.2, 0.01, 0.02, 0.2, 0.01, 0.04])
    monkeypatch.setattr("dcnviz.bench.run.seconds", lambda function: next(times))
    assert by_turns([lambda: None], Budget(1, 1, 0.0, turn=3)) == [9.0]
    assert by_turns([lambda: None], Budget(2, 2, 0.0, turn=3)) == [pytest.approx(0.015)]


def test_the_least_time_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([9.0, 0.3, 0.1, 0.2])
    monkeypatch.setattr("dcnviz.bench.run.seconds", lambda function: next(times))
    assert by_turns([lambda: None], Budget(3, 3, 0.0, best=True)) == [0.1]


def test_ratio_and_limit_by_hand() -> None:
    case = Case("v2", 1, 4, 6, 6)
    result = Result(case, 1, {"torchvision": Timing(8.0, 30.0, 5), "gather": Timing(2.0, None, None)})
    assert result.ratio("gather", backward=False) == 4.0 and result.ratio("gather", backward=True) is None
    work = case.work(backward=False)
    slow_product = Rates(multiplications=work.multiplications / 0.5, bytes=1e30)
    slow_copy = Rates(multiplications=1e30, bytes=work.bytes / 0.25)
    assert result.times_limit("gather", slow_product, backward=False) == pytest.approx(4.0)
    assert result.times_limit("gather", slow_copy, backward=False) == pytest.approx(8.0)
    assert result.times_limit("gather", slow_copy, backward=True) is None


def test_rates_and_machine_are_known() -> None:
    found = rates(quick=True)
    assert all(0 < rate < math.inf for rate in (found.multiplications, found.bytes))
    about = describe()
    assert about["torch"] == torch.__version__ and int(about["cores"]) >= 1
    assert all(about[key] for key in ("processor", "system", "python", "torchvision", "numpy", "dcnviz"))


def test_text_and_json_tell_the_same_and_a_stop_is_said() -> None:
    results = list(measure([SMALL[1], Case("v2", 1, 4, 8, 8, lean=True)], [1], ONCE))
    about, measured = {"processor": "a machine"}, {1: Rates(1e9, 1e9)}
    text = as_text(about, measured, results, complete=False)
    assert "Stopped before the end" in text and "a machine" in text
    document = as_json(about, measured, results, complete=False)
    assert document["complete"] is False
    for row in document["rows"]:
        assert row["case"] in text and row["backend"] in text
    lean = [row for row in document["rows"] if row["case"] == "v2 1x4x8x8"]
    assert all(row["forward_and_backward"]["seconds"] is None for row in lean)
    assert "Stopped" not in as_text(about, measured, results, complete=True)


@pytest.mark.parametrize(("load", "said"), [(0.2, False), (1.7, True), (None, False)])
def test_a_busy_machine_is_said_to_be_one(load: float | None, said: bool) -> None:
    text = as_text({"load_before": load}, {1: Rates(1e9, 1e9)}, [], complete=True)
    assert ("Other programs ran" in text) == said
