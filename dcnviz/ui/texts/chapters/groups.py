"""Words of the chapter on v3 and v4."""

from __future__ import annotations

from dcnviz.ui.texts.chapters.schema import ChapterTexts

ENGLISH = {
    "groups": ChapterTexts(
        title="Groups, with softmax and without",
        short="v3 and v4",
        lead=(
            "In version 2 all channels look at the same nine places, and a kernel of 9 · C · C′ weights (C channels in, C′ out) mixes them. "
            "**Version 3** (InternImage) splits the channels into **groups**, each with offsets and masks of its own, and "
            "has **no kernel weights**: an output channel is the sum of what its nine taps read, times their masks. The "
            "masks of a group come from a **softmax** over nine raw numbers **z**. Here are four channels in two groups, "
            "seen from cell ({i}, {j})."
        ),
        ask=(
            "All z are 0, so every mask is {before}. Now **z of tap 4 in group 1 rises to {raised}**. What happens to the "
            "masks of the other eight taps?"
        ),
        options={
            "stay": "nothing: each tap has its own number",
            "shrink": "all become smaller, by the same factor",
            "grow": "some become larger, some smaller",
        },
        why=(
            "A softmax divides each $e^z$ by the sum of all nine. What one tap gains, the others lose: {before} became "
            "{after}. The masks always add up to **1**, so an output is a weighted mean: for channel 0 here never below "
            "{low} nor above {high}, and no look can say “nothing here”. A convolution is not bound like that. "
            "**Version 4** drops the softmax: the masks are the raw numbers, negative ones too, with any sum."
        ),
        task=(
            "Choose **free masks**. Then set z in group 1 so that channel 0 finds its **edge**: all its outputs are 0 "
            "where the map is flat, and somewhere on the edge one is at least {least} or at most −{least}. Which sum must "
            "the masks have?"
        ),
        state="the masks of group 1 add up to {sum}; largest output on flat ground {flat}, on the edge {edge} (without sign).",
        done=(
            "Masks that add up to 0 answer to differences alone. No softmax can do that: on flat ground its output is the "
            "ground itself. Channel 1 is in the same group, so it has the same masks."
        ),
        words={
            "about": (
                "The map of a channel with the taps of its group. Tab or a digit chooses a tap, arrow keys move it by a "
                "quarter pixel, with Shift by one, Delete sends it back to the grid."
            ),
            "hint": (
                "Type z, or drag its bar to the side. The taps can be dragged too. All cells share the numbers of a "
                "group here; in a network each cell gets its own from a predictor."
            ),
            "tap_says": "Tap {k} at ({y}, {x}) reads {value}, mask {mask}, adds {product}.",
            "group": "Group {number}: channels {channels}",
            "map_of": "Channel {channel}",
            "outputs_of": "All outputs of channel {channel}",
            "total": "Sum of the masks:",
            "raw_of": "z of tap {k} in group {number}",
            "modes": "How masks are made",
            "softmax": "softmax (v3)",
            "free": "free masks (v4)",
            "result": "Outputs of the four channels at cell ({i}, {j})",
            "changed": (
                "**What InternImage changed against v2** ([arXiv 2211.05778](https://arxiv.org/abs/2211.05778)): the "
                "kernel's weights became a 1×1 layer before and after, shared by all taps; groups, as the heads of "
                "attention; and a softmax, since nine sigmoids add up to anything from 0 to 9, which made the training of "
                "large networks unstable. **Why v4 took the softmax out again** ([arXiv 2401.06197](https://arxiv.org/abs/"
                "2401.06197)): attention needs it, because its looks are the same for all queries; looks that move do not, "
                "and masks held between 0 and 1 can express less than a convolution's weights. The same small network, with each:"
            ),
            "table": "shipped network",
            "row_masks": "masks",
            "masks_conv": "none",
            "masks_v2": "0 to 1",
            "masks_v3": "softmax",
            "masks_v4": "free",
            "row_groups": "offset groups",
            "row_parameters": "parameters",
            "row_iou": "mean IoU",
        },
    ),
}

