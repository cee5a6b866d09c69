"""The numbers behind one pinned cell, as plain values: what the panel shows and the first screen carries in a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.recording import Recording

Place = tuple[float, float]


@dataclass(frozen=True)
class TapRow:
    """One tap of the cell. Places are (y, x) in pixels of the layer's input map.

    Attributes:
        base: where the regular grid looks.
        offset: what the layer adds.
        position: where it looked.
        corners: the four integer neighbours, upper left to lower right.
        weights: their bilinear weights; 0 outside the map.
        mask: modulation.
        contribution: what the tap adds to the chosen output channel.
    """

    base: Place
    offset: Place
    position: Place
    corners: tuple[Place, ...]
    weights: tuple[float, ...]
    mask: float
    contribution: float


@dataclass(frozen=True)
class CellNumbers:
    """One cell of one layer, for one output channel.

    Attributes:
        layer: number of the layer, from 0.
        cell: (i, j) on its output map.
        pixel: its place on the picture, (y, x).
        jump: picture pixels per cell of the layer's input map.
        channel: the output channel shown.
        channels: those to choose from; with v3 and v4 the ones of the offset group.
        strongest: the one of them with the largest output.
        rows: the taps.
        bias: of the channel.
        output: what the operator computed there.
        error: largest difference over all channels of the cell between the sum and the operator's output.
        reach: points, height and width in picture pixels of the whole stack; None for one layer.
    """

    layer: int
    cell: tuple[int, int]
    pixel: Place
    jump: float
    channel: int
    channels: tuple[int, ...]
    strongest: int
    rows: tuple[TapRow, ...]
    bias: float
    output: float
    error: float
    reach: tuple[int, float, float] | None

    @property
    def total(self) -> float:
        """Sum of the contributions, and the bias."""
        return sum(row.contribution for row in self.rows) + self.bias

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CellNumbers:
        """The inverse of :meth:`to_json` after a trip through JSON."""
        rows = tuple(TapRow(**_tuples(row)) for row in data["rows"])
        return cls(**{**_tuples(data), "rows": rows})


def cell_numbers(
    recording: Recording, layer: str, cell: tuple[int, int], *, group: int = 0, channel: int | None = None
) -> CellNumbers:
    """Takes a pinned cell apart.

    Args:
        recording: with the operator calls.
        layer: "0", "1", "2", or "stack": then the last layer, and how far the stack reaches.
        cell: (i, j).
        group: the offset group whose taps are listed.
        channel: the output channel; the strongest if None or not one of the group's.

    Raises:
        IndexError: if there is no such cell.
    """
    from dcnviz.analysis import stack_points, tap_contributions

    names = list(recording)
    number = len(names) - 1 if layer == "stack" else int(layer)
    sampling, place = recording[names[number]], recording.to_picture[names[number]]
    call = recording.calls[names[number]]
    taken = tap_contributions(call, cell)

    outputs = len(taken.output)
    share = (
        outputs // sampling.groups if call.weight is None else outputs
    )  # depth-wise: a group has its own channels
    first = group * share if call.weight is None else 0
    channels = tuple(range(first, first + share))
    strongest = first + int(taken.output[first : first + share].abs().argmax())
    chosen = channel if channel in channels else strongest

    t, (i, j) = taken.trace, cell
    base = sampling.base[:, i, j].double()
    rows = tuple(
        TapRow(
            base=_place(base[k]),
            offset=_place(sampling.offsets[0, group, k, i, j]),
            position=_place(t.positions[0, group, k, 0, 0]),
            corners=tuple(_place(c) for c in t.corners[0, group, k, 0, 0]),
            weights=tuple(t.corner_weights[0, group, k, 0, 0].tolist()),
            mask=float(t.mask[0, group, k, 0, 0]),
            contribution=float(taken.contributions[k, chosen]),
        )
        for k in range(sampling.taps)
    )
    reach = None
    if layer == "stack":
        first_place = recording.to_picture[names[0]]
        stacked = stack_points(list(recording.values()), [cell], to_picture=first_place, group=group)
        spread = stacked.points[0].amax(0) - stacked.points[0].amin(0)
        reach = (stacked.points.shape[1], float(spread[0]), float(spread[1]))
    out = place.after(sampling.geometry)
    return CellNumbers(
        layer=number,
        cell=cell,
        pixel=(out.start[0] + out.jump[0] * i, out.start[1] + out.jump[1] * j),
        jump=place.jump[0],
        channel=chosen,
        channels=channels,
        strongest=strongest,
        rows=rows,
        bias=float(taken.bias[chosen]),
        output=float(taken.output[chosen]),
        error=taken.error,
        reach=reach,
    )


def _place(pair: Any) -> Place:
    y, x = pair.tolist()
    return float(y), float(x)


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples they were."""
    return {name: _tuple(value) for name, value in data.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value
