"""``python -m dcnviz figure``: the sampling of one cell, as files, without a browser."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcnviz.commands import CommandError
from dcnviz.commands.arguments import whole

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.figure import Figure

    from dcnviz.models import Network
    from dcnviz.recording import Recording

NAME = "figure"
HELP = "draw where a trained network looked from one place of a picture: PNG, SVG, and the fields as NPZ"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """PICTURE --version --at --out, and what is drawn."""
    parser.add_argument(
        "picture", metavar="PICTURE", help="a picture file, or the id of a bundled picture (astronaut)"
    )
    parser.add_argument(
        "--version", required=True, metavar="VERSION", help="the network: conv, v1, v2, v3 or v4"
    )
    parser.add_argument(
        "--at",
        required=True,
        type=_pixel,
        metavar="Y,X",
        help="row and column of a pixel, from 0; a larger picture is first scaled to 512 pixels a side",
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder for the files; made if missing"
    )
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument("--layer", metavar="PATH", help="only this layer, for example blocks.1.layer")
    depth.add_argument(
        "--stack", action="store_true", help="through all layers down to the picture (the default)"
    )
    parser.add_argument(
        "--group",
        type=whole(0, 9999),
        default=0,
        metavar="N",
        help="offset group, from 0 (default 0); titles count from 1",
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="default light")
    parser.add_argument("--numbers", action="store_true", help="number the taps")
    parser.add_argument(
        "--all",
        action="store_true",
        help="also the layer's fields: displacement, flow, offset length, effective dilation, masks",
    )


def run(args: argparse.Namespace) -> int:
    """Draws and writes; prints the files.

    Raises:
        CommandError: with one sentence, as ValueError and OSError, for everything that the person can put right.
    """
    network = _network(args.version)
    picture = _read(args.picture)
    height, width = picture.shape[:2]
    if not (0 <= args.at[0] < height and 0 <= args.at[1] < width):
        raise CommandError(
            f"--at {args.at[0]},{args.at[1]} is not on the picture, whose rows are 0 to {height - 1} and "
            f"columns 0 to {width - 1}."
        )
    from dcnviz.recording import look

    recording = look(network, picture)
    layer = None if args.layer is None else _layer(args.layer, recording)
    name = layer or list(recording)[-1]
    groups = recording[name].groups
    if not 0 <= args.group < groups:
        there = "only group 0" if groups == 1 else f"groups 0 to {groups - 1}"
        raise CommandError(f"--group {args.group} is not there: {args.version} has {there}.")
    cell = _cell(recording, name, args.at)
    for path in _write(args, recording, picture, cell, layer, name):
        print(path)
    return 0


def _pixel(text: str) -> tuple[int, int]:
    try:
        y, x = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be two whole numbers, Y,X, as 120,226; got {text!r}"
        ) from None
    return y, x


def _network(version: str) -> Network:
    from dcnviz.models import load
    from dcnviz.sampling import VERSIONS

    known = {v: v for v in VERSIONS}
    if version not in known:
        raise CommandError(f"--version must be one of {', '.join(VERSIONS)}; got {version!r}.")
    return load(known[version])


def _read(given: str) -> npt.NDArray[np.uint8]:
    """A file wins over a bundled picture of the same name."""
    from dcnviz.data.bounded import read_file
    from dcnviz.data.decode import MAX_BYTES, decode_picture
    from dcnviz.data.pictures import gallery, load_picture

    path = Path(given)
    if not path.exists():
        ids = [picture.id for picture in gallery()]
        if given in ids:
            return load_picture(given)
        raise CommandError(
            f"there is no file {given!r}, and no bundled picture of that name ({', '.join(ids)})."
        )
    data = read_file(path, MAX_BYTES)
    try:
        return decode_picture(data)
    except ValueError as error:
        raise CommandError(f"{given}: {error}") from error


def _layer(given: str, recording: Recording) -> str:
    """A layer's path, or the beginning of only one."""
    fits = [name for name in recording if name == given or name.startswith(f"{given}.")]
    if len(fits) != 1:
        raise CommandError(f"--layer must be one of {', '.join(recording)}; got {given!r}.")
    return fits[0]


def _cell(recording: Recording, name: str, at: tuple[int, int]) -> tuple[int, int]:
    """The cell of a layer's output map that is nearest to a pixel."""
    import torch

    sampling = recording[name]
    place = recording.to_picture[name].after(sampling.geometry)
    i, j = place.to_map(torch.tensor(at, dtype=torch.float64)).round().int().tolist()
    rows, columns = sampling.output_size
    return min(max(i, 0), rows - 1), min(max(j, 0), columns - 1)


def _figures(
    args: argparse.Namespace,
    recording: Recording,
    picture: npt.NDArray[np.uint8],
    cell: tuple[int, int],
    layer: str | None,
    name: str,
) -> dict[str, Figure]:
    from dcnviz import plots

    look: dict[str, Any] = {"group": args.group, "theme": args.theme}
    figures = {
        "sampling": plots.sampling_points(recording, picture, cell, layer=layer, numbers=args.numbers, **look)
    }
    if args.all:
        fields = {
            "displacement": plots.mean_displacement,
            "flow": plots.displacement_flow,
            "offset-length": plots.offset_magnitude,
            "dilation": plots.dilation_map,
            "masks": plots.mask_map,
        }
        place = recording.to_picture[name]
        figures |= {title: draw(recording[name], picture, place, **look) for title, draw in fields.items()}
    return figures


def _write(
    args: argparse.Namespace,
    recording: Recording,
    picture: npt.NDArray[np.uint8],
    cell: tuple[int, int],
    layer: str | None,
    name: str,
) -> list[Path]:
    from dcnviz import plots

    figures = _figures(args, recording, picture, cell, layer, name)
    args.out.mkdir(parents=True, exist_ok=True)
    written = [
        plots.save(figure, args.out / f"{title}{ending}")
        for title, figure in figures.items()
        for ending in (".png", ".svg")
    ]
    recording.save(args.out / "fields.npz")
    return [*written, args.out / "fields.npz"]
