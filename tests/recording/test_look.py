"""look(network, picture): a picture in, three layers and their places on the picture out."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch

from dcnviz.geometry import MapToPicture
from dcnviz.models import Network
from dcnviz.recording import look
from dcnviz.sampling import Version

PICTURE = np.random.default_rng(3).integers(0, 256, (21, 34, 3), dtype=np.uint8)


@pytest.mark.parametrize("version", get_args(Version))
def test_three_layers_and_where_they_lie(version: Version) -> None:
    recording = look(Network(version).eval(), PICTURE)
    assert len(recording) == 3
    for name, sampling in recording.items():
        assert sampling.version == version and sampling.input_size == (6, 9)
        assert recording.to_picture[name] == MapToPicture((4.0, 4.0), (0.0, 0.0))
        assert not recording.calls[name].output.requires_grad


def test_the_picture_is_kept_as_it_was_shown() -> None:
    recording = look(Network("v1").eval(), PICTURE)
    assert recording.image is not None and recording.image.shape == (1, 3, 21, 34)
    back = (recording.image[0].permute(1, 2, 0) * 255).round().to(torch.uint8)
    assert np.array_equal(back.numpy(), PICTURE)


@pytest.mark.filterwarnings("error")
def test_views_and_read_only_pictures_are_shown_alike() -> None:
    network = Network("v2").eval()
    mirrored = np.ascontiguousarray(PICTURE[:, ::-1])
    locked = mirrored.copy()
    locked.setflags(write=False)
    offsets = [look(network, p)["blocks.2.layer"].offsets for p in (mirrored, PICTURE[:, ::-1], locked)]
    assert torch.equal(offsets[0], offsets[1]) and torch.equal(offsets[0], offsets[2])


def test_looking_changes_nothing() -> None:
    network = Network("v3").eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    first, second = look(network, PICTURE), look(network, PICTURE)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.equal(
        first.calls["blocks.2.layer.layer"].output, second.calls["blocks.2.layer.layer"].output
    )


@pytest.mark.parametrize(
    "picture",
    [
        PICTURE[..., 0],
        PICTURE[..., :2],
        PICTURE.astype(np.float32),
        PICTURE[:0],
        PICTURE[:, :0],
        PICTURE[None],
    ],
    ids=lambda picture: f"{picture.shape} {picture.dtype}",
)
def test_other_pictures_are_refused(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    with pytest.raises(ValueError, match=r"picture must be \(H, W, 3\) uint8 RGB; got"):
        look(Network("conv").eval(), picture)


def test_a_network_in_training_is_refused() -> None:
    with pytest.raises(ValueError, match="eval mode"):
        look(Network("conv").train(), PICTURE)
