"""Where the files that travel with the package are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "_assets", _PACKAGE.parent / "assets")  # an installed package; a checkout


def asset(path: str) -> Path:
    """Find a file or folder of `assets/`, from a checkout as well as from an installed package.

    Args:
        path: relative to `assets/`, with forward slashes, e.g. "images/gallery.json".

    Returns:
        Its path on this machine.

    Raises:
        FileNotFoundError: it is in neither place.

    Example:
        >>> asset("images").is_dir()
        True
    """
    for folder in _FOLDERS:
        if (folder / path).exists():
            return folder / path
    raise FileNotFoundError(
        f"no file {path!r} among the assets (looked in {' and '.join(str(f) for f in _FOLDERS)})"
    )
