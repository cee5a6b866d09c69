"""Models out of libraries on PyPI, as they are: kornia's ALIKED and transformers' DeformableDetr.

They are recorded, saved, loaded in a fresh process, and their positions compared with those computed by hand from what
their own predictors put out.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dcnviz import Recording, record
from dcnviz.geometry import MapToPicture
from dcnviz.ops.observe import OperatorCall
from dcnviz.recording import watch
from dcnviz.recording.adapters import AttentionCall

ROOT = Path(__file__).parents[2]
PICTURE = torch.rand(2, 3, 52, 76, generator=torch.Generator().manual_seed(6))


@contextmanager
def outputs(model: nn.Module, ending: str, beginning: str = "") -> Iterator[list[Tensor]]:
    """What the submodules of such names give inside the block, in the order in which they run."""
    found: list[Tensor] = []

    def keep(module: nn.Module, args: object, output: Tensor) -> None:
        found.append(output.detach().clone())

    chosen = [m for name, m in model.named_modules() if name.endswith(ending) and name.startswith(beginning)]
    handles = [module.register_forward_hook(keep) for module in chosen]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def in_a_fresh_process(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Loads a recording where neither the model nor its library is, and brings its positions back."""
    code = """
        import sys, numpy as np
        from dcnviz import Recording
        loaded = Recording.load(sys.argv[1])
        assert not {"kornia", "transformers"} & sys.modules.keys()
        arrays = {f"{n} {name}": s.positions.numpy() for n, (name, s) in enumerate(loaded.items())}
        np.savez(sys.argv[2], **arrays)
    """
    target = path.with_suffix(".positions.npz")
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), path, target], check=True, timeout=400, cwd=ROOT
    )
    with np.load(target) as file:
        return {name.split(" ", 1)[1]: file[name] for name in file.files}


# --- kornia -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def aliked() -> nn.Module:
    """Untrained, with offsets of a few pixels."""
    features = pytest.importorskip("kornia.feature.aliked.aliked")
    torch.manual_seed(0)
    model: nn.Module = features.ALIKED("aliked-t16", max_num_keypoints=20, detection_threshold=-1.0).eval()
    for name, parameter in model.named_parameters():
        if ".offset_conv." in name:
            nn.init.normal_(parameter, std=0.15)
    return model


def test_aliked_is_recorded_saved_and_loaded_elsewhere(aliked: nn.Module, tmp_path: Path) -> None:
    with torch.inference_mode():
        plain = aliked(PICTURE)
        with outputs(aliked, ".offset_conv", "block") as raw, record(aliked) as recording:
            again = aliked(PICTURE)
    assert all(torch.equal(a.descriptors, b.descriptors) for a, b in zip(plain, again, strict=True))
    assert list(recording) == [f"block{n}.conv{m}" for n in (3, 4) for m in (1, 2)]
    recording.save(tmp_path / "aliked.npz")
    loaded = in_a_fresh_process(tmp_path / "aliked.npz")
    for offset, (name, sampling) in zip(raw, recording.items(), strict=True):
        height, width = sampling.input_size
        most = max(height, width) / 4  # kornia's own limit
        values, positions = offset.tolist(), loaded[name]
        for b, ky, kx, i, j in product(range(2), range(3), range(3), range(height), range(width)):
            channel = 2 * (ky * 3 + kx)
            dy, dx = (min(max(values[b][channel + n][i][j], -most), most) for n in (0, 1))
            expected = [i - 1 + ky + dy, j - 1 + kx + dx]
            assert positions[b, 0, ky * 3 + kx, i, j].tolist() == pytest.approx(expected, abs=1e-4)


def test_the_way_to_alikeds_layers_is_traced(aliked: nn.Module) -> None:
    with torch.inference_mode(), record(aliked) as recording:
        aliked(PICTURE)
    # The picture is padded about its middle to 64 x 96, then halved, quartered and quartered by means of windows.
    first = MapToPicture((8.0, 8.0), (-6 + 3.5, -10 + 3.5))
    second = MapToPicture((32.0, 32.0), (-6 + 15.5, -10 + 15.5))
    assert list(recording.to_picture.values()) == [first, first, second, second]
    assert recording.estimated == set()


