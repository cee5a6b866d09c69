"""Ways to spoil bytes and JSON. Each takes something whole and a source of chance, and gives something else."""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Mutator = Callable[[bytearray, Random, int], bytearray]

NUMBERS = (
    0,
    1,
    2,
    7,
    127,
    128,
    255,
    256,
    4096,
    32767,
    65535,
    65536,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
)
LAYOUTS = ("<B", "<H", ">H", "<I", ">I", "<Q", ">Q")
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3.5, -0.0, 255, 65536, 2**31, 2**53 + 1, 10**400, 1e308, -1e308),
    *(float("nan"), float("inf"), -float("inf"), "", "0", "v2", "msda", "conv", "\0", "\ud800", "x" * 3000),
    *("<img src=x onerror=alert(1)>", "../../etc/passwd", "１２", "👁️", [], {}, [[]], [0, 0], [3, 3], [-1, 2]),
    *([1, 2, 3], {"i": 0, "j": 0}, [1e30, 1e30], [10**9, 10**9], ["a", "b"], [None, None], [[[[[[[]]]]]]]),
)
"""What a decoder of JSON may meet in any place."""


def flip_bits(data: bytearray, chance: Random, reach: int) -> bytearray:
    """A few bits turned over."""
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return data


def set_bytes(data: bytearray, chance: Random, reach: int) -> bytearray:
    """A few bytes replaced, often by the extremes."""
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(reach)] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
    return data


def truncate(data: bytearray, chance: Random, reach: int) -> bytearray:
    """The beginning alone."""
    return data[: chance.randrange(len(data))]


def cut_out(data: bytearray, chance: Random, reach: int) -> bytearray:
    """A piece gone."""
    start = chance.randrange(reach)
    del data[start : start + chance.choice((1, 2, 4, 16, 64, 1000))]
    return data


def repeat(data: bytearray, chance: Random, reach: int) -> bytearray:
    """A piece several times."""
    start, length = chance.randrange(reach), chance.choice((1, 4, 12, 40, 200))
    data[start:start] = data[start : start + length] * chance.choice((1, 2, 50))
    return data


def move(data: bytearray, chance: Random, reach: int) -> bytearray:
    """A piece over another one."""
    start, target = chance.randrange(len(data)), chance.randrange(reach)
    piece = data[start : start + chance.choice((2, 4, 16, 64))]
    data[target : target + len(piece)] = piece
    return data


def edit_number(data: bytearray, chance: Random, reach: int) -> bytearray:
    """A length, count or size that lies, wherever one may stand."""
    layout = chance.choice(LAYOUTS)
    width = struct.calcsize(layout)
    number = chance.choice(NUMBERS) % (1 << 8 * width)
    start = chance.randrange(reach)
    data[start : start + width] = struct.pack(layout, number)
    return data


WAYS: tuple[Mutator, ...] = (
    flip_bits,
    flip_bits,
    set_bytes,
    set_bytes,
    edit_number,
    edit_number,
    truncate,
    cut_out,
    repeat,
    move,
)


def spoil(data: bytes, chance: Random, head: int = 256) -> bytes:
    """One to three of the ways above; half of the time within the first bytes, where lengths and tables stand."""
    spoiled = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if not spoiled:
            break
        reach = min(len(spoiled), head) if chance.random() < 0.5 else len(spoiled)
        spoiled = chance.choice(WAYS)(spoiled, chance, reach)
    return bytes(spoiled)


def splice(data: bytes, other: bytes, chance: Random) -> bytes:
    """The beginning of one and the end of another."""
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def spoil_json(value: Any, chance: Random) -> Any:
    """A copy with one to three of its parts replaced, left out, doubled or exchanged."""
    changed = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        places = list(_places(changed))
        if not places:
            return chance.choice(HOSTILE)
        _edit(*chance.choice(places), chance)
    return changed


def _places(value: Any) -> Sequence[tuple[Any, Any]]:
    """Every (container, key) there is."""
    found: list[tuple[Any, Any]] = []
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found.append((value, key))
        found.extend(_places(value[key]))
    return found


def _edit(container: Any, key: Any, chance: Random) -> None:
    what = chance.random()
    if what < 0.6:
        container[key] = copy.deepcopy(chance.choice(HOSTILE))
    elif what < 0.75:
        del container[key]
    elif what < 0.85 and isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    elif what < 0.92 and isinstance(container, dict):
        container[str(chance.choice(HOSTILE))[:50]] = container.pop(key)
    else:
        other = chance.choice(list(container) if isinstance(container, dict) else range(len(container)))
        container[key], container[other] = container[other], container[key]
