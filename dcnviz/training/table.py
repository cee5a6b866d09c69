"""The table beside the checkpoints, made from what each training wrote of itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dcnviz.data.bounded import parse_object, read_file, read_text
from dcnviz.data.writing import write_text
from dcnviz.training.metrics import SIZE_NAMES

HEAD = """# The trained networks

Made by `python -m dcnviz train VERSION --out assets/checkpoints`, which also writes this file. Measured on
held-out scenes of 96 x 96 pixels, at picture size. mIoU: mean over seven classes, background included.
Foreground accuracy: share of the objects' pixels that got their own class. Minutes: in training steps, on one
thread of a 2-core machine (conv, v1 and v2 while others worked on it: a quiet one takes about two thirds).
`conv-equal-seconds` are plain convolutions with the seconds of v2 instead of its steps: a step of v2 takes 2.1
times as long (`python -m dcnviz bench --training`), so `train conv --steps 30000 --name conv-equal-seconds`.
v3 learned more slowly than v2. What it took: eight groups instead of four (mIoU after a training of 2,500 steps:
0.526 against 0.476), a lower rate, predictors at half of it instead of a fifth, 16,000 steps.
"""

SIZES = """
## Effective dilation by object size

Mean distance between neighbouring taps, in cells (1: the regular grid), over the cells that lie on background
or on objects of that radius in pixels; the law of table 2 of the first deformable paper (arXiv 1703.06211).
"""


def write_table(folder: Path) -> Path:
    """Writes ``README.md`` from every ``*.json`` that lies beside a checkpoint in a folder.

    Returns:
        The file written: ``networks.md`` where there is another README already.

    Raises:
        ValueError: naming a file beside a checkpoint that is not of a training.
        OSError: if it cannot be written.
    """
    runs = {
        path.stem: parse_object(read_text(path), path.name)
        for path in sorted(folder.glob("*.json"), key=lambda path: path.stem)
        if path.with_suffix(".safetensors").exists()
    }
    accuracy, dilation = [], []
    for name, run in runs.items():
        try:
            accuracy.append(_accuracy(name, run))
            dilation += _dilation(name, run)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:  # of another program, or spoiled
            raise ValueError(f"{name}.json is not what a training says of its checkpoint.") from problem
    text = HEAD
    text += _markdown(
        (
            "run",
            "steps",
            "batch",
            "peak rate",
            "predictor factor",
            "seed",
            "parameters",
            "minutes",
            "mIoU",
            "foreground accuracy",
        ),
        accuracy,
    )
    text += SIZES + _markdown(("run", "layer", *SIZE_NAMES), dilation)
    target = folder / "README.md"
    own = HEAD.splitlines()[0].encode()
    if target.exists() and not read_file(target, len(own)).startswith(own):
        target = folder / "networks.md"
    write_text(target, text)
    return target


def _accuracy(name: str, run: dict[str, Any]) -> list[str]:
    return [
        name,
        str(run["steps_taken"]),
        str(run["batch"]),
        f"{run['lr']:g}",
        f"{run['predictor_factor']:g}",
        str(run["seed"]),
        f"{run['parameters']:,}",
        f"{run['minutes']:.1f}",
        _number(run["mean_iou"], 3),
        _number(run["foreground_accuracy"], 3),
    ]


def _dilation(name: str, run: dict[str, Any]) -> list[list[str]]:
    layers = run["effective_dilation"].values()
    return [[name, str(n + 1), *(_number(x, 2) for x in sizes)] for n, sizes in enumerate(layers)]


def _number(value: float | None, digits: int) -> str:
    """A figure, or a dash for what could not be measured: no such class or size came up."""
    return "-" if value is None else f"{value:.{digits}f}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
