"""The words of the page Train and of its player, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TrainTexts:
    """The texts of one language; braces are filled in by ``str.format``.

    Attributes:
        states: by the state of a training.
        player: the player's words, by the names that its script uses; there, braces are filled in by the browser.
    """

    title: str
    lead: str
    source: str
    sources: Mapping[str, str]
    ready_note: str
    live_note: str
    missing: str
    seed: str
    factor: str
    factor_help: str
    start: str
    starts: Mapping[str, str]
    start_help: str
    settings: str
    budget: str
    seconds: str
    beside: str
    beside_help: str
    begin: str
    begin_again: str
    pause: str
    resume: str
    step: str
    step_help: str
    stop: str
    idle: str
    states: Mapping[str, str]
    plain_states: Mapping[str, str]
    diverged: str
    failed: str
    full: str
    watching: str
    gone: str
    gone_kept: str
    nothing_kept: str
    verdict: str
    grows: str
    does_not_grow: str
    stays: str
    downloads: str
    gif: str
    gif_help: str
    timeline: str
    weights: str
    open: str
    open_ready: str
    own_name: str
    kept_name: str
    cells: Mapping[str, str]
    size: str
    background: str
    player: Mapping[str, str]


ENGLISH = TrainTexts(
    title="Watch it learn",
    lead=(
        "A small network learns to tell six shapes apart. Its deformable layers begin on the regular grid and have to "
        "find out for themselves where to look. **Predict first:** on which of the four numbered cells will the taps "
        "spread furthest: on the small, the middle or the large object, or on the background? Then watch two things: "
        "when the points leave the grid, and whether the curves of the object sizes stay together."
    ),
    source="What to watch",
    sources={"ready": "a finished training", "live": "train here and now"},
    ready_note=(
        "The training of the network that comes with dcnviz, {steps} steps on scenes of {side} × {side} pixels, told "
        "in {frames} frames. Drag the slider, or press play."
    ),
    live_note=(
        "A fresh network is trained on scenes of 64 × 64 pixels on this app's server: one training for each visitor, at "
        "most {most} at a time. It stops when you leave."
    ),
    missing="The film of {version} is not among the app's files. Choose another operator, or train here and now.",
    seed="Seed",
    factor="Learning rate of the predictors",
    factor_help="As a share of the other layers' learning rate. With 0 the offsets never move; far above 1 they may explode.",
    start="Offsets start",
    starts={"zero": "regular grid", "spread": "twice as wide", "random": "random"},
    start_help="The papers start on the regular grid. “Random”: each tap begins about one cell off.",
    settings="Seed {seed}, predictors × {factor}, {start}",
    budget="Time",
    seconds="{seconds} s",
    beside="plain convolution beside it",
    beside_help=(
        "Plain convolution gets the same seconds and the same scenes, and is drawn dashed. Here and now, it is trained "
        "after the first network, so that neither takes time from the other."
    ),
    begin="Start training",
    begin_again="Start anew",
    pause="Pause",
    resume="Go on",
    step="One step",
    step_help="Takes one step of the optimizer, looks, and pauses.",
    stop="Stop",
    idle="Nothing has been trained yet. Choose an operator and press “Start training”.",
    states={
        "starting": "Making ready…",
        "running": "Training: step {steps}, {seconds:.0f} of {budget:.0f} s of computing",
        "paused": "Paused after {steps} steps, {seconds:.1f} of {budget:.0f} s",
        "finished": "Finished: {steps} steps in {seconds:.0f} s of computing",
        "stopped": "Stopped after {steps} steps, {seconds:.1f} of {budget:.0f} s",
        "failed": "Broken off after {steps} steps",
    },
    plain_states={
        "waiting": "Plain convolution will be trained for the same {budget:.0f} s afterwards.",
        "full": "Plain convolution waits until the server has room for another training.",
        "starting": "Plain convolution: making ready…",
        "running": "Plain convolution: step {steps}, {seconds:.0f} of {budget:.0f} s",
        "paused": "Plain convolution: paused after {steps} steps",
        "finished": "Plain convolution: {steps} steps in {seconds:.0f} s",
        "stopped": "Plain convolution: stopped after {steps} steps",
        "failed": "Plain convolution: broken off after {steps} steps",
    },
    diverged=(
        "The training broke off after {steps} steps: the loss was no longer a number. Choose a smaller learning rate of "
        "the predictors and start anew."
    ),
    failed="The training broke off after {steps} steps through an error on the server. Please start anew.",
    full=(
        "{running} trainings are running on this server, and more than {most} at a time would slow all of them down. "
        "Please try again in a minute; the finished trainings can be watched meanwhile."
    ),
    watching="This training belongs to another visitor of the page. You can watch it, and start one of your own.",
    gone="The training of this address is over: the server was restarted, or nobody watched for a while. Start anew.",
    gone_kept=(
        "The training of this address is over: the server was restarted, or nobody watched for a while. The network as "
        "it was last has been kept."
    ),
    nothing_kept="The server could not keep this network: it has no room for files.",
    verdict="At the end, layer {layer} spreads its taps like this, in cells: {numbers}. {law}",
    grows="The larger the object, the wider the look: that is the law of the first paper's table 2.",
    does_not_grow="In this training the spread does not grow with the object.",
    stays="Plain convolution looks at the regular grid whatever it learns: its spread is always 1.",
    downloads="Download",
    gif="Film, GIF",
    gif_help="Made when you click; it takes a few seconds.",
    timeline="All frames, NPZ",
    weights="Trained weights, safetensors",
    open="Open in the explorer",
    open_ready="Open in Explore",
    own_name="trained here: {version}, seed {seed}, {steps} steps",
    kept_name="kept from a training: {version}",
    cells={
        "smallest": "smallest object",
        "middle": "middle object",
        "largest": "largest object",
        "ground": "background",
    },
    size="{size} px",
    background="background",
    player={
        "layer": "Layer",
        "group": "Group",
        "cell": "Spread of the cell on the",
        "spread_note": "Spread: mean distance between neighbouring taps, in cells; 1 is the regular grid.",
        "play": "Play",
        "pause": "Pause",
        "mark_chosen": "taps of the chosen cell",
        "mark_others": "of the other cells",
        "mark_base": "regular grid",
        "mark_line": "offset",
        "mark_mask": "small and faint: counts less (mask)",
        "moment": "Moment of the training",
        "axis": "Curves over",
        "steps": "steps",
        "seconds": "seconds",
        "now": "Step {step} · {seconds} s of computing · loss {loss} · accuracy on objects {accuracy}",
        "waiting": "No frame yet",
        "picture_says": "Where the cells look in layer {layer}. Spread in cells: {list}. {now}",
        "dilation": "Effective dilation by object radius, layer {layer} (over {axis})",
        "accuracy": "Accuracy on objects, scenes never trained on",
        "loss": "Loss",
    },
)

CHINESE = TrainTexts(
    title="看它学习",
    lead=(
        "一个小网络学习区分六种形状。它的可变形层从规则网格出发，必须自己学会该看哪里。"
        "**先猜一猜**：四个编号的单元分别落在小、中、大三个物体和背景上，哪一个的采样点会散得最开？"
        "然后留意两件事：这些点何时离开网格，不同大小物体的曲线会不会一直靠在一起。"
    ),
    source="看什么",
    sources={"ready": "已完成的训练", "live": "现在就训练"},
    ready_note=(
        "这是随 dcnviz 提供的网络的训练过程：在 {side} × {side} 像素的场景上训练 {steps} 步，共 {frames} 帧。"
        "拖动滑块，或按播放。"
    ),
    live_note=(
        "一个全新的网络会在本程序的服务器上训练，场景为 64 × 64 像素：每位访问者一次一个，同时最多 {most} 个；离开页面后训练会停止。"
    ),
    missing="本程序的文件中没有 {version} 的训练过程。请选择其他算子，或现在就训练。",
    seed="随机种子",
    factor="偏移预测器的学习率",
    factor_help="相对于其他层学习率的倍数。设为 0 时偏移量永远不动；远大于 1 时可能会失控。",
    start="偏移量的起点",
    starts={"zero": "规则网格", "spread": "两倍宽的网格", "random": "随机"},
    start_help="论文都从规则网格开始。选“随机”时，每个采样点起初大约偏离一个单元。",
    settings="种子 {seed}，预测器学习率 × {factor}，{start}",
    budget="时间",
    seconds="{seconds} 秒",
    beside="同时对比普通卷积",
    beside_help=(
        "普通卷积使用相同的秒数和相同的场景，用虚线表示。现在就训练时，它在第一个网络之后训练，两者互不占用时间。"
    ),
    begin="开始训练",
    begin_again="重新开始",
    pause="暂停",
    resume="继续",
    step="一步",
    step_help="优化器走一步，看一眼，然后暂停。",
    stop="停止",
    idle="还没有训练。选择一种算子，然后按“开始训练”。",
    states={
        "starting": "正在准备……",
        "running": "正在训练：第 {steps} 步，已计算 {seconds:.0f} / {budget:.0f} 秒",
        "paused": "已暂停：{steps} 步，{seconds:.1f} / {budget:.0f} 秒",
        "finished": "训练完成：{steps} 步，计算用时 {seconds:.0f} 秒",
        "stopped": "已停止：{steps} 步，{seconds:.1f} / {budget:.0f} 秒",
        "failed": "训练在 {steps} 步之后中断",
    },
    plain_states={
        "waiting": "之后会用同样的 {budget:.0f} 秒训练普通卷积。",
        "full": "服务器空出位置后，才能训练普通卷积。",
        "starting": "普通卷积：正在准备……",
        "running": "普通卷积：第 {steps} 步，{seconds:.0f} / {budget:.0f} 秒",
        "paused": "普通卷积：已暂停，{steps} 步",
        "finished": "普通卷积：{steps} 步，用时 {seconds:.0f} 秒",
        "stopped": "普通卷积：已停止，{steps} 步",
        "failed": "普通卷积：在 {steps} 步之后中断",
    },
    diverged="训练在 {steps} 步之后中断：损失已经不是有效的数。请选择更小的偏移预测器学习率，再重新开始。",
    failed="训练在 {steps} 步之后因服务器出错而中断。请重新开始。",
    full="本服务器正在进行 {running} 个训练，同时超过 {most} 个会让所有训练变慢。请一分钟后再试；现在可以先看已完成的训练。",
    watching="这个训练属于另一位访问者。你可以观看，也可以开始自己的训练。",
    gone="这个地址的训练已经结束：服务器重新启动过，或者有一段时间没有人在看。请重新开始。",
    gone_kept="这个地址的训练已经结束：服务器重新启动过，或者有一段时间没有人在看。最后的网络保留了下来。",
    nothing_kept="服务器没能保存这个网络：没有存放文件的空间。",
    verdict="训练结束时，第 {layer} 层采样点的散布（以单元为单位）：{numbers}。{law}",
    grows="物体越大，看得越开：这正是第一篇论文表 2 中的规律。",
    does_not_grow="在这次训练中，散布没有随物体变大。",
    stays="普通卷积无论学到什么，看的都是规则网格：它的散布始终是 1。",
    downloads="下载",
    gif="动画，GIF",
    gif_help="点击后才生成，需要几秒钟。",
    timeline="全部帧，NPZ",
    weights="训练好的权重，safetensors",
    open="在“你的模型”页打开",
    open_ready="在“探索”页打开",
    own_name="在此训练：{version}，种子 {seed}，{steps} 步",
    kept_name="训练中保留的网络：{version}",
    cells={"smallest": "最小的物体", "middle": "中等的物体", "largest": "最大的物体", "ground": "背景"},
    size="{size} 像素",
    background="背景",
    player={
        "layer": "层",
        "group": "组",
        "cell": "各单元的散布",
        "spread_note": "散布：相邻采样点之间的平均距离，以单元为单位；1 即规则网格。",
        "play": "播放",
        "pause": "暂停",
        "mark_chosen": "所选单元的采样点",
        "mark_others": "其他单元的采样点",
        "mark_base": "规则网格",
        "mark_line": "偏移量",
        "mark_mask": "小而淡：分量轻（调制值）",
        "moment": "训练进行到",
        "axis": "曲线横轴",
        "steps": "步数",
        "seconds": "秒数",
        "now": "第 {step} 步 · 计算 {seconds} 秒 · 损失 {loss} · 物体上的准确率 {accuracy}",
        "waiting": "还没有帧",
        "picture_says": "第 {layer} 层各单元在看哪里。散布（单元）：{list}。{now}",
        "dilation": "第 {layer} 层：不同半径物体上的有效膨胀率（横轴：{axis}）",
        "accuracy": "物体上的准确率（从未训练过的场景）",
        "loss": "损失",
    },
)
