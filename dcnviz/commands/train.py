"""``python -m dcnviz train VERSION``: trains a bundled network, measures it, writes its checkpoint."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcnviz.commands import CommandError
from dcnviz.commands.arguments import name as file_name
from dcnviz.commands.arguments import whole

if TYPE_CHECKING:  # torch is not imported for --help
    from dcnviz.training import Report, Trainer

NAME = "train"
HELP = "train a bundled network on made scenes and measure it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("version", metavar="VERSION", choices=["conv", "v1", "v2", "v3", "v4"])
    for option, kind, default, text in (
        ("--steps", whole(1, 10_000_000), None, "optimizer steps (default: the version's recipe)"),
        (
            "--seconds",
            whole(1, 10_000_000),
            None,
            "stop after this long, whatever the steps: to compare at equal time",
        ),
        ("--seed", whole(0, 999_999), 0, "of the initial weights and of the scenes (default 0)"),
        ("--out", Path, Path("runs"), "folder for the results (default runs/)"),
        ("--scenes", whole(1, 100_000), 500, "held-out scenes to measure on (default 500)"),
        ("--save-every", whole(1, 10_000_000), 250, "steps between two saves (default 250)"),
        ("--name", file_name, None, "of the files it writes (default: the version)"),
        (
            "--snapshots",
            whole(1, 10_000),
            0,
            "write the weights at so many steps to OUT/NAME.steps/ (default 0)",
        ),
    ):
        parser.add_argument(option, type=kind, default=default, help=text)
    parser.add_argument("--resume", action="store_true", help="go on from OUT/NAME.training, if it is there")


def run(args: argparse.Namespace) -> int:
    """Trains, measures, writes checkpoint, figures and the table of the folder.

    Raises:
        CommandError: if the folder cannot be written, or the disk is full.
        ValueError: if the training to resume is of another recipe, or damaged.
        OSError: if the folder cannot be made.
        SystemExit: if it was interrupted; what was done is kept for ``--resume``.
    """
    from dcnviz.data.writing import write_text
    from dcnviz.models import write
    from dcnviz.training import evaluate
    from dcnviz.training.table import write_table

    name = args.name or args.version
    running = args.out / f"{name}.training"
    args.out.mkdir(parents=True, exist_ok=True)  # now, not when all the training is done
    if not os.access(args.out, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise CommandError(f"cannot write to {args.out}: permission denied.")
    trainer = _trainer(args, running)
    try:
        after_step = _keeper(trainer, args.snapshots, args.out / f"{name}.steps")
        _train(trainer, running, args.save_every, args.seconds, after_step)
        trainer.network.unit_scale()
        about = _about(trainer, evaluate(trainer.network.eval(), args.scenes), args.scenes)
        write(trainer.network, args.out / f"{name}.safetensors", about)
        write_text(args.out / f"{name}.json", json.dumps(about, indent=1) + "\n")
    except OSError as problem:  # the disk is full, most of the time
        raise CommandError(
            f"cannot write to {args.out}: {problem.strerror}. Make room; --resume goes on from the last save, if "
            "there is one."
        ) from problem
    running.unlink(missing_ok=True)
    print(json.dumps(about, indent=1))
    print(f"wrote {write_table(args.out)}")
    return 0


def _trainer(args: argparse.Namespace, running: Path) -> Trainer:
    """A fresh training, or the one that was kept."""
    from dataclasses import replace

    from dcnviz.training import RECIPES, Trainer

    recipe = replace(RECIPES[args.version], seed=args.seed)
    if args.steps:
        recipe = replace(recipe, steps=args.steps)
    trainer = Trainer(recipe)
    if args.resume and running.exists():
        try:
            trainer.resume(running)
        except ValueError as problem:
            raise ValueError(f"{problem} Leave --resume out to start anew.") from problem
    return trainer


def _keeper(trainer: Trainer, count: int, folder: Path) -> Callable[[], None]:
    """What is done after each step for the snapshots; and, once now, for the network nobody has trained."""
    from dcnviz.training.snapshots import keep, snapshot_steps

    due = set(snapshot_steps(trainer.recipe.steps, max(count, 2)) if count else [])

    def after_step() -> None:
        if trainer.step_number in due:
            keep(trainer, folder)

    after_step()
    return after_step


def _train(
    trainer: Trainer, running: Path, save_every: int, seconds: int | None, after_step: Callable[[], None]
) -> None:
    """Steps to the end with a progress bar; an interruption keeps what was done."""
    from tqdm import tqdm

    recipe = trainer.recipe
    with (
        _stopping() as asked,
        tqdm(total=recipe.steps, initial=trainer.step_number, unit="step", desc=recipe.version) as bar,
    ):
        while not trainer.done and not asked() and (seconds is None or trainer.seconds < seconds):
            loss = trainer.step()
            after_step()
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            if trainer.step_number % save_every == 0 and not trainer.done:
                trainer.save(running)
        stopped = asked()
    if stopped and not trainer.done:
        trainer.save(running)
        raise SystemExit(f"stopped after {trainer.step_number} steps; go on with --resume.")


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C was pressed; a second Ctrl-C breaks off at once.

    Broken off in the middle of a step, a network has some of its parameters from before it and some from
    after it, and nothing could go on from there as if it had not been stopped.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only that one hears signals
        yield asked.is_set
        return

    def ask(number: int, frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _about(trainer: Trainer, report: Report, scenes: int) -> dict[str, Any]:
    """What is said of a checkpoint, in its metadata and in the table beside it."""
    from dataclasses import asdict

    from dcnviz.training import SIZE_NAMES

    return {
        **asdict(trainer.recipe),
        "steps_taken": trainer.step_number,
        "minutes": round(trainer.seconds / 60, 1),
        "parameters": sum(p.numel() for p in trainer.network.parameters()),
        "held_out_scenes": scenes,
        "mean_iou": _rounded(report.mean_iou, 4),
        "foreground_accuracy": _rounded(report.foreground_accuracy, 4),
        "sizes": list(SIZE_NAMES),
        "effective_dilation": {
            name: [_rounded(x, 3) for x in values] for name, values in report.effective_dilation().items()
        },
    }


def _rounded(value: float, digits: int) -> float | None:
    """JSON has no NaN, which is what a size or class gives that did not occur in a few scenes."""
    return round(value, digits) if math.isfinite(value) else None
