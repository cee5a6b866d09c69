"""Figures as files: clean, repeatable, and made from several threads at once."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dcnviz import plots
from tests.plots.helpers import PLACE, layer, picture, recording


def some_figure() -> Figure:
    return plots.sampling_points(recording(), picture(), (3, 5), numbers=True)


def texts(svg: bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_svg_keeps_text_as_text_and_ids_and_tells_nothing_else() -> None:
    svg = plots.to_svg(some_figure())
    words = texts(svg)
    assert any("stacked through 2 layers" in text for text in words)
    assert {"0", "8"} <= set(words)
    for gid in ("samples", "taps", "base", "cell"):
        assert f'id="{gid}"'.encode() in svg
    for noise in (b"<dc:date>", b"Matplotlib", b"metadata"):
        assert noise not in svg


def test_svg_of_a_colour_bar_is_of_the_figures_size() -> None:
    figure = plots.offset_magnitude(layer(), picture(), PLACE)
    root = ElementTree.fromstring(plots.to_svg(figure))
    assert float(root.get("width", "0pt")[:-2]) == pytest.approx(72 * figure.get_size_inches()[0])
    assert figure.dpi == 100


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert plots.to_svg(some_figure()) == plots.to_svg(some_figure())
    assert plots.to_png(some_figure(), dpi=60) == plots.to_png(some_figure(), dpi=60)
    assert plots.to_pdf(some_figure()) == plots.to_pdf(some_figure())


def test_pdf_is_one_page_of_the_figures_size_and_tells_nothing_else() -> None:
    figure = some_figure()
    pdf = plots.to_pdf(figure)
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert box and [float(n) for n in box.groups()] == pytest.approx(72 * figure.get_size_inches(), abs=0.01)
    assert pdf.count(b"/Type /Page ") == 1
    for noise in (b"CreationDate", b"Matplotlib", b"Creator"):
        assert noise not in pdf


def test_png_has_the_size_asked_for_and_no_metadata() -> None:
    figure = Figure(figsize=(2, 1))
    with Image.open(BytesIO(plots.to_png(figure, dpi=150))) as image:
        assert image.size == (300, 150)
        assert set(image.info) <= {"dpi"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_the_themes_colour(theme) -> None:
    figure = plots.offset_magnitude(layer(), picture(), PLACE, theme=theme)
    with Image.open(BytesIO(plots.to_png(figure, dpi=50))) as image:
        corner = np.asarray(image.convert("L"))[0, 0]
    assert corner == 255 if theme == "light" else corner < 40


def test_save_chooses_by_the_ending(tmp_path) -> None:
    figure = Figure(figsize=(1, 1))
    assert plots.save(figure, tmp_path / "a.png").read_bytes()[1:4] == b"PNG"
    assert b"<svg" in plots.save(figure, str(tmp_path / "a.SVG")).read_bytes()
    assert plots.save(figure, tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    with pytest.raises(ValueError, match=r"\.png, \.svg, \.pdf; got the ending '\.jpg'"):
        plots.save(figure, tmp_path / "a.jpg")


def test_no_figure_registers_with_pyplot_or_changes_settings() -> None:
    before = dict(matplotlib.rcParams)
    plots.to_svg(some_figure())
    plots.mask_map(layer(), picture(), PLACE)
    assert dict(matplotlib.rcParams) == before
    code = (
        "import sys; from tests.plots.test_export import some_figure; from dcnviz import plots;"
        "plots.to_svg(some_figure()); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_table_of_colours_needs_no_matplotlib() -> None:
    code = "import sys, dcnviz.plots.colours; assert not {'matplotlib', 'torch', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_do_not_disturb_one_another() -> None:
    def work(seed: int) -> tuple[bytes, bytes]:
        one = layer(seed)
        svg = plots.to_svg(plots.sampling_points(one, picture(), (3, 5), to_picture=PLACE))
        return svg, plots.to_png(plots.offset_magnitude(one, picture(), PLACE), dpi=60)

    alone = [work(seed) for seed in range(4)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(work, [0, 1, 2, 3] * 2))
    assert together == alone * 2


def test_names_are_all_there() -> None:
    assert all(callable(getattr(plots, name)) for name in plots.__all__)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = plots.nothing_like_it
