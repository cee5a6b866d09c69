"""``python -m dcnviz timeline FOLDER``: the snapshots of a training as one file that a page scrubs."""

from __future__ import annotations

import argparse
from pathlib import Path

from dcnviz.commands import CommandError

NAME = "timeline"
HELP = "make a timeline of the snapshots that train --snapshots wrote"
KILOBYTES = 600
"""What a shipped timeline takes at most; a larger one is written in float16."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FOLDER --out --scenes."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="with the snapshots, OUT/NAME.steps")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the file (default: FOLDER with .npz)")
    parser.add_argument(
        "--scenes", type=int, default=40, help="held-out scenes to measure each on (default 40)"
    )


def run(args: argparse.Namespace) -> int:
    """Measures every snapshot, writes the timeline and the table of its folder.

    Raises:
        CommandError: if there are no snapshots, one is damaged, or the file cannot be written.
    """
    from tqdm import tqdm

    from dcnviz.training.telling import tell, write_table

    target = args.out or args.folder.with_suffix(".npz")
    if target.suffix != ".npz":
        raise CommandError(f"--out must end in .npz; got {target.name!r}.")
    if args.scenes < 1:
        raise CommandError(f"--scenes must be 1 or more; got {args.scenes}.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tqdm(unit="snapshot") as bar:

            def say(done: int, everything: int) -> None:
                bar.total = everything
                bar.update()

            timeline = tell(args.folder, scenes=args.scenes, say=say)
        timeline.save(target)
        if target.stat().st_size > 1000 * KILOBYTES:
            timeline.save(target, dtype="float16")
        print(f"wrote {target} and {write_table(target.parent)}")
    except OSError as problem:
        raise CommandError(f"cannot write to {target}: {problem.strerror}.") from problem
    except ValueError as problem:
        raise CommandError(str(problem)) from problem
    return 0
