"""Verdicts: on layers made ill in one way each, and on the networks that come with dcnviz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from dcnviz import analysis, models
from dcnviz.analysis.health import CODES, OUTSIDE, SENTENCES, SEVERITIES, recording_health
from dcnviz.analysis.tally import BINS, STEP, Tally, add_all, tally
from dcnviz.data.pictures import load_picture
from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.models import Network
from dcnviz.recording import look
from dcnviz.sampling import Sampling, Version, regular

SIZE = (20, 24)


def layer(version: Version = "v2", reach: float = 1.0, groups: int = 2) -> Sampling:
    """Offsets of normal length, masks that live."""
    generator = torch.Generator().manual_seed(5)
    shape = (1, groups, 9, *SIZE)
    offsets = reach * torch.randn(*shape, 2, generator=generator)
    mask = 0.3 + 0.7 * torch.rand(shape, generator=generator)
    if version == "v3":
        mask = mask / mask.sum(2, keepdim=True)
    if version == "v1":
        mask = torch.ones(shape)
    return Sampling(offsets, mask, Geometry(3, padding=1), SIZE, version)


def codes(sampling: Sampling) -> list[str]:
    return [finding.code for finding in analysis.offset_health(sampling).findings]


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4"])
def test_a_sound_layer_is_healthy(version) -> None:
    health = analysis.offset_health(layer(version))
    assert health.severity == "good" and codes(layer(version)) == ["healthy"]
    assert (health.shares["dead_masks"] is None) == (version == "v1")


def _exploding(s: Sampling) -> None:
    s.offsets[..., ::2, :, 1] = 500


def _outside(s: Sampling) -> None:
    s.offsets[..., :6, :, 0] = -9


def _collapsed(s: Sampling) -> None:
    s.offsets[...] = (1 - s.geometry.tap_grid())[:, None, None] + 0.2 * s.offsets * 0.2
    s.offsets[...] += torch.linspace(-1, 1, SIZE[0])[:, None, None]


def _dead(s: Sampling) -> None:
    s.mask[:, :, 1:7] = 0.001


def _nan(s: Sampling) -> None:
    s.offsets[0, 0, 3, 2, 1, 0] = float("nan")
    s.mask[0, 0, 5, 1, 1] = float("inf")


def _zero(s: Sampling) -> None:
    s.offsets.zero_()


def _short(s: Sampling) -> None:
    s.offsets.mul_(0.01)


def _same(s: Sampling) -> None:
    s.offsets[...] = s.offsets[:, :, :, :1, :1].clone()


def _no_masks(s: Sampling) -> None:
    s.mask.zero_()


@pytest.mark.parametrize(
    ("version", "damage", "expected"),
    [
        ("v1", _exploding, ["far", "outside"]),
        ("v2", _outside, ["outside"]),
        ("v1", _collapsed, ["collapsed"]),
        ("v2", _dead, ["dead_masks"]),
        ("v3", _dead, ["dead_masks"]),
        ("v4", _dead, ["dead_masks"]),
        ("v2", _nan, ["not_finite"]),
        ("v1", _zero, ["untrained"]),
        ("v3", _short, ["still"]),
        ("v4", _same, ["constant"]),
        ("v4", _no_masks, ["masks_zero"]),
    ],
)
def test_each_illness_is_found(version, damage: Callable[[Sampling], None], expected) -> None:
    ill = layer(version)
    damage(ill)
    health = analysis.offset_health(ill)
    assert [f.code for f in health.findings if f.code != "healthy"] == expected
    assert health.findings[0].code == expected[0] and health.severity != "good"
    assert all(np.isfinite(list(f.numbers.values())).all() for f in health.findings)
    assert health.verdict.endswith(".") and "{" not in health.verdict


def test_shares_are_what_a_count_gives() -> None:
    ill = layer("v2")
    _outside(ill)
    _dead(ill)
    health = analysis.offset_health(ill)
    assert health.shares["outside"] == pytest.approx(1 - float(ill.inside.float().mean()))
    assert health.shares["dead_masks"] == pytest.approx(6 / 9)
    still = regular(ill.geometry, SIZE)
    assert health.shares["outside_regular"] == pytest.approx(1 - float(still.inside.float().mean()))
    assert health.mean_length == pytest.approx(float(ill.offsets.norm(dim=-1).mean()), rel=1e-6)


def test_padding_alone_is_no_illness() -> None:
    """On a map of 3 x 3, more than half of a padded grid lies outside, and no offset is to blame."""
    geometry = Geometry(3, padding=1)
    small = regular(geometry, (3, 3), version="v1")
    small.offsets[..., 0] = 0.1 * torch.rand(small.offsets.shape[:-1])
    health = analysis.offset_health(small)
    assert (health.shares["outside"] or 0) > OUTSIDE and "outside" not in codes(small)


def test_masks_of_v2_have_a_fixed_level_and_of_v3_their_own() -> None:
    weak = layer("v2")
    weak.mask.mul_(0.01)
    assert codes(weak) == ["dead_masks"]
    many = Sampling(weak.offsets, weak.mask, weak.geometry, SIZE, "v3")  # a softmax over many taps is as weak
    assert codes(many) == ["healthy"]


def test_the_histogram_in_both_units() -> None:
    one = regular(Geometry(3, padding=2, dilation=2), SIZE, version="v1")
    one.offsets[..., 0] = 3.0  # one and a half steps; 12 picture pixels
    one.offsets[0, 0, 0, 0, 0, 0] = 900.0
    health = analysis.offset_health(one, MapToPicture((4.0, 4.0)))
    for unit, at in (("kernel", 1.5), ("picture", 12.0)):
        # (a loop's words are str to the checker, not the two that the unit may be)
        edges, shares = health.histogram(unit)  # type: ignore[arg-type]
        assert len(edges) == BINS + 2 and shares.sum() == pytest.approx(1)
        full = int(shares.argmax())
        assert edges[full] <= at < edges[full + 1] and 0 < shares[-1] < 1e-3
    with pytest.raises(ValueError, match="to_picture"):
        analysis.offset_health(one).histogram("picture")
    with pytest.raises(ValueError, match="unit must be"):
        health.histogram("metres")  # type: ignore[arg-type]  # a unit that the checker, too, would refuse


def test_parts_add_up_to_the_whole() -> None:
    a, b = layer("v4"), layer("v4", reach=3.0)
    both = Sampling(torch.cat([a.offsets, b.offsets]), torch.cat([a.mask, b.mask]), a.geometry, SIZE, "v4")
    parts, whole = add_all([tally(a), tally(b)]), tally(both)
    for name, value in whole.to_dict().items():
        if name not in ("dead", "variation"):  # these two are taken against the picture's or batch's own mean
            assert parts.to_dict()[name] == pytest.approx(value), name
    assert Tally.from_dict(parts.to_dict()) == parts
    with pytest.raises(ValueError, match="one layer"):
        tally(a) + tally(layer("v3"))
    with pytest.raises(ValueError, match="not the numbers"):
        Tally.from_dict({"samples": 3})
    with pytest.raises(ValueError, match="nothing to add"):
        add_all([])


def test_every_code_has_a_sentence_and_a_severity_order() -> None:
    assert set(SENTENCES) == set(CODES) and len(set(SEVERITIES)) == 4
    assert all(1 <= text.count(". ") + text.endswith(".") <= 1 for text in SENTENCES.values())


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        analysis.offset_health(regular(Geometry(3, padding=1), SIZE, batch=0, version="v1"))


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4"])
def test_the_bundled_networks_are_healthy_and_fresh_ones_untrained(version) -> None:
    picture = load_picture("scene-2")
    for health in recording_health(look(models.load(version), picture)).values():
        assert health.severity == "good", health.verdict
        assert health.tally.scale == 4.0 and health.verdict.startswith("Healthy: offsets of ")
    torch.manual_seed(0)
    for health in recording_health(look(Network(version).eval(), picture)).values():
        assert "untrained" in [f.code for f in health.findings]
        assert ("masks_zero" in [f.code for f in health.findings]) == (version == "v4")


def test_a_plain_network_has_nothing_to_judge() -> None:
    for health in recording_health(look(models.load("conv"), load_picture("scene-2"))).values():
        assert health.verdict == "This is a plain convolution: it has no offsets to judge."


def test_histogram_bins_are_quarter_steps() -> None:
    edges, _ = analysis.offset_health(layer()).histogram()
    assert np.allclose(np.diff(edges[:-1]), STEP) and np.isinf(edges[-1])


def test_points_of_attention_are_judged_too() -> None:
    """Deformable attention: anchors for a grid, weights of a softmax over all levels' points."""
    generator = torch.Generator().manual_seed(1)
    anchors = torch.rand(2, 1, 50, 2, generator=generator) * 19
    offsets = torch.randn(2, 8, 4, 1, 50, 2, generator=generator)
    weights = torch.rand(2, 8, 4, 1, 50, generator=generator) / 16
    points = Sampling(offsets, weights, Geometry((1, 4)), (20, 20), "msda", anchors)
    health = analysis.offset_health(points)
    assert health.tally.samples == 2 * 8 * 4 * 50 and health.tally.collapsed == 0
    assert health.shares["outside_regular"] == 0 and [f.code for f in health.findings] == ["healthy"]
    assert viewpoints_of(points) == pytest.approx(
        float((offsets - offsets.mean(2, keepdim=True)).square().sum(-1).mean(2).sqrt().mean()), rel=1e-5
    )


def viewpoints_of(sampling: Sampling) -> float:
    return float(analysis.viewpoints(sampling).kernel.mean())
