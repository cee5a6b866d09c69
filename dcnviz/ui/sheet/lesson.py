"""The handout of a chapter: first what is asked, with room to write; on the last page the answer."""

from __future__ import annotations

from html import escape
from typing import Any

from dcnviz.ui.lesson.chapter import Answer, Chapter, OnPaper, Stage, written
from dcnviz.ui.lesson.chapters import CHAPTERS
from dcnviz.ui.lesson.formulas import Inks
from dcnviz.ui.sheet import paper
from dcnviz.ui.texts import LANGUAGES, Texts
from dcnviz.ui.texts.chapters.schema import ChapterTexts


def lesson_sheet(chapter: Chapter[Any], asked: Any, seen: Any, lang: str, address: str) -> bytes:
    """One chapter on paper.

    Args:
        chapter: any of the lesson's. What its stages cannot draw on paper is left out.
        asked: how the stage before the answer stands.
        seen: how the stage after it stands: figure and numbers of the last page are those of this moment.
        lang: "en" or "zh".
        address: of the view.

    Returns:
        An HTML file.
    """
    texts = LANGUAGES[lang]
    words, own, sheet = texts.learn, texts.learn.chapters[chapter.id], texts.sheet
    title = f"{CHAPTERS.index(chapter) + 1}. {own.title}"
    question, facts = written(chapter, asked), written(chapter, seen)
    first = [
        paper.heading(title, 1),
        f'<div class="about"><span>{escape(sheet.name)}</span><span>{escape(sheet.date)}</span></div>',
        paper.prose(own.lead.format(**question)),
        _figure(chapter.before, asked, own, lang),
        paper.together(
            [
                paper.prose(f"**{words.predict}** {own.ask.format(**question)}"),
                paper.boxes(list(own.options.values())),
                *([] if own.options else [paper.prose(sheet.your_answer), paper.lines_to_write(1)]),
            ]
        ),
        paper.together(
            [
                paper.prose(f"**{words.now_you}** {own.task.format(**facts)}"),
                paper.prose(sheet.notes),
                paper.lines_to_write(4),
            ]
        ),
        paper.link(sheet.where, address),
    ]
    inks = Inks(dark=False)
    last = [
        paper.heading(f"{sheet.answer}: {own.title}" if lang == "en" else f"{sheet.answer}：{own.title}"),
        paper.prose(f"**{sheet.truth.format(truth=_said(chapter, own))}**"),
        paper.prose(f"**{words.why}** {own.why.format(**facts)}"),
        _figure(chapter.after, seen, own, lang),
        *(paper.formula(line) for line in chapter.formula(seen, inks)),
        *_numbers(chapter.after, seen, own, texts),
        paper.prose(words.not_yet.format(state=own.state.format(**facts))),
    ]
    return paper.sheet(title, lang, [*first, paper.new_page(last)])


def _said(chapter: Chapter[Any], own: ChapterTexts) -> str:
    """The truth, of the second stage as it begins."""
    truth: Answer = chapter.question.truth(chapter.after.start())
    if isinstance(truth, str):
        return own.options[truth]
    return f"({truth[0]}, {truth[1]})" if isinstance(truth, tuple) else f"{truth:{chapter.question.form}}"


def _figure(stage: Stage[Any], now: Any, own: ChapterTexts, lang: str) -> str:
    texts = LANGUAGES[lang]
    if not isinstance(stage, OnPaper) or (draw := stage.drawer(now, own)) is None:
        return ""
    return paper.drawing(draw(), stage.alt(now, texts.sheet), lang)


def _numbers(stage: Stage[Any], now: Any, own: ChapterTexts, texts: Texts) -> list[str]:
    if not isinstance(stage, OnPaper) or (found := stage.numbers(now, own, texts.sheet)) is None:
        return []
    head, rows = found
    return [paper.together([paper.prose(texts.sheet.numbers), paper.table(head, rows)])]
