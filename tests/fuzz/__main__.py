"""``python -m tests.fuzz``: for as long as one likes, or a number of cases of each kind."""

from __future__ import annotations

import argparse
import faulthandler
import itertools
import json
import sys
import warnings
from pathlib import Path

from tests.fuzz.kinds import KINDS
from tests.fuzz.operators import NAME, run_operators
from tests.fuzz.runner import Report, case, run


def main() -> int:
    """Runs, prints, and gives 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all kinds together (default 10)")
    parser.add_argument("--cases", metavar="KIND=N", nargs="*", help="so many of each kind instead")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    parser.add_argument("--kind", choices=[*KINDS, NAME], help="only this one")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this case alone")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="with --only: writes the case's bytes")
    parser.add_argument("--last", type=Path, metavar="FILE", help="always says which case is being run")
    parser.add_argument("--json", action="store_true", help="JSON instead of lines")
    args = parser.parse_args()
    faulthandler.enable()
    warnings.simplefilter("ignore")  # Pillow and zipfile speak of what was spoiled on purpose
    if args.only is not None:
        return _again(parser, args)
    counts = {name: int(n) for name, n in (each.split("=") for each in args.cases or ())}
    names = list(counts) or ([args.kind] if args.kind else [*KINDS, NAME])
    reports = []
    for name in names:
        if name == NAME:
            reports.append(run_operators(counts.get(name, int(400 * args.minutes)), args.seed))
            if not args.json:
                _say(reports[-1])
            continue
        numbers = range(counts[name]) if counts else itertools.count()
        seconds = float("inf") if counts else 60 * args.minutes / len(names)
        reports.append(run(KINDS[name], args.seed, numbers, seconds=seconds, last=args.last))
        if not args.json:
            _say(reports[-1])
    if args.json:
        print(json.dumps([vars(report) for report in reports]))
    return int(any(report.failures for report in reports))


def _say(report: Report) -> None:
    print(report.line(), flush=True)
    for number, problem in report.failures:
        print(f"    again by: {report.again(number)}\n{problem}", flush=True)


def _again(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    if args.kind is None:
        parser.error("--only needs --kind")
    kind = KINDS[args.kind]
    given = case(kind, args.seed, args.only)
    print(repr(given)[:2000])
    if args.keep:
        args.keep.write_bytes(given if isinstance(given, bytes) else repr(given).encode())
    print(kind.read(given) or "accepted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
