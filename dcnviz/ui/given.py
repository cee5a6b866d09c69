"""A recording that the person who starts the server names: ``python -m dcnviz view FILE``.

It comes by an environment variable of the server's process. Never by an address: who opens a link could read files.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "DCNVIZ_RECORDING"


def given_file() -> Path | None:
    """The file named, whether or not it can be read; None if there is none."""
    name = os.environ.get(VARIABLE)
    return Path(name) if name else None
