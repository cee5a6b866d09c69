"""The words of the page Learn and of its toy, in both languages; those of the chapters are in `chapters`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dcnviz.ui.texts import chapters
from dcnviz.ui.texts.chapters.schema import ChapterTexts


@dataclass(frozen=True)
class LearnTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        toy: the toy's words, by the names that its script uses; there, braces are filled in by the browser.
        chapters: by the chapter's id.
    """

    title: str
    lead: str
    chapter: str
    progress: str
    predict: str
    click_first: str
    your_guess: str
    reveal: str
    right: str
    close: str
    wrong: str
    wrong_place: str
    wrong_number: str
    why: str
    now_you: str
    not_yet: str
    complete: str
    again: str
    back: str
    forward: str
    all_done: str
    toy: Mapping[str, str]
    chapters: Mapping[str, ChapterTexts]


ENGLISH = LearnTexts(
    title="Learn deformable convolution",
    lead="Short chapters, two to four minutes each. In every one you guess first, then see, then try it yourself.",
    chapter="Chapter",
    progress="{done} of {count} chapters complete.",
    predict="Predict first.",
    click_first="Mark a pixel on the map, then press the button.",
    your_guess="Your guess",
    reveal="Show me",
    right="Yes.",
    close="Close: it is {truth}.",
    wrong="Not quite. The right answer: {truth}.",
    wrong_place="Not quite. It is at {truth}; you marked {guess}.",
    wrong_number="Not quite. It is {truth}; you guessed {guess}.",
    why="Why.",
    now_you="Now you.",
    not_yet="So far: {state}",
    complete="Chapter complete.",
    again="Start this chapter again",
    back="Back",
    forward="Next",
    all_done="You have finished every chapter there is. On the page Explore, a trained network shows the same on real pictures.",
    toy={
        "about": (
            "A map of numbers with the taps of a kernel. Tab or a digit chooses a tap, arrow keys move it by a "
            "quarter pixel, with Shift by one, Delete sends it back to the grid."
        ),
        "hint": "Drag the taps. By keyboard: Tab or a digit chooses one, arrows move it by ¼, with Shift by 1.",
        "hint_guess": "Click a pixel. By keyboard: Tab to the question mark, then the arrow keys.",
        "tap_name": "Tap {k}",
        "tap_says": "Tap {k} at ({y}, {x}) reads {value}, weight {weight}, mask {mask}, adds {product}. {frozen} {off}",
        "tap_at": "Tap {k} at ({y}, {x})",
        "is_frozen": "Frozen.",
        "is_off": "Switched off.",
        "guess_name": "Your guess",
        "guess_says": "Row {y}, column {x}",
        "guess_none": "Not placed yet",
        "position": "position (y, x) =",
        "sample": "reads",
        "adds": "adds",
        "arrow": "arrow (y, x) =",
        "no_arrow": "no arrow: nothing changes if it moves a little",
        "back": "Back to the grid",
        "freeze": "Freeze",
        "off": "Switch off",
        "step": "One step uphill",
        "result": "Output at cell ({i}, {j})",
        "outputs": "All outputs",
        "output_says": "Cell ({i}, {j}): {value}",
        "weight_of": "Weight of tap {k}",
        "mask_of": "Mask of tap {k}",
        "size": "Kernel size",
        "stride": "Stride",
        "padding": "Padding",
        "dilation": "Dilation",
        "misfit": (
            "Impossible: with dilation {dilation} a kernel of {size} spans {dilation} · ({size} − 1) + 1 = {span} "
            "pixels, but map and padding have only {room}. It does not fit even once, so there is no output. "
            "Make dilation or kernel smaller, or the padding larger by {more}."
        ),
        "blind": (
            "Allowed, but wasteful: with padding {padding} and a span of only {span}, outputs at the rim see nothing "
            "but padding. They are always 0."
        ),
        "left_over": (
            "With stride {stride} the kernel stops before the far edge: no output looks at the last {left} row(s) or "
            "column(s) there."
        ),
        "gaps": "The stride is wider than the kernel: between two looks {gap} row(s) or column(s) are never seen.",
        "mark_cell": "output cell",
        "mark_base": "regular grid",
        "mark_tap": "tap",
        "mark_mask": "the fainter, the smaller its mask",
        "mark_minus": "its mask is negative",
        "mark_corner": "corner of the chosen tap, its share",
        "mark_offset": "offset",
        "mark_gradient": "gradient: the output grows this way",
        "mark_outside": "outside: reads 0",
    },
    chapters=chapters.ENGLISH,
)

