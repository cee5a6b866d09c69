"""Words of the chapter on masks."""

from __future__ import annotations

from dcnviz.ui.texts.chapters.schema import ChapterTexts

ENGLISH = {
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
