"""``python -m dcnviz bench``: it runs, says what it measured, and can be stopped."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import pytest

from dcnviz.__main__ import main
from dcnviz.bench import CASES
from dcnviz.commands import bench


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    out = io.StringIO()
    with redirect_stdout(out):
        assert main(["bench", "--quick", "--json", "--threads", "1"]) == 0
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_json_has_the_machine_its_rates_and_a_row_for_each_backend(document: dict[str, Any]) -> None:
    assert document.keys() == {"machine", "rates", "complete", "rows"} and document["complete"] is True
    assert {"processor", "cores", "torch", "torchvision", "load_before"} <= document["machine"].keys()
    assert document["rates"].keys() == {"1"}
    assert all(rate > 0 for rate in document["rates"]["1"].values())
    assert len({row["case"] for row in document["rows"]}) == len({case.smaller().name for case in CASES})
    assert {row["backend"] for row in document["rows"]} == {
        "torchvision",
        "gather",
        "reference",
        "grid_sample",
        "conv2d",
    }


def test_every_number_of_every_row_is_one(document: dict[str, Any]) -> None:
    for row in document["rows"]:
        assert {
            "version",
            "shape",
            "out_channels",
            "groups",
            "threads",
            "baseline",
            "extra_bytes",
        } <= row.keys()
        for name in ("forward", "forward_and_backward"):
            measured = row[name]
            if measured["seconds"] is None:  # cases that are here for their memory
                assert name != "forward" and measured["ratio"] is None
                continue
            for key in ("seconds", "ratio", "multiplications", "bytes", "limit_seconds"):
                assert 0 < measured[key] < math.inf
            assert (measured["times_limit"] is None) == (row["backend"] == "conv2d")
        if row["backend"] == row["baseline"]:
            assert row["forward"]["ratio"] == 1


def test_the_table_is_on_stdout_and_progress_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--quick", "--only", "v4", "--threads", "1,2"]) == 0
    out, err = capsys.readouterr()
    assert "1 thread:" in out and "2 threads:" in out and "GB copied a second" in out
    assert "v4 1x64x8x8 G4" in out and "v2 " not in out.split("1 thread:")[1]
    assert "case" in err and "of limit" not in err


def test_stopped_it_prints_what_there_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dcnviz import bench as room

    whole = room.measure

    def one_and_then_stop(*args: Any, **kwargs: Any) -> Iterator[Any]:
        yield next(iter(whole(*args, **kwargs)))
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "measure", one_and_then_stop)
    assert main(["bench", "--quick", "--json", "--only", "v3", "--threads", "1"]) == 130
    found = json.loads(capsys.readouterr().out)
    assert found["complete"] is False and len({row["case"] for row in found["rows"]}) == 1


def test_a_name_that_no_case_has_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "v9"]) == 2
    assert "--only 'v9' is in no case's name: v1 1x64x64x64; v2" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["0", "1,0", "two", "-1", "1;2", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"]
)
def test_numbers_of_threads_that_are_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", f"--threads={text}"])
    assert "must be whole numbers from 1, as 1,2" in capsys.readouterr().err


def test_numbers_of_threads_are_sorted_and_taken_once() -> None:
    assert bench._counts("2,1,2") == [1, 2]


def test_training_says_steps_a_second_with_both_backends(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--training", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    pairs = [(row["version"], row["backend"]) for row in found["rows"]]
    deformable = [(v, b) for v in ("v1", "v2", "v3", "v4") for b in ("torchvision", "auto")]
    assert pairs == [("conv", "-"), *deformable] and found["complete"] is True
    assert all(row["seconds"] > 0 and row["threads"] == 1 for row in found["rows"])


@pytest.mark.parametrize(
    "arguments", [("--training", "--turn", "3"), ("--live", "1", "--best"), ("--training", "--only", "v3")]
)
def test_an_option_that_would_be_passed_over_is_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) == 2
    said = capsys.readouterr().err
    assert "leave it out" in said and "table of the operators" in said