def test_alikeds_offsets_lie_in_the_graph(aliked: nn.Module) -> None:
    calls: dict[str, OperatorCall] = {}
    with watch(aliked, calls.__setitem__):
        features = aliked(PICTURE)
    total = sum(f.descriptors.square()[:, :3].sum() for f in features)
    (slope,) = torch.autograd.grad(total, calls["block3.conv1"].offsets)
    assert bool(slope.any()) and calls["block3.conv1"].backend == "kornia"


# --- transformers -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def detr() -> nn.Module:
    """Tiny, untrained, with offsets of a few pixels: two encoder and two decoder layers, three levels."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    backbone = transformers.ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = transformers.DeformableDetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=backbone,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_n_points=3,
        decoder_n_points=4,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_queries=5,
        num_feature_levels=3,
        num_labels=3,
    )
    model: nn.Module = transformers.DeformableDetrModel(config).eval()
    for name, parameter in model.named_parameters():
        if ".sampling_offsets." in name or ".attention_weights." in name:
            nn.init.normal_(parameter, std=0.3)
    return model


SIZES = [(7, 10), (4, 5), (2, 3)]  # of the levels, for a picture of 52 x 76


def test_attention_is_recorded_a_level_at_a_time(detr: nn.Module) -> None:
    with torch.inference_mode():
        plain = detr(pixel_values=PICTURE).last_hidden_state
        with record(detr, calls=True) as recording:
            again = detr(pixel_values=PICTURE).last_hidden_state
    assert torch.equal(plain, again)
    layers = [f"encoder.layers.{n}.self_attn" for n in (0, 1)] + [
        f"decoder.layers.{n}.encoder_attn" for n in (0, 1)
    ]
    assert list(recording) == [f"{layer}.level{n}" for layer in layers for n in range(3)]
    for name, sampling in recording.items():
        queries, points = (96, 3) if name.startswith("encoder") else (5, 4)
        assert (sampling.version, sampling.input_size) == ("msda", SIZES[int(name[-1])])
        assert tuple(sampling.mask.shape) == (2, 2, points, 1, queries)
        assert recording.calls[name].input.shape == (2, 32, *sampling.input_size)
    for layer in layers:  # the weights of all levels' points together
        total = sum(recording[f"{layer}.level{n}"].mask.sum(2) for n in range(3))
        torch.testing.assert_close(total, torch.ones_like(total))
    with torch.inference_mode(), record(detr, calls=False) as small:
        detr(pixel_values=PICTURE)
    assert torch.equal(small[layers[3] + ".level2"].positions, recording[layers[3] + ".level2"].positions)


def test_positions_are_those_by_hand_and_come_back_in_a_fresh_process(
    detr: nn.Module, tmp_path: Path
) -> None:
    references: list[Tensor] = []

    def keep(module: nn.Module, args: object, kwargs: dict[str, Tensor]) -> None:
        references.append(kwargs["reference_points"])

    attentions = [module for module in detr.modules() if hasattr(module, "sampling_offsets")]
    handles = [module.register_forward_pre_hook(keep, with_kwargs=True) for module in attentions]
    with torch.inference_mode(), outputs(detr, ".sampling_offsets") as raw, record(detr) as recording:
        detr(pixel_values=PICTURE)
    for handle in handles:
        handle.remove()
    recording.save(tmp_path / "detr.npz")
    loaded = in_a_fresh_process(tmp_path / "detr.npz")
    assert list(loaded) == list(recording) and len(raw) == len(references) == 4
    names = iter(loaded)
    for offset, reference in zip(raw, references, strict=True):
        points = offset.shape[-1] // (2 * 2 * 3)
        values, where = offset.unflatten(-1, (2, 3, points, 2)).tolist(), reference.tolist()
        for level, (height, width) in enumerate(SIZES):
            positions = loaded[next(names)]
            for b, q, head, point in product(range(2), range(offset.shape[1]), range(2), range(points)):
                dx, dy = values[b][q][head][level][point]
                x, y = where[b][q][level]
                expected = [
                    y * height - 0.5 + dy,
                    x * width - 0.5 + dx,
                ]  # DETR's offsets are pixels of the level
                assert positions[b, head, point, 0, q].tolist() == pytest.approx(expected, abs=1e-4)


def test_what_was_recorded_gives_what_attention_gave(detr: nn.Module) -> None:
    with torch.inference_mode(), record(detr, calls=True) as recording:
        detr(pixel_values=PICTURE)
    layer, total = "encoder.layers.1.self_attn", torch.zeros(2, 32, 96)
    for n in range(3):
        call = recording.calls[f"{layer}.level{n}"]
        sampling = recording[f"{layer}.level{n}"]
        assert isinstance(call, AttentionCall)
        for b, q, c in product((0, 1), (0, 50, 91), range(32)):
            head = c // 16
            total[b, c, q] += sum(
                float(sampling.mask[b, head, k, 0, q])
                * _value(call.input[b, c], *sampling.positions[b, head, k, 0, q])
                for k in range(3)
            )
    for q in (0, 50, 91):
        torch.testing.assert_close(total[:, :, q], call.output[:, :, 0, q], rtol=1e-4, atol=1e-5)


def _value(map: Tensor, y: Tensor, x: Tensor) -> float:
    total, low_y, low_x = 0.0, int(torch.floor(y)), int(torch.floor(x))
    for cy, cx in product((low_y, low_y + 1), (low_x, low_x + 1)):
        if 0 <= cy < map.shape[0] and 0 <= cx < map.shape[1]:
            total += (1 - abs(float(y) - cy)) * (1 - abs(float(x) - cx)) * float(map[cy, cx])
    return total


def test_levels_are_traced_to_the_picture(detr: nn.Module) -> None:
    with torch.inference_mode(), record(detr) as recording:
        detr(pixel_values=PICTURE)
    assert recording.estimated == set()
    for name, found in recording.to_picture.items():
        jump = 8.0 * 2 ** int(
            name[-1]
        )  # 3x3 and 7x7 kernels, padded to keep the middle: all start on pixel 0
        assert found == MapToPicture((jump, jump), (0.0, 0.0))


def test_attentions_points_and_weights_lie_in_the_graph(detr: nn.Module) -> None:
    calls: dict[str, OperatorCall] = {}
    plain = detr(pixel_values=PICTURE).last_hidden_state
    with watch(detr, calls.__setitem__):
        output = detr(pixel_values=PICTURE).last_hidden_state
    assert torch.equal(plain, output)
    call = calls["decoder.layers.0.encoder_attn.level1"]
    assert call.mask is not None
    slopes = torch.autograd.grad(output[1, 2, :5].sum(), [call.offsets, call.mask], retain_graph=True)
    assert all(bool(slope[1].any()) and not slope[0].any() for slope in slopes)  # of that picture only
    parameters = [p for n, p in detr.named_parameters() if "sampling_offsets" in n]
    for a, b in zip(
        torch.autograd.grad(plain[..., :5].sum(), parameters),
        torch.autograd.grad(output[..., :5].sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def test_recordings_of_attention_load_as_they_were(detr: nn.Module, tmp_path: Path) -> None:
    with torch.inference_mode(), record(detr) as recording:
        detr(pixel_values=PICTURE)
    recording.save(tmp_path / "detr.npz", dtype="float16")
    loaded = Recording.load(tmp_path / "detr.npz")
    for name, sampling in recording.items():
        assert loaded[name].anchors is not None
        assert (loaded[name].positions - sampling.positions).abs().max() < 5e-3
