"""The words of the page Compare, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CompareTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        captions: a few words under the name of each version.
        rows: names of the table's rows.
        notes: what the rows mean, one sentence each.
    """

    title: str
    lead: str
    group: str
    captions: Mapping[str, str]
    place: str
    no_place: str
    table_title: str
    measure: str
    unequal: str
    rows: Mapping[str, str]
    notes: Mapping[str, str]
    fixed: str
    no_mask: str
    range: str
    pending: str


ENGLISH = CompareTexts(
    title="Five operators, one picture",
    lead=(
        "The same small network, trained five times; only the operator of its three middle layers differs. "
        "Point at one picture, and all five show where they look from there. A click pins the place for all."
    ),
    group="Group (v3, v4)",
    captions={
        "conv": "a fixed grid",
        "v1": "learned offsets",
        "v2": "offsets and masks from 0 to 1",
        "v3": "masks of a group sum to 1",
        "v4": "masks without bound",
    },
    place="Pinned: pixel ({y}, {x}) of the picture.",
    no_place="Nothing is pinned. Click a picture to pin a place.",
    table_title="In numbers",
    measure="measure",
    unequal="The networks were not trained equally long; bear that in mind when comparing their accuracy.",
    rows={
        "iou": "mIoU",
        "foreground": "accuracy on objects",
        "parameters": "parameters",
        "steps": "training steps",
        "dilation": "effective dilation, radius {size} px",
        "mask": "sum of a cell's masks",
        "area": "receptive field, pixels",
    },
    notes={
        "iou": "mIoU: mean overlap of prediction and truth over seven classes, on {scenes} scenes not seen in training.",
        "foreground": "Accuracy on objects: share of the objects' pixels that got their own class.",
        "dilation": (
            "Effective dilation: mean distance between neighbouring taps of the last layer, in cells, on objects of "
            "that radius; 1 is the regular grid. Larger objects, wider looks."
        ),
        "mask": (
            "Sum of a cell's masks on this picture, layer {layer}: mean, and from least to most. v2 is free "
            "between 0 and 9, v3 is always 1, v4 has no bound."
        ),
        "area": (
            "Receptive field: the fewest pixels that hold 95% of the influence on the pinned cell of the last layer."
        ),
    },
    fixed="1 (fixed)",
    no_mask="none",
    range="{mean:.2f} ({low:.2f} to {high:.2f})",
    pending="…",
)

CHINESE = CompareTexts(
    title="五种算子，同一张图片",
    lead=(
        "同一个小网络训练了五次，只有中间三层的算子不同。指向其中一张图片，五个网络会同时显示各自从那里看向何处。"
        "点击一次，就在所有图片上固定这个位置。"
    ),
    group="组（v3、v4）",
    captions={
        "conv": "固定的网格",
        "v1": "学到的偏移量",
        "v2": "偏移量，加上 0 到 1 的调制值",
        "v3": "每组的调制值之和为 1",
        "v4": "调制值没有界限",
    },
    place="已固定：图片上的像素 ({y}, {x})。",
    no_place="还没有固定位置。点击任意一张图片即可固定。",
    table_title="用数字来比较",
    measure="指标",
    unequal="这些网络的训练步数并不相同，比较准确率时请留意。",
    rows={
        "iou": "平均交并比 (mIoU)",
        "foreground": "物体上的准确率",
        "parameters": "参数量",
        "steps": "训练步数",
        "dilation": "有效膨胀率，半径 {size} 像素",
        "mask": "单元的调制值之和",
        "area": "感受野（像素数）",
    },
    notes={
        "iou": "平均交并比：在训练中没见过的 {scenes} 个场景上，七个类别预测与真值重叠程度的平均。",
        "foreground": "物体上的准确率：物体像素中被正确分类的比例。",
        "dilation": "有效膨胀率：最后一层相邻采样点的平均距离（以单元计），按物体半径分列；1 即规则网格。物体越大，看得越开。",
        "mask": "单元的调制值之和：在这张图片的第 {layer} 层上，先是平均值，括号内是最小到最大。v2 在 0 到 9 之间，v3 恒为 1，v4 没有界限。",
        "area": "感受野：对最后一层的固定单元而言，占去 95% 影响的最少像素数。",
    },
    fixed="1（固定）",
    no_mask="无",
    range="{mean:.2f}（{low:.2f} 到 {high:.2f}）",
    pending="…",
)
