"""``python -m dcnviz stats MODEL FOLDER``: what a network's offsets do over a folder of pictures.

    python -m dcnviz stats v2 photographs --out results
    torchrun --nproc-per-node 8 -m dcnviz stats v2 photographs --out results

Under ``torchrun``, on one machine or several, the pictures are divided among the processes; every machine needs
the folder, and ``--out`` of the first process gets the results. They are the same, bit for bit, however many
processes there were. Run again after an interruption, it goes on where it stopped.

Where labels lie beside the pictures (:mod:`dcnviz.data.labelled` says how), effective dilation is told apart by
class and by the size of objects.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dcnviz.commands import CommandError
from dcnviz.commands.arguments import whole

if TYPE_CHECKING:  # torch is not imported for --help
    from matplotlib.figure import Figure

    from dcnviz.statistics import Ranks, Settings, Summary
    from dcnviz.statistics.measure import Entry

NAME = "stats"
HELP = (
    "statistics of a network's offsets and masks over a folder of pictures, by class and size where labelled"
)

MOST_SIDE = 2048
"""Of a picture: a network's look at one of that size takes some gigabytes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL FOLDER --out --workers --max-side --sizes --theme."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="conv, v1, v2, v3, v4, or a .safetensors checkpoint of that architecture",
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help="pictures, also in folders below; beside them NAME.labels.png and NAME.sizes.png, if there are labels",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("statistics"),
        metavar="DIR",
        help="for the results (default statistics/)",
    )
    parser.add_argument(
        "--workers",
        type=whole(1, 256),
        metavar="N",
        help="processes that share the work (default: one for each core)",
    )
    parser.add_argument(
        "--max-side",
        type=whole(1, MOST_SIDE),
        default=512,
        metavar="N",
        help=f"larger pictures are scaled down (default 512, at most {MOST_SIDE})",
    )
    parser.add_argument(
        "--sizes",
        type=_bounds,
        default=(6.0, 10.0, 16.0, 24.0),
        metavar="R,R",
        help="bounds of the sizes told apart, radius in pixels (default 6,10,16,24)",
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="of the figures")


def run(args: argparse.Namespace) -> int:
    """Measures, and writes ``statistics.json``, ``statistics.md`` and figures; prints the files.

    Raises:
        CommandError: with one sentence, as ValueError and OSError, for what the person can put right.
        SystemExit: if it was interrupted; what was done is kept.
    """
    from dcnviz.data.labelled import class_names
    from dcnviz.statistics import Settings, summarise
    from dcnviz.statistics.ranks import ranks

    if args.out.resolve() == args.folder.resolve():
        raise CommandError("--out must be another folder than that of the pictures.")
    settings = Settings(args.model, args.max_side, args.sizes)
    names = class_names(args.folder)  # now, not when all the pictures are done
    with ranks() as here:
        entries = _collect(args, settings, here)
        if here.rank:
            return 0
        summary = summarise(entries, names, settings.size_names)
        for path in _write(args, settings, summary):
            print(path)
    for name, reason in summary.skipped:
        print(f"skipped {name}: {reason}")
    return 0


def _collect(args: argparse.Namespace, settings: Settings, here: Ranks) -> list[Entry]:
    """With a progress bar, in the first process; the others are as far, more or less."""
    from tqdm import tqdm

    from dcnviz.statistics import collect

    workers = args.workers or max(1, (os.cpu_count() or 1) // here.local)
    with tqdm(unit="picture", desc=args.model, disable=here.rank > 0) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            return collect(settings, args.folder, args.out, workers=workers, ranks=here, progress=progress)
        except KeyboardInterrupt:
            raise SystemExit(
                f"stopped after {bar.n} pictures; the same command goes on from there."
            ) from None


def _write(args: argparse.Namespace, settings: Settings, summary: Summary) -> list[Path]:
    from dcnviz import plots
    from dcnviz.data.writing import write_text

    about = {"model": Path(args.model).name, "max_side": settings.max_side, "size_bounds": settings.bounds}
    table, numbers = args.out / "statistics.md", args.out / "statistics.json"
    write_text(numbers, json.dumps({**about, **summary.to_dict()}, indent=1, allow_nan=False) + "\n")
    write_text(table, markdown(f"{about['model']} on {args.folder.resolve().name}", summary))
    written = [numbers, table]
    for name, draw in _figures(args, summary).items():
        figure = draw()
        written += [plots.save(figure, args.out / f"{name}{ending}") for ending in (".png", ".svg")]
    return written


def _figures(args: argparse.Namespace, summary: Summary) -> dict[str, Callable[[], Figure]]:
    from dcnviz import plots

    health = {name: layer.health for name, layer in summary.layers.items()}
    found: dict[str, Callable[[], Figure]] = {
        "offset-length": lambda: plots.offset_lengths(health, unit="picture", theme=args.theme),
        "health": lambda: plots.health_summary(health, theme=args.theme),
    }
    sizes = {n: {k: mean for k, (_, mean) in layer.by_size.items()} for n, layer in summary.layers.items()}
    classes = {n: {k: mean for k, (_, mean) in layer.by_class.items()} for n, layer in summary.layers.items()}
    if any(sizes.values()):
        found["dilation-by-size"] = lambda: plots.dilation_by_size(sizes, theme=args.theme)
    if any(classes.values()):
        found["dilation-by-class"] = lambda: plots.dilation_by_size(
            classes, along="class", ordered=False, theme=args.theme
        )
    return found


def markdown(title: str, summary: Summary) -> str:
    """The tables as Markdown: one of the layers, one of each kind of label, and what was skipped."""
    layers = summary.layers
    lines = [
        f"# {title}",
        "",
        f"{summary.pictures} pictures. Offsets in pixels of each layer's input map.",
        "",
    ]
    head = [
        "layer",
        "mean offset",
        "longest",
        "outside map",
        "regular grid",
        "dead masks",
        "effective dilation",
    ]
    lines += _row(head) + _row(["---"] * len(head))
    for name, layer in layers.items():
        shares = layer.health.shares
        dead = shares["dead_masks"]
        lines += _row(
            [
                name,
                f"{layer.health.mean_length:.2f}",
                f"{layer.health.tally.longest:.1f}",
                f"{shares['outside']:.1%}",
                f"{shares['outside_regular']:.1%}",
                "no masks" if dead is None else f"{dead:.1%}",
                f"{layer.dilation:.2f}",
            ]
        )
    lines += ["", *(f"- **{name}**: {layer.health.verdict}" for name, layer in layers.items())]
    for kind, tables in (
        ("size of the object (radius in pixels)", {n: layer.by_size for n, layer in layers.items()}),
        ("class", {n: layer.by_class for n, layer in layers.items()}),
    ):
        names = list(next(iter(tables.values())))
        if names:
            lines += ["", f"## Effective dilation by {kind}", "", *_row(["layer", *names])]
            lines += _row(["---"] * (len(names) + 1))
            for layer_name, means in tables.items():
                lines += _row([layer_name, *(f"{means[n][1]:.2f}" for n in names)])
    if summary.skipped:
        lines += ["", "## Skipped", "", *(f"- {name}: {reason}" for name, reason in summary.skipped)]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> list[str]:
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"]


def _bounds(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be rising numbers, as 6,10,16,24; got {text!r}") from None
