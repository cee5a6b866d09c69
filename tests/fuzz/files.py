"""Ways to spoil a file from inside: the checksums fit again, so that what lies behind them is reached."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from random import Random
from typing import Any

import numpy as np

from tests.fuzz.mutators import HOSTILE, spoil, spoil_json

Parts = list[tuple[str, bytes]]
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def unzipped(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def zipped(parts: Parts, method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return made.getvalue()


def spoil_zip(parts: Parts, chance: Random, inner: str) -> bytes:
    """An archive with an entry edited, renamed, left out, doubled or packed another way.

    Args:
        parts: of the whole one.
        chance: the source of it.
        inner: the end of the name of the entry that is worth most of the tries.
    """
    parts, what = list(parts), chance.random()
    likely = [n for n, (name, _) in enumerate(parts) if name.endswith(inner)]
    n = chance.choice(likely) if likely and chance.random() < 0.7 else chance.randrange(len(parts))
    name, content = parts[n]
    method = zipfile.ZIP_STORED
    if what < 0.65:
        parts[n] = name, spoil(content, chance, 400)
    elif what < 0.72:
        parts[n] = spoil(name.encode(), chance).decode("latin-1").replace("\0", "")[:200] or "x", content
    elif what < 0.79:
        del parts[n]
    elif what < 0.86:
        parts.insert(chance.randrange(len(parts) + 1), (name + chance.choice(("", "x", ".pkl")), content))
    elif what < 0.93:
        parts[n] = name, parts[chance.randrange(len(parts))][1]
    else:
        method = chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    made = zipped(parts, method)
    return _lying(made, chance) if chance.random() < 0.15 else made


def _lying(data: bytes, chance: Random) -> bytes:
    """One number of the list of contents, or of its end, replaced."""
    start = data.index(b"PK\x01\x02")
    return data[:start] + spoil(data[start:], chance, 200)


def spoil_manifest(parts: Parts, chance: Random) -> bytes:
    """A recording whose manifest says something else."""
    changed = []
    for name, content in parts:
        if name == "manifest.npy":
            manifest = json.loads(str(np.load(io.BytesIO(content))))
            text = json.dumps(spoil_json(manifest, chance))
            content = array_file(np.array(text if chance.random() < 0.9 else text[: len(text) // 2]))
        changed.append((name, content))
    return zipped(changed)


def spoil_arrays(parts: Parts, chance: Random) -> bytes:
    """A recording one of whose arrays has another shape, type or number, said rightly in its header."""
    parts = list(parts)
    n = chance.choice([n for n, (name, _) in enumerate(parts) if name != "manifest.npy"])
    name, content = parts[n]
    array: np.ndarray[Any, Any] = np.load(io.BytesIO(content))
    what = chance.randrange(6)
    if what == 0 and array.size:
        array = array.copy()
        array.flat[chance.randrange(array.size)] = chance.choice(
            (0, 1e4, -1e4, 3e4) if array.dtype.kind == "f" else (0, 7)
        )
    elif what == 1:
        array = array.astype(chance.choice(("f2", "f4", "f8", "i2", "u1", "c8", "?", ">f4", "U3")))
    elif what == 2:
        array = np.moveaxis(array, 0, chance.randrange(array.ndim))
    elif what == 3:
        array = array[..., : chance.randrange(3)]
    elif what == 4:
        array = np.asfortranarray(array)
    else:
        array = array.reshape(-1)[: chance.choice((0, 1, array.size))]
    parts[n] = name, array_file(array)
    return zipped(parts)


def array_file(array: np.ndarray[Any, Any]) -> bytes:
    made = io.BytesIO()
    np.save(made, array, allow_pickle=False)
    return made.getvalue()


def spoil_header(data: bytes, chance: Random) -> bytes:
    """A safetensors file whose header says something else."""
    length = int.from_bytes(data[:8], "little")
    header = json.dumps(spoil_json(json.loads(data[8 : 8 + length]), chance)).encode()
    if chance.random() < 0.2:
        header = json.dumps(chance.choice(HOSTILE)).encode()
    header += b" " * (-len(header) % 8)
    said = len(header) if chance.random() < 0.9 else chance.choice((0, 7, 2**20, 2**31, 2**63))
    return struct.pack("<Q", said) + header + data[8 + length :]


def spoil_png(data: bytes, chance: Random) -> bytes:
    """A PNG with a chunk edited, left out, doubled or moved, and every checksum right."""
    chunks, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    n, what = chance.randrange(len(chunks)), chance.random()
    kind, body = chunks[n]
    if what < 0.6:
        if kind == b"IDAT" and chance.random() < 0.7:  # other pixels, rightly packed
            body = zlib.compress(spoil(zlib.decompressobj().decompress(body), chance), 1)
        else:
            body = spoil(body, chance) if body else b"x"
        chunks[n] = kind, body
    elif what < 0.75:
        del chunks[n]
    elif what < 0.9:
        chunks.insert(chance.randrange(len(chunks) + 1), (kind, body))
    else:
        chunks[n] = (
            chance.choice((b"tRNS", b"PLTE", b"acTL", b"fcTL", b"eXIf", b"gAMA", b"iCCP", b"zzZz")),
            body,
        )
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
