"""The words of the six mistakes, in both languages, by the mistake's id; numbers come from live computation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DefectTexts:
    """The texts of one mistake.

    Attributes:
        name: for the list.
        ask: what both pictures are of, and the question.
        hint: said after the wrong one was taken for broken.
        broken: under the picture of the mistake, once it is found.
        right: under the other one.
        why: what is wrong, and what comes of it.
        see: how it is seen in dcnviz.
        numbers: what the numbers of a picture are, for those who do not see it.
    """

    name: str
    ask: str
    hint: str
    broken: str
    right: str
    why: str
    see: str
    numbers: str


ENGLISH = {
    "order": DefectTexts(
        name="Channel order",
        ask=(
            "A trained **v3** layer, again at the cell in the middle of the disc. Its raw tensor was read once in its "
            "own order, and once in torchvision's, as happens when weights move from one library to another. Which "
            "picture is broken?"
        ),
        hint="Look on which side of the disc the points are missing.",
        broken="Read in torchvision's order: off by {wrong}.",
        right="Read in v3's own order: off by {right}.",
        why=(
            "v1 and v2 store (down, right) for each tap, row by row; v3 and v4 store (right, down), **column by "
            "column**. The number of channels is the same, so everything fits and nothing complains. The errors are "
            "shares of the output's largest value."
        ),
        see=(
            "`inspect_layout` runs the operator in every order that is met and says which fits. On the page Explore, "
            "what the taps add sums up to the output only if the order is right."
        ),
        numbers="Where each tap of the cell ends (row, column)",
    ),
    "start": DefectTexts(
        name="Zero start",
        ask=(
            "Fresh layers, before their first step, over the features of a trained network: nine cells. One "
            "predictor starts at **zero**, the other with the small random numbers that every new layer of PyTorch "
            "has. Which start is broken?"
        ),
        hint="Training should begin with what is known to work: the plain convolution.",
        broken="Random start: the output is {error} away from the plain convolution's.",
        right="Zero start: exactly the plain convolution (off by {same}).",
        why=(
            "Offsets of {length} px on average look harmless. But they come at once and everywhere, and the output "
            "already differs by {error} of its largest value: weights that were trained before are spoiled at the "
            "first forward, and the first gradients say where noise should go. From zero, a layer leaves the grid "
            "only where that pays. (The masks of v2 then start at 0.5, so its output at half of the plain one.)"
        ),
        see=(
            "Record the model before training. The health of each layer should say that all offsets are zero; after "
            "training it should not say so any more."
        ),
        numbers="Where each tap of the middle cell ends (row, column)",
    ),
    "rate": DefectTexts(
        name="Predictor's rate",
        ask=(
            "A small layer learns in 30 steps to look two rows down and three columns to the right. Both trainings "
            "asked for **a tenth** of the learning rate for the predictor. Across: the step; up: the mean length of "
            "the offsets, in pixels. Dashed: a training that did not ask. In which one did asking have no effect?"
        ),
        hint="Asking without effect changes nothing: compare with the dashed curve.",
        broken="Asked by the article's hook: the first step was {hook}, without it {full}.",
        right="Asked by a parameter group: the first step was {tenth}.",
        why=(
            "The hook works out smaller gradients, and returns nothing; PyTorch goes on with the old ones. The "
            "curves are {apart} px apart. A parameter group has a learning rate of its own in the optimizer. Which "
            "factor is best depends on the task: here, after so few steps, the loss is {loss_full} at the full rate "
            "and {loss_tenth} at a tenth; the first paper trains its predictors at a tenth. But you should get the "
            "one that you asked for."
        ),
        see=(
            "Take one step and compare the predictor's weights before and after. Later, the health of a layer tells "
            "how long its offsets are."
        ),
        numbers="Mean length of the offsets after each step",
    ),
    "exploding": DefectTexts(
        name="Exploding offsets",
        ask=(
            "The same task after 30 steps, once with the predictor at the rate of the rest, once at **ten times** "
            "that. Four cells, and where they look now. Which layer is broken?"
        ),
        hint="A cross is a sample outside the map: it reads 0.",
        broken="Ten times the rate: {outside} of all samples are outside ({regular} would be without offsets).",
        right="The rate of the rest: {calm} are outside.",
        why=(
            "Outside the map every value is 0. So there is no slope there and no gradient: **{stuck}** of these taps "
            "no longer learn where to go (on the other side {free}). The loss is {loss}; a layer that never left the "
            "grid reaches {still}, the healthy one {good}. Go back to the last good checkpoint, and take a smaller "
            "factor from there."
        ),
        see="The health of the layer says it in words. Of this one:",
        numbers="Where each tap of the four cells ends (row, column)",
    ),
    "border": DefectTexts(
        name="Borders",
        ask=(
            "A cell at the left edge of a trained v2 layer; the numbers are the taps'. Three of its nine taps start "
            "**outside** the map, in the padding. Two scripts draw where the cell looks. Which one is broken?"
        ),
        hint="Nine taps have nine offsets, wherever they start.",
        broken="Skips taps that start outside. Taps {taps} are left; the output would be off by {error} of its largest value.",
        right="Each tap with its own offset: off by {right}.",
        why=(
            "Whether a tap counts is decided by where it **ends**: one that starts in the padding may have been moved "
            "onto the map, and reads there. Who skips it also hands its offset to the next tap, so the others are "
            "wrong too. A sample that ends outside reads 0; it is not pushed back to the edge. Inside the map both "
            "scripts agree (off by {inner}), so nobody notices."
        ),
        see="On the page Explore, pin a cell at the edge: what its taps add must sum up to the output.",
        numbers="Where each tap of the cell ends (row, column)",
    ),
    "article": DefectTexts(
        name="The article's modules",
        ask=(
            "An article on deformable convolution gives two PyTorch modules, `DCN` and `DeformConv2d`. For 3×3 with "
            "padding 1 both are right. Here `DeformConv2d` was asked for **5×5 with padding 2**; all offsets are 0. "
            "Where should the marked cell look? Which picture is broken?"
        ),
        hint="25 taps without offsets lie evenly about their cell.",
        broken="`DeformConv2d`: {shift} px too far up and to the left; the output is off by {error}.",
        right="A 5×5 kernel with padding 2.",
        why=(
            "Its window begins where that of a 3×3 kernel would. What each of the two makes of what it is asked for, "
            "run a moment ago with random offsets (errors as shares of the largest output):"
        ),
        see=(
            "Compare any module with `dcnviz.ops.deform_conv2d` on random numbers, in the sizes that you will use, "
            "before you train it."
        ),
        numbers="Where each tap of the cell ends (row, column)",
    ),
}

CHINESE = {
    "order": DefectTexts(
        name="通道顺序",
        ask=(
            "一个训练好的 **v3** 层，仍是圆盘中间的那个单元。它的原始张量一次按自己的顺序读，一次按 torchvision 的顺序读"
            "（把权重从一个库搬到另一个库时就会这样）。哪一张是错的？"
        ),
        hint="看看圆盘的哪一侧没有点。",
        broken="按 torchvision 的顺序读：误差 {wrong}。",
        right="按 v3 自己的顺序读：误差 {right}。",
        why=(
            "v1 和 v2 为每个采样点按（向下, 向右）存放，逐行排列；v3 和 v4 按（向右, 向下）存放，**逐列**排列。"
            "通道数相同，所以处处都对得上，没有任何报错。误差以输出的最大值为单位。"
        ),
        see="`inspect_layout` 会按所有常见顺序运行算子，说明哪一种相符。在“探索”页面上，只有顺序正确，各采样点的贡献之和才等于输出。",
        numbers="该单元每个采样点的终点（行, 列）",
    ),
    "start": DefectTexts(
        name="从零开始",
        ask=(
            "两个全新的层，还没有训练过一步，输入是训练好的网络的特征；图中是九个单元。一个预测器从**零**开始，另一个是 PyTorch "
            "新建层时的小随机数。哪一种开始是错的？"
        ),
        hint="训练应当从已知可行的东西开始，也就是普通卷积。",
        broken="随机开始：输出与普通卷积相差 {error}。",
        right="从零开始：正好是普通卷积（误差 {same}）。",
        why=(
            "偏移量平均只有 {length} 像素，看起来无害。但它们一下子出现在所有地方，输出与普通卷积的差已经达到最大值的 {error}："
            "以前训练好的权重第一次前向就被破坏了，最初的梯度也只是在说噪声该往哪里移。从零开始，层只在值得的地方离开网格。"
            "（这时 v2 的调制值从 0.5 开始，所以输出是普通卷积的一半。）"
        ),
        see="训练之前先记录一次模型：每一层的健康状况应当说所有偏移量都为零；训练之后就不应当再这样说。",
        numbers="中间单元每个采样点的终点（行, 列）",
    ),
    "rate": DefectTexts(
        name="预测器的学习率",
        ask=(
            "一个小层用 30 步学习看向下方两行、右方三列。两次训练都要求预测器的学习率为**十分之一**。横轴：步数；"
            "纵轴：偏移量的平均长度（像素）。虚线：没有提出要求的训练。哪一次的要求没有起作用？"
        ),
        hint="没有起作用，就是什么也没变：和虚线比一比。",
        broken="用文章的钩子提出要求：第一步走了 {hook}，不用它是 {full}。",
        right="用参数组提出要求：第一步走了 {tenth}。",
        why=(
            "钩子算出了缩小的梯度，却什么也不返回，PyTorch 继续使用原来的梯度：两条曲线相差 {apart} 像素。参数组在优化器里有自己的学习率。"
            "哪个系数最好取决于任务：这里步数很少，整步的损失是 {loss_full}，十分之一的损失是 {loss_tenth}；第一篇论文把预测器的学习率设为十分之一。"
            "但无论如何，你要求的应当真正生效。"
        ),
        see="走一步，比较预测器的权重前后有何不同。之后，层的健康状况会告诉你偏移量有多长。",
        numbers="每步之后偏移量的平均长度",
    ),
    "exploding": DefectTexts(
        name="偏移量失控",
        ask="同样的任务，30 步之后：一次预测器与其余部分的学习率相同，一次是它的**十倍**。图中是四个单元现在看向哪里。哪一层坏了？",
        hint="叉表示采样落在特征图之外，读作 0。",
        broken="十倍学习率：{outside} 的采样落在图外（没有偏移量时为 {regular}）。",
        right="相同学习率：{calm} 落在图外。",
        why=(
            "特征图之外的值都是 0，没有坡度，也就没有梯度：这里 **{stuck}** 的采样点再也学不到该去哪里（另一层是 {free}）。"
            "它的损失是 {loss}；从未离开网格的层能达到 {still}，健康的层是 {good}。请回到最近的正常检查点，再用更小的系数继续。"
        ),
        see="层的健康状况会用文字说出来。这一层的是：",
        numbers="四个单元每个采样点的终点（行, 列）",
    ),
    "border": DefectTexts(
        name="边界",
        ask=(
            "训练好的 v2 层左边缘的一个单元；数字是采样点的编号。九个采样点中有三个的起点在特征图**之外**，在填充里。"
            "两段脚本画出该单元看向哪里。哪一张是错的？"
        ),
        hint="九个采样点有九个偏移量，无论起点在哪里。",
        broken="跳过起点在图外的采样点，只剩 {taps}；输出误差会是最大值的 {error}。",
        right="每个采样点都用自己的偏移量：误差 {right}。",
        why=(
            "采样点算不算，取决于它的**终点**：起点在填充里的采样点可能已被移到图内，并在那里读取。跳过它，还会把它的偏移量交给下一个采样点，"
            "于是其余的也都错了。终点在图外的采样读作 0，不会被推回边缘。在图的内部，两段脚本完全一致（误差 {inner}），所以没有人注意到。"
        ),
        see="在“探索”页面上固定一个边缘的单元：各采样点的贡献之和必须等于输出。",
        numbers="该单元每个采样点的终点（行, 列）",
    ),
    "article": DefectTexts(
        name="文章的两个模块",
        ask=(
            "一篇介绍可变形卷积的文章给出了两个 PyTorch 模块：`DCN` 和 `DeformConv2d`。3×3、填充 1 时两者都正确。"
            "这里要求 `DeformConv2d` 用 **5×5、填充 2**，偏移量全为 0。标出的单元应当看向哪里？哪一张是错的？"
        ),
        hint="没有偏移量的 25 个采样点应当均匀地围在单元周围。",
        broken="`DeformConv2d`：偏向左上 {shift} 像素；输出误差 {error}。",
        right="5×5 的卷积核，填充 2。",
        why="它的窗口总是从 3×3 卷积核的位置开始。两个模块对各种要求的实际结果，刚刚用随机偏移量运行得到（误差以输出的最大值为单位）：",
        see="训练之前，用随机数把任何模块与 `dcnviz.ops.deform_conv2d` 比较一次，并使用你将要使用的尺寸。",
        numbers="该单元每个采样点的终点（行, 列）",
    ),
}
