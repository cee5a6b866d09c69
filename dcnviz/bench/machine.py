"""The machine: what it is, and how fast it multiplies and copies."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Rates:
    """What this machine does in a second, with a number of threads.

    Attributes:
        multiplications: multiply-and-adds of its fastest matrix product, float32.
        bytes: bytes of a large copy, read and written both counted.
    """

    multiplications: float
    bytes: float


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Runs the block with that many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def seconds(function: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


@torch.no_grad()
def rates(*, quick: bool = False) -> Rates:
    """Measures both, with the threads that are set. Under half a second a repetition.

    The matrix product is the faster of a square one and a convolution, channels last: the libraries under the two
    differ. Its kernel has two columns and steps over two, since PyTorch gives a 1x1 kernel to the former's library when
    it has one thread.
    """
    side, repetitions = (256, 3) if quick else (1024, 7)
    a, b = torch.rand(side, side), torch.rand(side, side)
    picture = torch.rand(1, side // 2, side // 8, 16).contiguous(memory_format=torch.channels_last)
    kernel = torch.rand(side, side // 2, 1, 2)
    large = torch.rand(2**20 if quick else 2**24)
    copy = torch.empty_like(large)

    def best(function: Callable[[], object]) -> float:
        function()
        return statistics.median(seconds(function) for _ in range(repetitions))

    product = min(best(lambda: a @ b), best(lambda: F.conv2d(picture, kernel, stride=(1, 2))))
    return Rates(side**3 / product, 2 * 4 * large.numel() / best(lambda: copy.copy_(large)))


def describe() -> dict[str, str | int]:
    """Processor, cores, system, and the versions of all that counts."""
    import numpy

    import dcnviz

    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "vector_instructions": torch.backends.cpu.get_cpu_capability(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": version("torchvision"),
        "numpy": numpy.__version__,
        "dcnviz": dcnviz.__version__,
    }


def _processor() -> str:
    """The processor's name; Python's own answer is often empty on Linux."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
