"""Words of the chapter on what goes wrong; those of the six mistakes are in `dcnviz.ui.texts.practice`."""

from __future__ import annotations

from dcnviz.ui.texts.chapters.schema import ChapterTexts

ENGLISH = {
    "practice": ChapterTexts(
        title="What goes wrong in practice",
        short="Mistakes",
        lead=(
            "A layer hands its offsets to the operator as a plain tensor: 18 channels for nine taps. Which channel is "
            "which tap's way **down** or **right** is an agreement, every library has its own, and nothing checks it. "
            "Below you see one cell of a trained v2 layer, in the middle of the disc. The same 18 numbers were read in "
            "three ways; the small numbers are the taps'."
        ),
        ask="No reading raises an error. This layer was trained to tell the disc from other shapes. Which one shows what it really does?",
        options={"a": "picture A", "b": "picture B", "c": "picture C"},
        why=(
            "The nine points of the right reading reach all round the disc; the others leave out whole sides of it. "
            "But pictures can flatter, so here **numbers decide**: run in each order, the operator gives the "
            "layer's own output in one of them only. A is off by {a}, B by {b}, C by {c} of its largest value. A wrong "
            "order raises no error. The layer runs, and every drawing of it is wrong."
        ),
        task="Six mistakes that are made in practice, each beside the right thing. Say for each which of the two pictures is the broken one.",
        state="{found} of {count} found.",
        done="You found all {count}. Hardly any of them stops a program; all of them can be seen, if you look.",
    ),
}

CHINESE = {
    "practice": ChapterTexts(
        title="实践中会出什么错",
        short="常见错误",
        lead=(
            "层把偏移量作为一个普通张量交给算子：九个采样点，18 个通道。哪个通道是哪个采样点的**向下**或**向右**，只是一种约定，"
            "每个库都有自己的约定，没有任何检查。下面是训练好的 v2 层在圆盘中间的一个单元。同样的 18 个数用三种方式来读；小数字是采样点的编号。"
        ),
        ask="三种读法都不会报错。这一层受过训练，要把圆盘与其他形状区分开。哪一种是它真正的行为？",
        options={"a": "图 A", "b": "图 B", "c": "图 C"},
        why=(
            "正确的读法中，九个点伸向圆盘四周；其他读法漏掉了整个一侧。但图片可能骗人，所以由**数字来决定**：按各种顺序运行算子，"
            "只有一种能得到该层自己的输出。以输出的最大值为单位，A 的误差是 {a}，B 是 {b}，C 是 {c}。顺序错了不会报错：层照常运行，"
            "而它的每一张图都是错的。"
        ),
        task="下面是实践中常犯的六个错误，每个都与正确的放在一起。请逐个说出两张图中哪一张是错的。",
        state="已找到 {found} / {count}。",
        done="{count} 个都找到了。它们几乎都不会让程序停下；但只要去看，就都能看出来。",
    ),
}
