"""Where a kernel looks before anything is deformed: taps, output sizes, and the way back to the picture.

**Convention.** Positions are ``(y, x)`` in pixels of the map they lie on, pixel centres at integers, without
padding: the first row of a map is ``y = 0``, and the padding in front of it is ``y = -1``. Taps are
row-major: ``k = ky * kw + kx``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Pair = tuple[int, int]
MOST = 2**31 - 1
"""What a compiled operator can take for a number of a geometry."""
Size = int | Sequence[int]


def pair(value: Size, name: str) -> Pair:
    """One whole number, or two, as ``(y, x)``.

    Args:
        value: one integer for both axes, or a sequence of two.
        name: what the value is called in the error message.

    Raises:
        ValueError: if it is anything else.

    >>> pair(3, "stride"), pair([1, 2], "stride")
    ((3, 3), (1, 2))
    """
    if type(value) is int:  # nearly always: an operator asks four times a call
        return value, value
    if isinstance(value, int):
        value = (value, value)
    # A float or None is no sequence: it falls through to the one sentence that says so.
    numbers = tuple(value) if isinstance(value, (tuple, list, Sequence)) else ()
    if len(numbers) != 2 or any(isinstance(n, bool) or not isinstance(n, int) for n in numbers):
        raise ValueError(f"{name} must be one whole number or two, (y, x); got {value!r}.")
    return (numbers[0], numbers[1])


@dataclass(frozen=True, init=False)
class Geometry:
    """Kernel size, stride, padding and dilation of one layer, each as ``(y, x)``.

    Args:
        kernel_size: one number for both axes, or (y, x); the same for the others.
        stride: at least 1.
        padding: at least 0.
        dilation: at least 1.

    Raises:
        ValueError: if a kernel, stride or dilation is under 1, or a padding under 0.

    >>> g = Geometry(kernel_size=3, stride=2, padding=1)
    >>> g.taps, g.output_size((9, 12))
    (9, (5, 6))
    """

    kernel_size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair

    def __init__(self, kernel_size: Size, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> None:
        given = {
            "kernel_size": (kernel_size, 1),
            "stride": (stride, 1),
            "padding": (padding, 0),
            "dilation": (dilation, 1),
        }
        for name, (value, least) in given.items():
            numbers = pair(value, name)
            if min(numbers) < least or max(numbers) > MOST:
                most = f" and at most {MOST}" if max(numbers) > MOST else ""
                raise ValueError(f"{name} must be at least {least}{most} on both axes; got {numbers}.")
            object.__setattr__(self, name, numbers)

    @property
    def taps(self) -> int:
        """Number of taps, ``K = kh * kw``."""
        return self.kernel_size[0] * self.kernel_size[1]

    @property
    def centre(self) -> Pair:
        """Distance of the kernel's centre from its first tap, ``(dilation * (k - 1)) // 2``, as in v3."""
        (kh, kw), (dh, dw) = self.kernel_size, self.dilation
        return (dh * (kh - 1)) // 2, (dw * (kw - 1)) // 2

    def output_size(self, input_size: Sequence[int]) -> Pair:
        """Rows and columns of the output for an input of ``(H, W)``.

        Raises:
            ValueError: if the input is empty, or the kernel does not fit into it even once, padding included.
        """
        if len(input_size) != 2 or min(input_size) < 1:
            raise ValueError(f"an input must have at least one row and one column; got {tuple(input_size)}.")
        sizes = tuple(
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(
                input_size, self.kernel_size, self.stride, self.padding, self.dilation, strict=True
            )
        )
        if min(sizes) < 1:
            raise ValueError(
                f"a kernel of {self.kernel_size} with dilation {self.dilation} and padding {self.padding} "
                f"does not fit into an input of {tuple(input_size)}: pad more or take a larger input."
            )
        return sizes[0], sizes[1]

    def tap_grid(self, *, dtype: torch.dtype = torch.float32, device: torch.device | None = None) -> Tensor:
        """The taps as seen from the first one, ``(K, 2)`` in (y, x), row-major, dilation included."""
        axes = [
            torch.arange(k, dtype=dtype, device=device) * d
            for k, d in zip(self.kernel_size, self.dilation, strict=True)
        ]
        return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, 2)

    def base(
        self,
        output_size: Sequence[int],
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | None = None,
    ) -> Tensor:
        """The undeformed sampling positions of every output cell.

        ``y = oy * stride_y - pad_y + ky * dilation_y``, and the same for x.

        Args:
            output_size: rows and columns of the output.
            dtype: a floating type. Half types lose whole pixels on large maps; ask for float32 or float64.
            device: where to make it.

        Returns:
            ``(K, H_out, W_out, 2)``, (y, x) in pixels of the layer's input map.

        >>> Geometry(3, padding=1).base((2, 2))[0, 1, 1]   # first tap of the cell (1, 1)
        tensor([0., 0.])
        """
        axes = [
            torch.arange(n, dtype=dtype, device=device) * s - p
            for n, s, p in zip(output_size, self.stride, self.padding, strict=True)
        ]
        origin = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
        return origin + self.tap_grid(dtype=dtype, device=device)[:, None, None, :]


@dataclass(frozen=True)
class MapToPicture:
    """Takes positions on a feature map to positions on the picture: ``start + jump * position``.

    A feature map is not a resized picture. Its cell 0 sits where the centre of the first receptive field is,
    and its cells are ``jump`` picture pixels apart; both follow from the layers by the recurrence of Araujo
    et al. (Distill 2019), never from ``H_picture / H_map``.

    >>> m = MapToPicture().after(Geometry(3, stride=2, padding=1)).after(Geometry(3, stride=2, padding=1))
    >>> m.jump, m.start
    ((4.0, 4.0), (0.0, 0.0))
    """

    jump: tuple[float, float] = (1.0, 1.0)
    start: tuple[float, float] = (0.0, 0.0)

    def after(self, geometry: Geometry) -> MapToPicture:
        """The same for the output map of a layer that reads this map."""
        jump, start = [], []
        for axis in range(2):
            half = (geometry.kernel_size[axis] - 1) / 2 * geometry.dilation[axis]
            start.append(self.start[axis] + (half - geometry.padding[axis]) * self.jump[axis])
            jump.append(self.jump[axis] * geometry.stride[axis])
        return MapToPicture((jump[0], jump[1]), (start[0], start[1]))

    def to_picture(self, positions: Tensor) -> Tensor:
        """``(..., 2)`` positions (y, x) on the map, as pixels of the picture."""
        return positions * positions.new_tensor(self.jump) + positions.new_tensor(self.start)

    def to_map(self, pixels: Tensor) -> Tensor:
        """``(..., 2)`` pixels (y, x) of the picture, as (fractional) positions on the map."""
        return (pixels - pixels.new_tensor(self.start)) / pixels.new_tensor(self.jump)
