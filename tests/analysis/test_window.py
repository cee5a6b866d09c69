"""The part of a picture that a cell depends on: what is found on it is what is found on the whole."""

from __future__ import annotations

import pytest
import torch

from dcnviz.analysis import effective_receptive_field, effective_sampling_locations
from dcnviz.analysis.window import window_of
from dcnviz.models import Network
from dcnviz.recording import look
from dcnviz.sampling import Version

SIZE = (94, 130)  # no multiple of the stride


def network(version: Version) -> Network:
    torch.manual_seed(1)
    made = Network(version).eval()
    with torch.no_grad():
        for module in made.modules():
            if hasattr(module, "predictor_parameters"):
                for parameter in module.predictor_parameters():
                    parameter.normal_(std=0.1)
    return made


@pytest.mark.parametrize("version", ["conv", "v1", "v2", "v3", "v4"])
@pytest.mark.parametrize(("cell", "layer"), [((11, 15), 2), ((0, 32), 2), ((23, 4), 1)])
def test_a_part_gives_what_the_whole_gives(version: Version, cell: tuple[int, int], layer: int) -> None:
    model = network(version)
    pixels = torch.randint(0, 255, (*SIZE, 3), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    image = pixels.permute(2, 0, 1)[None].float() / 255
    samplings = list(look(model, pixels.numpy()).values())[: layer + 1]
    path = list(model.maps_to_picture())[layer]
    window = window_of(samplings, cell)
    assert (window.bottom - window.top) * (window.right - window.left) < 24 * 33

    part = window.receptive_field(model, image, path)
    whole = effective_receptive_field(model, image, cell, layer=path)
    assert (part.layer, part.cell, part.pixel) == (whole.layer, whole.cell, whole.pixel)
    for name in ("total", "content"):
        one, other = getattr(part, name), getattr(whole, name)
        torch.testing.assert_close(one, other, rtol=0, atol=1e-4 * float(other.abs().max()))
    if version == "conv":
        return
    places = window.sampling_locations(model, image, path, samplings)
    every = effective_sampling_locations(model, image, cell, layer=path)
    assert list(places) == list(every) and (places.cell, places.pixel) == (every.cell, every.pixel)
    for one, other in zip(places.values(), every.values(), strict=True):
        near = 1e-4 * float(other.gradient.abs().max())
        torch.testing.assert_close(one.gradient, other.gradient, rtol=0, atol=near)
        torch.testing.assert_close(one.positions, other.positions, rtol=0, atol=1e-3)
        assert (one.to_picture, one.estimated) == (other.to_picture, other.estimated)
