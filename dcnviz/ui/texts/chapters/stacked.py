"""Words of the chapter on stacked layers."""

from __future__ import annotations

from dcnviz.ui.texts.chapters.schema import ChapterTexts

ENGLISH = {
    "stacked": ChapterTexts(
        title="Layers upon layers",
        short="Stacked",
        lead=(
            "Networks have many layers. An output of the last one looks at nine places of the map before it. Each of "
            "these came from a layer that looked at nine places itself, and so on, down to the picture: **the taps of the "
            "taps**. The networks here are trained ones with {layers} layers of 3×3; their maps have a cell for every 4×4 "
            "pixels. You see the nine taps of one cell of the last layer, with plain convolutions. Point at other places."
        ),
        ask=(
            "Through {layers} layers there are 9 · 9 · 9 = {points} chains of taps. With plain convolutions, at how many "
            "**different places** of the picture do they end?"
        ),
        why=(
            "A plain layer steps at most one cell to each side, so {layers} layers step at most {layers}: all {points} "
            "chains end in a square of {side} × {side} cells, most of them near its middle. Their **reach**, the root mean "
            "square distance from that middle, grows only with the square root of the number of layers: {growth} px. It is "
            "the same on every object. With offsets, the chains of this cell end at {places} places, and how far apart "
            "depends on what each layer saw: **the receptive field can fit the object**."
        ),
        task=(
            "Small and large: click on cells of several objects, until v2's widest reach through {layers} layers is at "
            "least **{goal} times** its narrowest. See in the table below how much of a large object is read at all."
        ),
        state="v2 from {narrow} to {wide} px on objects, factor {factor}; plain convolution {plain} px everywhere.",
        done=(
            "The same weights reach {narrow} px on one object and {wide} px on another. Many points lie beyond the "
            "outline, and for a reason: in these scenes the outline alone tells what an object is."
        ),
        words={
            "conv": "plain convolution",
            "v2": "deformable, v2",
            "depth": "Layers followed, from the last one down",
            "depth_1": "1 layer",
            "depth_2": "2 layers",
            "depth_3": "3 layers",
            "table": "Cell ({i}, {j}), {depth}",
            "places": "different places",
            "reach": "reach",
            "pixels": "{reach:.1f} px",
            "on_object": "points on the object",
            "object_read": "share of the object that is read",
            "on_ground": "points on the background",
            "ground_read": "share of the background that is read",
        },
    ),
}

CHINESE = {
    "stacked": ChapterTexts(
        title="层层叠加",
        short="叠加",
        lead=(
            "网络有许多层。最后一层的一个输出看前一张特征图的九处；那里的每个值，又来自前一层看过的九处，如此直到图片："
            "这就是**采样点的采样点**。这里的网络都是训练好的，有 {layers} 层 3×3；特征图上一个单元对应图片的 4×4 个像素。"
            "图上是普通卷积最后一层某个单元的九个采样点。把指针移到别处看看。"
        ),
        ask="穿过 {layers} 层，共有 9 · 9 · 9 = {points} 条采样链。对普通卷积来说，它们落在图片上多少个**不同的位置**？",
        why=(
            "普通的一层向每一侧最多走一格，{layers} 层最多走 {layers} 格：{points} 条链都落在 {side} × {side} 个单元的方块里，"
            "大多靠近中央。它们的**伸展半径**，即到中心距离的均方根，只随层数的平方根增长：{growth} 像素，在哪个物体上都一样。"
            "有了偏移量，这个单元的链落在 {places} 个位置，散得多开取决于各层看到了什么：**感受野可以贴合物体**。"
        ),
        task=(
            "小的和大的：点击几个物体上的单元，直到 v2 穿过 {layers} 层的最大伸展半径至少是最小伸展半径的 **{goal} 倍**。"
            "再看看下面的表中，大的物体究竟有多少被读到。"
        ),
        state="v2 在物体上从 {narrow} 到 {wide} 像素，相差 {factor} 倍；普通卷积处处是 {plain} 像素。",
        done=(
            "同样的权重，在一个物体上伸展 {narrow} 像素，在另一个物体上伸展 {wide} 像素。许多点落在轮廓之外，这是有原因的："
            "在这些场景里，只有轮廓能说明物体是什么。"
        ),
        words={
            "conv": "普通卷积",
            "v2": "可变形卷积 v2",
            "depth": "从最后一层往下追踪的层数",
            "depth_1": "1 层",
            "depth_2": "2 层",
            "depth_3": "3 层",
            "table": "单元 ({i}, {j})，{depth}",
            "places": "不同的位置",
            "reach": "伸展半径",
            "pixels": "{reach:.1f} 像素",
            "on_object": "落在物体上的点",
            "object_read": "物体被读到的部分",
            "on_ground": "落在背景上的点",
            "ground_read": "背景被读到的部分",
        },
    ),
}
