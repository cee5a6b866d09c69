"""``python -m dcnviz``, and ``python -m dcnviz app``: the app, from a checkout or an installed package."""

from __future__ import annotations

import argparse
from pathlib import Path

import dcnviz
from dcnviz.commands import CommandError

NAME = "app"
HELP = "open the app in the browser on this machine; the same as no command at all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--port --no-browser; other commands that open the app take them too."""
    parser.add_argument("--port", type=_port, metavar="N", help="default 8501; 0 takes one that is free")
    parser.add_argument(
        "--no-browser", action="store_true", help="only start the server, and print its address"
    )


def run(args: argparse.Namespace) -> int:
    """Starts the app's server and waits until it ends (Ctrl+C); gives its exit code.

    Raises:
        CommandError: if the app is not there, or a setting is refused.
    """
    from dcnviz.ui.serving import serve

    options = {} if args.port is None else {"server.port": str(args.port)}
    if args.no_browser:
        options["server.headless"] = "true"
    try:
        return serve(entry(), options)
    except ValueError as error:
        raise CommandError(str(error)) from error


def entry() -> Path:
    """The file that Streamlit runs, with the project's settings (`.streamlit/config.toml`) beside it.

    Raises:
        CommandError: if it is in neither place.
    """
    package = Path(dcnviz.__file__).resolve().parent
    places = (package / "_app" / "app.py", package.parent / "app.py")  # an installed package; a checkout
    for place in places:
        if place.is_file():
            return place
    raise CommandError(
        f"the app is not part of this installation (looked for {' and '.join(map(str, places))})."
    )


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"must be a port, 0 to 65535; got {text!r}")
    return port
