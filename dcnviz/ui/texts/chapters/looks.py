"""Words of the chapters on fixed looks and on offsets."""

from __future__ import annotations

from dcnviz.ui.texts.chapters.schema import ChapterTexts

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
            "outputs are exactly as many as the pixels: {high} × {wide}. The orange frame under *All outputs* can be moved."
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
            "**膨胀率**把采样点拉开。把膨胀率设为 2，再选择步幅和填充，使输出正好和像素一样多：{high} × {wide}。"
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
}
