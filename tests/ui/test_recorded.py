"""Recordings of strangers: laid out for the explorer as they are, bounded, and refused with a code."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dcnviz.recording import Recording
from dcnviz.ui import recorded
from dcnviz.ui.explorer.fields import field_of
from dcnviz.ui.explorer.payload import decode
from dcnviz.ui.recorded import RefusedError, read_file, read_upload, thinned, to_pixels
from tests.ui.samples import attention, grid, recording, saved


def code_of(data: bytes) -> str:
    with pytest.raises(RefusedError) as refused:
        read_upload(data, "x.npz")
    return refused.value.code


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def test_what_was_saved_is_laid_out() -> None:
    shown = read_upload(saved(recording()), "a.npz")
    assert shown.layers == ["body.0", "body.1", "<b>*odd*</b>", "decoder"]
    assert [picture.shape for picture in shown.pictures] == [(48, 64, 3)] * 2 and not shown.blank
    header, sections = decode(recorded.field(shown, 0, 1, 1).payload)
    (layer,) = header["layers"]
    assert (layer["groups"], layer["cell_to_picture"]["jump"]) == (1, [4.0, 4.0])
    wanted = recording()["body.0"].offsets[1, 1].numpy()
    assert np.abs(sections[layer["offsets"]["section"]][0] - wanted).max() < 4e-3
    header, _ = decode(recorded.field(shown, 1, 0, 0).payload)
    assert header["layers"][0]["kernel"] == [1, 5] and header["layers"][0]["mask"] is None
    assert header["layers"][0]["cell_to_picture"]["jump"] == [8.0, 8.0]


def test_attention_keeps_its_anchors() -> None:
    shown = read_upload(saved(recording()), "a.npz")
    header, sections = decode(recorded.field(shown, 3, 0, 0).payload)
    (layer,) = header["layers"]
    anchors = sections[layer["anchors"]["section"]]
    assert np.array_equal(anchors, recording()["decoder"].anchors[0].numpy())  # type: ignore[index]
    assert layer["to_picture"] == {"jump": [6.0, 6.4], "start": [2.5, 2.7]}


def test_a_layer_without_a_place_is_taken_for_a_resized_picture() -> None:
    shown = read_upload(saved(recording()), "a.npz")
    assert shown.recording.estimated == {"<b>*odd*</b>"}
    place = shown.recording.to_picture["<b>*odd*</b>"]
    corner = place.to_picture(torch.tensor([-0.5, -0.5])), place.to_picture(torch.tensor([8.5, 6.5]))
    assert corner[0].tolist() == pytest.approx([-0.5, -0.5])
    assert corner[1].tolist() == pytest.approx([47.5, 63.5], abs=1e-4)


def test_without_a_picture_the_ground_is_grey() -> None:
    shown = read_upload(saved(recording(image=False)), "a.npz")
    assert shown.blank and len(shown.pictures) == 2
    assert shown.pictures[0].shape == (48, 64, 3)  # as far as the placed maps reach
    bare = Recording()
    bare.add("a", grid())
    assert read_upload(saved(bare), "a.npz").pictures[0].shape == (192, 256, 3)


def test_pictures_of_any_range() -> None:
    assert to_pixels(np.full((1, 2, 2), 0.5)).tolist() == [[[128] * 3] * 2] * 2
    assert to_pixels(np.full((3, 1, 1), 200.0)).tolist() == [[[200, 200, 200]]]
    assert to_pixels(np.full((4, 1, 1), -3.0)).tolist() == [[[0, 0, 0]]]
    assert to_pixels(np.array([[[np.nan, np.inf]]])).shape == (1, 2, 3)


def test_a_large_layer_is_thinned_and_its_cells_stay_in_place() -> None:
    place = recording().to_picture["body.0"]
    whole = field_of("a", grid(size=(40, 50)), place)
    assert thinned(whole, 10**9) == (whole, 1)
    shown, every = thinned(whole, 30_000)
    assert every == 3 and shown.output_size == (14, 17)
    assert 4 * (shown.offsets.size + shown.mask.size) < 31_000  # type: ignore[union-attr]
    assert np.array_equal(shown.offsets[:, :, 2, 3], whole.offsets[:, :, 6, 9])
    assert shown.stride == (3, 3) and shown.cell_to_picture.jump == (12.0, 12.0)

    queries = field_of("b", attention(1000), place)
    few, every = thinned(queries, 30_000)
    assert (
        few.output_size == (1, -(-1000 // every)) and few.anchors is not None and queries.anchors is not None
    )
    assert np.array_equal(few.anchors[0, 2], queries.anchors[0, 2 * every])


def test_each_refusal_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = saved(recording())
    assert code_of(b"") == "empty"
    assert code_of(b"hello") == "not_npz"
    assert code_of(whole[: len(whole) // 2]) == "not_npz"
    assert code_of(npz(a=np.ones(3))) == "not_recording"
    assert code_of(npz(manifest=np.array("{}"))) == "damaged"
    assert code_of(npz(manifest=np.array([{}], dtype=object))) == "damaged"  # a pickle
    assert code_of(saved(Recording())) == "no_layers"
    monkeypatch.setattr(recorded, "UNFOLDED_MB", 0)
    assert code_of(whole) == "too_large"
    monkeypatch.setattr(recorded, "UPLOAD_MB", 0)
    assert code_of(whole) == "too_large"


def test_a_bomb_is_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "UNFOLDED_MB", 4)
    bomb = npz(manifest=np.array("{}"), image=np.zeros((1, 3, 800, 800), np.float32))
    assert len(bomb) < 20_000 and code_of(bomb) == "too_large"


def test_a_file_of_the_server_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    with pytest.raises(RefusedError) as refused:
        read_file(path)
    assert refused.value.code == "missing"
    path.write_bytes(saved(recording()))
    assert read_file(path) is read_file(path)
    assert read_file(path).name == "mine.npz"


def test_fields_that_do_not_fit_their_anchors_are_refused() -> None:
    field = field_of("a", attention(), recording().to_picture["decoder"])
    with pytest.raises(ValueError, match="anchors of layer 'a' must be"):
        replace(field, anchors=np.zeros((1, 3, 2)))
