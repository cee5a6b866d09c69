"""Rules for what makes new cells of windows of old ones: the receptive-field recurrence, and its inverse.

Source: Araujo et al., Distill 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from torch import Tensor

from dcnviz.geometry import Geometry, MapToPicture, Pair
from dcnviz.recording.tracing.spots import Spot, grid
from dcnviz.recording.tracing.step import Found, Step, alone


def convolution(step: Step) -> Found:
    """``conv2d``: the recurrence."""
    kernel = step.get(1, "weight").shape[2:]
    stride, padding, dilation = (
        step.get(3, "stride", 1),
        step.get(4, "padding", 0),
        step.get(5, "dilation", 1),
    )
    dilation = _two(dilation)
    if isinstance(padding, str):
        # "same" puts the smaller half in front: dilation * (k - 1) // 2
        padding = [
            d * (k - 1) // 2 if padding == "same" else 0 for d, k in zip(dilation, kernel, strict=True)
        ]
    geometry = _geometry(tuple(kernel), _two(stride), _two(padding), dilation)
    return alone(step, lambda _, spot: after(step, spot, geometry))


def mean_pooling(step: Step) -> Found:
    """``avg_pool2d``; ``ceil_mode`` adds cells at the end and moves none."""
    return _pooling(step, 1)


def max_pooling(step: Step) -> Found:
    """``max_pool2d``, which alone has a dilation."""
    return _pooling(step, step.get(4, "dilation", 1))


def _pooling(step: Step, dilation: Any) -> Found:
    kernel, stride = _two(step.get(1, "kernel_size")), step.get(2, "stride")
    sides = (_two(stride) if stride else kernel, _two(step.get(3, "padding", 0)), _two(dilation))
    return alone(step, lambda _, spot: after(step, spot, _geometry(kernel, *sides)))


def after(step: Step, spot: Spot, geometry: Geometry) -> Spot | None:
    """The map that a layer of this geometry makes of a map on the last two axes."""
    return grid(spot.maps[0].place.after(geometry), step.shape[-2:]) if spot.axes == (-2, -1) else None


def transposed_convolution(step: Step) -> Found:
    """``conv_transpose2d``: the recurrence backwards. Its cell o is made about ``(o + pad - centre) / stride``."""
    weight, dilation = step.get(1, "weight"), _two(step.get(7, "dilation", 1))
    stride, padding = _two(step.get(3, "stride", 1)), _two(step.get(4, "padding", 0))
    centres = [d * (k - 1) / 2 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    scales = [1 / s for s in stride]
    shifts = [(p - c) / s for p, c, s in zip(padding, centres, stride, strict=True)]
    return alone(step, lambda _, spot: _affine(step, spot, scales, shifts))


def adaptive_pooling(step: Step) -> Found:
    """Windows of equal size and distance where the output's size divides the input's; else they are unequal."""

    def rule(tensor: Tensor, spot: Spot) -> Spot | None:
        before, now = tensor.shape[-2:], step.shape[-2:]
        if spot.axes != (-2, -1) or any(n % m for n, m in zip(before, now, strict=True)):
            return None
        windows = before[0] // now[0], before[1] // now[1]
        return after(step, spot, Geometry(windows, stride=windows))

    return alone(step, rule)


def interpolation(step: Step) -> Found:
    """``interpolate``: corner on corner, or edge on edge (a cell in the middle of what it is made of)."""
    mode, corners = step.get(3, "mode", "nearest"), step.get(4, "align_corners")
    factors = step.get(2, "scale_factor")
    if mode == "area":
        return adaptive_pooling(step)

    def rule(tensor: Tensor, spot: Spot) -> Spot | None:
        if spot.axes != (-2, -1) or tensor.ndim != 4:
            return None
        before, now = tensor.shape[-2:], step.shape[-2:]
        if corners:
            if min(now) < 2:
                return None
            return _affine(
                step, spot, [(b - 1) / (n - 1) for b, n in zip(before, now, strict=True)], [0.0, 0.0]
            )
        given = factors is not None and not step.get(5, "recompute_scale_factor")
        scales = (
            [1 / f for f in _floats(factors)] if given else [b / n for b, n in zip(before, now, strict=True)]
        )
        shifts = [scale / 2 - 0.5 for scale in scales]  # (o + 0.5) * scale - 0.5
        if mode.startswith("nearest"):
            if any(not ((1 / scale).is_integer() or scale.is_integer()) for scale in scales):
                return None  # some cells are repeated more often than others
            # Repeated cells lie about their middle. Of several, the first is taken, or (exact) a middle one.
            for axis, scale in enumerate(scales):
                if scale > 1:
                    shifts[axis] = scale // 2 if mode == "nearest-exact" else 0.0
        return _affine(step, spot, scales, shifts)

    return alone(step, rule)


def pixel_shuffle(step: Step) -> Found:
    """Channels become cells: each lies about the middle of r x r."""
    r = step.get(1, "upscale_factor")
    return alone(step, lambda _, spot: _affine(step, spot, [1 / r] * 2, [(1 - r) / (2 * r)] * 2))


def pixel_unshuffle(step: Step) -> Found:
    """Cells become channels: one stands for r x r."""
    r = step.get(1, "downscale_factor")
    return alone(step, lambda _, spot: _affine(step, spot, [float(r)] * 2, [(r - 1) / 2] * 2))


def _affine(step: Step, spot: Spot, scales: Sequence[float], shifts: Sequence[float]) -> Spot | None:
    """Cell o lies at ``scale * o + shift`` of the map before."""
    if spot.axes != (-2, -1):
        return None
    place = spot.maps[0].place
    jump = [place.jump[n] * scales[n] for n in (0, 1)]
    start = [place.start[n] + place.jump[n] * shifts[n] for n in (0, 1)]
    return grid(MapToPicture((jump[0], jump[1]), (start[0], start[1])), step.shape[-2:])


def padding(step: Step) -> Found:
    """``pad``: pairs (before, after) from the last axis on, negative ones cut; padded cells lie outside."""
    widths = list(step.get(1, "pad"))

    def rule(_: Tensor, spot: Spot) -> Spot | None:
        fronts = [widths[2 * (-1 - a)] if 2 * (-1 - a) < len(widths) else 0 for a in spot.axes]
        if len(spot.axes) == 1:
            return spot if spot.on(step.shape) else None
        place, (height, width) = spot.maps[0].place, (step.shape[a] for a in spot.axes)
        start = [place.start[n] - place.jump[n] * fronts[n] for n in (0, 1)]
        return grid(MapToPicture(place.jump, (start[0], start[1])), (height, width)).moved(spot.axes)

    return alone(step, rule)


_geometry = lru_cache(maxsize=1024)(
    Geometry
)  # a network has few different ones, and they check what they get


def _two(value: Any) -> Pair:
    """One whole number or two; torch takes a list of one for both as well."""
    if isinstance(value, int):
        return value, value
    return (value[0], value[1]) if len(value) > 1 else (value[0], value[0])


def _floats(value: Any) -> tuple[float, float]:
    """One number or two."""
    return (
        (float(value), float(value)) if isinstance(value, int | float) else (float(value[0]), float(value[1]))
    )
