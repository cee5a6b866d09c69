"""``python -m dcnviz``: the app, with the project's settings, and Streamlit's own variables still heard."""

from __future__ import annotations

from pathlib import Path

import pytest

import dcnviz
from dcnviz.__main__ import main
from dcnviz.commands import app
from dcnviz.ui import serving


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, dict[str, str]]]:
    """What would have been started."""
    seen: list[tuple[Path, dict[str, str]]] = []
    monkeypatch.setattr(serving, "serve", lambda script, options: seen.append((script, options)) or 7)
    return seen


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {}),
        (["app"], {}),
        (["app", "--port", "0"], {"server.port": "0"}),
        (["app", "--no-browser"], {"server.headless": "true"}),
    ],
)
def test_the_app_is_started_and_only_what_was_asked_differs_from_the_settings(
    arguments: list[str], options: dict[str, str], served: list[tuple[Path, dict[str, str]]]
) -> None:
    assert main(arguments) == 7
    assert served == [(app.entry(), options)]
    assert (app.entry().parent / ".streamlit" / "config.toml").is_file()


def test_an_installation_without_the_app_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dcnviz, "__file__", str(tmp_path / "dcnviz" / "__init__.py"))
    assert main([]) == 2
    said = capsys.readouterr().err
    assert "is not part of this installation" in said and str(tmp_path / "app.py") in said


def test_the_installed_app_goes_before_a_neighbour_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dcnviz, "__file__", str(tmp_path / "dcnviz" / "__init__.py"))
    (tmp_path / "app.py").touch()
    assert app.entry() == tmp_path / "app.py"
    own = tmp_path / "dcnviz" / "_app" / "app.py"
    own.parent.mkdir(parents=True)
    own.touch()
    assert app.entry() == own


def test_a_setting_that_streamlit_refuses_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "many")
    assert main(["app"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "'many' is not a valid integer" in said
