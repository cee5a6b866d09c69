"""Layout inspector: what each raw channel is, and which library's order fits what the operator gave.

A wrong channel order raises no error: the layer runs, trains a little worse, and every drawing of it is wrong.
Given the operator's input and output as well, the order can be *tested*: run it in every order that is met.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from dcnviz.analysis.orders import ORDERS, Channel, Order
from dcnviz.conventions import stored_taps
from dcnviz.geometry import Geometry, Size
from dcnviz.ops.backends import choose
from dcnviz.ops.checks import check_finite, check_shape

TOLERANCE = 1e-3
"""Largest error, relative to the output's largest value, of an order that fits: float32 operators differ among each
other by some 1e-6, half types by a few 1e-4; a wrong order is off by 0.1 and more unless the offsets are tiny."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A raw tensor, read in one order.

    Attributes:
        order: the order.
        channels: what each channel holds; None for padding.
        offsets: canonical, ``(B, G, K, H_out, W_out, 2)``, (dy, dx) in pixels of the input map.
        mask: canonical, ``(B, G, K, H_out, W_out)``, or None.
        error: largest difference between the operator run in this order and the output given, relative to the
            output's largest value; None if it was not run.
    """

    order: Order
    channels: tuple[Channel | None, ...]
    offsets: Tensor
    mask: Tensor | None
    error: float | None


@dataclass(frozen=True, eq=False)
class Inspection:
    """All readings of one raw tensor.

    Attributes:
        geometry: of the layer.
        readings: one for each order that the number of channels allows; if they were tested, the best first.
        tolerance: up to which error a reading fits.
    """

    geometry: Geometry
    readings: tuple[Reading, ...]
    tolerance: float

    @property
    def consistent(self) -> tuple[str, ...]:
        """Names of the orders that fit the output. Empty if not tested, or if none does.

        More than one: these offsets cannot tell them apart, as all-zero ones cannot.
        """
        return tuple(r.order.name for r in self.readings if r.error is not None and r.error <= self.tolerance)

    @property
    def verdict(self) -> str:
        """One sentence."""
        names, best = self.consistent, self.readings[0]
        if best.error is None:
            return "Not tested: give input, output and (v1, v2) weight, to run the operator in each order."
        if not names:
            return (
                f"No order fits the output; the nearest, {best.order.name}, is off by {best.error:.2g} of its "
                "largest value: see that geometry, mask and weight are those of this call."
            )
        if len(names) == 1:
            return f"Only one order fits the output: {names[0]}."
        return f"{len(names)} orders fit the output, and these offsets cannot tell them apart: {'; '.join(names)}."

    def __str__(self) -> str:
        """The verdict, the orders with their errors, and what each channel is in those that matter."""
        lines = [self.verdict, "", *self._orders(), "", *self._channels()]
        return "\n".join(line.rstrip() for line in lines)

    def _orders(self) -> Iterator[str]:
        yield f"{'order':28}{'error':>9}  {'':6}whose"
        for r in self.readings:
            error = "-" if r.error is None else f"{r.error:.1e}"
            fits = "fits" if r.order.name in self.consistent else ""
            yield f"{r.order.name:28}{error:>9}  {fits:6}{r.order.whose or '(a mistake that is made)'}"

    def _channels(self) -> Iterator[str]:
        """One group's channels, in the orders that fit, or else in those of the libraries."""
        shown = [r for r in self.readings if r.order.name in self.consistent]
        shown = (shown or [r for r in self.readings if r.order.whose] or list(self.readings))[:4]
        yield "channel  " + "  ".join(f"{r.order.name:26}" for r in shown)
        more = 0
        for n in range(len(shown[0].channels)):
            cells = [self._cell(r.channels[n]) for r in shown]
            if any(cells):
                yield f"{n:>7}  " + "  ".join(f"{cell or '...':26}" for cell in cells)
            else:
                more += 1
        if more:
            yield f"and {more} channels more, for the other groups in the same order."

    def _cell(self, channel: Channel | None) -> str:
        """A channel in words; nothing for those of further groups."""
        if channel is None:
            return "padding"
        ky, kx = divmod(channel.tap, self.geometry.kernel_size[1])
        return f"group 0, tap ({ky}, {kx}), {channel.what}" if channel.group == 0 else ""


