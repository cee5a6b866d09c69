"""Matplotlib's SVG backend, with text as text and ids that do not change from one save to the next.

Matplotlib takes both from its global settings (`svg.fonttype`, `svg.hashsalt`), and changing those for a
moment changes them for every other thread of a server too. So this backend, chosen by
``savefig(backend=...)``, decides them for itself.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG


class _Renderer(RendererSVG):
    def _draw_text_as_path(self, *args: Any, **kwargs: Any) -> None:
        cast(Any, self)._draw_text_as_text(*args, **kwargs)

    def _make_id(self, type: str, content: Any) -> str:
        return f"{type}{hashlib.sha256(str(content).encode()).hexdigest()[:10]}"


class FigureCanvas(FigureCanvasSVG):
    """What ``savefig(format="svg", backend="module://dcnviz.plots.svg")`` draws on."""

    def print_svg(self, filename: Any, *, metadata: Any = None, **rest: Any) -> None:
        """Draws the figure into an open binary file; savefig has already seen to what else it hands on."""
        dpi, (width, height) = self.figure.dpi, self.figure.get_size_inches()
        self.figure.dpi = 72  # a point is the unit of the drawing; savefig restores the figure's own
        make, mix = cast(Any, _Renderer), cast(Any, MixedModeRenderer)  # Matplotlib leaves them untyped
        pen = make(72 * width, 72 * height, _Utf8(filename), image_dpi=dpi, metadata=metadata)
        renderer = mix(
            self.figure, width, height, dpi, pen, bbox_inches_restore=rest.get("bbox_inches_restore")
        )
        self.figure.draw(renderer)
        renderer.finalize()


class _Utf8:
    """The writing end of a text file over a binary one, without a buffer that would have to be flushed."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode())
