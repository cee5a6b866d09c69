"""The server's heap: that threads share it, that what is free goes back, and that other C libraries are left alone."""

from __future__ import annotations

import ctypes
import gc
import platform
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from dcnviz.ui import memory

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked")

HEAPS = """
import ctypes, sys, threading
from pathlib import Path
from dcnviz.ui import memory

asked = memory.one_heap() if sys.argv[1] == "one" else False
meeting = threading.Barrier(7)

def work():
    kept = [bytearray(5000) for _ in range(100)]
    meeting.wait()
    del kept

threads = [threading.Thread(target=work) for _ in range(6)]
for each in threads: each.start()
meeting.wait()
for each in threads: each.join()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(library.fopen(sys.argv[2].encode(), b"w"))
library.malloc_info(0, file)
library.fclose(file)
print(asked, Path(sys.argv[2]).read_text().count("<heap "))
"""

FREED = """
from pathlib import Path
import numpy as np
from dcnviz.ui import memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

large, between = [], []
for _ in range(2000):  # below the size that glibc takes from the system by itself
    large.append(np.ones(100_000, np.uint8))
    between.append(np.ones(3_000, np.uint8))
del large
before = resident()
said = memory.give_back()
print(said, before - resident())
"""


def answer(script: str, *arguments: str) -> list[str]:
    """What a process of its own says: these settings stay for its whole life."""
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, timeout=300
    )
    return run.stdout.split()


@glibc
def test_threads_share_the_one_heap(tmp_path: Path) -> None:
    assert answer(HEAPS, "one", f"{tmp_path}/one") == ["True", "1"]
    asked, heaps = answer(HEAPS, "any", f"{tmp_path}/any")
    assert asked == "False" and int(heaps) > 1, "else there was nothing to ask for"


@glibc
def test_what_is_free_between_what_is_kept_goes_back() -> None:
    said, megabytes = answer(FREED)
    assert said == "True" and float(megabytes) > 100


def test_garbage_that_refers_to_itself_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Figure:
        def __init__(self) -> None:
            self.canvas = self

    gc.disable()
    try:
        figure = weakref.ref(Figure())
        monkeypatch.setattr(gc, "get_count", lambda: (700, 0, 0))  # nobody was there
        memory.tidy()
        assert figure() is not None
        monkeypatch.setattr(gc, "get_count", lambda: (0, 1, 0))
        memory.tidy()
        assert figure() is None
    finally:
        gc.enable()


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {thread.name for thread in threading.enumerate()}
    for library in (lambda _: object(), _refuse):
        monkeypatch.setattr(ctypes, "CDLL", library)
        memory.begin()
        assert not memory.one_heap() and not memory.give_back()
    assert "dcnviz-memory" not in {thread.name for thread in threading.enumerate()} - before


def _refuse(_: object) -> None:
    raise TypeError("bad argument type for built-in operation")  # as on Windows
