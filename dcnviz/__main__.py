"""``python -m dcnviz``: reads the command line and hands over to a module of :mod:`dcnviz.commands`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from dcnviz import __version__
from dcnviz.commands import CommandError, app, commands


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, instead of after the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """The command line, with a subcommand for each row of the table."""
    top = _Parser(prog="python -m dcnviz", description="See where a deformable convolution looks.")
    top.add_argument("--version", action="version", version=f"dcnviz {__version__}")
    choice = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands():
        sub = choice.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; without any, the app.

    Args:
        arguments: as after ``python -m dcnviz``; None takes the process's own.

    Returns:
        The exit code: 0, or 2 for what the person who typed the command can put right.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    args = parser().parse_args(given or [app.NAME])
    try:
        code: int = args.run(args)
    except CommandError as error:
        print(f"dcnviz: {error}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
