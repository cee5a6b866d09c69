"""The words of the deeper looks at a pinned cell, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DeeperTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        looks: names of what can be opened, by code.
        findings: what is said of a layer's health, by the code of a finding; shares come as fractions.
        health_figures: title, and what is to be seen.
    """

    title: str
    choose: str
    looks: Mapping[str, str]
    working: str
    field: str
    field_parts: Mapping[str, str]
    field_two: str
    field_plain: str
    field_scale: str
    locations: str
    locations_scale: str
    locations_plain: str
    saliency: str
    saliency_eps: str
    saliency_eps_help: str
    saliency_method: str
    saliency_methods: Mapping[str, str]
    saliency_progress: str
    saliency_stop: str
    saliency_stopped: str
    saliency_again: str
    saliency_found: str
    saliency_empty: str
    health_title: str
    health: str
    findings: Mapping[str, str]
    health_figures: Mapping[str, tuple[str, str]]


ENGLISH = DeeperTexts(
    title="A deeper look at this cell",
    choose="Nothing is computed until you open it.",
    looks={
        "field": "Receptive field",
        "locations": "Places that count",
        "saliency": "Saliency region",
        "health": "Health of the layer",
    },
    working="Working it out…",
    field=(
        "The **effective receptive field**: how strongly each pixel moves the output of this cell. Half of all influence "
        "lies in {half:,} pixels, 95% in {most:,}. The picture is cut to the field."
    ),
    field_two=(
        "The **geometry** part, {share:.0%} of the two, is influence on *where* the layers look; the rest, **content**, "
        "is what they read there."
    ),
    field_parts={
        "total": "total",
        "content": "content: what it reads",
        "geometry": "geometry: where it looks",
    },
    field_plain="Plain convolutions have no geometry part: they always look at the same grid.",
    field_scale=(
        "In the brackets the cell. The bar is {length} pixels long. Colour: share of the strongest pixel of the whole "
        "gradient, from 0 to 1 on a square-root scale, the same in each."
    ),
    locations=(
        "The **effective sampling locations**: of all {count:,} taps of all layers on the way, those that move this "
        "cell's output when they are shifted; brighter counts more. {most:,} of them hold 95% of the effect. A point "
        "alone says where the network looked, its colour how much it matters."
    ),
    locations_scale=(
        "Drawn: the strongest, which hold 98% of the effect; in the brackets the cell. The bar is {length} pixels long. "
        "Colour: effect of a shift by one pixel, as a share of the strongest tap's, from 0 to 1 on a square-root scale."
    ),
    locations_plain="Plain convolutions have no taps that could move.",
    saliency=(
        "The **error-bounded saliency region**: the least of the picture that still gives this cell its answer. All else is "
        "replaced by the picture's mean colour, and the cell's feature vector stays within the error below. One search "
        "answers for every error."
    ),
    saliency_eps="Error allowed (1 − cosine)",
    saliency_eps_help="Smaller: the answer must stay closer to the true one, so more of the picture is needed.",
    saliency_method="Search",
    saliency_methods={"fast": "quick, approximate", "greedy": "thorough, slower"},
    saliency_progress="{done} of about {total} masked pictures shown to the network",
    saliency_stop="Stop here",
    saliency_stopped="The search was stopped: this is the best so far; a smaller region may exist.",
    saliency_again="Search to the end",
    saliency_found="The region takes **{area:.1%}** of the picture; its error is {error:.3f}. The network was shown {shown} masked pictures.",
    saliency_empty="Nothing of the picture is needed: a plain one brings the cell that near already. Allow less error.",
    health_title="Layer {layer}",
    health="Counted over the whole picture:",
    findings={
        "not_finite": "**{count:.0f} samples are NaN or infinite**: training has diverged. Go back to the last good checkpoint and lower the learning rate.",
        "masks_zero": "**All masks are zero**, so the layer gives only its bias. If it is trained, see that its predictor is in the optimizer.",
        "far": "**{share:.0%} of the offsets are longer than the map** (the longest {longest:.0f} px): they are exploding. Lower the predictor's learning rate.",
        "outside": "**{share:.0%} of samples fall outside the map** ({regular:.0%} would without offsets), where every value is 0. Lower the predictor's learning rate, or give the layer a larger map.",
        "collapsed": "**In {share:.0%} of the cells all taps lie almost on one point**, as in a 1×1 kernel. Start the predictor at zero and lower its learning rate.",
        "dead_masks": "**{share:.0%} of the masks are next to zero**: their samples are read for nothing. Fewer taps or groups would do.",
        "untrained": "**All offsets are zero**, as before training. If it is over, see that the predictor is in the optimizer.",
        "still": "**The offsets are short**, {mean:.3f} of a kernel step on average: the layer hardly deforms.",
        "constant": "**The offsets are the same everywhere** ({share:.1%} of their squared length varies): a plain convolution with another dilation would do.",
        "plain": "This is a plain convolution: it has no offsets to judge.",
        "healthy": "**Healthy**: offsets of {mean:.1f} px of its map on average, and {share:.1%} of samples outside the map ({regular:.1%} would be without offsets).",
    },
    health_figures={
        "lengths": (
            "Offset lengths",
            "How long the offsets of all layers are, in steps between neighbouring taps.",
        ),
        "feature": ("Feature viewpoint", "Where the taps of each cell went together: colour is direction."),
        "kernel": ("Kernel viewpoint", "How far the taps of each cell spread about their mean, in cells."),
    },
)

