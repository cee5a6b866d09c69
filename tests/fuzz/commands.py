"""Command lines that make no sense, and hostile files named on them: a result, or one sentence and exit code 2.

A case is a command line that works, with some of its words spoiled, or with one of the files it names. It is run in
this process, in a folder of its own; what would take long (a training, a server, figures) is cut short behind the
place where the words and files have been read.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from matplotlib.figure import Figure
from PIL import Image

from dcnviz.__main__ import main
from dcnviz.training import Recipe, Trainer, evaluate, snapshots, watched
from tests.fuzz.mutators import HOSTILE, spoil, spoil_json

NAME = "commands"
LONGEST = 1000
"""Most characters that are printed of a refusal."""

NUMBERS = (
    "0",
    "-1",
    "1.5",
    "nan",
    "inf",
    "1e9",
    "10",
    "999999999999",
    "9" * 400,
    "9" * 5000,
    "0x10",
    "１２",
    "½",
    "",
)
PATHS = (
    *(
        "HERE/nothing",
        "HERE/folder.npz",
        "HERE/pipe",
        "HERE/loop",
        "HERE/broken",
        "HERE/secret.npz",
        "HERE/empty",
    ),
    *(
        "HERE/picture.png",
        "HERE/mine.npz",
        "HERE/conv.safetensors",
        "HERE/conv.steps",
        "HERE/one",
        "HERE/picture.png/x",
    ),
    *(
        "/dev/null",
        "/dev/full",
        "/dev/zero",
        "/proc/self/nothing",
        ".",
        "",
        "\0",
        "a\0b.npz",
        "\ud800",
        "\udcff.npz",
    ),
    *(
        "x" * 300,
        "x" * 5000,
        "a\nb",
        "\x1b[31mred",
        "\u202egnp.exe",
        "👁️.npz",
        "-",
        "--",
        "~",
        "*",
        "$(id)",
        "a b",
    ),
)
WORDS = (
    "v1",
    "v9",
    "V2",
    "light",
    "blocks.1",
    "blocks",
    "4,5",
    "4;5",
    "-1,-1",
    "4,5,6",
    "9" * 400 + ",1",
    "1,1,1",
    "5,3",
)
LINES: tuple[str, ...] = (
    "app --port 0 --no-browser",
    "view HERE/mine.npz --port 0",
    "figure HERE/picture.png --version v2 --at 4,5 --out HERE/out --layer blocks.1 --group 0 --theme dark",
    "figure cat --version conv --at 0,0 --out HERE/out --all --numbers --stack",
    "stats conv HERE/one --out HERE/out --workers 1 --max-side 64 --sizes 5,9 --theme light",
    "stats HERE/conv.safetensors HERE/one --out HERE/out --workers 2",
    "train conv --steps 2 --seed 1 --out HERE/out --scenes 1 --save-every 1 --name mine --snapshots 2 --seconds 9",
    "train conv --steps 2 --resume --out HERE/again --scenes 1",
    "timeline HERE/conv.steps --out HERE/out/made.npz --scenes 1",
    "timeline HERE/conv.steps",
    "bench --quick --threads 1 --only v3 --json",
    "bench --training --quick",
    "bench --live 1 --quick",
    "--version",
    "",
)
FILES: dict[str, tuple[str, ...]] = {
    "HERE/picture.png": LINES[2:3],
    "HERE/mine.npz": LINES[1:2],
    "HERE/one/a.png": LINES[4:6],
    "HERE/one/a.labels.png": LINES[4:6],
    "HERE/one/labels.txt": LINES[4:6],
    "HERE/conv.safetensors": LINES[5:6],
    "HERE/out/progress-0.jsonl": LINES[4:5],
    "HERE/again/conv.training": LINES[7:8],
    "HERE/again/other.json": LINES[7:8],
    "HERE/conv.steps/000001.safetensors": LINES[8:10],
    "HERE/conv.json": LINES[8:10],
}
"""Files that may be spoiled, and the lines that name them."""


@dataclass(frozen=True)
class Given:
    """A case: words, in which HERE is the folder, and files that are otherwise than in the whole folder."""

    words: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)


@cache
def _place() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="dcnviz-commands-"))
    (folder / "cwd").mkdir()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def here() -> Path:
    """A folder with one whole file of each kind, and with things that are no files."""
    folder = _place()
    for name in ("one", "again", "empty", "folder.npz", "out"):
        (folder / name).mkdir()
    picture = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    for name in ("picture.png", "one/a.png"):
        picture.save(folder / name)
    picture.convert("L").point(lambda grey: grey // 50).save(folder / "one/a.labels.png")
    (folder / "one/labels.txt").write_text("sky\ntree\n")
    trainer = Trainer(Recipe("conv", steps=2, batch=8))
    snapshots.keep(trainer, folder / "conv.steps")
    trainer.save(folder / "again/conv.training")
    (folder / "conv.safetensors").write_bytes(next((folder / "conv.steps").iterdir()).read_bytes())
    (folder / "conv.steps/000001.safetensors").write_bytes((folder / "conv.safetensors").read_bytes())
    (folder / "conv.json").write_text('{"seed": 1, "minutes": 0.5, "steps_taken": 1}')
    (folder / "again/other.json").write_text("{}")
    (folder / "again/other.safetensors").touch()
    _run(("figure", "HERE/picture.png", "--version=v2", "--at=4,5", "--out=HERE/out"))
    (folder / "out/fields.npz").rename(folder / "mine.npz")
    _run(tuple(LINES[4].split()))
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "broken").symlink_to(folder / "nowhere")
    (folder / "secret.npz").write_bytes(b"secret")
    (folder / "secret.npz").chmod(0)
    return folder


@cache
def whole() -> dict[str, bytes]:
    """The files that may be spoiled, as they are."""
    return {name: (here() / name.removeprefix("HERE/")).read_bytes() for name in FILES}


def make(chance: Random) -> Given:
    """A line with spoiled words, or with a spoiled file, or with both."""
    if chance.random() < 0.4:
        name = chance.choice(list(FILES))
        words = chance.choice(FILES[name]).split()
        return Given(tuple(words), {name: _spoiled_file(name, chance)})
    words = chance.choice(LINES).split()
    for _ in range(chance.choice((1, 1, 2, 3))):
        _spoil_word(words, chance)
    return Given(tuple(words))


def _spoiled_file(name: str, chance: Random) -> bytes:
    data = whole()[name]
    if name.endswith((".json", ".jsonl")) and chance.random() < 0.6:
        *before, last = data.decode().splitlines()
        made = json.dumps(spoil_json(json.loads(last), chance))
        return "\n".join([*before, made]).encode() + b"\n"
    if chance.random() < 0.1:
        return chance.choice(
            (b"", b"\0" * 100, b"[" * 100_000, data * 3, whole()[chance.choice(list(FILES))])
        )
    return spoil(data, chance, 400)


def _spoil_word(words: list[str], chance: Random) -> None:
    n, what = chance.randrange(len(words) + 1), chance.random()
    value = chance.choice((*PATHS, *NUMBERS, *WORDS, *(str(each) for each in HOSTILE)))
    if what < 0.6 and n < len(words):
        if words[n].startswith("--") and n + 1 < len(words) and not words[n + 1].startswith("--"):
            words[n : n + 2] = [f"{words[n]}={value}"]
        else:
            words[n] = value
    elif what < 0.75 and n < len(words):
        del words[n]
    elif what < 0.9 and n + 1 < len(words):
        words += words[n : n + 2]  # the same again
    else:
        words.insert(n, chance.choice((value, "--out", "--help-me", "--workers", "--live", "--group")))


def read(given: Given) -> str:
    """Runs it; "" if it went through, or "refused" if that was said in one sentence."""
    folder = here()
    for name in FILES:
        (folder / name.removeprefix("HERE/")).write_bytes(given.files.get(name, whole()[name]))
    code, said = _run(given.words)
    assert not list(folder.rglob("*.part")), "a half-written file was left"
    if code == 0:
        return ""
    assert code in (1, 2), f"exit code {code}: {said[-LONGEST:]}"
    refusals = re.findall(
        r"^(?:dcnviz|python -m dcnviz[ \w]*): .*$", re.sub("[^\n]*\r", "", said), re.MULTILINE
    )
    assert len(refusals) == 1 and said.endswith(f"{refusals[0]}\n"), f"not one sentence: {said[-LONGEST:]!r}"
    assert len(refusals[0]) <= LONGEST and refusals[0].isprintable() and refusals[0][-1] in ".)"
    assert not re.search(r"Errno|object at 0x|codec can't|Traceback|use None|: None", refusals[0]), refusals[
        0
    ]
    return "refused"


def _run(words: tuple[str, ...]) -> tuple[object, str]:
    """Exit code, and what was printed for people."""
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    with ExitStack() as stack:
        for change in SHORT:
            stack.enter_context(change())
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        os.chdir(_place() / "cwd")
        try:
            code: object = main([word.replace("HERE", str(_place())) for word in words])
        except SystemExit as ended:
            code = ended.code
        finally:
            os.chdir(before)
    return code, err.getvalue()


def _kept(trainer: Trainer, running: Path, *_: object) -> None:
    trainer.save(running)


SHORT: tuple[Callable[[], Any], ...] = (
    lambda: patch.dict(os.environ),
    lambda: patch("dcnviz.ui.serving.serve", lambda script, options: 0),
    lambda: patch("dcnviz.commands.train._train", _kept),
    lambda: patch("dcnviz.training.evaluate", lambda network, scenes: evaluate(network, 1)),
    lambda: patch("dcnviz.training.telling.Watched", lambda kind, scenes: watched.Watched(kind, 1)),
    lambda: patch("dcnviz.commands.figure._figures", lambda *_: {"sampling": Figure((1, 1))}),
    lambda: patch("dcnviz.commands.stats._figures", lambda *_: {"health": lambda: Figure((1, 1))}),
    *(
        (lambda name=name: patch(f"dcnviz.commands.bench.{name}", lambda *_: 0))
        for name in ("_measure", "_training", "live")
    ),
)
"""What takes long, cut short."""
