"""Several test processes on one machine (`make test`) share its processors: one thread each for PyTorch.

Read before PyTorch is imported, and handed on to the processes that tests start. Tests about threads ask for theirs.
"""

from __future__ import annotations

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
