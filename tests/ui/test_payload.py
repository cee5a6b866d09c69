"""The explorer's payload: what goes in comes out, in the layout that the browser expects."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dcnviz.ui.explorer.payload import Affine, LayerField, decode, encode, read_header, stackable

PICTURE = b"not really a picture"


def make_field(
    name: str = "blocks.0", *, groups: int = 2, scale: float = 1.0, mask: bool = True, seed: int = 0
) -> LayerField:
    rng = np.random.default_rng(seed)
    shape = (groups, 6, 5, 7)
    offsets = (scale * rng.uniform(-1, 1, (*shape, 2))).astype(np.float32)
    strength = rng.uniform(size=shape).astype(np.float32) if mask else None
    to_map, to_cell = Affine((4.0, 4.0), (1.5, 1.5)), Affine((8.0, 4.0), (0.0, 1.5))
    return LayerField(name, offsets, strength, (2, 3), (2, 1), (1, 1), (1, 1), (9, 7), to_map, to_cell)


def pack(*fields: LayerField) -> bytes:
    return encode(PICTURE, "image/webp", (36, 28), fields, version="v2", alt="Ein Bild, 图")


def test_round_trip() -> None:
    fields = [make_field("a"), make_field("b", groups=1, mask=False, seed=1)]
    header, sections = decode(pack(*fields))
    assert header["format"] == 1 and header["version"] == "v2"
    assert header["picture"] == {
        "width": 28, "height": 36, "mime": "image/webp", "section": 0, "alt": "Ein Bild, 图",
    }  # fmt: skip
    assert sections[0] == PICTURE
    for field, layer in zip(fields, header["layers"], strict=True):
        for name in ("name", "groups"):
            assert layer[name] == getattr(field, name)
        for name in ("kernel", "stride", "padding", "dilation", "input_size", "output_size"):
            assert tuple(layer[name]) == getattr(field, name)
        assert tuple(layer["to_picture"]["start"]) == field.to_picture.start
        assert tuple(layer["cell_to_picture"]["jump"]) == field.cell_to_picture.jump
        np.testing.assert_allclose(sections[layer["offsets"]["section"]], field.offsets, atol=2**-11)
        if field.mask is None:
            assert layer["mask"] is None
        else:
            np.testing.assert_allclose(sections[layer["mask"]["section"]], field.mask, atol=2**-11)


@pytest.mark.parametrize(
    ("scale", "dtype", "error"),
    [(1.0, "f2", 2**-11), (31.9, "f2", 0.008), (32.1, "f4", 0.0), (1e6, "f4", 0.0)],
)
def test_half_precision_only_while_it_is_finer_than_a_screen(scale: float, dtype: str, error: float) -> None:
    field = make_field()
    field.offsets[0, 0, 0, 0] = (scale, -scale)
    header, sections = decode(pack(field))
    entry = header["layers"][0]["offsets"]
    assert entry["dtype"] == dtype
    assert np.abs(sections[entry["section"]].astype(np.float64) - field.offsets).max() <= error


def test_a_mask_without_bound_is_kept_in_single_precision() -> None:
    field = make_field()
    assert field.mask is not None
    field.mask[0, 0, 0, 0] = 1e5
    header, sections = decode(pack(field))
    assert header["layers"][0]["mask"]["dtype"] == "f4"
    assert sections[header["layers"][0]["mask"]["section"]].max() == np.float32(1e5)


def test_sections_are_aligned_and_inside() -> None:
    payload = pack(make_field(), make_field("b", scale=100.0))
    assert payload[:4] == b"DCNV"
    end = 8 + int.from_bytes(payload[4:8], "little")
    for place in read_header(payload)["sections"]:
        assert place["offset"] % 8 == 0 and place["offset"] >= end
        end = place["offset"] + place["length"]
    assert end <= len(payload) and len(payload) % 8 == 0


def test_equal_input_gives_equal_bytes() -> None:
    assert pack(make_field()) == pack(make_field())
    assert pack(make_field()) != pack(make_field(seed=1))


def test_views_and_other_types_are_written_as_they_read() -> None:
    field = make_field()
    turned = np.asfortranarray(field.offsets.astype(">f8"))
    assert pack(replace(field, offsets=turned)) == pack(field)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": np.zeros((1, 9, 5, 7, 2))}, r"offsets of layer 'blocks.0' must be \(G, 6"),
        ({"offsets": np.zeros((2, 6, 5, 7))}, "offsets"),
        ({"offsets": np.zeros((2, 6, 0, 7, 2))}, "offsets"),
        ({"mask": np.zeros((2, 6, 5, 8))}, "mask of layer"),
        ({"offsets": np.full((2, 6, 5, 7, 2), np.nan)}, "must be finite"),
        ({"mask": np.full((2, 6, 5, 7), np.inf)}, "must be finite"),
    ],
)
def test_a_field_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(make_field(), **change)


def test_what_is_no_payload_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        pack()
    with pytest.raises(ValueError, match="image/webp"):
        encode(PICTURE, "text/html", (1, 1), [make_field()])
    for wrong in (b"", b"DCNV", b"PNG....."):
        with pytest.raises(ValueError, match="begins with"):
            decode(wrong)
    other = pack(make_field()).replace(b'"format": 1', b'"format": 9')
    with pytest.raises(ValueError, match="format 1; got 9"):
        decode(other)


def test_stackable_asks_for_maps_that_fit() -> None:
    first = make_field()
    second = replace(first, input_size=first.output_size)
    assert stackable([first, second])
    assert not stackable([first]) and not stackable([first, first])
    assert not stackable([make_field(groups=1), second])


def test_torch_is_not_needed() -> None:
    names = "dcnviz.ui.explorer.payload, dcnviz.plots.colours"
    code = f"import sys, {names}; print(*(name in sys.modules for name in ('torch', 'matplotlib')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
