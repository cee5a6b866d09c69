"""The words of the sheets to print, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SheetTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        chapter: of the button that gives a chapter's handout.
        help: what is in it.
        view: of the button that gives a sheet of the view.
        alts: alternative texts of figures, by what is drawn.
        columns: heads of the table of a toy's taps.
        board: name of the lesson's figure, for its download.
    """

    chapter: str
    help: str
    view: str
    name: str
    date: str
    your_answer: str
    notes: str
    answer: str
    truth: str
    in_numbers: str
    numbers: str
    where: str
    alts: Mapping[str, str]
    columns: Mapping[str, str]
    board: str


ENGLISH = SheetTexts(
    chapter="Handout",
    help="This chapter to print (HTML, A4): text, question and task, room to write; the answer on the last page.",
    view="Sheet to print",
    name="Name",
    date="Date",
    your_answer="Your guess",
    notes="Notes",
    answer="The answer",
    truth="It is: {truth}",
    in_numbers="In numbers",
    numbers="The numbers behind the figure, as on the page when the sheet was made:",
    where="Open this view:",
    alts={
        "toy": "A map of {rows} × {columns} numbers; the taps of output cell ({i}, {j}) stand at {places}.",
        "picture": "The sampling points of cell ({i}, {j}), over the picture.",
    },
    columns={
        "tap": "tap",
        "position": "position (y, x)",
        "reads": "reads",
        "weight": "weight",
        "mask": "mask",
        "adds": "adds",
        "arrow": "gradient (y, x)",
    },
    board="this figure",
)

CHINESE = SheetTexts(
    chapter="讲义",
    help="本章的打印版（网页文件，A4）：正文、问题、任务和书写的空白；答案在最后一页。",
    view="打印用的单页",
    name="姓名",
    date="日期",
    your_answer="你的猜测",
    notes="笔记",
    answer="答案",
    truth="答案是：{truth}",
    in_numbers="具体数字",
    numbers="图背后的数字，与制作本页时页面上的一致：",
    where="打开这个视图：",
    alts={
        "toy": "一张 {rows} × {columns} 的数字图；输出单元 ({i}, {j}) 的采样点位于 {places}。",
        "picture": "单元 ({i}, {j}) 的采样点，画在图片上。",
    },
    columns={
        "tap": "采样点",
        "position": "位置 (y, x)",
        "reads": "读数",
        "weight": "权重",
        "mask": "调制值",
        "adds": "贡献",
        "arrow": "梯度 (y, x)",
    },
    board="这张图",
)
