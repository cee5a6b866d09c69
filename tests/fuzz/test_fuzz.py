"""The same spoiled files in every run of the suite, in a process of their own: a crash is a failure too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.fuzz.kinds import KINDS, make_address
from tests.fuzz.runner import Kind, case, run

ROOT = Path(__file__).resolve().parents[2]
CASES = {
    "pictures": 5000,
    "recordings": 5000,
    "timelines": 1000,
    "safetensors": 2500,
    "pt": 2500,
    "addresses": 2000,
    "messages": 1000,
    "commands": 300,
    "operators": 200,
}
SEED = 0
MOST_MB = 200
MOST_MS = 10_000  # of the processor: a case that takes as long is a fault, on the slowest machine
ACCEPTED = {
    "pictures": 0.1,
    "recordings": 0.1,
    "safetensors": 0.05,
    "pt": 0.02,
    "addresses": 1,
    "commands": 0.05,
    "operators": 0.1,
}
"""Least share that gets through: cases that are all refused at the door would try nothing behind it."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    last = tmp_path_factory.mktemp("fuzz") / "last.txt"
    counts = [f"{name}={count}" for name, count in CASES.items()]
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        "--json",
        "--seed",
        str(SEED),
        "--last",
        str(last),
        "--cases",
        *counts,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        pytest.fail(
            f"the process ended with {done.returncode}; again by: {last.read_text()}\n{done.stderr[-3000:]}"
        )
    return {report["name"]: report for report in json.loads(done.stdout)}


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("name", CASES)
def test_every_case_is_read_or_refused_by_the_decoder_itself(
    name: str, reports: dict[str, dict[str, Any]]
) -> None:
    report = reports[name]
    again = f"again by: python -m tests.fuzz --kind {name} --seed {SEED} --only"
    assert not report["failures"], "\n".join(
        f"{again} {number}\n{said}" for number, said in report["failures"]
    )
    assert report["tried"] >= CASES[name]
    assert report["peak_mb"] < MOST_MB, f"{name}: at most {report['peak_mb']:.0f} MB more"
    assert report["worst_ms"] < MOST_MS, f"{again} {report['worst']}"
    assert report["codes"].get("", 0) >= ACCEPTED.get(name, 0) * CASES[name]


def test_a_case_follows_from_kind_seed_and_number_alone() -> None:
    for kind in KINDS.values():
        first = repr(case(kind, 7, 3))
        case(kind, 7, 4)
        assert repr(case(kind, 7, 3)) == first != repr(case(kind, 8, 3))


def test_a_decoder_that_lets_an_error_out_is_found(tmp_path: Path) -> None:
    def read(number: int) -> str:
        if number % 10 == 3:
            raise KeyError("out")
        return "even" if number % 2 == 0 else ""

    kind = Kind("numbers", lambda chance: chance.randrange(10**6), read)
    report = run(kind, 0, range(400), last=tmp_path / "last.txt")
    assert len(report.failures) == 5 and "KeyError: 'out'" in report.failures[-1][1]
    assert (tmp_path / "last.txt").read_text() == report.again(report.failures[-1][0])
    number = case(kind, 0, report.failures[-1][0])
    assert number % 10 == 3
    assert report.codes["even"] and report.codes[""] and "numbers: " in report.line()


def head() -> None:
    """The controls of the pages, without the figures; run by Streamlit from its source alone."""
    import streamlit as st

    from dcnviz.ui.parts.controls import choose_group, choose_layer, choose_overlays, choose_version
    from dcnviz.ui.parts.frame import show_heading
    from dcnviz.ui.texts import LANGUAGES
    from dcnviz.ui.view import GROUPED, change, current_own, enter

    view = enter(st.session_state["which"])
    texts = LANGUAGES[view.lang]
    show_heading(view, texts, texts.title)
    choose_version(view, texts)
    choose_layer(view, texts)
    choose_group(texts.group, GROUPED.get(view.version, 1), view.group, view.lang)
    choose_overlays(view, texts)
    change()
    st.text(f"{view} {current_own()}")


@pytest.mark.timeout(3000)
def test_a_hundred_addresses_through_streamlit() -> None:
    """As the bar has them: what is not text there, lone surrogates, cannot come."""
    for number in range(100):
        app = AppTest.from_function(head, default_timeout=300)
        app.session_state["which"] = ("explore", "compare", "model", "learn")[number % 4]
        for name, value in make_address(Random(f"page {number}")).items():
            app.query_params[name] = value.encode("utf-8", "replace").decode()
        app.run()
        assert not app.exception, number
        assert app.text[0].value.startswith("View(")
