"""The words of a finished figure in another language: every function here draws in English.

`Words` reads the texts of a figure and writes what its table has for them; drawing knows nothing of it, and nothing is
kept between two figures, so that several threads may each write their own language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.quiver import QuiverKey
from matplotlib.text import Text

PARTS = ("\n", " \N{MIDDLE DOT} ")
"""What parts of a text stand between: they are looked up one by one."""

CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC"),
    *("Hiragino Sans GB", "Microsoft YaHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei"),
    *(
        "Droid Sans Fallback",
        "Noto Sans CJK JP",
    ),  # the last one as where only a collection's first font is read
)


@cache
def installed(fonts: Sequence[str]) -> str | None:
    """The first of these fonts that the machine has; None if it has none.

    >>> installed(("No Such Font", "DejaVu Sans")), installed(("No Such Font",))
    ('DejaVu Sans', None)
    """
    there = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((font for font in fonts if font in there), None)


@dataclass(frozen=True)
class Words:
    """A language for figures.

    Attributes:
        phrases: from English, with gaps in braces, to the other language with the same gaps. What fills a gap is
            looked up too.
        font: that has its letters; for those that the figure's own font lacks.

    >>> words = Words({"layer {n}": "第 {n} 层", "{x} ({unit})": "{x}（{unit}）", "steps": "步"}, "DejaVu Sans")
    >>> words.say("layer 3 · v2"), words.say("time (steps)")
    ('第 3 层 · v2', 'time（步）')
    """

    phrases: Mapping[str, str]
    font: str

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Phrases with gaps, those with most letters of their own first."""
        gaps = [phrase for phrase in self.phrases if "{" in phrase]
        gaps.sort(key=lambda phrase: -len(re.sub(r"\{\w+\}", "", phrase)))
        return [(_pattern(phrase), self.phrases[phrase]) for phrase in gaps]

    def say(self, text: str) -> str:
        """A text of a figure in this language; what the table lacks, such as a layer's path, stays."""
        for between in PARTS:
            if between in text:
                return between.join(self.say(part) for part in text.split(between))
        if text in self.phrases:
            return self.phrases[text]
        for pattern, phrase in self._patterns:
            if found := pattern.fullmatch(text):
                return phrase.format(**{gap: self.say(value) for gap, value in found.groupdict().items()})
        return text

    def write_into(self, figure: Figure) -> None:
        """Writes all texts of a figure in this language, but for ticks that move: these are numbers."""
        texts = [each for each in figure.findobj(Text) if isinstance(each, Text)]
        texts += [each.text for each in figure.findobj(QuiverKey) if isinstance(each, QuiverKey)]
        for text in texts:
            before = text.get_text()
            said = self.say(before)
            if said != before:
                text.set_text(said)
                self.dress(text)

    def dress(self, text: Text) -> None:
        """Lends a text the letters that its own font lacks."""
        family = text.get_fontfamily()
        text.set_fontfamily([*family, self.font] if isinstance(family, list) else [family, self.font])


def _pattern(phrase: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", phrase)
    made = [rf"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)]
    return re.compile("".join(made))
