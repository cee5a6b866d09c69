import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcnviz.data import assets
from dcnviz.data.pictures import Picture, gallery, load_picture

each_picture = pytest.mark.parametrize("picture", gallery(), ids=lambda picture: picture.id)


@each_picture
def test_picture_loads_at_a_sensible_size(picture: Picture) -> None:
    pixels = load_picture(picture.id)
    assert pixels.dtype == np.uint8
    assert pixels.shape[2:] == (3,)
    assert max(pixels.shape) <= 512
    assert min(pixels.shape[:2]) >= 128
    assert pixels.flags.writeable


@each_picture
def test_pin_lies_within_the_picture_and_not_at_its_edge(picture: Picture) -> None:
    height, width = load_picture(picture.id).shape[:2]
    assert 16 <= picture.pin[0] < height - 16
    assert 16 <= picture.pin[1] < width - 16


@each_picture
def test_texts_are_there_in_both_languages(picture: Picture) -> None:
    assert picture.title_en and picture.title_en.isascii()
    assert picture.alt_en.endswith(".") and len(picture.alt_en) > 30
    assert not picture.title_zh.isascii()
    assert picture.alt_zh.endswith("。")


@each_picture
def test_file_is_small_licensed_and_without_metadata(picture: Picture) -> None:
    path = assets.asset(picture.file)
    licences = assets.asset("images/LICENSES.md").read_text(encoding="utf-8")
    if picture.kind == "photograph":
        assert path.stat().st_size <= 80_000
        assert f"`{path.name}`" in licences
    with Image.open(path) as image:
        assert not image.getexif()
        assert "icc_profile" not in image.info


def test_gallery_has_photographs_and_scenes_with_distinct_ids() -> None:
    kinds = [picture.kind for picture in gallery()]
    assert kinds.count("photograph") >= 6
    assert kinds.count("scene") == 4
    assert len({picture.id for picture in gallery()}) == len(kinds)
    assert kinds == sorted(kinds)  # photographs first


def test_some_photographs_stay_out_of_the_textures() -> None:
    photographs = [picture for picture in gallery() if picture.kind == "photograph"]
    assert {picture.in_textures for picture in photographs} == {True, False}
    assert not any(picture.in_textures for picture in gallery() if picture.kind == "scene")


def test_unknown_id_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="astronaut, coffee"):
        load_picture("nobody")


def test_assets_are_found_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_assets" / "images").mkdir(parents=True)
    (tmp_path / "_assets" / "images" / "a.png").write_bytes(b"x")
    monkeypatch.setattr(assets, "_FOLDERS", (tmp_path / "nowhere", tmp_path / "_assets"))
    assert assets.asset("images/a.png") == tmp_path / "_assets" / "images" / "a.png"
    with pytest.raises(FileNotFoundError, match=r"no file .* among the assets"):
        assets.asset("images/b.png")


def test_data_does_not_import_torch() -> None:
    names = "assets, decode, pictures, scenes, shapes, textures"
    code = f"import sys; from dcnviz.data import {names}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
