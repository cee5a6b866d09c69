"""The words of the chapters of Learn, in both languages. Numbers are filled in from live computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ChapterTexts:
    """The texts of one chapter in one language.

    Attributes:
        short: for the list of chapters.
        lead: what is explained before the question.
        ask: the question to predict.
        options: answers to choose from, by their codes; none where a place or a number is asked for.
        why: the reason, after the answer is seen.
        task: what to do then.
        state: where the task stands, in numbers.
        done: said when it is done.
    """

    title: str
    short: str
    lead: str
    ask: str
    why: str
    task: str
    state: str
    done: str
    options: Mapping[str, str] = field(default_factory=dict)


ENGLISH = {
    "grid": ChapterTexts(
        title="A convolution is a fixed grid of looks",
        short="Fixed looks",
        lead=(
            "For one output, a 3×3 kernel looks at nine pixels. We call these looks **taps** and number them 0 to 8, row by "
            "row. For the next output to the right the whole grid moves on by the **stride**, here **2 pixels**. "
            "**Padding** is a rim of zeros round the map, here 1 wide. Places are (row, column), counted from 0."
        ),
        ask="You see the taps of output cell ({i}, {j}). Where will **tap 2** land for the next cell to the right? Click that pixel.",
        why=(
            "The place of a tap is *stride × cell − padding + dilation × step in the kernel*. What is **in** the picture "
            "is nowhere in that formula. Each tap reads its pixel, times its weight, and the nine products are added. "
            "Large or small, straight or bent: every object is seen through the same nine holes."
        ),
        task=(
            "**Dilation** pulls the taps apart. Set the dilation to 2, then choose stride and padding such that the "
            "outputs are exactly as many as the pixels: {high} × {wide}. The orange frame under *All outputs* can be moved."
        ),
        state="dilation {dilation}, {rows} × {columns} outputs.",
        done="Dilation makes the grid wider, but it is still a grid, and the same one everywhere.",
    ),
    "offsets": ChapterTexts(
        title="Let each look move",
        short="Offsets",
        lead=(
            "A deformable convolution adds an **offset** (down, right) to the place of every tap: the white lines. The "
            "weights stay as they are: here all are 1/9, so the output is the mean of what is read. Nobody types the offsets: a second, ordinary convolution, the **predictor**, reads "
            "the 3×3 pixels round each cell and gives 18 numbers, two for each tap."
        ),
        ask=(
            "The predictor moved the taps of cell ({i}, {j}) as you see. Round cell ({p}, {q}), three rows further down, "
            "the pixels have exactly the same values. How will its taps move?"
        ),
        options={
            "same": "by the same offsets",
            "other": "by others: each place has learned its own",
            "none": "not at all",
        },
        why=(
            "The predictor is a convolution: equal pixels, equal offsets, wherever they are. So the offsets are not "
            "parameters of a place; they are computed from what is there, anew for each picture. (This predictor was made "
            "by hand and moves taps towards what is bright. In a network its weights are learned.)"
        ),
        task=(
            "Look at a few cells under *All outputs*: on flat ground the taps stay on the grid. Then be the predictor "
            "yourself: at any cell, drag the taps until the output is at least **{goal}**."
        ),
        state="the output here is {output}.",
        done="With the same nine weights, only by looking elsewhere, the output became {output}.",
    ),
    "between": ChapterTexts(
        title="Between the pixels",
        short="Between pixels",
        lead=(
            "An offset is seldom a whole number, so a tap often stands between pixels. It then reads a mixture of the "
            "**four pixels round it**, its corners: the nearer one is, the more it counts. The four shares add up to 1. "
            "This is bilinear sampling."
        ),
        ask="The tap stands at row {y}, column {x}. The four framed pixels are its corners. What does it read?",
        why=(
            "First mix left and right: the tap is {fx} of the way to the right. Then mix the two rows: it is {fy} of the "
            "way down. The share of a corner is one product of the two. A corner outside the map counts as 0, each on its "
            "own: a tap that leaves the map fades out, it does not jump."
        ),
        task="Find a place strictly between both rows and columns where the tap reads **{goal}** (within {near}). By mouse or arrow keys.",
        state="it reads {value} at ({y}, {x}).",
        done="Found: ({y}, {x}) reads {value}. Move a tap a little, and what it reads changes a little. That will matter next.",
    ),
    "gradient": ChapterTexts(
        title="How an offset learns",
        short="Learning",
        lead=(
            "Training asks for each offset: if this tap moved a little, how would the output change? The answer is the "
            "**gradient**, drawn as an arrow: it points to where the output grows fastest, and is the longer the faster. "
            "All weights here are 1, so the output is the sum of the nine numbers read. The map is dark on the "
            "left, bright on the right, and rises in between."
        ),
        ask="Which taps will have an arrow?",
        options={
            "dark": "the left column, on dark ground",
            "slope": "the middle column, on the slope",
            "bright": "the right column, on bright ground",
            "all": "all nine",
        },
        why=(
            "The gradient is the weight times the **difference** of neighbouring corners. On flat ground, dark or bright, "
            "the difference is 0: no arrow, and the offset learns nothing there. (Exactly on a pixel the arrow looks to "
            "the next one on the right and below, as in the real operator.) In training the loss says whether the output should "
            "grow or shrink, and the offsets follow the arrows or go against them."
        ),
        task=(
            "Press **One step uphill**: every tap takes a small step along its arrow. Bring the output to at least "
            "**{goal}**. If steps alone do not get there, look for taps without an arrow and drag them onto the slope."
        ),
        state="the output is {output}; taps without an arrow: {flat}.",
        done="The output is {output}. Offsets learn on edges and slopes; on flat ground they wait until something carries them there.",
    ),
    "masks": ChapterTexts(
        title="How much each look counts",
        short="Masks",
        lead=(
            "Version 2 gives every tap one more predicted number, its **mask**, from 0 to 1. What a tap reads is multiplied by "
            "its weight and by its mask: 1 counts fully, 0 not at all. Here all weights are 1, and the fainter a dot, the "
            "smaller its mask. The object is the block of {object}s."
        ),
        ask="Which tap adds most to the output?",
        options={
            "5": "tap 5: it stands on the brightest pixel",
            "4": "tap 4: it is drawn strongest",
            "8": "tap 8: it moved down, away from the others",
        },
        why=(
            "A tap adds *weight × mask × reading*. Tap {loud} reads {loud_reads}, more than any other, but adds only "
            "{loud_adds}; tap {best} adds {best_adds}. So **positions alone mislead**: a dot far out, on something bright, may "
            "mean nothing. The mask multiplies the gradient too: a tap that hardly counts hardly learns where to go."
        ),
        task=(
            "The positions stay as they are. Let the object alone count: type mask **m** = 0 for every tap that does not "
            "read a {object}, and leave those that do above 0."
        ),
        state="taps whose masks do not fit yet: {left}; the output is {output}.",
        done="Only the object is left in the output, {output}. A 3×3 kernel always has nine taps; masks let it use fewer.",
    ),
}

CHINESE = {
    "grid": ChapterTexts(
        title="卷积就是在固定的网格上看",
        short="固定的网格",
        lead=(
            "为了得到一个输出，3×3 的卷积核看九个像素。每看一处叫一个**采样点**，按行从 0 到 8 编号。要算右边的下一个输出，整个网格"
            "移动一个**步幅**，这里是 **2 个像素**。**填充**是图周围的一圈 0，这里宽 1。位置写作（行, 列），从 0 数起。"
        ),
        ask="图上是输出单元 ({i}, {j}) 的采样点。对右边的下一个单元，**采样点 2** 会落在哪里？点击那个像素。",
        why=(
            "采样点的位置是 *步幅 × 单元 − 填充 + 膨胀率 × 核内步数*。这个公式里完全没有图片的**内容**。每个采样点读一个像素，"
            "乘以自己的权重，九个乘积相加。物体无论大小曲直，都透过同样的九个孔来看。"
        ),
        task=(
            "**膨胀率**把采样点拉开。把膨胀率设为 2，再选择步幅和填充，使输出正好和像素一样多：{high} × {wide}。"
            "“全部输出”中的橙色框可以移动。"
        ),
        state="膨胀率 {dilation}，输出 {rows} × {columns}。",
        done="膨胀率让网格变宽，但它仍是网格，而且处处相同。",
    ),
    "offsets": ChapterTexts(
        title="让每个采样点动起来",
        short="偏移量",
        lead=(
            "可变形卷积给每个采样点的位置加上一个**偏移量**（向下, 向右）：即白线。权重不变：这里都是 1/9，所以输出就是读数的平均。偏移量不是人填的：另一个普通卷积，"
            "即**预测器**，读取每个单元周围的 3×3 个像素，给出 18 个数，每个采样点两个。"
        ),
        ask="预测器把单元 ({i}, {j}) 的采样点移成了这样。往下三行的单元 ({p}, {q}) 周围，像素值完全相同。它的采样点会怎样移动？",
        options={"same": "偏移量相同", "other": "偏移量不同：每个位置学到自己的", "none": "完全不动"},
        why=(
            "预测器是卷积：像素相同，偏移量就相同，无论在哪里。所以偏移量不是某个位置的参数，而是根据那里的内容、对每张图片重新算出来的。"
            "（这个预测器是手工做的，让采样点移向亮处。在网络里，它的权重是学出来的。）"
        ),
        task=(
            "在“全部输出”里看几个单元：平坦处的采样点留在网格上。然后你来当预测器：任选一个单元，拖动采样点，使输出至少达到 **{goal}**。"
        ),
        state="这里的输出是 {output}。",
        done="九个权重都没变，只是换了看的地方，输出就成了 {output}。",
    ),
    "between": ChapterTexts(
        title="像素之间",
        short="像素之间",
        lead=(
            "偏移量很少是整数，所以采样点常常落在像素之间。这时它读到的是**周围四个像素**（四个角点）的混合：越近的角点占得越多，"
            "四个份额之和为 1。这就是双线性采样。"
        ),
        ask="采样点位于第 {y} 行、第 {x} 列。加框的四个像素是它的角点。它读到多少？",
        why=(
            "先左右混合：采样点向右走了 {fx}。再上下混合：向下走了 {fy}。每个角点的份额就是两者的乘积。图外的角点按 0 计，各算各的："
            "采样点离开图时读数渐渐变小，而不是突然跳变。"
        ),
        task="找一个行和列都不是整数的位置，使采样点读到 **{goal}**（误差不超过 {near}）。用鼠标或方向键都可以。",
        state="在 ({y}, {x}) 读到 {value}。",
        done="找到了：({y}, {x}) 读到 {value}。采样点稍微移动，读数就稍微改变。下一章正要用到这一点。",
    ),
    "gradient": ChapterTexts(
        title="偏移量怎样学习",
        short="学习",
        lead=(
            "训练要问每个偏移量：采样点稍微移动，输出会怎样变？答案是**梯度**，画成箭头：它指向输出增长最快的方向，增长越快，箭头越长。"
            "这里所有权重都是 1，所以输出就是读到的九个数之和。图的左边暗，右边亮，中间逐渐升高。"
        ),
        ask="哪些采样点会有箭头？",
        options={
            "dark": "左边一列，在暗处",
            "slope": "中间一列，在坡上",
            "bright": "右边一列，在亮处",
            "all": "九个都有",
        },
        why=(
            "梯度等于权重乘以相邻角点的**差**。在平坦的地方，无论暗还是亮，差都是 0：没有箭头，偏移量在那里什么也学不到。"
            "（正好在像素上时，箭头看的是右边和下边的下一个像素，与真正的算子一致。）训练时，损失函数决定输出应当增大还是减小，"
            "偏移量就顺着箭头或逆着箭头走。"
        ),
        task=(
            "按**向上走一步**：每个采样点沿箭头走一小步。让输出至少达到 **{goal}**。如果光走步到不了，就找出没有箭头的采样点，把它们拖到坡上。"
        ),
        state="输出是 {output}；没有箭头的采样点：{flat}。",
        done="输出是 {output}。偏移量在边缘和坡上学习；在平坦处，它们只能等着被带到有坡的地方。",
    ),
    "masks": ChapterTexts(
        title="每个采样点算多少",
        short="调制值",
        lead=(
            "第二版（v2）为每个采样点多预测一个数，即它的**调制值**，从 0 到 1。读数要乘以权重，再乘以调制值：1 表示完全计入，"
            "0 表示不计。这里所有权重都是 1；点越淡，调制值越小。物体是由 {object} 组成的方块。"
        ),
        ask="哪个采样点对输出的贡献最大？",
        options={
            "5": "采样点 5：它在最亮的像素上",
            "4": "采样点 4：它画得最实",
            "8": "采样点 8：它向下移开了",
        },
        why=(
            "贡献等于*权重 × 调制值 × 读数*。采样点 {loud} 读到 {loud_reads}，比谁都大，却只贡献 {loud_adds}；采样点 {best} 贡献 {best_adds}。"
            "所以**只看位置会误导**：远处亮点上的采样点也许毫无作用。调制值也乘在梯度上：几乎不计入的采样点，也几乎学不到该去哪里。"
        ),
        task="位置保持不变。只让物体计入：凡是读数不是 {object} 的采样点，把调制值 **m** 设为 0；读到的那些保持大于 0。",
        state="调制值还不合适的采样点：{left}；输出是 {output}。",
        done="输出里只剩下物体：{output}。3×3 的卷积核总有九个采样点，调制值让它可以少用几个。",
    ),
}
