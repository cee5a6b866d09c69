"""The inventory of the public names: what other people's scripts and command lines rely on.

    python -m tests.public_names

writes `tests/public_names.txt` anew; `tests/test_public_names.py` compares it with the package. A difference of
that file in a commit is a change that CHANGELOG.md has to mention.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from dcnviz.__main__ import parser

FILE = Path(__file__).with_suffix(".txt")
MODULES = (
    "dcnviz",
    "dcnviz.ops",
    "dcnviz.layers",
    "dcnviz.models",
    "dcnviz.recording",
    "dcnviz.analysis",
    "dcnviz.statistics",
    "dcnviz.plots",
)
HEAD = "# Written by: python -m tests.public_names\n"


def public() -> Iterator[tuple[str, str, Any]]:
    """Module, name, and what it is, of every public name."""
    for module in MODULES:
        home = import_module(module)
        yield from ((module, name, getattr(home, name)) for name in sorted(home.__all__))


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """The class's own public members; those of its bases come from elsewhere, except from dcnviz's own."""
    seen: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("dcnviz"):
            seen.update(vars(base))
            seen.update({name: "field" for name in vars(base).get("__annotations__", {}) if name not in seen})
    yield from sorted((name, value) for name, value in seen.items() if not name.startswith("_"))


def signature(what: Any) -> str:
    """As ``(input, offset, *, stride=1)``: names, kinds and defaults. Types are left to the type checker."""
    try:
        found = inspect.signature(what)
    except (TypeError, ValueError):
        return ""  # made by the interpreter, without a signature to read
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in found.parameters.values()]
    text = str(found.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return re.sub(r"<(\w+ )?([\w.]+)[^>]*>", r"<\2>", text)  # without addresses in memory


def described(name: str, what: Any) -> Iterator[str]:
    """The lines of one public name."""
    if inspect.ismodule(what):
        yield f"{name}: module"
    elif inspect.isclass(what):
        yield f"{name}{signature(what)}"
        for member, value in members(what):
            inner = getattr(value, "__func__", value)  # of a classmethod or staticmethod
            yield f"  .{member}{signature(inner) if inspect.isfunction(inner) else ''}"
    elif callable(what):
        yield f"{name}{signature(what)}"
    else:
        yield f"{name}: {type(what).__name__}"


def command_lines() -> Iterator[str]:
    """Every command with its arguments and their defaults."""
    top = parser()
    (choice,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    for name, sub in sorted(choice.choices.items()):
        yield f"python -m dcnviz {name}"
        for action in sub._actions:
            if isinstance(action, argparse._HelpAction):
                continue
            shown = ", ".join(action.option_strings) or action.dest.upper()
            default = "" if action.default is None else f" = {_plain(action.default)!r}"
            values = "" if action.choices is None else f" of {', '.join(map(str, action.choices))}"
            yield f"  {shown}{values}{default}"


def _plain(value: Any) -> Any:
    """A path as text: its class differs between systems."""
    return value.as_posix() if isinstance(value, Path) else value


def inventory() -> str:
    """The whole text of the file."""
    lines, before = [HEAD], ""
    for module, name, what in public():
        if module != before:
            lines.append(f"\n{module}\n" + "-" * len(module))
            before = module
        lines += described(name, what)
    return "\n".join([*lines, "\ncommands\n--------", *command_lines()]) + "\n"


if __name__ == "__main__":
    FILE.write_text(inventory(), encoding="utf-8")
