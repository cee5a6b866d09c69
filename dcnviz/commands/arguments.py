"""What may stand on a command line: read in one place, with limits, and refused with one sentence."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

MOST = 4000
"""Most characters of an argument; a path has fewer on every system."""

SHOWN = 600
"""Most characters of a message; of a longer one the beginning and the end are shown."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, instead of after the whole usage; takes an option once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register("action", None, _Once)  # what argparse looks up where no action is named

    def error(self, message: str) -> NoReturn:
        """Ends the program."""
        self.exit(2, f"{one_line(f'{self.prog}: {message} (see {self.prog} --help)')}\n")


class _Once(argparse.Action):
    """Keeps a value; the same option again is a mistake, for one of the two values would be lost."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Called by argparse with the value it read."""
        given: set[str] = vars(namespace).setdefault("given", set())
        if self.option_strings and self.dest in given:
            raise argparse.ArgumentError(self, "is given twice; which of the two is meant?")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


def checked(arguments: Sequence[str]) -> list[str]:
    """The arguments, if each may be a path's or an option's.

    Raises:
        ValueError: if one is empty, too long, or holds what no name of a file may hold.

    >>> checked(["view", "mine.npz"])
    ['view', 'mine.npz']
    """
    for number, text in enumerate(arguments, start=1):
        name, equals, value = text.partition("=")
        if not text or (equals and not value and name.startswith("-")):
            raise ValueError(
                f"argument {number}, {text!r}, is empty: leave it out, or say what it should be."
            )
        if len(text) > MOST:
            raise ValueError(
                f"argument {number} is {len(text):,} characters long; at most {MOST:,} are read."
            )
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            text = "\0"
        if "\0" in text:
            raise ValueError(f"argument {number} holds a character that cannot stand in the name of a file.")
    return list(arguments)


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds, as argparse's ``type``.

    >>> whole(1, 10)("7")
    7
    """

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:  # also of more digits than Python turns into a number
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(
                f"must be a whole number from {least:,} to {most:,}; got {text!r}"
            )
        return number

    return read


def name(text: str) -> str:
    """The name of a file, without a folder, as argparse's ``type``."""
    if text in (".", "..") or "/" in text or os.sep in text or len(os.fsencode(text)) > 100:
        raise argparse.ArgumentTypeError(f"must be a short name without a folder in it; got {text!r}")
    return text


def one_line(message: str) -> str:
    r"""A message as one line for a terminal: what would move its cursor or colour it is written as an escape.

    >>> one_line("a\nb\x1b[31m")
    'a\\nb\\x1b[31m'
    """
    if len(message) > SHOWN:
        message = f"{message[: SHOWN * 2 // 3]} ... {message[-SHOWN // 3 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
