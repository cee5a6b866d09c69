"""A recording as the explorer takes it: each layer's fields in plain numpy, packed with the picture as one payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcnviz.ui.explorer.payload import Affine, LayerField, encode

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.geometry import MapToPicture
    from dcnviz.recording import Recording
    from dcnviz.sampling import Sampling
    from dcnviz.ui.networks import Shown


def encode_recording(recorded: Recording, shown: Shown, version: str, group: int | None = None) -> bytes:
    """A recording's fields as the explorer's payload."""
    masked = version not in ("conv", "v1")
    fields = [
        field_of(name, sampling, recorded.to_picture[name], group=group, masked=masked)
        for name, sampling in recorded.items()
    ]
    height, width = shown.pixels.shape[:2]
    return encode(shown.file, shown.mime, (height, width), fields, version=version)


def field_of(
    name: str,
    sampling: Sampling,
    place: MapToPicture,
    *,
    image: int = 0,
    group: int | None = None,
    masked: bool = True,
) -> LayerField:
    """One layer as plain numpy, for one input of the batch, with all offset groups or one."""
    first = 0 if group is None else min(group, sampling.groups - 1)
    groups, g = slice(first, None if group is None else first + 1), sampling.geometry
    return LayerField(
        name=name,
        offsets=sampling.offsets[image, groups].numpy(),
        mask=sampling.mask[image, groups].numpy() if masked else None,
        kernel=g.kernel_size,
        stride=g.stride,
        padding=g.padding,
        dilation=g.dilation,
        input_size=sampling.input_size,
        to_picture=_affine(place),
        cell_to_picture=_affine(place if sampling.anchors is not None else place.after(g)),
        anchors=None if sampling.anchors is None else sampling.anchors[image].numpy(),
    )


def _affine(place: MapToPicture) -> Affine:
    return Affine(place.jump, place.start)
