"""The words within figures: their English, as `dcnviz.plots` writes it, and the Chinese beside it.

Gaps stand in braces and are filled with what the figure has there (`dcnviz.plots.words`).
"""

from __future__ import annotations

from collections.abc import Mapping

TITLES = {
    "Sampling of one cell": "一个单元的采样",
    "Sampling of cell {cell}": "单元 {cell} 的采样",
    "stacked through {n} layers": "叠加 {n} 层",
    "stacked through all layers": "叠加所有层",
    "layer {n}": "第 {n} 层",
    "{n} layers": "共 {n} 层",
    "group {n} of {every}": "第 {n} 组（共 {every} 组）",
    "plain convolution": "普通卷积",
    "conv": "普通卷积",
    "Mean displacement": "平均位移",
    "Mean offset length": "偏移量的平均长度",
    "Effective dilation": "有效膨胀率",
    "Mask of each tap": "每个采样点的调制值",
    "Mask of tap {k}": "采样点 {k} 的调制值",
    "Offset length": "偏移量的长度",
    "Effective receptive field": "有效感受野",
    "Effective sampling locations": "有效采样位置",
    "Error-bounded saliency": "误差受限的显著区域",
    "fast approximation": "快速近似",
    "stopped early": "提前停止",
    "Feature viewpoint: mean displacement": "特征视角：平均位移",
    "Feature viewpoint: mean displacement, group {n}": "特征视角：平均位移，第 {n} 组",
    "Kernel viewpoint: spread of the taps": "卷积核视角：采样点的散布",
    "Kernel viewpoint: spread of the taps, group {n}": "卷积核视角：采样点的散布，第 {n} 组",
}

LEGENDS = {
    "cell {cell}": "单元 {cell}",
    "cell {cell}, pixel {pixel}": "单元 {cell}，像素 {pixel}",
    "the last layer's {n} taps": "最后一层的 {n} 个采样点",
    "{n} samples": "{n} 个采样点",
    "{n} samples, by mask": "{n} 个采样点，大小和浓淡表示调制值",
    "base grid": "规则网格（未变形）",
    "offset from base to sample": "偏移量：从规则位置到采样位置",
    "negative mask": "负的调制值",
    "outside the map, read 0": "在特征图之外，读作 0",
    "{n} outside the map, read 0": "{n} 个在特征图之外，读作 0",
    "{n} outside the map, read 0, {hidden} beyond the frame": "{n} 个在特征图之外，读作 0，其中 {hidden} 个在画面之外",
    "{n} of {every} taps, which hold {held} of the strength": "{every} 个采样点中的 {n} 个，占全部强度的 {held}",
    "no tap counts for this cell": "没有采样点影响这个单元",
    "kept: {n} image cells, {area} of the picture": "保留 {n} 个图片单元，占图片的 {area}",
    "1 − cosine = {error} < {eps}": "1 − 余弦 = {error} < {eps}",
    "total": "合计",
    "content: what it reads": "内容：读到什么",
    "geometry: where it looks": "几何：看向哪里",
    "{x} picture pixel ({how})": "{x} 个图片像素（{how}）",
    "{x} picture pixels ({how})": "{x} 个图片像素（{how}）",
    "true length": "真实长度",
    "arrows drawn {x} times as long": "箭头画成 {x} 倍长",
    "no cell's taps have moved": "没有任何单元的采样点移动过",
    "{name} ({share} % beyond {edge})": "{name}（{share} % 超过 {edge}）",
    "mean": "平均值",
    "{n} pixels": "{n} 像素",
}

SCALES = {
    "mask": "调制值",
    "picture pixels": "图片像素",
    "kernel steps": "相邻采样点的间距",
    "rim: {x}": "边缘：{x}",
    "cells ({x} = regular grid)": "单元（{x} 即规则网格）",
    "offset length ({unit})": "偏移量的长度（{unit}）",
    "samples in bins of {width} (%)": "每 {width} 一格的采样占比（%）",
    "share of the strongest gradient": "与最强梯度之比",
    "|d output / d position|, share of the strongest tap's": "|d 输出 / d 位置|，与最强采样点之比",
}

FILM = {
    "seed {n}": "随机种子 {n}",
    "step {n}": "第 {n} 步",
    "{n} s": "{n} 秒",
    "{n} min": "{n} 分钟",
    "Effective dilation, layer {n}": "有效膨胀率，第 {n} 层",
    "Accuracy on objects": "物体上的准确率",
    "loss": "损失",
    "steps": "步数",
    "cells": "单元",
    "background": "背景",
    "object radius, pixels": "物体半径（像素）",
}

CHINESE: Mapping[str, str] = {**TITLES, **LEGENDS, **SCALES, **FILM}
"""Of the figures that the app shows or hands out."""
