"""What notebooks show: small, escaped, true, and of anything that can be recorded."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image

from dcnviz import Recording, models
from dcnviz.geometry import Geometry, MapToPicture
from dcnviz.glance import MOST_ROWS, thumbnail
from dcnviz.recording import look
from dcnviz.sampling import Sampling, regular

SIZE = (12, 16)


class Balanced(HTMLParser):
    """Counts tags, and fails where one is closed that was not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def layer() -> Sampling:
    shape = (2, 2, 9, *SIZE)
    offsets = torch.randn(*shape, 2, generator=torch.Generator().manual_seed(0))
    return Sampling(offsets, torch.ones(shape), Geometry(3, padding=1), SIZE, "v2")


def spokes(text: str) -> list[tuple[float, ...]]:
    """(x, y) of a cell and (x, y) of one of its taps, for each line drawn."""
    path = next(p for p in re.findall(r'<path d="([^"]*)"', text) if "L" in p)
    return [tuple(map(float, m)) for m in re.findall(r"M(\S+) (\S+)L(\S+) ([^M]+)", path)]


def near(points: torch.Tensor, y: float, x: float) -> float:
    """Distance to the nearest of ``(N, 2)`` points."""
    return float((points.double() - torch.tensor([y, x])).norm(dim=-1).min())


def test_a_sampling_shows_cells_with_their_taps() -> None:
    one = layer()
    text = one._repr_html_()
    Balanced(text)
    drawn = spokes(text)
    assert len(drawn) % 9 == 0 and 9 * 9 <= len(drawn) <= 9 * 25
    for x, y, u, v in drawn:
        assert near(one.positions[0, 0, :, int(y), int(x)], v, u) < 0.01
    assert "v2" in text and "12 x 16" in text
    assert f"{float(one.offsets.norm(dim=-1).mean()):.2f} px" in text
    assert f"{100 * (1 - float(one.inside.float().mean())):.1f} %" in text


def test_a_recording_shows_the_picture_and_its_layers() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    recording = look(models.load("v3"), picture)
    text = recording._repr_html_()
    tags = Balanced(text).seen
    assert tags.count("tr") == 4 and tags.count("image") == 1 and "exact" in text
    assert len(text) < 90_000  # noise is the worst of pictures
    (data,) = re.findall(r'href="data:image/jpeg;base64,([^"]*)"', text)
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.size == (200, 300)  # small enough as it is
    place = recording.to_picture["blocks.2.layer.layer"]
    one = recording["blocks.2.layer.layer"]
    for x, y, u, v in spokes(text)[::7]:
        i, j = place.to_map(torch.tensor([y, x])).round().int().tolist()
        assert near(place.to_picture(one.positions[0, 0, :, i, j]), v, u) < 0.08
    assert repr(recording).startswith("<Recording of 3 layers: blocks.0.layer.layer, ")


def test_a_sampling_in_a_terminal_is_one_line() -> None:
    assert repr(layer()) == "<Sampling v2: (B, G, K, H, W) = (2, 2, 9, 12, 16) on a map of 12 x 16>"


def test_names_from_a_file_are_escaped() -> None:
    recording = Recording()
    evil = "<script>alert('x')</script>\"&"
    recording.add(evil, layer())
    recording.image = torch.rand(1, 3, 20, 20)
    recording.to_picture[evil] = MapToPicture()
    recording.estimated.add(evil)
    text = recording._repr_html_()
    assert "script" not in Balanced(text).seen and "&lt;script&gt;" in text and "estimated" in text


def test_many_layers_are_counted() -> None:
    recording = Recording()
    for n in range(MOST_ROWS + 5):
        recording.add(f"layer{n}", regular(Geometry(3, padding=1), (4, 4)))
    text = recording._repr_html_()
    assert Balanced(text).seen.count("tr") == MOST_ROWS + 2 and "and 5 more" in text


def test_nothing_recorded() -> None:
    Balanced(Recording()._repr_html_())
    assert repr(Recording()) == "<Recording of no layers>"


def test_points_of_attention_have_no_grid_but_places() -> None:
    anchors = torch.rand(1, 1, 300, 2) * 10
    offsets = torch.randn(1, 8, 4, 1, 300, 2)
    one = Sampling(offsets, torch.rand(1, 8, 4, 1, 300), Geometry((1, 4)), (10, 12), "msda", anchors)
    drawn = spokes(one._repr_html_())
    assert 4 * 20 <= len(drawn) <= 4 * 25
    for x, y, u, v in drawn:
        assert near(anchors[0, 0], y, x) < 0.01 and near(one.positions[0, 0].reshape(-1, 2), v, u) < 0.01


def test_numbers_that_are_none_and_a_batch_of_nothing() -> None:
    one = layer()
    one.offsets[0, 0, 0, 0, 0] = float("nan")
    assert "M" in one._repr_html_() and "nan" not in re.sub(r"<td.*", "", one._repr_html_())
    Balanced(regular(Geometry(3, padding=1), SIZE, batch=0)._repr_html_())


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (torch.full((1, 3, 8, 8), 0.5), 128),
        (torch.full((1, 1, 8, 8), 127.0), 127),
        (torch.linspace(-2, 2, 64).view(1, 1, 8, 8), 0),
        (torch.full((1, 5, 8, 8), float("nan")), 0),
    ],
)
def test_pictures_of_any_scale(image, expected) -> None:
    data = base64.b64decode(thumbnail(image).split(",")[1])
    with Image.open(io.BytesIO(data)) as small:
        assert abs(small.convert("RGB").getpixel((0, 0))[0] - expected) <= 2  # type: ignore[index]
