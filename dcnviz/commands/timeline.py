"""``python -m dcnviz timeline FOLDER``: the snapshots of a training as one file that a page scrubs."""

from __future__ import annotations

import argparse
from pathlib import Path

from dcnviz.commands import CommandError
from dcnviz.commands.arguments import whole

NAME = "timeline"
HELP = "make a timeline of the snapshots that train --snapshots wrote"
KILOBYTES = 600
"""What a shipped timeline takes at most; a larger one is written in float16."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FOLDER --out --scenes."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="with the snapshots, OUT/NAME.steps")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the file (default: FOLDER with .npz)")
    parser.add_argument(
        "--scenes", type=whole(1, 1000), default=40, help="held-out scenes to measure each on (default 40)"
    )


def run(args: argparse.Namespace) -> int:
    """Measures every snapshot, writes the timeline and the table of its folder.

    Raises:
        CommandError: if the name of the file is wrong.
        ValueError: if there are no snapshots, or one is damaged.
        OSError: if the file cannot be written.
    """
    from tqdm import tqdm

    from dcnviz.training.telling import tell, write_table

    folder = args.folder.resolve()
    if args.out is None and not folder.name:
        raise CommandError("--out must say where to: this folder has no name.")
    target = args.out or folder.with_suffix(".npz")
    if target.suffix != ".npz":
        raise CommandError(f"--out must end in .npz; got {target.name!r}.")
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
    return 0
