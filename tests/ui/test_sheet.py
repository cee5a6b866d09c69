"""Sheets to print: whole, self-contained, in both languages, with the numbers of the view and the answer last."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dcnviz.ui.lesson.chapter import Chapter, OnPaper
from dcnviz.ui.lesson.chapters import CHAPTERS
from dcnviz.ui.lesson.formulas import Inks
from dcnviz.ui.lesson.live import live
from dcnviz.ui.lesson.toy_paper import toy_alt, toy_numbers, toy_sampling
from dcnviz.ui.networks import Trained, from_gallery
from dcnviz.ui.sheet import paper
from dcnviz.ui.sheet.lesson import lesson_sheet
from dcnviz.ui.sheet.view import view_sheet
from dcnviz.ui.texts import LANGUAGES
from dcnviz.ui.toy.state import Toy
from dcnviz.ui.view import View

ADDRESS = "http://localhost:8501/learn?chapter=x&lang=en"
VOID = {"meta", "hr", "br", "link", "img", "input"}


class Balance(HTMLParser):
    """Collects what is never closed, and every address that a browser would fetch by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        self.fetched += [given[name] or "" for name in ("src", "xlink:href") if name in given]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def checked(data: bytes) -> str:
    """The file as text, after what every sheet must be."""
    text, balance = data.decode(), Balance()
    balance.feed(text)
    assert balance.open == balance.wrong == []
    assert all(each.startswith(("#", "data:")) for each in balance.fetched)
    assert "<script" not in text and "url(http" not in text and "@import" not in text
    assert not re.search(r"\{\w+\}", re.sub(r"<style.*?</style>", "", text, flags=re.S)), (
        "a gap was not filled"
    )
    assert text.count('role="img"') == text.count("<svg") == len(re.findall('aria-label="[^"]+"><svg', text))
    return text


@pytest.mark.parametrize(("number", "chapter"), list(enumerate(CHAPTERS)), ids=[each.id for each in CHAPTERS])
def test_a_handout_asks_first_and_answers_on_the_last_page(number: int, chapter: Chapter[Any]) -> None:
    lang = ("en", "zh")[number % 2]
    own = LANGUAGES[lang].learn.chapters[chapter.id]
    text = checked(lesson_sheet(chapter, chapter.before.start(), chapter.after.start(), lang, ADDRESS))
    first, last = text.split('<section class="page">')
    reason = re.split(r"[*{$]", own.why)[0].strip()
    assert paper._inline(own.title) in first and reason not in first and reason in last
    truth = chapter.question.truth(chapter.after.start())
    said = own.options[truth] if isinstance(truth, str) else None
    assert said is None or paper._inline(said) in last
    formula = chapter.formula(chapter.after.start(), Inks(dark=False))
    assert bool(formula) == ("<math" in last) and "&amp;=" not in last
    assert f'href="{ADDRESS.replace("&", "&amp;")}"' in first
    if isinstance(chapter.after, OnPaper):
        assert "<svg" in last and "<table" in last


def test_the_numbers_are_those_of_the_moment() -> None:
    chapter = next(each for each in CHAPTERS if each.id == "between")
    moved = chapter.after.start().moved({0: (1.5, 0.5)})
    now = live(moved)
    text = checked(lesson_sheet(chapter, chapter.before.start(), moved, "en", ADDRESS))
    last = text.split('<section class="page">')[1]
    assert f"({now.places[0][0]:.2f}, {now.places[0][1]:.2f})" in last
    assert f"<td>{now.samples[0]:.2f}</td>" in last


def test_the_board_on_paper_is_the_toy() -> None:
    toy = Toy(((1.0, 2, 3), (4, 5, 6), (7, 8, 9)), padding=1, cell=(1, 2), off=(3,)).moved({4: (0.5, -0.25)})
    sampling, now, words = toy_sampling(toy), live(toy), LANGUAGES["en"].sheet
    for found, wanted in zip(sampling.positions[0, 0, :, 1, 2].tolist(), now.places, strict=True):
        assert tuple(found) == pytest.approx(wanted)
    assert sampling.mask[0, 0, 3, 1, 2] == 0
    numbers = toy_numbers(toy, ("arrows",), words)
    assert numbers is not None
    head, rows = numbers
    assert {len(row) for row in rows} == {len(head)} and len(rows) == 10
    assert f"**{now.output:.2f}**" in rows[-1] and "4: (1.50, 1.75)" in toy_alt(toy, words)


def test_an_impossible_kernel_still_gives_a_sheet() -> None:
    chapter = CHAPTERS[0]
    toy = replace(chapter.after.start(), size=5, dilation=4, padding=0, cell=(0, 0), weights=(1.0,) * 25)
    assert toy.output_size is None
    text = checked(lesson_sheet(chapter, chapter.before.start(), toy, "zh", ADDRESS))
    assert "<svg" not in text.split('<section class="page">')[1]


def test_a_view_is_one_sheet_with_the_sum_that_proves_it() -> None:
    view = View(picture="scene-4", layer="1", at=(40, 52), lang="zh")
    shown = from_gallery("scene-4", "zh")
    text = checked(view_sheet(Trained("v2", "v2"), shown, view, (10, 13), None, ADDRESS))
    words = LANGUAGES["zh"]
    assert words.title in text and "(10, 13)" in text and text.count("<tr>") == 10
    assert words.taps_title in text and shown.alt in text


def test_prose_cannot_become_markup() -> None:
    assert "<script" not in paper.prose("<script>alert(1)</script> **a** $x<y$")
    assert paper.prose("a\nb\n\nc") == "<p>a b</p>\n<p>c</p>"
    assert paper.table(["", "n"], [["k", "1"]]).startswith(
        '<table><thead><tr><td></td><th scope="col">n</th>'
    )


def test_the_page_offers_the_handout_of_its_chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    found: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, name, *a, **k: found.update({name: data}))
    app = AppTest.from_string("from dcnviz.ui.pages.learn import page\npage()", default_timeout=300)
    app.query_params["chapter"], app.query_params["lang"] = "masks", "zh"
    app.run()
    assert not app.exception
    assert set(found) == {
        "dcnviz-handout-masks-zh.html",
        *(f"dcnviz-learn-masks.{f}" for f in ("png", "svg", "pdf")),
    }
    assert "chapter=masks" in checked(found["dcnviz-handout-masks-zh.html"]())
    assert found["dcnviz-learn-masks.pdf"]().startswith(b"%PDF-")
