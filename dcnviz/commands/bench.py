"""``python -m dcnviz bench``: how fast the operators are on this machine."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from dcnviz.commands import CommandError
from dcnviz.commands.arguments import whole
from dcnviz.commands.bench_live import live

if TYPE_CHECKING:  # torch is not imported for --help
    from dcnviz.bench import Case, Result
    from dcnviz.bench.machine import Rates
    from dcnviz.bench.run import Budget

NAME = "bench"
HELP = (
    "measure the operators on this machine: time, ratio to torchvision, memory, distance to what is possible"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json --threads --quick --turn --best --training --live --only."""
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument(
        "--threads", type=_counts, metavar="N,N", help="numbers of threads (default: 1, and all cores)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small maps and few runs: whether it works, not how fast"
    )
    parser.add_argument(
        "--turn",
        type=whole(1, 1000),
        metavar="N",
        help="calls of an operator in a run, of which the first is not counted if there are several (default: 5)",
    )
    parser.add_argument(
        "--best",
        action="store_true",
        help="least times instead of medians: on a machine that its host stops now and then, long calls have no other",
    )
    parser.add_argument(
        "--training",
        action="store_true",
        help="steps a second of the bundled networks instead of the operators",
    )
    parser.add_argument(
        "--live",
        type=whole(1, 1000),
        metavar="N",
        help="instead of the operators: how soon N live trainings of v2 show the size law (N seeds, a minute each)",
    )
    parser.add_argument(
        "--only", metavar="NAME", help="only cases with this in their name: v3, 512x512, 'v2 1x64x64x64'"
    )


def run(args: argparse.Namespace) -> int:
    """Measures and prints; progress goes to stderr. Ctrl-C prints what there is by then.

    Raises:
        CommandError: if no case has the name, or an option is given that the measurement does not know.
    """
    _check(args)
    # The profiler, which counts memory, reports each start of its own on stderr, amid the progress.
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # read when torch is imported
    from dcnviz.bench import as_json, as_text
    from dcnviz.bench.machine import describe

    if args.training:
        return _training(args)
    if args.live is not None:
        return live(args, {**describe(), "load_before": _load()})
    cases = _cases(args.only, args.quick)
    counts = args.threads or sorted({1, os.cpu_count() or 1})
    budget = _budget(args)
    times = "least" if budget.best else "medians"
    machine = {**describe(), "load_before": _load(), "calls_a_turn": budget.turn, "times": times}
    rates: dict[int, Rates] = {}
    results: list[Result] = []
    complete = False
    try:
        _measure(cases, counts, budget, rates, results)
        complete = True
    except KeyboardInterrupt:
        pass
    if args.json:
        print(json.dumps(as_json(machine, rates, results, complete=complete), indent=1))
    else:
        print(as_text(machine, rates, results, complete=complete))
    return 0 if complete else 130


def _check(args: argparse.Namespace) -> None:
    """Refuses what would be passed over."""
    other = "--training" if args.training else "--live" if args.live is not None else None
    given = [name for name in ("turn", "best", "only") if getattr(args, name)]
    if other and given:
        raise CommandError(
            f"--{given[0]} is for the table of the operators: leave it out, or leave out {other}."
        )


def _training(args: argparse.Namespace) -> int:
    """Steps a second, one table for each number of threads; Ctrl-C prints what there is by then."""
    from dataclasses import asdict

    from tqdm import tqdm

    from dcnviz.bench.machine import describe
    from dcnviz.bench.run import QUICK
    from dcnviz.bench.table import aligned
    from dcnviz.bench.training import HEAD, NOTES, STEPS, Pace, pace_rows, training_pace
    from dcnviz.sampling import VERSIONS

    machine = {**describe(), "load_before": _load()}
    budget, batch = (QUICK, 1) if args.quick else (STEPS, None)
    paces: dict[int, list[Pace]] = {count: [] for count in args.threads or [1]}
    complete = False
    try:
        with tqdm(total=len(VERSIONS) * len(paces), unit="network") as bar:
            for count, found in paces.items():
                for pace in training_pace(VERSIONS, count, budget, bar.set_description, batch=batch):
                    found.append(pace)
                    bar.update(pace.backend != "torchvision")
        complete = True
    except KeyboardInterrupt:
        pass
    if args.json:
        rows = [{"threads": n, **asdict(pace)} for n, found in paces.items() for pace in found]
        print(json.dumps({"machine": machine, "complete": complete, "rows": rows}, indent=1))
    else:
        print(
            ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items()), NOTES, sep="\n\n"
        )
        for count, found in paces.items():
            print(
                "", f"{count} thread{'s' if count > 1 else ''}", *aligned([HEAD, *pace_rows(found)]), sep="\n"
            )
    return 0 if complete else 130


def _measure(
    cases: list[Case], counts: list[int], budget: Budget, rates: dict[int, Rates], results: list[Result]
) -> None:
    """Fills ``rates`` and ``results``, so that whoever stops it keeps what was done."""
    from tqdm import tqdm

    from dcnviz.bench import measure
    from dcnviz.bench.machine import rates as measured
    from dcnviz.bench.machine import threads
    from dcnviz.bench.run import QUICK

    for count in counts:
        with threads(count):
            rates[count] = measured(quick=budget.least <= QUICK.least)
    with tqdm(total=len(cases) * len(counts), unit="case") as bar:

        def say(case: Case, count: int) -> None:
            bar.set_description(f"{case.name}, {count} threads")

        for result in measure(cases, counts, budget, say):
            results.append(result)
            bar.update()


def _budget(args: argparse.Namespace) -> Budget:
    from dataclasses import replace

    from dcnviz.bench.run import QUICK, THOROUGH

    budget = QUICK if args.quick else THOROUGH
    return replace(budget, turn=args.turn or budget.turn, best=args.best)


def _cases(only: str | None, quick: bool) -> list[Case]:
    from dcnviz.bench import CASES

    chosen = [case for case in CASES if only is None or only in case.name]
    if not chosen:
        raise CommandError(f"--only {only!r} is in no case's name: {'; '.join(case.name for case in CASES)}.")
    return [case.smaller() for case in chosen] if quick else chosen


def _load() -> float | None:
    """How many processes wanted to run in the last minute, where the system says so."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _counts(text: str) -> list[int]:
    try:
        counts = sorted({int(part) for part in text.split(",")})
    except ValueError:
        counts = [0]
    if min(counts) < 1 or max(counts) > 1024 or len(counts) > 16:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers from 1, as 1,2, and no more than 16 of them; got {text!r}"
        )
    return counts
