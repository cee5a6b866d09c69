"""Several test processes on one machine (`make test`) share its processors: one thread each for PyTorch.

Read before PyTorch is imported, and handed on to the processes that tests start. Tests about threads ask for theirs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def the_main_module() -> Iterator[None]:
    """The test process's own `__main__` after each test.

    A run of a page, AppTest's too, leaves the page's script there, often a temporary one; whichever test starts a
    worker process next would have it run again in the worker.
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
