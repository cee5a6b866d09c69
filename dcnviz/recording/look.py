"""Shows a picture to one of the bundled networks and records where it looked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from dcnviz.models.network import Network
from dcnviz.recording.record import record
from dcnviz.recording.recording import Recording


def look(network: Network, picture: npt.NDArray[np.uint8]) -> Recording:
    """Runs a network on one picture.

    Args:
        network: in eval mode, for example ``dcnviz.models.load("v2")``. A "conv" network is recorded as
            samplings with zero offsets.
        picture: ``(H, W, 3)`` uint8 RGB.

    Returns:
        The recording: three layers, with the picture and the layers' places on it.

    Raises:
        ValueError: if the picture has another shape or type or no pixel, or the network is in train mode.

    >>> recording = look(Network("v2").eval(), np.zeros((40, 52, 3), np.uint8))
    >>> {name: tuple(s.positions.shape) for name, s in recording.items()}["blocks.2.layer"]
    (1, 1, 9, 10, 13, 2)
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or picture.size == 0:
        raise ValueError(f"picture must be (H, W, 3) uint8 RGB; got {picture.shape} {picture.dtype}.")
    if network.training:
        raise ValueError("network must be in eval mode: in train mode a mere look would change it.")
    # A copy: the picture may be read-only (Pillow's are), or have negative strides.
    image = torch.from_numpy(np.array(picture, order="C")).permute(2, 0, 1)[None].float() / 255
    device = next(network.parameters()).device
    with torch.inference_mode(), record(network, plain=network.version == "conv", calls=True) as recording:
        network(image.to(device))
    return recording
