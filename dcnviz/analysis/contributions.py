"""What each tap of one cell adds to the output: the numbers that prove a drawing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dcnviz.ops.observe import OperatorCall
from dcnviz.ops.reference import Trace, trace


@dataclass(frozen=True, eq=False)
class TapContributions:
    """One cell of one layer, taken apart. All in float64; G offset groups, K taps, O output channels.

    Attributes:
        trace: positions, corners, corner weights, values and mask of the cell; every array has one input and
            a 1x1 output.
        contributions: ``(K, O)``, ``a_k = m_k * sum_c w[o, c, k] * v[k, c]``.
        bias: ``(O,)``, zeros where the layer has none.
        output: ``(O,)``, what the operator itself computed there.
        groups: of the convolution; as many as channels for the depth-wise sum of v3 and v4.
    """

    trace: Trace
    contributions: Tensor
    bias: Tensor
    output: Tensor
    groups: int = 1

    @property
    def total(self) -> Tensor:
        """``(O,)``: the sum of contributions and bias. It must be :attr:`output` to 1e-5."""
        return self.contributions.sum(0) + self.bias

    @property
    def error(self) -> float:
        """The largest difference between :attr:`total` and :attr:`output`."""
        return float((self.total - self.output).abs().max())

    def offset_groups(self, channel: int) -> range:
        """The offset groups whose samples reach an output channel: all, unless the convolution is in groups.

        >>> from dcnviz.layers import DCNv3
        >>> import dcnviz
        >>> layer = DCNv3(8, 3, group=2)
        >>> with dcnviz.record(layer, calls=True) as recording:
        ...     _ = layer(torch.rand(1, 6, 6, 8))
        >>> taken = tap_contributions(next(iter(recording.calls.values())), (2, 3))
        >>> taken.offset_groups(3), taken.offset_groups(4)
        (range(0, 1), range(1, 2))
        """
        inputs = self.trace.values.shape[1]
        block, share = inputs // self.groups, inputs // self.trace.mask.shape[1]
        first = channel // (len(self.output) // self.groups) * block
        return range(first // share, (first + block - 1) // share + 1)


def tap_contributions(call: OperatorCall, cell: tuple[int, int], *, image: int = 0) -> TapContributions:
    """Takes one cell of a recorded operator call apart, by the explicit reference, in float64.

    Args:
        call: from ``Recording.calls``.
        cell: (i, j), row and column on the layer's output map.
        image: which input of the batch.

    Raises:
        ValueError: for deformable attention: its output is a sum over all levels and heads, not over the taps of
            one call.
        IndexError: if there is no such cell or image.

    Source: arXiv 1811.11168, eq. 1, its sum taken apart.

    >>> import dcnviz
    >>> from dcnviz.layers import DeformConv2d
    >>> layer = DeformConv2d(3, 4, 3, padding=1)
    >>> with dcnviz.record(layer, calls=True) as recording:
    ...     _ = layer(torch.rand(1, 3, 6, 6))
    >>> tap_contributions(next(iter(recording.calls.values())), (2, 3)).error < 1e-5
    True
    """
    if call.version == "msda":
        raise ValueError(
            "tap_contributions needs a layer whose output is the sum over its taps; deformable attention sums over "
            "all its levels and heads."
        )
    (i, j), (height, width) = cell, call.output.shape[2:]
    if not (0 <= i < height and 0 <= j < width):
        raise IndexError(f"cell {cell} is not on the layer's {height} x {width} output map.")
    if not 0 <= image < call.input.shape[0]:
        raise IndexError(f"the batch holds {call.input.shape[0]} inputs; there is no number {image}.")
    one, row, column = slice(image, image + 1), slice(i, i + 1), slice(j, j + 1)
    call = call.detach()
    # The operator adds offset and base in float32 (float64 if it ran in float64); far from the origin that rounds
    # by some 1e-5 of a cell. The proof must sample where the operator did, so it adds in the same type.
    wide = torch.promote_types(call.offsets.dtype, torch.float32)
    base = call.geometry.base((height, width), dtype=wide)
    positions = (base[:, row, column] + call.offsets[one, :, :, row, column].to(wide)).double()
    mask = None if call.mask is None else call.mask[one, :, :, row, column].double()
    taken = trace(call.input[one].double(), positions, mask)
    weight = None if call.weight is None else call.weight.double()
    output = call.output[image, :, i, j].double()
    return TapContributions(
        trace=taken,
        contributions=taken.contributions(weight, call.groups)[0, :, :, 0, 0].T,
        bias=torch.zeros_like(output) if call.bias is None else call.bias.double(),
        output=output,
        groups=len(output) if weight is None else call.groups,
    )
