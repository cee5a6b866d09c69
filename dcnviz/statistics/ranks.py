"""One process, or several under ``torchrun``: who am I, and what have the others?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

PATIENCE = timedelta(days=7)
"""How long a process waits for the slowest. Torch's own half hour is meant for a step of training; here a process
waits for all the pictures of another."""


@dataclass(frozen=True)
class Ranks:
    """This process among its peers.

    Attributes:
        rank: its number, from 0; the first one writes the results.
        world: how many there are.
        local: how many of them run on this machine.
    """

    rank: int = 0
    world: int = 1
    local: int = 1

    def share(self, items: list[str]) -> list[str]:
        """Every ``world``-th item, beginning at this process's number.

        >>> Ranks(1, 3).share(["a", "b", "c", "d", "e"])
        ['b', 'e']
        """
        return items[self.rank :: self.world]

    def gather(self, mine: Any) -> list[Any]:
        """What every process gives here, in the order of their numbers; all must call it."""
        if self.world == 1:
            return [mine]
        import torch.distributed as dist

        everyone: list[Any] = [None] * self.world
        dist.all_gather_object(everyone, mine)
        return everyone

    def bring(self, mine: Any) -> list[Any]:
        """The same, but only the first process gets it, and the others an empty list: for what is large."""
        if self.world == 1:
            return [mine]
        import torch.distributed as dist

        everyone: list[Any] | None = [None] * self.world if self.rank == 0 else None
        dist.gather_object(mine, everyone)
        return everyone or []


@contextmanager
def ranks() -> Iterator[Ranks]:
    """This process's place in what ``torchrun`` started, connected by gloo; alone without it."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Ranks()
        return
    import torch.distributed as dist

    dist.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield Ranks(dist.get_rank(), world, int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    finally:
        dist.destroy_process_group()
