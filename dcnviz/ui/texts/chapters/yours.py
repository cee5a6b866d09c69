"""Words of the last chapter; those of its table and check list are in `dcnviz.ui.texts.yours`."""

from __future__ import annotations

from dcnviz.ui.texts.chapters.schema import ChapterTexts

ENGLISH = {
    "yours": ChapterTexts(
        title="Try it in your own network",
        short="Your network",
        lead=(
            "Three lines of Python record where every deformable layer of a model looks. The model need not be prepared, "
            "and is not changed. Two small models were recorded like this a moment ago, on the machine that serves this page. Below you see "
            "six cells of the last layer of each."
        ),
        ask="In one of them this layer has stopped looking at the picture. In which?",
        options={"a": "recording A", "b": "recording B", "c": "neither: both layers are well"},
        why=(
            "Every cell of {sick} moves its taps by the same offsets: on the square, on the star, on empty ground. Of "
            "the offsets' squared length {varying_a} varies over the picture in A, {varying_b} in B. A plain "
            "convolution with another dilation could do that. (For this chapter its predictor's weights were emptied and "
            "its bias was kept.) You need not find this by eye: the **health** of a layer says it in words.\n\n"
            "**What to look at first.**\n\n"
            "- **Health.** Read every layer's verdict. Whatever is not *healthy* comes with a sentence on what to do.\n"
            "- **Layers that never left the grid.** A mean offset of 0 after training: the predictor is frozen, or not in the "
            "optimizer.\n"
            "- **Dilation by size.** The mean distance of neighbouring taps should be larger on large things than on small "
            "ones: that is what a deformable layer is for.\n"
            "- **Sums of masks.** How much of the nine taps counts in all. Next to 0, a layer is switched off."
        ),
        task="Here is a third recording, in which two layers are not well. Say for each layer what its numbers tell.",
        state="{right} of {layers} layers judged.",
        done="You can read a recording. Now take one of your own network.",
    ),
}

CHINESE = {
    "yours": ChapterTexts(
        title="用在你自己的网络上",
        short="你的网络",
        lead=(
            "三行 Python 代码就能记录一个模型的每个可变形层看向哪里。模型无需准备，也不会被改动。"
            "刚才，两个小模型就这样在运行本页面的机器上被记录了下来。下面是每个模型最后一层的六个单元。"
        ),
        ask="其中一个模型的这一层已经不再看图片了。是哪一个？",
        options={"a": "记录 A", "b": "记录 B", "c": "都不是：两层都正常"},
        why=(
            "在 {sick} 中，每个单元的采样点都移动同样的偏移量：在方块上、在星形上、在空地上都一样。偏移量的平方长度中随位置变化的部分，"
            "A 是 {varying_a}，B 是 {varying_b}。换一个膨胀率的普通卷积也能做到。（为了本章，它的预测器的权重被清空，只留下偏置。）"
            "你不必用眼睛去找：层的**健康状况**会用文字说出来。\n\n"
            "**先看什么？**\n\n"
            "- **健康状况。** 读一读每一层的结论。凡不是“健康”的，都附有一句建议。\n"
            "- **从未离开网格的层。** 训练之后偏移量的平均长度仍是 0：预测器被冻结了，或不在优化器中。\n"
            "- **随大小变化的膨胀率。** 相邻采样点的平均间距，在大物体上应当比在小物体上更大：可变形层就是为此而设的。\n"
            "- **调制值之和。** 九个采样点总共算多少。接近 0 时，这一层等于被关掉了。"
        ),
        task="这是第三份记录，其中有两层不正常。请根据数字逐层判断。",
        state="已判断对 {right} / {layers} 层。",
        done="你已经会读一份记录了。现在记录你自己的网络吧。",
    ),
}
