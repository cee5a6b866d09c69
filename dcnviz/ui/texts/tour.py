"""The words of the tour over the page Explore, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TourTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        see: what is to be seen at a step, by its id.
        do: what the person does there.
    """

    begin: str
    resume: str
    step: str
    try_it: str
    done: str
    back: str
    forward: str
    finish: str
    leave: str
    see: Mapping[str, str]
    do: Mapping[str, str]


ENGLISH = TourTexts(
    begin="Tour",
    resume="Tour, from step {step}",
    step="Step {step} of {count}.",
    try_it="Try it:",
    done="Done. Go on when you like.",
    back="Back",
    forward="Next",
    finish="Finish",
    leave="Leave the tour",
    see={
        "cell": "The orange square is one **cell** of the network's output. The dots round it are the places of the picture it has read.",
        "taps": "So many dots are those of three layers, stacked. One layer alone has nine **taps**, those of a 3×3 kernel.",
        "mask": (
            "A larger, stronger dot counts more: its **mask** is larger. Colour says whose the dots are: orange of the "
            "pinned cell, blue of the one under the pointer."
        ),
        "grid": (
            "The hollow circles are the **regular grid**, where a plain convolution would look. A line leads from each "
            "to where its tap went: the **offset**."
        ),
        "stack": "The third layer reads what the second made, and the second what the first made. Down to the picture that is 9 × 9 × 9 = 729 points.",
        "version": "The same small network was trained once with each operator: plain convolution, and v1 to v4.",
        "numbers": "In numbers: what each tap adds to one output channel. The sum is the operator's own output, so the drawing does not lie.",
        "deeper": "Where it looked is not yet what mattered. The deeper looks ask the network itself; each takes a moment.",
    },
    do={
        "cell": "click the picture somewhere else. By keyboard: Tab to the picture, arrow keys, Enter.",
        "taps": "under Layer, choose 3.",
        "mask": "under Show, switch the mask strength off, look, and switch it on again.",
        "grid": "under Show, switch the regular grid or the offsets off, look, and switch them on again.",
        "stack": "under Layer, choose all stacked.",
        "version": "under Operator, choose another, and watch the points of the same cell.",
        "numbers": "choose another output channel, or open the table of the four corners.",
        "deeper": "open one of them.",
    },
)

CHINESE = TourTexts(
    begin="导览",
    resume="导览：从第 {step} 步继续",
    step="第 {step} 步，共 {count} 步。",
    try_it="试一试：",
    done="完成了。准备好就继续。",
    back="上一步",
    forward="下一步",
    finish="结束",
    leave="退出导览",
    see={
        "cell": "橙色方框是网络输出的一个**单元**。周围的点是它在图片上读取过的位置。",
        "taps": "点这么多，是因为三层叠加在一起。单独一层只有 3×3 卷积核的九个**采样点**。",
        "mask": "点越大越实，分量越重：它的**调制值**更大。颜色表示点属于谁：橙色属于固定的单元，蓝色属于指针所在的单元。",
        "grid": "空心圆是**规则网格**，普通卷积会看那里。从每个圆出发的线指向采样点去往的位置，这就是**偏移量**。",
        "stack": "第三层读取第二层的结果，第二层读取第一层的结果。一直到图片，共有 9 × 9 × 9 = 729 个点。",
        "version": "同一个小网络用每种算子各训练了一次：普通卷积，以及 v1 到 v4。",
        "numbers": "用数字说话：每个采样点对一个输出通道贡献多少。它们之和就是算子自己的输出，所以图没有说谎。",
        "deeper": "看过哪里，还不等于什么起了作用。进一步分析会去问网络本身，每项需要等一会儿。",
    },
    do={
        "cell": "点击图片上的另一处。用键盘：按 Tab 键移到图片上，再用方向键和回车键。",
        "taps": "在“层”中选择 3。",
        "mask": "在“显示”中关掉调制强度，看一看，再打开。",
        "grid": "在“显示”中关掉规则网格或偏移量，看一看，再打开。",
        "stack": "在“层”中选择“全部叠加”。",
        "version": "在“算子”中换一个，观察同一个单元的点如何变化。",
        "numbers": "换一个输出通道，或打开四个角点的表。",
        "deeper": "打开其中一项。",
    },
)
