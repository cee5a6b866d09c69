"""The first screen's fields and numbers, from two files: so that the page paints before torch is imported.

    python -m dcnviz.ui.first_view        writes them anew, after the checkpoints or the picture have changed

A test compares them with what the network gives.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dcnviz.data.assets import asset
from dcnviz.ui.cell import CellNumbers
from dcnviz.ui.view import View, default_pin

if TYPE_CHECKING:
    from dcnviz.ui.networks import Shown, Trained

FOLDER = "first-view"


@dataclass(frozen=True)
class FirstView:
    """What the first screen shows.

    Attributes:
        version: of the network.
        layer: as in the view.
        digest: of the picture.
        payload: the explorer's.
        numbers: of the pinned cell, strongest channel.
    """

    version: str
    layer: str
    digest: str
    payload: bytes
    numbers: CellNumbers


@cache
def stored() -> FirstView | None:
    """The files' content, or None if they are missing or not readable: then the page computes it, a little later."""
    try:
        about = json.loads(asset(f"{FOLDER}/numbers.json").read_text(encoding="utf-8"))
        return FirstView(
            about["version"],
            about["layer"],
            about["digest"],
            asset(f"{FOLDER}/fields.dcnv").read_bytes(),
            CellNumbers.from_json(about["numbers"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def payload(trained: Trained, shown: Shown) -> bytes | None:
    """The explorer's payload, if it is the first screen's that is asked for."""
    first = stored()
    return first.payload if first and (first.version, first.digest) == (trained.key, shown.digest) else None


def numbers(trained: Trained, view: View, shown: Shown, cell: tuple[int, int]) -> CellNumbers | None:
    """The numbers of the pinned cell, if it is the first screen's that is asked for."""
    first = stored()
    if not first or (first.version, first.layer, first.digest) != (trained.key, view.layer, shown.digest):
        return None
    return first.numbers if cell == first.numbers.cell and view.group == 0 else None


def compute() -> FirstView:
    """The same from the network."""
    from dcnviz.models import load
    from dcnviz.recording import look
    from dcnviz.ui import networks
    from dcnviz.ui.cell import cell_numbers
    from dcnviz.ui.explorer.fields import encode_recording
    from dcnviz.ui.view import cell_at

    view = View(at=default_pin(View.picture))
    shown = networks.from_gallery(view.picture, view.lang)
    recording = look(load(view.version), shown.pixels)  # type: ignore[arg-type]  # a version by its default
    cell = cell_at(view.at, shown.pixels.shape[:2])
    assert cell is not None, "the first picture of the gallery has a place to look at"
    return FirstView(
        view.version,
        view.layer,
        shown.digest,
        encode_recording(recording, shown, view.version),
        cell_numbers(recording, view.layer, cell),
    )


def main() -> None:
    """Writes the two files."""
    first = compute()
    folder = Path(asset("images")).parent / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "fields.dcnv").write_bytes(first.payload)
    about = {
        "version": first.version,
        "layer": first.layer,
        "digest": first.digest,
        "numbers": first.numbers.to_json(),
    }
    (folder / "numbers.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
