"""The words of downloads, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DownloadTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        figures: labels of the three buttons, by the file's ending.
        one: of the button that offers a figure in all formats.
        formats: what each format is good for.
        white: on what ground figures are drawn.
        nothing: said where no cell is pinned.
    """

    title: str
    figures: Mapping[str, str]
    fields: str
    one: str
    formats: str
    white: str
    nothing: str
    side_by_side: str
    points: str


ENGLISH = DownloadTexts(
    title="Download this view",
    figures={"png": "Figure, PNG", "svg": "Figure, SVG", "pdf": "Figure, PDF"},
    fields="Fields, NPZ",
    one="Download: {what}",
    formats="PNG for slides, SVG to edit, PDF for print. It is drawn when you press.",
    white="Figures are drawn for white paper, also when this page is dark.",
    nothing="Pin a cell to download its figure.",
    side_by_side="all five, side by side",
    points="the points of this cell",
)

CHINESE = DownloadTexts(
    title="下载当前视图",
    figures={"png": "图片（PNG）", "svg": "图片（SVG）", "pdf": "图片（PDF）"},
    fields="采样数据（NPZ）",
    one="下载：{what}",
    formats="PNG 适合幻灯片，SVG 便于编辑，PDF 适合打印。按下时才会绘制。",
    white="下载的图都按白纸绘制，即使本页是深色的。",
    nothing="固定一个单元后，即可下载它的图。",
    side_by_side="五种算子并排的图",
    points="该单元的采样点",
)
