"""The order of the rooms: who may import whom, read off the source without running it.

ui -> plots, analysis, recording, training -> models, layers -> ops -> conventions -> sampling -> geometry.
``data`` depends on nothing else of dcnviz and may be used from ``models`` upward, ``plots`` may use
``analysis``, ``recording`` and ``training``, the command line is on top of all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "dcnviz"

GROUND = {"geometry", "glance", "sampling", "conventions"}
CORE = GROUND | {"ops", "layers", "models", "data"}
ALLOWED: dict[str, set[str]] = {
    "geometry": set(),
    "glance": set(),
    "sampling": {"geometry", "glance"},
    "conventions": {"geometry", "sampling"},
    "data": set(),
    "ops": GROUND,
    "layers": GROUND | {"ops"},
    "models": GROUND | {"ops", "layers", "data"},
    "recording": CORE,
    "analysis": CORE | {"recording"},
    "training": CORE | {"analysis", "recording"},
    "plots": CORE | {"analysis", "recording", "training"},
    "ui": CORE | {"analysis", "recording", "training", "plots"},
    "bench": CORE | {"analysis", "recording", "training"},
    "statistics": CORE | {"analysis", "recording"},
}
TOP = {"__main__", "commands"}  # the command line may use every room
FACADE = "__init__"  # dcnviz itself only names what is in the rooms

# Libraries that only one room, or one file, may import.
OWNERS = {"streamlit": "ui/", "matplotlib": "plots/", "torchvision": "ops/vision.py"}
LAZY = {"torchvision"}  # only inside functions: their import costs more than the first page
NEVER = {"matplotlib.pyplot", "pylab", "matplotlib.pylab"}  # global state, under a server with threads

FILES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
each_file = pytest.mark.parametrize("file", FILES, ids=str)


def room(file: Path) -> str:
    """The first part of a path below dcnviz, as a module's name."""
    return file.parts[0].removesuffix(".py")


def allowed(name: str) -> set[str]:
    if name in TOP:
        return set(ALLOWED) | TOP
    if name == FACADE:
        return set(ALLOWED)
    return ALLOWED[name] | {name}


def imports(tree: ast.AST, file: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, absolute, with its line; also ``from package import module``."""
    package = ("dcnviz", *file.parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def problems(source: str, file: Path) -> list[str]:
    """What a file of dcnviz imports and should not, one sentence each."""
    tree, found = ast.parse(source), []
    inside_functions = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for _, line in imports(node, file)
    }
    for_types = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for _, line in imports(node, file)
    }
    for module, line in imports(tree, file):
        where, parts = f"dcnviz/{file}:{line}", module.split(".")
        if parts[0] == "dcnviz" and len(parts) > 1:
            target = parts[1]
            if target in ALLOWED.keys() | TOP and target not in allowed(room(file)):
                found.append(
                    f"{where}: {room(file)} must not import dcnviz.{target}: imports run downward only."
                )
        owner = OWNERS.get(parts[0])
        if owner and line not in for_types and not str(file).startswith(owner):
            found.append(f"{where}: only dcnviz/{owner} may import {parts[0]}.")
        if parts[0] in LAZY and line not in inside_functions:
            found.append(f"{where}: import {parts[0]} inside the function that needs it.")
        if any(module == name or module.startswith(f"{name}.") for name in NEVER):
            found.append(f"{where}: draw on matplotlib.figure.Figure; {module} keeps global state.")
    return found


@each_file
def test_imports_run_downward(file: Path) -> None:
    found = problems((PACKAGE / file).read_text(encoding="utf-8"), file)
    assert not found, "\n".join(found)


@each_file
def test_every_file_is_in_a_known_room(file: Path) -> None:
    known = ALLOWED.keys() | TOP | {FACADE}
    assert room(file) in known, f"dcnviz/{file}: say in ALLOWED what {room(file)} may import."


def test_the_table_itself_has_no_circle() -> None:
    rooms, left = [], dict(ALLOWED)
    while left:
        free = [name for name, below in left.items() if not below & left.keys()]
        assert free, f"these rooms import each other in a circle: {sorted(left)}"
        rooms += free
        left = {name: below for name, below in left.items() if name not in free}
    assert rooms.index("geometry") < rooms.index("ops") < rooms.index("ui")


@pytest.mark.parametrize(
    ("file", "source", "word"),
    [
        ("ops/x.py", "from dcnviz.layers import DCNv3", "ops must not import dcnviz.layers"),
        ("geometry.py", "import dcnviz.sampling", "geometry must not import dcnviz.sampling"),
        ("sampling.py", "from dcnviz import conventions", "must not import dcnviz.conventions"),
        ("analysis/x.py", "from dcnviz.plots import colours", "must not import dcnviz.plots"),
        ("analysis/x.py", "from ..plots import colours", "must not import dcnviz.plots"),
        ("analysis/x.py", "from .. import ui", "must not import dcnviz.ui"),
        ("data/x.py", "from dcnviz.geometry import Geometry", "data must not import dcnviz.geometry"),
        ("models/x.py", "def f():\n    from dcnviz.training import loop", "must not import dcnviz.training"),
        ("ui/x.py", "from dcnviz.commands import figure", "ui must not import dcnviz.commands"),
        ("ops/x.py", "import dcnviz.commands", "must not import dcnviz.commands"),
        ("plots/x.py", "import streamlit as st", "only dcnviz/ui/ may import streamlit"),
        ("ui/x.py", "from matplotlib.figure import Figure", "only dcnviz/plots/ may import matplotlib"),
        ("plots/x.py", "import matplotlib.pyplot as plt", "keeps global state"),
        ("plots/x.py", "from matplotlib import pyplot", "keeps global state"),
        ("ops/gather.py", "def f():\n    import torchvision", "only dcnviz/ops/vision.py may import"),
        ("ops/vision.py", "from torchvision.ops import deform_conv2d", "inside the function"),
    ],
)
def test_it_would_notice(file: str, source: str, word: str) -> None:
    assert any(word in problem for problem in problems(source, Path(file)))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("ui/x.py", "import streamlit\nfrom dcnviz import plots\nfrom dcnviz.data import scenes"),
        ("plots/x.py", "from matplotlib.figure import Figure\nfrom dcnviz.analysis import dilation"),
        ("ops/vision.py", "def f():\n    from torchvision.ops import deform_conv2d"),
        ("layers/x.py", "from .grouped import at_cells\nfrom dcnviz.layers.deform import DeformConv2d"),
        ("recording/x.py", "from dcnviz import __version__"),
    ],
)
def test_it_lets_the_right_ones_pass(file: str, source: str) -> None:
    assert problems(source, Path(file)) == []
