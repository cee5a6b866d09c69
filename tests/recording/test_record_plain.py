"""record(model, plain=True): ordinary convolutions; and the picture that is kept."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dcnviz import record
from dcnviz.analysis import tap_contributions
from dcnviz.layers import DeformConv2d
from dcnviz.models import Network
from tests.recording.networks import image, shake


def test_plain_records_the_layers_of_a_convolutional_network() -> None:
    model = Network("conv").eval()
    with record(model, calls=True) as nothing, torch.no_grad():
        model(image(channels=3))
    with record(model, plain=True, calls=True) as recording, torch.no_grad():
        model(image(channels=3))
    assert len(nothing) == 0
    assert list(recording) == [f"blocks.{i}.layer" for i in range(3)] == list(recording.to_picture)
    for name, sampling in recording.items():
        assert sampling.version == "conv" and not sampling.offsets.any() and bool((sampling.mask == 1).all())
        assert tap_contributions(recording.calls[name], (1, 0)).error < 1e-5


def test_plain_takes_every_wide_convolution_of_another_model() -> None:
    model = nn.Sequential(
        nn.Conv2d(4, 6, (3, 1), stride=2, padding=(1, 0), groups=2),
        nn.Conv2d(6, 6, 1),
        nn.Conv2d(6, 6, 3, padding="same"),
        nn.Conv2d(6, 6, 3, padding=1, padding_mode="reflect"),
        nn.Sequential(nn.Conv2d(6, 2, 2, dilation=2, bias=False)),
    )
    with record(model, plain=True, calls=True) as recording:
        model(image(2))
    assert list(recording) == ["0", "4.0"]
    for name, call in recording.calls.items():
        assert recording[name].geometry.kernel_size == tuple(model.get_submodule(name).kernel_size)  # type: ignore[arg-type]
        assert tap_contributions(call, (0, 1), image=1).error < 1e-5


def test_plain_bears_convolutions_that_are_called_in_other_ways() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.named, self.single = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.named(input=x)
            return torch.stack([self.single(one) for one in y])

    model = Odd()
    with record(model, plain=True) as recording:
        model(image(2))
    assert list(recording) == ["named"]  # without a batch there are no positions to speak of


def test_the_picture_is_what_the_model_was_given_first() -> None:
    layer = DeformConv2d(4, 2, 3)
    with record(layer) as recording:
        layer(input=image(seed=1))
        layer(image(seed=2))
    assert recording.image is not None and torch.equal(recording.image, image(seed=1))
    linear = nn.Linear(3, 2)
    with record(linear) as recording:
        linear(torch.rand(5, 3))
    assert recording.image is None and len(recording) == 0


def test_half_types_are_recorded_in_float32() -> None:
    layer = shake(DeformConv2d(4, 2, 3)).to(torch.bfloat16)
    with record(layer) as recording, torch.no_grad():
        layer(image().to(torch.bfloat16))
    assert recording[""].offsets.dtype == torch.float32
    assert recording.image is not None and recording.image.dtype == torch.float32