CHINESE = DeeperTexts(
    title="进一步分析这个单元",
    choose="打开之前不会进行任何计算。",
    looks={
        "field": "感受野",
        "locations": "真正起作用的位置",
        "saliency": "显著区域",
        "health": "该层的健康状况",
    },
    working="正在计算……",
    field=(
        "**有效感受野**：每个像素对该单元输出的影响有多强。一半的影响集中在 {half:,} 个像素里，95% 集中在 {most:,} 个像素里。"
        "图片已裁剪到感受野附近。"
    ),
    field_two="其中**几何**部分占两者的 {share:.0%}，影响的是各层*看向哪里*；其余的**内容**部分，是在那里读到了什么。",
    field_parts={"total": "合计", "content": "内容：读到什么", "geometry": "几何：看向哪里"},
    field_plain="普通卷积没有几何部分：它们总是看同一个网格。",
    field_scale=(
        "括号标出该单元。标尺长 {length} 个像素。颜色：占整个梯度中最强像素的比例，从 0 到 1，按平方根显示，各图相同。"
    ),
    locations=(
        "**有效采样位置**：沿途各层共有 {count:,} 个采样点，这里显示移动时会改变该单元输出的那些；越亮越重要。"
        "其中 {most:,} 个占去 95% 的作用。点的位置说明网络看过哪里，颜色说明它有多重要。"
    ),
    locations_scale=(
        "图中画出最强的一些采样点，它们共占 98% 的作用；括号标出该单元。标尺长 {length} 个像素。"
        "颜色：移动一个像素的作用，占最强采样点的比例，从 0 到 1，按平方根显示。"
    ),
    locations_plain="普通卷积没有可以移动的采样点。",
    saliency=(
        "**误差受限的显著区域**：只保留图片的这一小部分，该单元仍能得出同样的答案。其余部分换成图片的平均颜色，而单元的特征向量与原来的误差"
        "不超过下面的值。一次搜索即可回答所有误差。"
    ),
    saliency_eps="允许的误差（1 − 余弦）",
    saliency_eps_help="越小，答案就必须越接近原来的，因而需要更多的图片区域。",
    saliency_method="搜索方式",
    saliency_methods={"fast": "快速（近似）", "greedy": "彻底（较慢）"},
    saliency_progress="已给网络看了 {done} 张遮挡图片，共约 {total} 张",
    saliency_stop="到此为止",
    saliency_stopped="搜索已停止：这是目前最好的结果，可能还有更小的区域。",
    saliency_again="继续搜索到底",
    saliency_found="该区域占图片的 **{area:.1%}**，误差为 {error:.3f}。网络共看了 {shown} 张遮挡图片。",
    saliency_empty="不需要图片的任何部分：换成纯色图片，该单元的答案也已经这么接近。请减小允许的误差。",
    health_title="第 {layer} 层",
    health="统计自整张图片：",
    findings={
        "not_finite": "**{count:.0f} 个采样为 NaN 或无穷大**：训练已经发散。请回到最近的正常检查点，并降低学习率。",
        "masks_zero": "**所有调制值都为零**，该层只输出偏置。如果已经训练过，请检查预测器是否在优化器中。",
        "far": "**{share:.0%} 的偏移量比特征图还长**（最长 {longest:.0f} 像素）：偏移量正在失控。请降低预测器的学习率。",
        "outside": "**{share:.0%} 的采样落在特征图之外**（没有偏移量时为 {regular:.0%}），那里的值都是 0。请降低预测器的学习率，或使用更大的特征图。",
        "collapsed": "**{share:.0%} 的单元中，所有采样点几乎重合**，相当于 1×1 卷积核。请让预测器从零开始，并降低其学习率。",
        "dead_masks": "**{share:.0%} 的调制值接近零**：这些采样读了也没有用。可以减少采样点或组数。",
        "untrained": "**所有偏移量都为零**，如同训练之前。如果训练已经结束，请检查预测器是否在优化器中。",
        "still": "**偏移量很短**，平均只有卷积核步长的 {mean:.3f}：该层几乎没有变形。",
        "constant": "**各处的偏移量都一样**（其平方长度只有 {share:.1%} 随位置变化）：换一个膨胀率的普通卷积也能做到。",
        "plain": "这是普通卷积：没有偏移量可供判断。",
        "healthy": "**健康**：偏移量平均为特征图上的 {mean:.1f} 个像素，{share:.1%} 的采样落在特征图之外（没有偏移量时为 {regular:.1%}）。",
    },
    health_figures={
        "lengths": ("偏移量的长度", "各层的偏移量有多长，以相邻采样点的间距为单位。"),
        "feature": ("特征视角", "每个单元的采样点整体移向何处：颜色表示方向。"),
        "kernel": ("卷积核视角", "每个单元的采样点围绕平均位置散开多远，单位是单元。"),
    },
)