def inspect_layout(
    offset: Tensor,
    *,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    mask: Tensor | None = None,
    groups: int | None = None,
    offset_scale: float = 1.0,
    remove_center: bool = False,
    channels_last: bool | None = None,
    input: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    output: Tensor | None = None,
    tolerance: float = TOLERANCE,
) -> Inspection:
    """Says what each channel of a raw offset tensor is, in every order that is met, and which one fits.

    Args:
        offset: the raw tensor as the operator got it, ``(B, X, H_out, W_out)`` or ``(B, H_out, W_out, X)``, of
            2GP channels, or DCNv4's with masks inside.
        kernel_size: of the layer, one number or (y, x); so too stride, padding and dilation.
        stride: of the layer.
        padding: of the layer.
        dilation: of the layer.
        mask: the raw masks beside it, GP channels, as the operator got them (after sigmoid or softmax), taps in
            the offsets' order; None for v1 and DCNv4.
        groups: G; None reads it off the number of channels.
        offset_scale: v3 and v4: scales taps and offsets about the kernel's centre.
        remove_center: v3 and v4: whether P = K - 1.
        channels_last: of all tensors given; None finds out from ``offset``.
        input: what the operator sampled; with ``output`` the orders are tested.
        weight: ``(O, C // g, kh, kw)``, or None for the depth-wise sum of v3 and v4.
        bias: ``(O,)`` or None.
        output: what the operator gave.
        tolerance: an order fits up to this error, relative to the output's largest value.

    Returns:
        The readings; ``print`` it.

    Raises:
        ValueError: if no order has that many channels, or the tensors do not fit together.

    >>> import torch
    >>> from dcnviz.ops import deform_conv2d
    >>> g = torch.Generator().manual_seed(0)
    >>> x, w, offset = (torch.randn(s, generator=g) for s in ((1, 4, 8, 8), (6, 4, 3, 3), (1, 18, 8, 8)))
    >>> y = deform_conv2d(x, offset, w, padding=1)
    >>> inspect_layout(offset, kernel_size=3, padding=1, input=x, weight=w, output=y).verdict
    'Only one order fits the output: torchvision.'
    """
    geometry = Geometry(kernel_size, stride, padding, dilation)
    check_finite("offset", offset)
    if offset.ndim != 4:
        raise ValueError(f"offset must have four axes, channels first or last; got {tuple(offset.shape)}.")
    if channels_last is None:
        channels_last = _find_channels(offset, geometry, groups, remove_center, mask is not None, output)
    raw, weights, source, given = (
        None if t is None else t.permute(0, 3, 1, 2) if channels_last else t
        for t in (offset, mask, input, output)
    )
    assert raw is not None
    readings = []
    for order in _orders_for(raw.shape[1], geometry, groups, remove_center, mask is not None):
        count = order.groups(raw.shape[1], geometry, groups, remove_center)
        assert count is not None, "_orders_for gives only those that have a count"
        offsets, masks = order.read(
            raw, weights, geometry, count, offset_scale=offset_scale, remove_center=remove_center
        )
        error = None
        if source is not None and given is not None:
            error = _error(source, offsets, masks, weight, bias, geometry, given)
        channels = order.channels(raw.shape[1], geometry, count, remove_center)
        readings.append(Reading(order, tuple(channels), offsets, masks, error))
    if not readings:
        raise ValueError(_none_fits(raw.shape[1], geometry, groups, remove_center))
    readings.sort(key=lambda r: r.error or 0.0)  # stable: untested ones keep their order
    return Inspection(geometry, tuple(readings), tolerance)


def _orders_for(
    channels: int, geometry: Geometry, groups: int | None, remove_center: bool, masked: bool
) -> list[Order]:
    """The orders that may have so many channels; DCNv4's has its masks inside, so none may be beside it."""
    return [
        order
        for order in ORDERS
        if not (masked and order.one_tensor)
        and order.groups(channels, geometry, groups, remove_center) is not None
    ]


def _find_channels(
    offset: Tensor,
    geometry: Geometry,
    groups: int | None,
    remove_center: bool,
    masked: bool,
    output: Tensor | None,
) -> bool:
    """Whether the channels are last, if one axis alone has a possible number, or a map like the output's."""
    first, last = (
        bool(_orders_for(n, geometry, groups, remove_center, masked))
        for n in (offset.shape[1], offset.shape[3])
    )
    if first and last and output is not None:
        first, last = (output.shape[axes] == offset.shape[axes] for axes in (slice(2, 4), slice(1, 3)))
    if first and last:
        raise ValueError(
            f"offset {tuple(offset.shape)} may have its channels first or last: give channels_last, or groups."
        )
    if not first and not last:
        raise ValueError(_none_fits(offset.shape[1], geometry, groups, remove_center))
    return last


def _none_fits(channels: int, geometry: Geometry, groups: int | None, remove_center: bool) -> str:
    taps = stored_taps(geometry, remove_center)
    counted = f"{groups} groups" if groups else "some number of groups"
    return (
        f"no order has {channels} channels for {counted} of {taps} taps: that would be 2 * {taps} for each "
        f"group, or DCNv4's 3 * {taps} in all groups, rounded up to a multiple of 8."
    )


def _error(
    input: Tensor,
    offsets: Tensor,
    mask: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
    output: Tensor,
) -> float:
    """Of one order: the operator's largest deviation from ``output``, relative to its largest value."""
    because = f"an input of {tuple(input.shape)} and kernel {geometry.kernel_size}"
    size = geometry.output_size(tuple(input.shape[2:]))
    check_shape("the map of offset", offsets[0, 0, 0, :, :, 0], size, because)
    channels = input.shape[1] if weight is None else weight.shape[0]
    per_group = 1 if weight is None else weight.shape[1]
    if weight is not None and tuple(weight.shape[2:]) != geometry.kernel_size:
        raise ValueError(f"weight {tuple(weight.shape)} is not of a {geometry.kernel_size} kernel.")
    if input.shape[1] % per_group or input.shape[1] % offsets.shape[1]:
        raise ValueError(
            f"input {tuple(input.shape)} has no number of channels that {offsets.shape[1]} offset groups and a "
            f"weight of {per_group} channels a group could share."
        )
    check_shape("output", output, (input.shape[0], channels, *size), because)
    groups = 1 if weight is None else input.shape[1] // per_group
    _, convolve = choose("auto", input, "v1")
    double = [None if t is None else t.detach().double() for t in (input, offsets, mask, weight, bias)]
    source, moved, masks, kernel, shift = double
    assert source is not None and moved is not None
    made = convolve(source, moved, masks, kernel, shift, geometry, groups)
    return float((made - output.detach()).abs().max() / output.detach().abs().max().clamp_min(1e-30))
