"""The commands of ``python -m dcnviz``: one module each, and one row in the table.

A module of a command has `NAME`, `HELP`, `add_arguments(parser)` and `run(args)`, which gives the exit code.
It imports what is heavy inside `run`, so that help is there at once.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Protocol, cast

MODULES = ("app", "figure", "stats", "view", "train", "timeline", "bench")
"""The table: modules of this package, in the order in which help lists them."""


class CommandError(Exception):
    """Something the person who typed the command can put right; the message says what, in one sentence."""


class Command(Protocol):
    """What a module of a command looks like."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds the command's own arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Does it, and gives the exit code."""


def commands() -> list[Command]:
    """The modules of the table.

    >>> [command.NAME for command in commands()][0]
    'app'
    """
    return [cast(Command, import_module(f"{__name__}.{module}")) for module in MODULES]
