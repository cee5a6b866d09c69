"""``python -m dcnviz bench --live N``: how soon a class sees what it is meant to see."""

from __future__ import annotations

import argparse
import json

QUICK_STEPS = 4


def live(args: argparse.Namespace, machine: dict[str, object]) -> int:
    """Trains N seeds for a minute each, one table for each number of threads; Ctrl-C prints what there is by then.

    Args:
        args: of the command; ``--quick`` takes a few steps only.
        machine: what it is, for the head of the table.
    """
    from dataclasses import asdict

    from tqdm import tqdm

    from dcnviz.bench.live import HEAD, LOOKS, NOTES, SCENES, Outcome, live_outcomes, live_rows, start_up
    from dcnviz.bench.table import aligned
    from dcnviz.training import LiveRecipe

    recipe, looks, scenes = LiveRecipe("v2"), LOOKS, SCENES
    if args.quick:
        recipe, looks, scenes = LiveRecipe("v2", seconds=None, steps=QUICK_STEPS, frames=2), 2, 8
    found: dict[int, list[Outcome]] = {count: [] for count in args.threads or [1]}
    complete, starting = False, None
    try:
        starting = start_up(recipe)
        with tqdm(total=args.live * len(found), unit="training") as bar:
            for count, outcomes in found.items():

                def say(seed: int, progress: float, count: int = count) -> None:
                    bar.set_description(f"seed {seed}, {count} threads, {progress:.0%}", refresh=False)
                    bar.update(0)  # draws ten times a second at most

                for outcome in live_outcomes(
                    recipe, range(args.live), count, say, looks=looks, scenes=scenes
                ):
                    outcomes.append(outcome)
                    bar.update()
        complete = True
    except KeyboardInterrupt:
        pass
    if args.json:
        rows = [{"threads": n, **asdict(outcome)} for n, outcomes in found.items() for outcome in outcomes]
        about = {"machine": machine, "recipe": asdict(recipe), "start_up": starting}
        print(json.dumps({**about, "complete": complete, "rows": rows}, indent=1))
    else:
        print(
            ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items()), NOTES, sep="\n\n"
        )
        if starting is not None:
            print(f"\nstart-up: {starting:.1f} s")
        for count, outcomes in found.items():
            if outcomes:
                table = aligned([HEAD, *live_rows(outcomes)])
                print("", f"{count} thread{'s' if count > 1 else ''}, backend auto", *table, sep="\n")
    return 0 if complete else 130
