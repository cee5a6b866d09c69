"""``python -m dcnviz view``: the app with a recording of one's own, on this machine."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from dcnviz.commands import CommandError, app
from dcnviz.data.bounded import open_file, open_zip

NAME = "view"
HELP = "open a recording (the NPZ of Recording.save) in the app, in the browser on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, and what the app takes."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the recording, for example mine.npz")
    app.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Starts the app's server with the recording and waits until it ends (Ctrl+C); gives its exit code.

    The file goes by the environment and not by the address: who sends a link must not be able to read files.

    Raises:
        CommandError: if the file cannot be a recording, or the app is not there.
        OSError: if it cannot be read.
    """
    from dcnviz.ui.given import VARIABLE

    _check(args.file)
    os.environ[VARIABLE] = str(args.file.resolve())
    return app.run(args)


def _check(file: Path) -> None:
    """What can be said at once, before a server is started; the rest the page says."""
    with open_file(file) as opened:
        try:
            with open_zip(opened) as archive:
                is_recording = "manifest.npy" in archive.namelist()
        except Exception as error:  # zipfile raises many kinds on what is no archive
            raise CommandError(
                f"{file} is not an NPZ file: name the file that recording.save wrote."
            ) from error
    if not is_recording:
        raise CommandError(f"{file} is not a recording of dcnviz: name the file that recording.save wrote.")
