"""``python -m dcnviz``, and ``python -m dcnviz app``: the app, from a checkout or an installed package."""

from __future__ import annotations

import argparse
from pathlib import Path

import dcnviz
from dcnviz.commands import CommandError
from dcnviz.commands.arguments import whole

NAME = "app"
HELP = "open the app in the browser on this machine; the same as no command at all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--port --no-browser; other commands that open the app take them too."""
    parser.add_argument(
        "--port", type=whole(0, 65535), metavar="N", help="default 8501; 0 takes one that is free"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="only start the server, and print its address"
    )


def run(args: argparse.Namespace) -> int:
    """Starts the app's server and waits until it ends (Ctrl+C); gives its exit code.

    Raises:
        CommandError: if the app is not there.
        ValueError: if a setting is refused.
    """
    from dcnviz.ui import memory
    from dcnviz.ui.serving import serve

    memory.one_heap()  # before the server has threads
    options = {} if args.port is None else {"server.port": str(args.port)}
    if args.no_browser:
        options["server.headless"] = "true"
    return serve(entry(), options)


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
