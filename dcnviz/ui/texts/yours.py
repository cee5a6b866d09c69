"""The words of the last chapter's pictures, table and check list, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class YoursTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        columns: of the table of a well recording.
        patient_columns: of the table of the one to be judged.
        verdicts: what may be said of a layer, by the code of a finding.
    """

    recording: str
    says: str
    numbers: str
    well: str
    columns: tuple[str, ...]
    patient_columns: tuple[str, ...]
    in_python: str
    model: str
    docs: str
    layer: str
    verdicts: Mapping[str, str]
    open_model: str
    name: str
    explore: str
    compare: str


ENGLISH = YoursTexts(
    recording="Recording {letter}",
    says="Its health:",
    numbers="Where each tap of the six cells ends (row, column)",
    well="Recording {letter}, layer by layer:",
    columns=(
        "layer",
        "health",
        "mean offset (px)",
        "dilation, small things",
        "dilation, large things",
        "sum of masks",
    ),
    patient_columns=(
        "layer",
        "mean offset (px)",
        "varies over the picture",
        "outside (without offsets)",
        "masks next to zero",
        "sum of masks",
    ),
    in_python="The same in Python, of any recording:",
    model="A whole script for a model of",
    docs=(
        "Which libraries are seen, how a layer's place on the picture is found, and how to write an adapter of your own is "
        "in docs/recording.md: *What is seen*, *Where a map lies on the picture*, *An adapter of your own*."
    ),
    layer="Layer {n}",
    verdicts={
        "healthy": "healthy",
        "untrained": "never left the grid",
        "constant": "the same everywhere",
        "outside": "leaves the map",
        "dead_masks": "masks next to zero",
    },
    open_model="Open this recording on “Your model”",
    name="lesson.npz",
    explore="Explore a trained network",
    compare="Compare the five operators",
)

CHINESE = YoursTexts(
    recording="记录 {letter}",
    says="它的健康状况：",
    numbers="六个单元每个采样点的终点（行, 列）",
    well="记录 {letter}，逐层来看：",
    columns=("层", "健康状况", "平均偏移量（像素）", "膨胀率（小物体）", "膨胀率（大物体）", "调制值之和"),
    patient_columns=(
        "层",
        "平均偏移量（像素）",
        "随位置变化的部分",
        "落在图外（没有偏移量时）",
        "接近零的调制值",
        "调制值之和",
    ),
    in_python="在 Python 中，对任何记录都一样：",
    model="完整的脚本，模型来自",
    docs=(
        "哪些库的层会被记录，怎样找到一层在图片上的位置，以及怎样自己写适配器，都写在 docs/recording.md（英文）里。"
    ),
    layer="第 {n} 层",
    verdicts={
        "healthy": "健康",
        "untrained": "从未离开网格",
        "constant": "处处相同",
        "outside": "跑出图外",
        "dead_masks": "调制值接近零",
    },
    open_model="在“你的模型”页面打开这份记录",
    name="课程.npz",
    explore="探索训练好的网络",
    compare="对比五种算子",
)
