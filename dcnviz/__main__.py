"""``python -m dcnviz``: reads the command line and hands over to a module of :mod:`dcnviz.commands`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from dcnviz import __version__
from dcnviz.commands import CommandError, app, commands
from dcnviz.commands.arguments import Parser, checked, one_line

STOPPED = 130
"""What a shell expects of a program that Ctrl-C ended."""


def parser() -> Parser:
    """The command line, with a subcommand for each row of the table."""
    top = Parser(prog="python -m dcnviz", description="See where a deformable convolution looks.")
    top.add_argument("--version", action="version", version=f"dcnviz {__version__}")
    choice = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands():
        sub = choice.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; without any, the app.

    The one place where what went wrong becomes a sentence. The rooms raise :class:`OSError` with the name of the
    file, and :class:`ValueError` with a sentence of their own; both are said as they come.

    Args:
        arguments: as after ``python -m dcnviz``; None takes the process's own.

    Returns:
        The exit code: 0, or 2 for what the person who typed the command can put right.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may hold what the terminal cannot show
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        args = parser().parse_args(checked(given) or [app.NAME])
        code: int = args.run(args)
        sys.stdout.flush()  # here, where a full disk still has somebody to tell it
    except BrokenPipeError:  # who read our words has left, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (CommandError, ValueError) as error:
        return _say(str(error))
    except OSError as error:
        where = "" if error.filename is None else f"cannot use {error.filename}: "
        return _say(f"{where}{error.strerror or error}.")
    except MemoryError:
        return _say("there is not enough memory for this.")
    except KeyboardInterrupt:
        _say("stopped.")
        return STOPPED
    return code


def _say(message: str) -> int:
    print(one_line(f"dcnviz: {message}"), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