CHINESE = LearnTexts(
    title="学习可变形卷积",
    lead="每章很短，两到四分钟。每一章都是先猜，再看，最后自己动手。",
    chapter="章节",
    progress="已完成 {done} / {count} 章。",
    predict="先猜一猜。",
    click_first="在图上标出一个像素，然后按下按钮。",
    your_guess="你的猜测",
    reveal="揭晓答案",
    right="猜对了。",
    close="很接近：是 {truth}。",
    wrong="不太对。正确答案是：{truth}。",
    wrong_place="不太对。它在 {truth}，你标的是 {guess}。",
    wrong_number="不太对。是 {truth}，你猜的是 {guess}。",
    why="为什么？",
    now_you="轮到你了。",
    not_yet="目前：{state}",
    complete="本章完成。",
    again="重新开始本章",
    back="上一章",
    forward="下一章",
    all_done="现有的章节你都学完了。在“探索”页面上，训练好的网络会在真实图片上展示同样的道理。",
    toy={
        "about": "一张数字图和卷积核的采样点。用 Tab 键或数字键选择采样点，方向键每次移动四分之一像素，按住 Shift 移动一个像素，Delete 键送回规则网格。",
        "hint": "拖动采样点。用键盘：Tab 键或数字键选择，方向键移动 ¼，按住 Shift 移动 1。",
        "hint_guess": "点击一个像素。用键盘：按 Tab 键移到问号上，再用方向键移动。",
        "tap_name": "采样点 {k}",
        "tap_says": "采样点 {k} 位于 ({y}, {x})，读到 {value}，权重 {weight}，调制值 {mask}，贡献 {product}。{frozen} {off}",
        "tap_at": "采样点 {k} 位于 ({y}, {x})",
        "is_frozen": "已冻结。",
        "is_off": "已关闭。",
        "guess_name": "你的猜测",
        "guess_says": "第 {y} 行，第 {x} 列",
        "guess_none": "尚未放置",
        "position": "位置 (y, x) =",
        "sample": "读数",
        "adds": "贡献",
        "arrow": "箭头 (y, x) =",
        "no_arrow": "没有箭头：稍微移动，结果不变",
        "back": "回到网格",
        "freeze": "冻结",
        "off": "关闭",
        "step": "上坡走一步",
        "result": "单元 ({i}, {j}) 的输出",
        "outputs": "全部输出",
        "output_says": "单元 ({i}, {j})：{value}",
        "weight_of": "采样点 {k} 的权重",
        "mask_of": "采样点 {k} 的调制值",
        "size": "卷积核大小",
        "stride": "步幅",
        "padding": "填充",
        "dilation": "膨胀率",
        "misfit": (
            "不可能：膨胀率为 {dilation} 时，大小为 {size} 的卷积核跨越 {dilation} · ({size} − 1) + 1 = {span} 个像素，"
            "而图加上填充只有 {room} 个。它一次也放不下，所以没有输出。请减小膨胀率或卷积核，或把填充再加大 {more}。"
        ),
        "blind": "可以，但浪费：填充为 {padding}，卷积核只跨越 {span} 个像素，边缘的输出只看得到填充，永远是 0。",
        "left_over": "步幅为 {stride} 时，卷积核到不了另一侧的边缘：没有输出会看到那里最后 {left} 行（列）。",
        "gaps": "步幅比卷积核还宽：相邻两次之间有 {gap} 行（列）从未被看到。",
        "mark_cell": "输出单元",
        "mark_base": "规则网格",
        "mark_tap": "采样点",
        "mark_mask": "越淡，调制值越小",
        "mark_minus": "调制值为负",
        "mark_corner": "所选采样点的角点及其份额",
        "mark_offset": "偏移量",
        "mark_gradient": "梯度：朝这个方向输出增大",
        "mark_outside": "图外：读作 0",
    },
    chapters=chapters.CHINESE,
)
