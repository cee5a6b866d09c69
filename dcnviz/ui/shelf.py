"""What was worked out once is kept for the next who asks, up to a number of bytes; what lay longest goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Values by keys, within a number of bytes. Streamlit's own caches count entries, whose sizes differ by a hundred.

    >>> shelf = Shelf[str](most=10)
    >>> shelf.put("a", "first", 6), shelf.put("b", "second", 6)
    (None, None)
    >>> shelf.get("a"), shelf.get("b")
    (None, 'second')
    """

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        """The value, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    def put(self, key: Hashable, value: T, size: int) -> None:
        """Keeps a value of that many bytes; one larger than the whole shelf is not kept."""
        with self._lock:
            self._bytes -= self._kept.pop(key, (None, 0))[1]
            self._kept[key] = (value, size)
            self._bytes += size
            while self._bytes > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone

    @property
    def filled(self) -> int:
        """Bytes of what is kept."""
        return self._bytes
