"""The three lines that record a model, with a model of each library; comments come from the texts of the page."""

from __future__ import annotations

from collections.abc import Mapping

RECORD = """import dcnviz

with dcnviz.record(model) as recording:
    model(image)
recording.save("mine.npz")
"""

MODELS: dict[str, str] = {
    "torchvision": (
        "import torch\n\nmodel = ...  # {calls}\nimage = torch.rand(1, 3, 512, 512)  # {takes}\n"
    ),
    "dcnviz": (
        "import torch\nfrom dcnviz.models import load\n\n"
        'model = load("v2")\n'
        "image = torch.rand(1, 3, 512, 512)\n"
    ),
    "mmcv": (
        "from mmdet.apis import init_detector\n\n"
        'model = init_detector("config.py", "checkpoint.pth").eval()  # {backbone}\n'
        "image = ...  # (1, 3, H, W), {config}\n"
    ),
    "internimage": (
        "from internimage import InternImage  # {own_file}\n\n"
        'model = InternImage(core_op="DCNv3_pytorch").eval()  # {sizes}\n'
        "image = ...  # (1, 3, H, W), {normalised}\n"
    ),
    "dcnv4": ("model = ...  # {gpu}\nimage = ...  # (1, 3, H, W), {same_gpu}\n"),
    "kornia": (
        "import torch\nfrom kornia.feature import ALIKED\n\n"
        "model = ALIKED.from_pretrained().eval()\n"
        "image = torch.rand(1, 3, 480, 640)\n"
    ),
    "transformers": (
        "import torch\nfrom transformers import DeformableDetrForObjectDetection\n\n"
        'model = DeformableDetrForObjectDetection.from_pretrained("SenseTime/deformable-detr").eval()\n'
        "image = torch.rand(1, 3, 480, 640)  # {pixel_values}\n"
    ),
}
"""Library -> what makes model and picture; braces are for the comments."""


def lines(library: str, comments: Mapping[str, str]) -> str:
    """A script that records a model of a library, with comments by their names; its last lines are the three.

    >>> print(lines("dcnviz", {}).splitlines()[-1])
    recording.save("mine.npz")
    """
    head, _, rest = RECORD.partition("\n\n")
    imports, _, body = MODELS[library].format_map(comments).rpartition("\n\n")
    start = "\n".join(part for part in (head, imports) if part)
    return f"{start}\n\n{body}\n{rest}"
