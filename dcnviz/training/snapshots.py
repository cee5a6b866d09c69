"""The weights of a training at chosen steps, from which it can be told again without training again.

Writing them changes nothing: no chance is drawn and no parameter touched, so a training with snapshots ends at the
same weights as one without.
"""

from __future__ import annotations

import copy
from pathlib import Path

from dcnviz.models.checkpoints import write
from dcnviz.training.loop import Trainer


def snapshot_steps(steps: int, count: int) -> list[int]:
    """Numbers of steps, from 0 to ``steps``, close together at the beginning, where most happens.

    Their square roots are evenly apart: a training of 14,000 steps told in 64 pictures then has two of them in its
    first 4 steps and some 400 steps between the last ones.

    Args:
        steps: of the whole training.
        count: how many, at most; 2 or more.

    Raises:
        ValueError: if there are fewer than two, a first and a last one.

    >>> snapshot_steps(100, 6)
    [0, 4, 16, 36, 64, 100]
    """
    if count < 2:
        raise ValueError(f"count must be 2 or more; got {count}.")
    return sorted({round(steps * (n / (count - 1)) ** 2) for n in range(count)})


def keep(trainer: Trainer, folder: Path) -> Path:
    """Writes the network as it stands, in the form of the shipped checkpoints.

    Args:
        trainer: between two steps.
        folder: made if missing.

    Returns:
        The file, named by the number of steps taken.
    """
    network = copy.deepcopy(trainer.network)
    network.unit_scale()
    path = folder / f"{trainer.step_number:06d}.safetensors"
    write(network, path, {"step": trainer.step_number, "losses": trainer.losses[-1:]})
    return path


def kept(folder: Path) -> list[tuple[int, Path]]:
    """Steps and files that :func:`keep` wrote, in the order of the training.

    Raises:
        ValueError: if there is none.
    """
    found = sorted((int(path.stem), path) for path in folder.glob("*.safetensors") if path.stem.isdigit())
    if not found:
        raise ValueError(f"{folder.name} holds no snapshots of a training.")
    return found
