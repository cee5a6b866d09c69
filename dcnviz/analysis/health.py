"""Is a layer's sampling healthy? Counts become findings, findings become one to three sentences.

A finding is a code and its numbers, so that a page can say it in another language; :attr:`Health.verdict` says
it in English, with what to do about it. Every threshold is a constant here (or in
:mod:`dcnviz.analysis.tally`, where the counting needs it) with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from dcnviz.analysis.tally import BINS, STEP, Tally, tally
from dcnviz.geometry import MapToPicture
from dcnviz.recording import Recording
from dcnviz.sampling import Sampling

Severity = Literal["good", "note", "warning", "serious"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Code = Literal[
    "not_finite",
    "masks_zero",
    "far",
    "outside",
    "collapsed",
    "dead_masks",
    "untrained",
    "still",
    "constant",
    "plain",
    "healthy",
]
CODES: tuple[Code, ...] = get_args(Code)

UNTRAINED = 1e-3
"""All offsets shorter than this, in pixels of the map: no sample's value differs by more than a thousandth of what its
neighbours differ by, so the layer computes a plain convolution. Predictors start at exactly 0."""

STILL = 0.05
"""Mean offset in kernel steps below which a layer hardly deforms. The least that a bundled network has learned to
use, in its first layer, is 0.3."""

CONSTANT = 0.02
"""Share of the offsets' squared length that varies over the picture, below which they do not depend on it. The
bundled networks have 0.11 to 0.66; a predictor that learned only its bias has 0."""

FAR = 0.01
"""Share of offsets longer than the map: from wherever they start, they end at the far border or beyond it. In the
bundled networks none is; one in a hundred is more than a few wild cells."""

OUTSIDE, OUTSIDE_SERIOUS = 0.10, 0.30
"""Share of samples outside the map, beyond what the padding of the undeformed grid accounts for. Up to a tenth comes
with large offsets near the border (the bundled networks reach 0.08, on a map of 48 x 48); at three tenths, near a
third of the layer's multiplications are by 0."""

COLLAPSED_CELLS = 0.20
"""Share of collapsed cells (see :data:`dcnviz.analysis.tally.COLLAPSED`) that is more than small things in the picture,
about which taps do gather."""

DEAD_MASKS, DEAD_SERIOUS = 0.50, 0.90
"""Share of dead masks (see :data:`dcnviz.analysis.tally.DEAD`): from half on, most samples are read for nothing; from
nine tenths, less than one tap of a 3x3 kernel is left."""


@dataclass(frozen=True)
class Finding:
    """One thing to say about a layer.

    Attributes:
        code: what; stable, for translation.
        severity: "good", "note", "warning" or "serious".
        numbers: by name; shares are in [0, 1], lengths in pixels of the input map or in kernel steps, as named.
    """

    code: Code
    severity: Severity
    numbers: Mapping[str, float]


SENTENCES: Mapping[Code, str] = {
    "not_finite": "{count:.0f} samples have offsets or masks that are NaN or infinite: training has diverged; go "
    "back to the last good checkpoint and lower the learning rate of the predictor.",
    "masks_zero": "All masks are zero, so the layer gives only its bias: an untrained DCNv4 layer does; if this one "
    "is trained, see that its predictor is in the optimizer and not frozen.",
    "far": "{share:.0%} of the offsets are longer than the map itself (the longest {longest:.0f} px): the offsets "
    "are exploding; give the predictor a smaller learning rate, a tenth of the network's is usual, or clip its "
    "gradient.",
    "outside": "{share:.0%} of samples fall outside the map ({regular:.0%} would without offsets), where every "
    "value is 0: give the predictor a smaller learning rate, or the layer a larger map.",
    "collapsed": "In {share:.0%} of the cells all taps lie almost on one point, so the kernel sees what a 1x1 kernel "
    "would: start the predictor at zero and lower its learning rate.",
    "dead_masks": "{share:.0%} of the masks are next to zero, and their samples are read for nothing: fewer taps or "
    "groups would do, or the masks learned too fast.",
    "untrained": "All offsets are zero, so the layer samples as a plain convolution would: this is how training "
    "starts; if it is over, see that the predictor is in the optimizer and not frozen.",
    "still": "The offsets are short, {mean:.3f} of a kernel step on average: the layer hardly deforms; train longer, "
    "or use a plain convolution here.",
    "constant": "The offsets are the same everywhere ({share:.1%} of their squared length varies over the picture): "
    "a plain convolution with another dilation would do the same.",
    "plain": "This is a plain convolution: it has no offsets to judge.",
    "healthy": "Healthy: offsets of {mean:.1f} px on average, and {share:.1%} of samples outside the map "
    "({regular:.1%} would be without offsets).",
}


