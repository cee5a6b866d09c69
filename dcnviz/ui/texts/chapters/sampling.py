"""Words of the chapters on sampling between pixels and on the gradient."""

from __future__ import annotations

from dcnviz.ui.texts.chapters.schema import ChapterTexts

ENGLISH = {
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
            "First mix left and right: the tap is $f_x$ = {fx} of the way to the right. Then mix the two rows: it is $f_y$ = {fy} of "
            "the way down. A corner's share is the product of its share of the columns and its share of the rows; $a$ and $b$ "
            "are the upper corners, $c$ and $d$ the lower ones. A corner outside the map counts as 0, each on its own: a tap that leaves "
            "the map fades out, it does not jump."
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
            "The gradient is the weight times the **difference** of neighbouring corners ($a$ and $b$ above, $c$ and $d$ "
            "below, as before). On flat ground, dark or bright, "
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
}

CHINESE = {
    "between": ChapterTexts(
        title="像素之间",
        short="像素之间",
        lead=(
            "偏移量很少是整数，所以采样点常常落在像素之间。这时它读到的是**周围四个像素**（四个角点）的混合：越近的角点占得越多，"
            "四个份额之和为 1。这就是双线性采样。"
        ),
        ask="采样点位于第 {y} 行、第 {x} 列。加框的四个像素是它的角点。它读到多少？",
        why=(
            "先左右混合：采样点在两列之间向右走了 $f_x$ = {fx}。再上下混合：在两行之间向下走了 $f_y$ = {fy}。每个角点的份额是左右、上下两个份额的乘积；"
            "$a$、$b$ 是上面的两个角点，$c$、$d$ 是下面的两个。图外的角点各自按 0 计："
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
            "梯度等于权重乘以相邻角点的**差**（和上一章一样，$a$、$b$ 在上，$c$、$d$ 在下）。在平坦的地方，无论暗还是亮，差都是 0：没有箭头，偏移量在那里什么也学不到。"
            "（正好在像素上时，箭头看的是右边和下边的下一个像素，与真正的算子一致。）训练时，损失函数决定输出应当增大还是减小，"
            "偏移量就顺着箭头或逆着箭头走。"
        ),
        task=(
            "按**上坡走一步**：每个采样点沿箭头走一小步。让输出至少达到 **{goal}**。如果只靠这个按钮到不了，就找出没有箭头的采样点，把它们拖到坡上。"
        ),
        state="输出是 {output}；没有箭头的采样点：{flat}。",
        done="输出是 {output}。偏移量在边缘和坡上学习；在平坦处，它们只能等着被带到有坡的地方。",
    ),
}
