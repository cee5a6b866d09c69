"""The three lines that record a model, with a model of each library."""

from __future__ import annotations

RECORD = """import dcnviz

with dcnviz.record(model) as recording:
    model(image)
recording.save("mine.npz")
"""

MODELS: dict[str, str] = {
    "torchvision": (
        "import torch\n\n"
        "model = ...  # any model that calls torchvision.ops.deform_conv2d, or has DeformConv2d layers\n"
        "image = torch.rand(1, 3, 512, 512)  # as your model takes it\n"
    ),
    "dcnviz": (
        "import torch\nfrom dcnviz.models import load\n\n"
        'model = load("v2")\n'
        "image = torch.rand(1, 3, 512, 512)\n"
    ),
    "mmcv": (
        "from mmdet.apis import init_detector\n\n"
        'model = init_detector("config.py", "checkpoint.pth").eval()  # with DCN or DCNv2 in its backbone\n'
        "image = ...  # (1, 3, H, W), normalised as the config says\n"
    ),
    "internimage": (
        "from internimage import InternImage  # InternImage's own file; DCNv3 or DCNv3_pytorch\n\n"
        'model = InternImage(core_op="DCNv3_pytorch").eval()  # with the sizes of your checkpoint\n'
        "image = ...  # (1, 3, H, W), normalised\n"
    ),
    "dcnv4": (
        "model = ...  # with DCNv4 layers, on a GPU: its operator needs one\n"
        "image = ...  # (1, 3, H, W), normalised, on the same GPU\n"
    ),
    "kornia": (
        "import torch\nfrom kornia.feature import ALIKED\n\n"
        "model = ALIKED.from_pretrained().eval()\n"
        "image = torch.rand(1, 3, 480, 640)\n"
    ),
    "transformers": (
        "import torch\nfrom transformers import DeformableDetrForObjectDetection\n\n"
        'model = DeformableDetrForObjectDetection.from_pretrained("SenseTime/deformable-detr").eval()\n'
        "image = torch.rand(1, 3, 480, 640)  # pixel_values of its image processor\n"
    ),
}
"""Library -> what makes model and picture."""


def lines(library: str) -> str:
    """A script that records a model of a library; its last lines are the three.

    >>> print(lines("dcnviz").splitlines()[-1])
    recording.save("mine.npz")
    """
    head, _, rest = RECORD.partition("\n\n")
    imports, _, body = MODELS[library].rpartition("\n\n")
    start = "\n".join(part for part in (head, imports) if part)
    return f"{start}\n\n{body}\n{rest}"