CHINESE = {
    "groups": ChapterTexts(
        title="分组：有与没有 softmax",
        short="v3 与 v4",
        lead=(
            "在第二版里，所有通道看同样的九处，再由 9 · C · C′ 个权重的卷积核（输入 C 个通道，输出 C′ 个）把它们混合。**第三版**（InternImage）把通道分成**组**，"
            "每组有自己的偏移量和调制值，而且**没有卷积核权重**：一个输出通道就是九个采样点的读数乘以调制值之和。"
            "一组的调制值由九个原始数 **z** 经过 **softmax** 得到。这里有四个通道，分成两组，从单元 ({i}, {j}) 看出去。"
        ),
        ask="所有 z 都是 0，所以每个调制值都是 {before}。现在**第 1 组采样点 4 的 z 升到 {raised}**。另外八个采样点的调制值会怎样？",
        options={
            "stay": "不变：每个采样点有自己的数",
            "shrink": "全都变小，缩小的倍数相同",
            "grow": "有的变大，有的变小",
        },
        why=(
            "softmax 把每个 $e^z$ 除以九个 $e^z$ 之和。一个采样点得到的，就是其他采样点失去的：{before} 变成了 {after}。"
            "调制值之和永远是 **1**，所以输出是加权平均：对这里的通道 0，它不会低于 {low}，也不会高于 {high}；"
            "而且无论怎么看，都说不出“这里什么也没有”。卷积没有这样的限制。**第四版**去掉了 softmax：调制值就是原始数，可以为负，和也不限。"
        ),
        task=(
            "选择**自由的调制值**。然后设置第 1 组的 z，让通道 0 找出它的**边缘**：图上平坦的地方输出全为 0，"
            "而在边缘某处输出不小于 {least} 或不大于 −{least}。这时调制值之和必须是多少？"
        ),
        state="第 1 组调制值之和为 {sum}；不计正负，平坦处最大的输出是 {flat}，边缘处是 {edge}。",
        done=(
            "和为 0 的调制值只对差别作出反应。softmax 做不到：在平坦处，它的输出就是那里的值本身。"
            "通道 1 在同一组里，所以用的是同样的调制值。"
        ),
        words={
            "about": "一个通道的图和本组的采样点。用 Tab 键或数字键选择采样点，方向键每次移动四分之一像素，按住 Shift 移动一个像素，Delete 键送回规则网格。",
            "hint": "输入 z，或左右拖动下面的横条。采样点也可以拖动。这里所有单元共用一组的数；在网络里，预测器为每个单元给出各自的数。",
            "tap_says": "采样点 {k} 位于 ({y}, {x})，读到 {value}，调制值 {mask}，贡献 {product}。",
            "group": "第 {number} 组：通道 {channels}",
            "map_of": "通道 {channel}",
            "outputs_of": "通道 {channel} 的全部输出",
            "total": "调制值之和：",
            "raw_of": "第 {number} 组采样点 {k} 的 z",
            "modes": "调制值怎样得到",
            "softmax": "经过 softmax（v3）",
            "free": "自由的调制值（v4）",
            "result": "单元 ({i}, {j}) 处四个通道的输出",
            "changed": (
                "**InternImage 相对 v2 改了什么**（[arXiv 2211.05778](https://arxiv.org/abs/2211.05778)）：卷积核的权重变成前后各一个"
                "由所有采样点共用的 1×1 层；像注意力的多头那样分组；再加上 softmax，因为九个 sigmoid 之和可以是 0 到 9 之间的任何数，"
                "这使大网络的训练不稳定。**v4 为什么又去掉 softmax**（[arXiv 2401.06197](https://arxiv.org/abs/2401.06197)）：注意力需要它，"
                "因为所有查询看的是同样的地方；会移动的采样点不需要，而限制在 0 到 1 之间的调制值，表达力不如卷积的权重。同一个小网络，换用各个版本："
            ),
            "table": "自带的网络",
            "row_masks": "调制值",
            "masks_conv": "无",
            "masks_v2": "0 到 1",
            "masks_v3": "softmax 归一",
            "masks_v4": "自由",
            "row_groups": "偏移组",
            "row_parameters": "参数",
            "row_iou": "平均 IoU",
        },
    ),
}
