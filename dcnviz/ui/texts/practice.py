"""The words round the six mistakes of the chapter on practice, in both languages; their own are in `mistakes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dcnviz.ui.texts import mistakes
from dcnviz.ui.texts.mistakes import DefectTexts


@dataclass(frozen=True)
class PracticeTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        defects: by the mistake's id.
        asked: what was asked of the article's modules, by code.
        outcomes: what a module made of it, by code.
    """

    choose: str
    picture: str
    reading_off: str
    marks: str
    outside: str
    is_broken: str
    not_this: str
    found: str
    following: str
    see: str
    mend: str
    asked_for: str
    asked: Mapping[str, str]
    outcomes: Mapping[str, str]
    first_offset: str
    first_step: str
    defects: Mapping[str, DefectTexts]


ENGLISH = PracticeTexts(
    choose="Mistake",
    picture="Picture {letter}",
    reading_off="off by **{error}**",
    marks="White circles: the regular grid. Orange dots: where the layer reads, the larger, the larger the mask.",
    outside="Pink crosses: outside the map, read as 0.",
    is_broken="{letter} is broken",
    not_this="Not this one. {hint}",
    found="Yes, {letter} is the broken one.",
    following="Next mistake",
    see="How to see it.",
    mend="How to mend it.",
    asked_for="asked for",
    asked={
        "plain": "3×3, padding 1",
        "stride": "stride 2",
        "dilation": "dilation 2, padding 2",
        "five": "5×5, padding 2",
        "valid": "3×3, no padding",
        "start": "start on the grid",
        "rate": "predictor at a tenth",
    },
    outcomes={
        "right": "right",
        "off": "off by {error:.2f}",
        "size": "{size[0]}×{size[1]} outputs, not {wanted[0]}×{wanted[1]}",
        "fails": "stops with an error",
        "unknown": "has no such setting",
    },
    first_offset="offsets of {length:.2f} px",
    first_step="{share:.2f} of the full step",
    defects=mistakes.ENGLISH,
)

CHINESE = PracticeTexts(
    choose="错误",
    picture="图 {letter}",
    reading_off="误差 **{error}**",
    marks="白圈：规则网格。橙色点：该层读取的位置，点越大，调制值越大。",
    outside="粉色叉：在特征图之外，读作 0。",
    is_broken="{letter} 是错的",
    not_this="不是这一张。{hint}",
    found="对，{letter} 是错的那一张。",
    following="下一个错误",
    see="怎样看出来？",
    mend="怎样改正？",
    asked_for="要求",
    asked={
        "plain": "3×3，填充 1",
        "stride": "步幅 2",
        "dilation": "膨胀率 2，填充 2",
        "five": "5×5，填充 2",
        "valid": "3×3，无填充",
        "start": "从网格开始",
        "rate": "预测器十分之一",
    },
    outcomes={
        "right": "正确",
        "off": "误差 {error:.2f}",
        "size": "输出 {size[0]}×{size[1]}，应为 {wanted[0]}×{wanted[1]}",
        "fails": "报错停止",
        "unknown": "没有这个参数",
    },
    first_offset="偏移量 {length:.2f} 像素",
    first_step="整步的 {share:.2f}",
    defects=mistakes.CHINESE,
)
