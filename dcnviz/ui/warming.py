"""What the first page needs is brought into memory while its browser still loads its own scripts.

A browser takes a second to load Streamlit's scripts before it asks for a page. In that second the server would do
little, and then import the page's modules, and pandas for Streamlit's components, while somebody waits.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module

SWITCH = 0.0005
"""Seconds after which Python lets another thread run. By its own 5 ms, each script file that the browser asks for
meanwhile would wait several times as long as it takes."""


def begin() -> None:
    """Warms up on a thread of its own: a page that is asked for meanwhile waits for no more than it needs itself."""
    threading.Thread(target=_work, name="dcnviz-warming", daemon=True).start()


def _work() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        warm()
    finally:
        sys.setswitchinterval(usual)


def warm() -> None:
    """Imports the first page and what Streamlit needs for it, and makes what it shows of files. Not torch."""
    # All imports are in here: at the top they would keep the server from its start.
    from dcnviz.ui.given import given_file

    first = f"dcnviz.ui.pages.{'explore' if given_file() is None else 'model'}"
    for name in ("dcnviz.ui.navigation", first, "pandas"):
        import_module(name)
    from dcnviz.data.pictures import gallery
    from dcnviz.ui import first_view
    from dcnviz.ui.faults import MissingError
    from dcnviz.ui.networks import thumbnail

    first_view.stored()
    for picture in gallery():
        try:
            thumbnail(picture.id)
        except MissingError:  # the page itself says so
            continue
