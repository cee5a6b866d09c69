"""``python -m dcnviz view``: the app with a recording of one's own, on this machine."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from dcnviz.commands import CommandError

NAME = "view"
HELP = "open a recording (the NPZ of Recording.save) in the app, in the browser on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE --port --no-browser."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the recording, for example mine.npz")
    parser.add_argument(
        "--port", type=_port, default=8501, metavar="N", help="default 8501; 0 takes one that is free"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="only start the server, and print its address"
    )


def run(args: argparse.Namespace) -> int:
    """Starts the app's server and waits until it ends (Ctrl+C); gives its exit code.

    Raises:
        CommandError: if the file cannot be a recording, or the app is not there.
    """
    _check(args.file)
    command, environment = server(args.file, args.port, browser=not args.no_browser)
    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the server hears it too, and ends


def server(file: Path, port: int, *, browser: bool) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment that start the app with a recording.

    The file goes by the environment and not by the address: who sends a link must not be able to read files.

    Raises:
        CommandError: if the app is not there.
    """
    from dcnviz.data.assets import asset
    from dcnviz.ui.given import VARIABLE

    app = Path(asset("images")).parents[1] / "app.py"
    if not app.is_file():
        raise CommandError(
            "the app (app.py) is not part of this installation; run it from a checkout of dcnviz."
        )
    options = [f"--server.port={port}", f"--server.headless={'false' if browser else 'true'}"]
    command = [sys.executable, "-m", "streamlit", "run", str(app), *options]
    return command, {**os.environ, VARIABLE: str(file.resolve())}


def _check(file: Path) -> None:
    """What can be said at once, before a server is started; the rest the page says."""
    if not file.is_file():
        raise CommandError(f"there is no file {str(file)!r}.")
    try:
        with zipfile.ZipFile(file) as archive:
            is_recording = "manifest.npy" in archive.namelist()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except Exception as error:  # zipfile raises many kinds on what is no archive
        raise CommandError(f"{file} is not an NPZ file: name the file that recording.save wrote.") from error
    if not is_recording:
        raise CommandError(f"{file} is not a recording of dcnviz: name the file that recording.save wrote.")


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"must be a port, 0 to 65535; got {text!r}")
    return port
