"""The words of the page Your model, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        tabs: names of the page's three parts.
        refusals: why a recording is not shown, by code.
        checkpoint_refusals: why a checkpoint is not shown, by code.
        libraries: what is recorded of each library.
        comments: in the lines of code, by the names in `dcnviz.ui.snippets`.
    """

    title: str
    lead: str
    tab_label: str
    tabs: Mapping[str, str]
    recording_label: str
    recording_help: str
    recording_none: str
    reading: str
    refusals: Mapping[str, str]
    summary: str
    layer: str
    layer_name: str
    msda_name: str
    image: str
    group: str
    head: str
    estimated: str
    exact: str
    blank: str
    thinned: str
    thinned_short: str
    query_short: str
    only_layer: str
    nothing_pinned: str
    cell: str
    query: str
    tap_columns: tuple[str, ...]
    taps_note: str
    taps_more: str
    no_contributions: str
    no_maps: str
    no_figure: str
    checkpoint_label: str
    checkpoint_help: str
    checkpoint_lead: str
    checkpoint_shown: str
    checkpoint_refusals: Mapping[str, str]
    lines_lead: str
    library: str
    library_names: Mapping[str, str]
    libraries: Mapping[str, str]
    comments: Mapping[str, str]
    lines_then: str


ENGLISH = ModelTexts(
    title="Your model",
    lead=(
        "See where your own network looks, on your own picture: record it in three lines of Python, and drop the file "
        "here. It stays on this computer's server."
    ),
    tab_label="What do you have?",
    tabs={"recording": "A recording", "checkpoint": "A checkpoint", "lines": "A model: three lines"},
    recording_label="A recording: the .npz file of recording.save, up to {limit} MB",
    recording_help=(
        "A larger file is opened by the command: python -m dcnviz view FILE. Recordings of dtype float16 are smaller."
    ),
    recording_none=(
        "No recording yet. Drop a file above, or see under “{lines}” how to make one. A link to this page keeps what is "
        "chosen, but not the file."
    ),
    reading="Reading the recording…",
    refusals={
        "empty": "The file is empty. Save the recording again.",
        "too_large": "The file is too large for the page. Open it with: python -m dcnviz view FILE",
        "not_npz": "This is not an .npz file. Choose the file that recording.save wrote.",
        "not_recording": "This .npz file is not a recording of dcnviz: it has no manifest. Choose the file that recording.save wrote.",
        "damaged": "The recording is damaged, or comes from another version of dcnviz. Save it again.",
        "no_layers": "The recording holds no deformable layer. Was the model run inside “with dcnviz.record(model)”?",
        "missing": "The file named when this program was started cannot be read.",
    },
    summary="**{name}** · layers: {layers} · pictures in the batch: {images}",
    layer="Layer",
    layer_name="{n}. {name} ({version}, {kh}×{kw}, {h}×{w} cells)",
    msda_name="{n}. {name} (deformable attention, {q} queries)",
    image="Picture in the batch",
    group="Group",
    head="Head",
    estimated=(
        "The place of this layer on the picture is **estimated**: its path from the input could not be traced, so its map "
        "is taken for a resized picture. Points may be off by a few pixels."
    ),
    exact="The place of this layer on the picture is exact.",
    blank="The file holds no picture: the points are shown on plain grey.",
    thinned="This layer is very large. To keep the page quick, one cell in {every} is shown on each axis; the file keeps them all.",
    thinned_short="{what} ÷ {every}",
    query_short="query",
    only_layer="One layer is shown at a time. What lies between the layers of your model is not in the file, so they are not stacked.",
    nothing_pinned="No cell is pinned. Click the picture: the numbers behind every dot appear here.",
    cell="Cell ({i}, {j}) of layer {layer}, at pixel ({y:.0f}, {x:.0f})",
    query="Query {j} of layer {layer}, about pixel ({y:.0f}, {x:.0f})",
    tap_columns=("tap", "base", "offset", "position", "mask"),
    taps_note="(y, x) in pixels of the layer's input map; one is {y:.3g} × {x:.3g} picture pixels.",
    taps_more="The first {shown} of {taps} taps.",
    no_contributions=(
        "A recording holds no weights, so what each tap contributes to the output is not known here. In Python, "
        "dcnviz.analysis.tap_contributions tells it while the recording is fresh."
    ),
    no_maps="Deformable attention has no grid of cells, so there are no maps of the whole layer.",
    no_figure="Figures are drawn of layers with a grid. Of deformable attention, the fields can be downloaded.",
    checkpoint_label="A checkpoint of the bundled network: .safetensors or .pt, up to {limit} MB",
    checkpoint_help="Safetensors is the safer and better choice. A .pt file must hold a state dict and nothing else.",
    checkpoint_lead=(
        "Trained the small network of this program yourself (python -m dcnviz train)? Drop its checkpoint, and look at any "
        "picture with it."
    ),
    checkpoint_shown="**{name}** is a network of **{version}**.",
    checkpoint_refusals={
        "version": "The file does not say which version it holds. Save it with dcnviz.models.write, or as .pt.",
        "names": "The tensors are not those of the bundled network: {tensor} is missing or unknown.",
        "shapes": "The tensor {tensor} has another shape than in the bundled network.",
        "types": "The tensor {tensor} has another number type than in the bundled network (float32).",
        "not_finite": "The tensor {tensor} holds NaN or infinite numbers: the training has diverged.",
        "damaged": "The file is damaged, or is no checkpoint. Save it again.",
        "legacy": "The file is a bare pickle, as old versions of PyTorch wrote. Save it again with a newer one.",
        "packed": "The file's zip is compressed, which torch.save never does. Save it again.",
        "foreign": "The file holds more than plain tensors. Save model.state_dict() alone.",
        "too_large": "The file is too large: the bundled network takes less than 1 MB.",
    },
    lines_lead="Three lines record any model, without touching it. Which library is it from?",
    library="Library",
    library_names={
        "torchvision": "torchvision",
        "dcnviz": "dcnviz",
        "mmcv": "mmcv",
        "internimage": "InternImage",
        "dcnv4": "DCNv4",
        "kornia": "kornia",
        "transformers": "transformers",
    },
    libraries={
        "torchvision": "Every call of deform_conv2d is seen, from a layer or from a function of your own.",
        "dcnviz": "Every deformable layer of dcnviz is seen: v1, v2, v3 and v4.",
        "mmcv": "Seen: DeformConv2d, ModulatedDeformConv2d and their Packs, also as mmdetection builds them.",
        "internimage": "Seen: DCNv3 and DCNv3_pytorch.",
        "dcnv4": "Seen: DCNv4.",
        "kornia": "Seen: the deformable convolutions of ALIKED.",
        "transformers": "Seen: multi-scale deformable attention, as one layer for each level of the pyramid.",
    },
    comments={
        "calls": "any model that calls torchvision.ops.deform_conv2d, or has DeformConv2d layers",
        "takes": "as your model takes it",
        "backbone": "with DCN or DCNv2 in its backbone",
        "config": "normalised as the config says",
        "own_file": "InternImage's own file; DCNv3 or DCNv3_pytorch",
        "sizes": "with the sizes of your checkpoint",
        "normalised": "normalised",
        "gpu": "with DCNv4 layers, on a GPU: its operator needs one",
        "same_gpu": "normalised, on the same GPU",
        "pixel_values": "pixel_values of its image processor",
    },
    lines_then="Then drop mine.npz under “{recording}”, or run:",
)

