"""What other people rely on changes knowingly: names, signatures, commands against the list; and each is explained."""

from __future__ import annotations

import difflib
import inspect

import pytest

import dcnviz
from tests.public_names import FILE, inventory, public

EXPLAINED = {
    f"{module}.{name}": what
    for module, name, what in public()
    if (inspect.isclass(what) or inspect.isfunction(what)) and what.__module__.startswith("dcnviz")
}


def test_the_public_names_are_those_of_the_list() -> None:
    listed = FILE.read_text(encoding="utf-8")
    found = inventory()
    changes = "\n".join(difflib.unified_diff(listed.splitlines(), found.splitlines(), "list", "package", n=0))
    assert found == listed, (
        f"{changes}\nIf this is meant: python -m tests.public_names, and a line in CHANGELOG.md (it has the rule "
        "for names that go)."
    )


def test_what_may_be_imported_is_listed_once_a_module() -> None:
    names = [(module, name) for module, name, _ in public()]
    assert len(names) == len(set(names)) > 40
    assert all(not name.startswith("_") or name == "__version__" for _, name in names)


def test_the_version_is_in_the_changelog() -> None:
    changes = (FILE.parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {dcnviz.__version__} " in changes


@pytest.mark.parametrize("name", EXPLAINED)
def test_each_is_explained(name: str) -> None:
    """An example, or what goes in and comes out, or (for a value or an error) a sentence that says what it is."""
    what = EXPLAINED[name]
    text = inspect.cleandoc(what.__doc__ or "")
    assert text and not text.startswith(f"{what.__name__}("), f"{name} has no docstring of its own."
    if inspect.isfunction(what):
        parts = (">>>", "Args:", "Returns:", "Yields:", "Example")
        assert any(part in text for part in parts), (
            f"{name}: show an example, or say what goes in and comes out."
        )
    else:
        assert len(text.split()) >= 5, f"{name}: say in a sentence what it is, and why."
