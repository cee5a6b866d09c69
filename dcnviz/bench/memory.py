"""How much memory a call takes on top of what was there, and what earlier calls left."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress

from torch.profiler import ProfilerActivity, profile


def peak_bytes(function: Callable[[], object]) -> int | None:
    """The most that tensors made during a call took at one time, its result included.

    Counted from PyTorch's own record of what it allocates and frees, temporary tensors inside its operators
    included: exact, the same in every run, and blind only to what libraries below take for themselves.

    Returns:
        Bytes, or None where PyTorch keeps no such record.

    >>> import torch
    >>> peak_bytes(lambda: torch.ones(1000) + torch.ones(1000))  # three tensors of 4,000 bytes
    12000
    """
    function()  # what is kept from the first call on is no part of it
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        result = function()
    del result
    recorded = getattr(record.profiler, "kineto_results", None)
    if recorded is None:
        return None
    events = [event for event in recorded.events() if event.name() == "[memory]"]
    now = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        peak = max(peak, now)
    return peak if events else None


def give_back() -> None:
    """Gives freed memory back to the system, where the C library is glibc.

    What others left would be a gift: large tensors are mapped at every call, and paid for in page faults, unless a heap
    that somebody else has stretched has room for them. So the official core's way of v3 took 23 ms at 128x128 after the
    explicit reference had run, and 46 to 49 in a process of its own, with dcnviz imported or without. Room below what
    is still in use stays, though without its pages.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))
