"""How to read other libraries' deformable layers: one small file each, importing none of them."""

from dcnviz.recording.adapters import attention, dcnv4, internimage, kornia, mmcv  # they register themselves
from dcnviz.recording.adapters.adapter import Adapter, connected, register_adapter
from dcnviz.recording.adapters.attention import AttentionCall

__all__ = [
    "Adapter",
    "AttentionCall",
    "attention",
    "connected",
    "dcnv4",
    "internimage",
    "kornia",
    "mmcv",
    "register_adapter",
]
