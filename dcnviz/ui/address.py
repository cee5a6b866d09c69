"""Values in an address: read only as far as they fit, and written as they are read.

Whatever stands in an address may come from anybody. Nothing here raises; what does not fit is the default.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection

Place = tuple[int, int]
Lens = tuple[float, float, float]


def one_of(value: str | None, known: Collection[str], default: str) -> str:
    """One of the known words.

    >>> one_of("v9", ("v1", "v2"), "v2")
    'v2'
    """
    return value if value is not None and value in known else default


def some_of(value: str | None, known: Collection[str], default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Those of the known words that the value names, in their own order; ``"none"`` names none of them.

    >>> some_of("mask,evil,base", ("base", "lines", "mask")), some_of("none", ("base",), ("base",))
    (('base', 'mask'), ())
    """
    return default if value is None else tuple(word for word in known if word in value.split(","))


def number(text: str | None, count: int) -> int:
    """``"1"`` to the count as 0 to one less, anything else as 0.

    >>> number("3", 8), number("9", 8)
    (2, 0)
    """
    whole = int(text) if text and re.fullmatch(r"\d{1,5}", text, re.ASCII) else 0
    return whole - 1 if 1 <= whole <= count else 0


def index(text: str | None, count: int) -> int | None:
    """``"0"`` to one less than the count, anything else as None.

    >>> index("0", 8), index("8", 8)
    (0, None)
    """
    whole = int(text) if text and re.fullmatch(r"\d{1,5}", text, re.ASCII) else count
    return whole if whole < count else None


def share(text: str | None, low: float, high: float, default: float) -> float:
    """A number with at most two decimals between the bounds, both included; anything else as the default.

    >>> share("0.2", 0.01, 0.5, 0.1), share("2", 0.01, 0.5, 0.1)
    (0.2, 0.1)
    """
    value = float(text) if text and re.fullmatch(r"\d(\.\d{1,2})?", text, re.ASCII) else math.nan
    return value if low <= value <= high else default


def letters(text: str | None, most: int) -> str:
    """A text of letters, digits and ``-_.,`` no longer than that; anything else as "".

    >>> letters("eJyrVk", 40), letters("<b>", 40)
    ('eJyrVk', '')
    """
    return text if text and len(text) <= most and re.fullmatch(r"[\w.,-]+", text, re.ASCII) else ""


def place(text: str | None, default: Place | None, most: int = 9_999) -> Place | None:
    """``"120,226"`` as a place, ``"none"`` as no place, anything else, or beyond ``most``, as the default.

    >>> place("120,226", None), place("none", (1, 1)), place("120", (1, 1))
    ((120, 226), None, (1, 1))
    """
    if text == "none":
        return None
    match = re.fullmatch(rf"(\d{{1,{len(str(most))}}}),(\d{{1,{len(str(most))}}})", text or "", re.ASCII)
    return (int(match[1]), int(match[2])) if match else default


def written(at: Place | None) -> str:
    """A place as `place` reads it."""
    return "none" if at is None else f"{at[0]},{at[1]}"


MOST_ZOOM = 16  # as the explorer's


def lens(text: str | None) -> Lens | None:
    """``"4.00,0.2500,0.5000"`` as (zoom, top, left), the last two in shares of the drawing; anything else as None.

    >>> lens("4.00,0.2500,0.5000"), lens("99.00,0.2500,0.5000")
    ((4.0, 0.25, 0.5), None)
    """
    if not re.fullmatch(r"\d{1,2}\.\d\d,[01]\.\d{4},[01]\.\d{4}", text or "", re.ASCII):
        return None
    zoom, top, left = map(float, (text or "").split(","))
    return (zoom, top, left) if 1 < zoom <= MOST_ZOOM and top < 1 and left < 1 else None


def lens_text(value: Lens) -> str:
    """A part of the picture as `lens` reads it."""
    return f"{value[0]:.2f},{value[1]:.4f},{value[2]:.4f}"


def lens_of(value: object) -> Lens | None:
    """What a browser says is zoomed at, or what was kept of it, believed only as far as an address would be."""
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < 99 for n in value):
        return None
    return lens(lens_text((value[0], value[1], value[2])))
