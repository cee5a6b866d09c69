"""Whatever stands on the command line is read in one place; what went wrong becomes one sentence in one place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcnviz.__main__ import main
from dcnviz.commands import view
from dcnviz.commands.arguments import checked, one_line


def refusal(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    try:
        code: object = main(words)
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr()
    assert code == 2 and said.out == ""
    assert said.err.count("\n") == 1 and said.err.strip().isprintable() and len(said.err) < 1000
    return said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["view", ""], "argument 2, '', is empty"),
        (["view", "a.npz", "--port="], "argument 3, '--port=', is empty"),
        (["view", "a\0.npz"], "argument 2 holds a character that cannot stand in the name of a file"),
        (["view", "\ud800"], "argument 2 holds a character"),
        (["view", "x" * 5000], "argument 2 is 5,000 characters long; at most 4,000 are read"),
        (["view", "x" * 3000], "File name too long"),
        (["view", "/dev/zero"], "it is a device or a pipe, not a file"),
        (["view", "no\nsuch\x1b[31m.npz"], r"no\nsuch\x1b[31m.npz: No such file"),
        (["stats", "v2", ".", "--out", "a", "--out", "b"], "--out: is given twice"),
        (["stats", "v2", ".", "--workers", "1", "--work", "2"], "--workers: is given twice"),
        (["stats", "v2", ".", "--max-side", "1" + "0" * 400], "whole number from 1 to 2,048; got"),
        (["stats", "v2", ".", "--sizes", "nan", "--out", "x"], "numbers that rise from 0 up"),
        (["stats", "v2", ".", "--sizes", "1,inf", "--out", "x"], "numbers that rise from 0 up"),
        (["train", "conv", "--name", "../conv"], "a short name without a folder in it; got '../conv'"),
        (["train", "conv", "--steps", "9" * 4000], "whole number from 1 to 10,000,000"),
        (["bench", "--live", "nan"], "whole number from 1 to 1,000; got 'nan'"),
        (["timeline", "/"], "--out must say where to"),
        (["nonsense"], "invalid choice: 'nonsense'"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refusal(words, capsys)


def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "it is a device or a pipe" in refusal(["view", str(tmp_path / "pipe")], capsys)
    at = ["figure", str(tmp_path / "pipe"), "--version", "conv", "--at", "1,1", "--out", str(tmp_path / "x")]
    assert "it is a device or a pipe" in refusal(at, capsys)


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (
            PermissionError(13, "Permission denied", "a.npz"),
            2,
            "dcnviz: cannot use a.npz: Permission denied.\n",
        ),
        (OSError(28, "No space left on device"), 2, "dcnviz: No space left on device.\n"),
        (MemoryError(), 2, "dcnviz: there is not enough memory for this.\n"),
        (KeyboardInterrupt(), 130, "dcnviz: stopped.\n"),
        (ValueError("it is a pity."), 2, "dcnviz: it is a pity.\n"),
    ],
)
def test_what_goes_wrong_becomes_a_sentence_and_a_code(
    problem: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(_: object) -> int:
        raise problem

    monkeypatch.setattr(view, "run", run)
    assert main(["view", "a.npz"]) == code
    assert capsys.readouterr().err == said


def test_an_error_that_is_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_: object) -> int:
        raise KeyError("a mistake in the program")

    monkeypatch.setattr(view, "run", run)
    with pytest.raises(KeyError):
        main(["view", "a.npz"])


def test_names_that_are_no_text_are_names_all_the_same() -> None:
    assert checked(["view", "\udcff.npz"]) == ["view", "\udcff.npz"]
    assert one_line("\udcff\u202e") == r"\udcff\u202e"
    shown = one_line("x" * 10_000)
    assert len(shown) < 700 and " ... " in shown


@pytest.mark.parametrize(
    ("target", "code", "said"), [("/dev/full", 2, "No space left on device."), ("closed", 1, "")]
)
def test_words_that_nobody_takes(target: str, code: int, said: str) -> None:
    """A full disk behind standard output, and a reader that has left."""
    command = [
        sys.executable,
        "-c",
        "import sys; from dcnviz.__main__ import main; sys.exit(main(sys.argv[1:]))",
    ]
    patch = "from dcnviz.commands import view; view.run = lambda _: print('x' * 100_000) or 0; "
    command[2] = patch + command[2]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") if target == "closed" else Path(target).open("wb") as out:
        done = subprocess.run([*command, "view", "a.npz"], stdout=out, stderr=subprocess.PIPE, text=True)
    assert done.returncode == code and done.stderr == (f"dcnviz: {said}\n" if said else "")