@dataclass(frozen=True, eq=False)
class Health:
    """What was counted, and what it means.

    Attributes:
        tally: the counts.
        findings: at least one, the most severe first.
    """

    tally: Tally
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        """That of the worst finding."""
        return self.findings[0].severity

    @property
    def verdict(self) -> str:
        """One to three English sentences: what was found, and what to do about it."""
        return " ".join(SENTENCES[f.code].format(**f.numbers) for f in self.findings[:3])

    @property
    def shares(self) -> dict[str, float | None]:
        """What is compared with the thresholds, each in [0, 1]; None where a layer has no such thing.

        "outside" is the whole share, "outside_regular" that of the undeformed grid.
        """
        t = self.tally
        return {
            "outside": _share(t.outside, t.samples),
            "outside_regular": _share(t.outside_regular, t.samples + t.not_finite),
            "far": _share(t.far, t.samples),
            "collapsed": _share(t.collapsed, t.cells),
            "dead_masks": _share(t.dead, t.masks) if t.masks else None,
            "varying": t.variation / t.square if t.square else 0.0,
        }

    @property
    def mean_length(self) -> float:
        """Of the offsets, in pixels of the input map."""
        return _share(self.tally.length, self.tally.samples)

    def histogram(
        self, unit: Literal["kernel", "picture"] = "kernel"
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Edges of the bins, and the share of samples in each; the last bin, up to infinity, holds the rest.

        Args:
            unit: "kernel", in steps between neighbouring taps; or "picture", in picture pixels.

        Raises:
            ValueError: for another unit, or for "picture" if the layer's place on it was not given.
        """
        if unit not in ("kernel", "picture"):
            raise ValueError(f'unit must be "kernel" or "picture"; got {unit!r}.')
        scale = 1.0 if unit == "kernel" else self.tally.scale
        if scale == 0:
            raise ValueError("lengths in picture pixels need the layer's place: to_picture was not given.")
        counts = np.array(self.tally.kernel_counts if unit == "kernel" else self.tally.picture_counts)
        edges = np.append(np.arange(BINS + 1) * STEP * scale, np.inf)
        return edges, counts / max(1, self.tally.samples)


def offset_health(layer: Sampling | Tally, to_picture: MapToPicture | None = None) -> Health:
    """Judges one layer's offsets and masks.

    Args:
        layer: what was recorded, or counts of many pictures.
        to_picture: where the layer's *input* map lies on the picture, for lengths in picture pixels; a tally
            knows it already.

    Returns:
        Counts, findings, and a verdict in words. The numbers are of the whole batch and all groups.

    Raises:
        ValueError: if the batch is empty.

    >>> import torch
    >>> from dcnviz.geometry import Geometry
    >>> from dcnviz.sampling import regular
    >>> layer = regular(Geometry(3, padding=1), (8, 8), version="v1")
    >>> layer.offsets[..., :4, 0] = -7
    >>> offset_health(layer).verdict[:62]
    '52% of samples fall outside the map (16% would without offsets'
    """
    counted = layer if isinstance(layer, Tally) else tally(layer, to_picture)
    if counted.samples + counted.not_finite == 0:
        raise ValueError("there is nothing to judge: the batch is empty.")
    found = sorted(_findings(counted), key=lambda f: -SEVERITIES.index(f.severity))
    return Health(counted, tuple(found))


def recording_health(recording: Recording) -> dict[str, Health]:
    """:func:`offset_health` of every layer of a recording.

    Args:
        recording: of any model; where it knows how a layer's map lies on the picture, lengths come in its pixels too.

    Returns:
        Each layer's health, by the layer's path.
    """
    return {name: offset_health(layer, recording.to_picture.get(name)) for name, layer in recording.items()}


def _findings(t: Tally) -> list[Finding]:
    found = list(_broken(t))
    if t.samples == 0:
        return found
    if t.version == "conv":
        return [*found, Finding("plain", "note", {})]
    found += _lost(t) + _idle(t)
    if not found:
        shares = Health(t, ()).shares
        numbers = {
            "mean": t.length / t.samples,
            "share": shares["outside"],
            "regular": shares["outside_regular"],
        }
        found.append(Finding("healthy", "good", {k: v or 0.0 for k, v in numbers.items()}))
    return found


def _broken(t: Tally) -> list[Finding]:
    return [Finding("not_finite", "serious", {"count": t.not_finite})] if t.not_finite else []


def _lost(t: Tally) -> list[Finding]:
    """Samples that give nothing, or nothing of their own."""
    found, shares = [], {name: share or 0.0 for name, share in Health(t, ()).shares.items()}
    if shares["far"] > FAR:
        found.append(Finding("far", "serious", {"share": shares["far"], "longest": t.longest}))
    if (more := shares["outside"] - shares["outside_regular"]) > OUTSIDE:
        numbers = {"share": shares["outside"], "regular": shares["outside_regular"]}
        found.append(Finding("outside", "serious" if more > OUTSIDE_SERIOUS else "warning", numbers))
    if shares["collapsed"] > COLLAPSED_CELLS:
        found.append(Finding("collapsed", "warning", {"share": shares["collapsed"]}))
    if t.masks and t.zero_masks == t.masks:
        found.append(Finding("masks_zero", "serious", {}))
    elif shares["dead_masks"] > DEAD_MASKS:
        severity: Severity = "serious" if shares["dead_masks"] > DEAD_SERIOUS else "warning"
        found.append(Finding("dead_masks", severity, {"share": shares["dead_masks"]}))
    return found


def _idle(t: Tally) -> list[Finding]:
    """Offsets that do nothing a plain convolution could not do."""
    mean = t.steps / t.samples
    if t.longest < UNTRAINED:
        return [Finding("untrained", "warning", {})]
    if mean < STILL:
        return [Finding("still", "note", {"mean": mean})]
    varying = t.variation / t.square
    return [Finding("constant", "note", {"share": varying})] if varying < CONSTANT else []


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
