"""A chapter in an address: what was done on its toy survives, and nothing that an address says can do harm."""

from __future__ import annotations

import base64
import json
import random
import zlib
from dataclasses import asdict, replace
from typing import Any

import pytest

from dcnviz.ui.address import letters
from dcnviz.ui.lesson import looking
from dcnviz.ui.lesson.chapters import CHAPTERS
from dcnviz.ui.lesson.chapters.stacked import STACKED, STAR
from dcnviz.ui.lesson.chapters.yours import Checked
from dcnviz.ui.lesson.defects.judged import Judged
from dcnviz.ui.lesson.defects.table import DEFECTS
from dcnviz.ui.lesson.handed import (
    MOST_BYTES,
    Written,
    changed,
    guess_in,
    guess_text,
    merged,
    packed,
    unpacked,
)
from dcnviz.ui.lesson.looking import KEPT, Looking
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.toy.state import Own, Toy
from dcnviz.ui.view import MOST_LETTERS, View, parse
from tests.ui.test_learn_page import open_page, words

STAGES = [
    (chapter.id, name, stage)
    for chapter in CHAPTERS
    for name, stage in (("before", chapter.before), ("after", chapter.after))
    if isinstance(stage, Written)
]
each_stage = pytest.mark.parametrize(("id", "name", "stage"), STAGES, ids=lambda value: str(value)[:12])


@each_stage
def test_a_stage_as_it_starts_needs_no_text(id: str, name: str, stage: Any) -> None:
    start = stage.start(None)
    assert stage.written(start, start) == ""
    for text in ("", "eJw", "x" * 5000, packed({"cell": [99, 99]}), packed({"size": "5", "groups": 3})):
        assert stage.read(text, start) == start


@each_stage
def test_a_toy_survives_its_address(id: str, name: str, stage: Any) -> None:
    start, chance = stage.start(None), random.Random(0)
    if not isinstance(start, Toy):
        return
    taps = start.size**2
    for _ in range(20):
        moved = tuple((round(chance.uniform(-3, 3), 2), round(chance.uniform(-3, 3), 2)) for _ in range(taps))
        own = Own(moved, tuple(round(chance.random(), 2) for _ in range(taps)))
        now = replace(start, cells={**start.cells, start.cell: own}, off=(0,), chosen=taps - 1, guess=(1, 2))
        text = stage.written(now, start)
        assert stage.read(text, start) == now
        view = View(chapter=id, answer=name == "after", guess="1.5", toy=text)
        found = parse(view.query("learn"), page="learn")
        assert len(text) <= MOST_LETTERS and found.toy == text


def test_depth_and_cells_survive_their_address(monkeypatch: pytest.MonkeyPatch) -> None:
    stage: Any = STACKED.after
    start = stage.start()
    seen = Looking(3, (STAR,), close=True), Looking(3, (STAR,), lens=(2.5, 0.25, 0.125))
    for now in (Looking(1, (STAR, (0, 3))), Looking(2, ((47, 47),)), Looking(3, (STAR,) * KEPT), *seen):
        text = stage.written(now, start)
        assert letters(text, MOST_LETTERS) == text and stage.read(text, start) == now
        monkeypatch.setattr(looking, "kept", lambda key, epoch, now=now: asdict(now))
        assert stage.now("stage", "epoch", start) == now  # as in the session of who did it
    for depth in (0, 4, True, "1", None):
        assert stage.read(packed({"depth": depth}), start) == start
    for pinned in (
        [],
        [[1]],
        [[1, 2, 3, 4], [1, 999]],
        [[-1, 2]],
        [[1.5, 2]],
        ["ab"],
        7,
        [[1, 2]] * (KEPT + 1),
    ):
        assert stage.read(packed({"pinned": pinned}), start) == start
    assert STACKED.before.read(packed({"depth": 3}), start) == start  # type: ignore[attr-defined]  # is `Written`


def test_what_was_judged_survives_its_address() -> None:
    practice, yours = (next(each for each in CHAPTERS if each.id == id) for id in ("practice", "yours"))
    known, codes = [*DEFECTS], [*LANGUAGES["en"].yours.verdicts, ""]
    chance = random.Random(3)
    for _ in range(20):
        found = frozenset(chance.sample(known, chance.randint(0, len(known))))
        for chapter, now in (
            (practice, Judged(found, chance.choice(known), chance.choice(["", "a", "b"]))),
            (yours, Checked(tuple(chance.choice(codes) for _ in range(3)))),
        ):
            stage: Any = chapter.after
            text = stage.written(now, stage.start())
            assert letters(text, MOST_LETTERS) == text and stage.read(text, stage.start()) == now
            before: Any = chapter.before
            assert before.read(text, before.start()) == before.start(), "the answer is given away"
    stage = yours.after
    for said in (["healthy"], "abc", ["healthy", 3, ["x"]], None, ["evil"] * 3):
        assert set(stage.read(packed({"said": said}), Checked()).said) <= {"healthy", ""}


def test_a_guess_is_in_the_address_before_the_answer_is() -> None:
    app = open_page(chapter="offsets", lang="en")
    app.radio[0].set_value("none").run()
    assert app.query_params["guess"] == "none" and "answer" not in app.query_params
    again = open_page(chapter="offsets", lang="zh", guess="none")
    assert again.radio[0].value == "none" and not again.button(key="reveal-offsets").disabled
    app = open_page(chapter="between", lang="zh", guess="4.2")
    assert app.number_input[0].value == 4.2 and LANGUAGES["zh"].learn.why not in words(app)


def test_changes_are_what_differs() -> None:
    chance = random.Random(1)

    def table(depth: int) -> dict[str, Any]:
        return {
            name: table(depth - 1) if depth and chance.random() < 0.4 else chance.randint(0, 2)
            for name in "abcd"
        }

    for _ in range(200):
        start, now = table(2), table(2)
        assert merged(start, changed(now, start)) == now
        assert unpacked(packed(now)) == now


def test_a_bomb_is_not_unpacked() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(json.dumps({"a": "0" * 10_000_000}).encode())).decode()
    assert unpacked(bomb.rstrip("=")) == {} and MOST_BYTES < 10_000_000
    deep = base64.urlsafe_b64encode(zlib.compress(b"[" * 90_000)).decode()
    assert unpacked(deep.rstrip("=")) == {}


def test_a_link_opens_the_chapter_as_it_was_left() -> None:
    between = next(chapter for chapter in CHAPTERS if chapter.id == "between")
    start = between.after.start()
    text = between.after.written(start.moved({0: (1.25, 0.5)}), start)
    app = open_page(chapter="between", lang="en", answer="1", guess="3.2", toy=text)
    assert not app.exception
    assert LANGUAGES["en"].learn.why in words(app) and "you guessed 3.20" in words(app)
    assert (app.query_params["toy"], app.query_params["guess"]) == (text, "3.2")
    app.button(key="again").click().run()
    assert "toy" not in app.query_params and "answer" not in app.query_params


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.id)
@pytest.mark.parametrize("text", ["nan", "99,99", "evil", "1e9", ",", "x" * 40])
def test_a_guess_that_cannot_be_is_none(chapter: Any, text: str) -> None:
    guess = guess_in(text, chapter)
    assert guess is None or (chapter.question.kind == "place" and text == "99,99")
    for fits in ((1, 5), -2.5, "same"):
        if (found := guess_in(guess_text(fits), chapter)) is not None:
            assert found == fits
