"""A long training told afterwards: a timeline from the snapshots that it left."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from dcnviz.data.bounded import parse_object, read_file, read_text
from dcnviz.data.writing import write_text
from dcnviz.models.checkpoints import load, read
from dcnviz.models.network import STRIDE, Network
from dcnviz.training.snapshots import kept
from dcnviz.training.timeline import Timeline, TimelineError
from dcnviz.training.watched import LARGE, Watched

HEAD = """# Ready-made timelines

Each is one training of a bundled network, told in frames from its first step to its last: where four cells of a
fixed picture look in each layer, loss, accuracy and effective dilation by object size. Made by

    python -m dcnviz train VERSION --snapshots 64 --out runs/VERSION
    python -m dcnviz timeline runs/VERSION/VERSION.steps --out assets/timelines/VERSION.npz

The second command also writes this file. A frame's loss is that of the one step before it; its seconds are the share
of the whole training's computing time that its steps are. Accuracy (share of the objects' pixels that got their own
class) and dilation (last layer, in cells) are those of the last frame.

Another build of PyTorch, another processor or a later dcnviz may add in another order, and end at other bits for the
same recipe and seed;
`shipped` says how the last frame compares with the checkpoint that comes with dcnviz, measured on the same scenes.
"""


def tell(
    folder: Path, *, scenes: int = 40, say: Callable[[int, int], None] = lambda done, all: None
) -> Timeline:
    """Looks at every snapshot of a training.

    Args:
        folder: with what ``python -m dcnviz train VERSION --snapshots N`` wrote; the training's own ``.json`` beside
            it, if it is there, tells recipe and minutes.
        scenes: held-out scenes that accuracy and dilation are measured on.
        say: is told how many snapshots are done, and of how many.

    Raises:
        ValueError: if there are no snapshots, or they are of several versions.
        CheckpointError: if one is damaged.
    """
    snapshots, watched = kept(folder), Watched(LARGE, scenes)
    about = _training(folder)
    last = snapshots[-1][0]
    a_step = 60 * about.get("minutes", math.nan) / max(1, about.get("steps_taken", last))
    frames, network = [], read(snapshots[0][1])
    version = network.version
    for n, (step, path) in enumerate(snapshots):
        network = read(path)
        if network.version != version:
            raise ValueError(f"{folder.name} holds snapshots of both {version} and {network.version}.")
        frames.append(watched.frame(network, step, a_step * step, _loss(path)))
        say(n + 1, len(snapshots))
    return Timeline(
        version=version,
        seed=int(about.get("seed", 0)),
        picture=watched.picture,
        cells=watched.cells,
        stride=STRIDE,
        sizes=watched.field.sizes,
        layers=tuple(network.maps_to_picture()),
        frames=tuple(frames),
        about={"recipe": about, "held_out_scenes": scenes, "shipped": _compared(network, watched)},
    )


NUMBERS = ("seed", "minutes", "steps_taken")
"""What a timeline takes over of what the training said of itself."""


def _training(folder: Path) -> dict[str, Any]:
    """What the training said of itself: ``v2.json`` beside ``v2.steps``."""
    file = folder.with_suffix(".json")
    found = parse_object(read_text(file), file.name) if file.exists() else {}
    values = [found[name] for name in NUMBERS if name in found]
    if not all(type(value) in (int, float) and 0 <= value < 1e12 for value in values):
        raise ValueError(f"{file.name} is not what a training says of its checkpoint.")
    return found


def _loss(path: Path) -> float:
    """The loss of the step before a snapshot; NaN before the first."""
    with safe_open(path, framework="pt") as file:
        about = parse_object((file.metadata() or {}).get("about", "{}"), f"what {path.name} says of itself")
    losses = about.get("losses")
    last = losses[-1] if isinstance(losses, list) and losses else math.nan
    return float(last) if type(last) in (int, float) else math.nan


def _compared(network: Network, watched: Watched) -> dict[str, Any]:
    """How the last snapshot compares with the shipped checkpoint of the version."""
    shipped = load(network.version)
    pairs = zip(network.state_dict().values(), shipped.state_dict().values(), strict=True)
    frame = watched.frame(shipped, 0, 0.0, 0.0)
    return {
        "identical": all(torch.equal(a, b) for a, b in pairs),
        "accuracy": _rounded(frame.accuracy, 4),
        "dilation": [_rounded(float(value), 3) for value in frame.dilation[-1]],
    }


def _rounded(value: float, digits: int) -> float | None:
    """JSON has no NaN, which is what a size gives that did not occur in a few scenes."""
    return round(value, digits) if math.isfinite(value) else None


def _shown(value: float | None, digits: int) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def write_table(folder: Path) -> Path:
    """Writes ``README.md`` from every timeline in a folder, and returns its path.

    Where another README lies already it is ``timelines.md``.

    Raises:
        TimelineError: if a file there is none.
    """
    sizes = LARGE.sizes
    rows: list[list[str]] = []
    for path in sorted(folder.glob("*.npz")):
        try:
            rows += _rows(path)
        except (LookupError, TypeError, AttributeError) as problem:  # a live training's, or spoiled
            raise TimelineError(f"{path.name} is not a timeline that this command made.") from problem
    head = ("file", "seed", "frames", "steps", "accuracy", *sizes, "kB")
    lines = [head, ["---"] * len(head), *rows]
    own, target = HEAD.splitlines()[0].encode(), folder / "README.md"
    if target.exists() and not read_file(target, len(own)).startswith(own):
        target = folder / "timelines.md"
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    write_text(target, f"{HEAD}\n{table}\n")
    return target


def _rows(path: Path) -> Iterator[list[str]]:
    """Of the last frame, and of the shipped checkpoint if that is another one."""
    timeline = Timeline.load(path)
    last, shipped = timeline.frames[-1], timeline.about["shipped"]
    same = shipped["identical"]
    spread = [_shown(float(value), 2) for value in last.dilation[-1]]
    size = f"{path.stat().st_size / 1000:.0f}"
    name = f"{path.name} (shipped: the same, bit for bit)" if same else path.name
    yield [
        name,
        str(timeline.seed),
        str(len(timeline.frames)),
        f"{last.step:,}",
        _shown(last.accuracy, 3),
        *spread,
        size,
    ]
    if not same:
        others = [_shown(value, 2) for value in shipped["dilation"]]
        yield [
            f"shipped {timeline.version}: other bits",
            "",
            "",
            "",
            _shown(shipped["accuracy"], 3),
            *others,
            "",
        ]