CHINESE = ModelTexts(
    title="你的模型",
    lead="看看你自己的网络在你自己的图片上看向哪里：用三行 Python 代码记录，再把文件拖到这里。文件只留在运行本程序的服务器上。",
    tab_label="你手上有什么？",
    tabs={"recording": "一份记录文件", "checkpoint": "一个检查点", "lines": "一个模型：三行代码"},
    recording_label="记录文件：recording.save 写出的 .npz，最大 {limit} MB",
    recording_help="更大的文件可用命令打开：python -m dcnviz view FILE。以 float16 保存的记录文件更小。",
    recording_none="还没有记录文件。把文件拖到上面，或在“{lines}”里看看如何记录。本页的链接会保留所做的选择，但不包含文件。",
    reading="正在读取记录文件……",
    refusals={
        "empty": "文件是空的。请重新保存记录文件。",
        "too_large": "文件太大，网页无法打开。请用命令打开：python -m dcnviz view FILE",
        "not_npz": "这不是 .npz 文件。请选择 recording.save 写出的文件。",
        "not_recording": "这个 .npz 文件不是 dcnviz 的记录文件：其中没有清单 (manifest)。请选择 recording.save 写出的文件。",
        "damaged": "记录文件已损坏，或来自其他版本的 dcnviz。请重新保存。",
        "no_layers": "记录文件中没有可变形层。模型是在 with dcnviz.record(model) 之内运行的吗？",
        "missing": "启动本程序时指定的文件无法读取。",
    },
    summary="**{name}** · 层数：{layers} · 批次中的图片：{images}",
    layer="层",
    layer_name="{n}. {name}（{version}，{kh}×{kw}，{h}×{w} 个单元）",
    msda_name="{n}. {name}（可变形注意力，{q} 个查询）",
    image="批次中的图片",
    group="组",
    head="注意力头",
    estimated="该层在图片上的位置是**估计**的：无法追踪它从输入到这里的路径，所以把它的特征图当作缩放后的图片。各点可能偏差几个像素。",
    exact="该层在图片上的位置是精确的。",
    blank="文件中没有图片：采样点显示在灰色背景上。",
    thinned="该层非常大。为了让页面保持流畅，每个方向上每 {every} 个单元只显示一个；文件中保留全部。",
    thinned_short="{what} ÷ {every}",
    query_short="查询",
    only_layer="每次显示一层。文件中没有模型各层之间的内容，所以不做叠加。",
    nothing_pinned="还没有固定单元。点击图片：每个点背后的数字会显示在这里。",
    cell="第 {layer} 层的单元 ({i}, {j})，位于像素 ({y:.0f}, {x:.0f})",
    query="第 {layer} 层的查询 {j}，在像素 ({y:.0f}, {x:.0f}) 附近",
    tap_columns=("编号", "基准位置", "偏移量", "采样位置", "调制值"),
    taps_note="(y, x)，单位是该层输入特征图的像素；一个像素相当于图片上的 {y:.3g} × {x:.3g} 个像素。",
    taps_more="共 {taps} 个采样点，这里显示前 {shown} 个。",
    no_contributions="记录文件不含权重，所以这里无法知道每个采样点对输出的贡献。在 Python 中，记录刚完成时可以用 dcnviz.analysis.tap_contributions 得到。",
    no_maps="可变形注意力没有单元网格，因此没有整层的图。",
    no_figure="只有带网格的层才能绘制成图。可变形注意力可以下载采样数据。",
    checkpoint_label="随附网络的检查点：.safetensors 或 .pt，最大 {limit} MB",
    checkpoint_help="safetensors 更安全，也更好。.pt 文件只能包含 state dict。",
    checkpoint_lead="你自己训练过本程序的小网络 (python -m dcnviz train) 吗？把检查点拖到这里，就能用它看任何一张图片。",
    checkpoint_shown="**{name}** 是一个 **{version}** 网络。",
    checkpoint_refusals={
        "version": "文件没有说明它是哪个版本。请用 dcnviz.models.write 保存，或存为 .pt。",
        "names": "其中的张量与随附网络不符：{tensor} 缺失或未知。",
        "shapes": "张量 {tensor} 的形状与随附网络不同。",
        "types": "张量 {tensor} 的数值类型与随附网络 (float32) 不同。",
        "not_finite": "张量 {tensor} 含有 NaN 或无穷大：训练已经发散。",
        "damaged": "文件已损坏，或不是检查点。请重新保存。",
        "legacy": "这是旧版 PyTorch 写出的裸 pickle 文件。请用新版重新保存。",
        "packed": "文件的 zip 经过压缩，而 torch.save 从不压缩。请重新保存。",
        "foreign": "文件中不只有普通张量。请只保存 model.state_dict()。",
        "too_large": "文件太大：随附网络还不到 1 MB。",
    },
    lines_lead="三行代码就能记录任何模型，无需改动它。你的模型来自哪个库？",
    library="库",
    library_names={
        "torchvision": "torchvision",
        "dcnviz": "dcnviz",
        "mmcv": "mmcv",
        "internimage": "InternImage",
        "dcnv4": "DCNv4",
        "kornia": "kornia",
        "transformers": "transformers",
    },
    libraries={
        "torchvision": "每一次 deform_conv2d 调用都会被记录，无论来自层还是你自己的函数。",
        "dcnviz": "dcnviz 的每个可变形层都会被记录：v1、v2、v3 和 v4。",
        "mmcv": "会被记录的有：DeformConv2d、ModulatedDeformConv2d 及其 Pack，包括 mmdetection 中构建的。",
        "internimage": "会被记录的有：DCNv3 和 DCNv3_pytorch。",
        "dcnv4": "会被记录的有：DCNv4。",
        "kornia": "会被记录的有：ALIKED 的可变形卷积。",
        "transformers": "会被记录的是多尺度可变形注意力，金字塔的每一级各为一层。",
    },
    comments={
        "calls": "任何调用 torchvision.ops.deform_conv2d 或含有 DeformConv2d 层的模型",
        "takes": "大小按你的模型所需",
        "backbone": "骨干网络中含有 DCN 或 DCNv2",
        "config": "按配置文件归一化",
        "own_file": "InternImage 自己的文件；DCNv3 或 DCNv3_pytorch",
        "sizes": "尺寸与你的检查点一致",
        "normalised": "已归一化",
        "gpu": "含有 DCNv4 层，放在 GPU 上：它的算子只能在 GPU 上运行",
        "same_gpu": "已归一化，放在同一块 GPU 上",
        "pixel_values": "其图像处理器给出的 pixel_values",
    },
    lines_then="然后把 mine.npz 拖到“{recording}”里，或者运行：",
)
