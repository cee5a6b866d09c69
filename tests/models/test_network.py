"""The small network: any size of picture, cells in their places, one difference between versions."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from dcnviz.data.shapes import CLASS_NAMES
from dcnviz.geometry import MapToPicture
from dcnviz.models import Network
from dcnviz.models.network import to_picture_size
from dcnviz.sampling import Version

VERSIONS = get_args(Version)
each_version = pytest.mark.parametrize("version", VERSIONS)


def network(version: Version, **options: int) -> Network:
    """In eval mode, all parameters random, so that offsets are far from zero."""
    made = Network(version, **options)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(std=0.2, generator=generator)
    return made.eval()


def picture(*size: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, 3, *size, generator=torch.Generator().manual_seed(3))


@each_version
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (5, 4), (31, 18)])
def test_any_size_of_picture_works(version: Version, size: tuple[int, int]) -> None:
    with torch.no_grad():
        logits = network(version)(picture(*size, batch=2))
        cells = network(version).cells(picture(*size, batch=2))
    assert logits.shape == (2, len(CLASS_NAMES), *size)
    assert cells.shape[2:] == tuple(-(-n // 4) for n in size)
    assert bool(torch.isfinite(logits).all())


@each_version
@pytest.mark.parametrize("size", [(13, 22), (16, 17)])
def test_a_cell_sits_on_every_fourth_pixel(version: Version, size: tuple[int, int]) -> None:
    model = network(version)
    with torch.no_grad():
        logits, cells = model(picture(*size)), model.cells(picture(*size))
    assert torch.equal(logits[..., ::4, ::4], cells)


def test_between_cells_logits_are_mixed_and_beyond_the_last_repeated() -> None:
    cells = torch.rand(1, 2, 3, 2)
    logits = to_picture_size(cells, (12, 8))
    torch.testing.assert_close(logits[..., 2, 0], (cells[..., 0, 0] + cells[..., 1, 0]) / 2)
    torch.testing.assert_close(logits[..., 4, 1], 0.75 * cells[..., 1, 0] + 0.25 * cells[..., 1, 1])
    assert torch.equal(logits[..., 8:, 4:], cells[..., 2:, 1:].expand(-1, -1, 4, 4))


@pytest.mark.parametrize("cell", [(2, 2), (3, 2), (4, 5)])
def test_the_map_to_the_picture_is_where_gradients_are_centred(cell: tuple[int, int]) -> None:
    model = Network("conv").eval()
    with torch.no_grad():
        for layer in model.stem:
            if isinstance(layer, nn.Conv2d):
                layer.weight.fill_(1.0)  # all the same, so the gradient has no side it favours
    shown = torch.ones(1, 3, 33, 37, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.stem(shown)[0, :, cell[0], cell[1]].sum(), shown)
    seen = gradient[0].abs().sum(0)
    rows, columns = torch.meshgrid(torch.arange(33.0), torch.arange(37.0), indexing="ij")
    centre = torch.stack([(seen * rows).sum(), (seen * columns).sum()]) / seen.sum()
    for place in model.maps_to_picture().values():
        torch.testing.assert_close(centre, place.to_picture(torch.tensor(cell).float()), atol=1e-4, rtol=0)
    assert seen.nonzero().amax(0).tolist() == [4 * cell[0] + 3, 4 * cell[1] + 3]


@each_version
def test_maps_are_named_by_the_layers_themselves(version: Version) -> None:
    model = Network(version)
    places = model.maps_to_picture()
    assert len(places) == 3 and set(places.values()) == {MapToPicture((4.0, 4.0), (0.0, 0.0))}
    kinds = {type(model.get_submodule(path)).__name__ for path in places}
    wanted = {
        "conv": "Conv2d",
        "v1": "DeformConv2d",
        "v2": "ModulatedDeformConv2d",
        "v3": "DCNv3",
        "v4": "DCNv4",
    }
    assert kinds == {wanted[version]}


def test_versions_differ_in_their_three_layers_only() -> None:
    def rest(version: Version) -> dict[str, tuple[int, ...]]:
        state = Network(version).state_dict()
        return {name: tuple(value.shape) for name, value in state.items() if ".layer." not in name}

    assert all(rest(version) == rest("conv") for version in VERSIONS)


def test_a_fresh_v1_is_the_plain_network_of_the_same_weights() -> None:
    conv, v1 = network("conv"), Network("v1").eval()
    state = v1.state_dict() | conv.state_dict()  # what v1 has beyond it are the predictors, still at zero
    v1.load_state_dict(state)
    with torch.no_grad():
        torch.testing.assert_close(v1(picture(20, 20)), conv(picture(20, 20)), atol=1e-5, rtol=1e-5)


def test_a_picture_gives_the_same_in_a_batch_and_alone() -> None:
    model, shown = network("v2"), picture(12, 12, batch=3)
    with torch.no_grad():
        torch.testing.assert_close(model(shown)[1:2], model(shown[1:2]), atol=1e-4, rtol=1e-4)


def test_classes_are_a_choice() -> None:
    assert network("conv", classes=3)(picture(8, 8)).shape == (1, 3, 8, 8)
    assert network("conv")(picture(8, 8)).shape[1] == len(CLASS_NAMES) == 7


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match="one of conv, v1, v2, v3, v4; got 'v5'"):
        Network("v5")  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 4, 8, 8), (1, 3, 0, 8), (1, 3, 8, 0)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"picture must be \(B, 3, H, W\)"):
        Network("v1").eval()(torch.zeros(shape))


def test_whole_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"floating-point RGB in \[0, 1\]; got torch\.uint8"):
        Network("v1").eval()(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))


@each_version
def test_unit_scale_changes_no_logit_and_gives_outputs_of_variance_one(version: Version) -> None:
    made = network(version)
    for block in made.blocks:
        block.norm.running_var.uniform_(0.5, 40, generator=torch.Generator().manual_seed(4))
        block.norm.running_mean.normal_(generator=torch.Generator().manual_seed(5))
    given = picture(24, 20)
    with torch.no_grad():
        before = made(given)
        made.unit_scale()
        torch.testing.assert_close(made(given), before, atol=1e-3, rtol=1e-4)
    if version not in ("v3", "v4"):
        assert all(bool((block.norm.running_var + block.norm.eps == 1).all()) for block in made.blocks)
