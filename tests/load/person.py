"""What one of the class does in its session, and what it checks: that everything it is shown is what it asked for."""

from __future__ import annotations

import asyncio
import io
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcnviz.data.assets import asset
from dcnviz.data.pictures import gallery
from dcnviz.ui.explorer.payload import decode
from tests.load.browser import Drawn
from tests.load.visitor import Lost, Visitor

VERSIONS = ("conv", "v1", "v2", "v3", "v4")
DEEP = ("field", "locations", "saliency", "health")
SIDE = 240  # pixels of a picture of one's own
TOLERANCE = 12.0  # of its mean colour, after the compression


@dataclass
class Seen:
    """What all sessions of a run saw.

    Attributes:
        clicks: seconds from a click to the panel of that cell.
        changes: seconds from another version or picture to its explorer.
        lost: sessions that ended before their time, and why.
        wrong: what was shown to whom it did not belong.
    """

    clicks: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    sessions: int = 0


class Person:
    """Clicks, and now and then another version, picture or a deeper look; a third of them on a picture of their own."""

    def __init__(self, number: int, seen: Seen, *, pause: float = 2.0, seed: int = 0) -> None:
        self.number, self.seen, self.pause = number, seen, pause
        self._dice = random.Random(1000 * seed + number)
        self.lang = "zh" if number % 4 == 3 else "en"
        self.owns = number % 3 == 0
        self.picture, self.version = "astronaut", "v2"
        self.cell: tuple[int, int] | None = None
        self._deep = ""

    @property
    def name(self) -> str:
        """For the report."""
        return f"session {self.number}"

    @property
    def colour(self) -> np.ndarray[Any, Any]:
        """Of the picture that this one alone has."""
        return colour_of(self.number)

    def own_picture(self) -> bytes:
        """A noisy plane of that colour, as PNG."""
        noise = np.random.default_rng(self.number).integers(-24, 25, (SIDE, SIDE, 3))
        buffer = io.BytesIO()
        Image.fromarray((self.colour + noise).clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
        return buffer.getvalue()

    async def live(self, url: str, seconds: float) -> None:
        """Comes, stays for a time, and goes."""
        self.seen.sessions += 1
        try:
            async with Visitor(url, f"lang={self.lang}") as visitor:
                await visitor.until(lambda: any(visitor.all("bidi_component")))
                await visitor.settled()
                if self.owns:
                    await self._bring(visitor)
                ends = time.monotonic() + seconds
                while time.monotonic() < ends:
                    await asyncio.sleep(self._dice.uniform(0.5, 1.5) * self.pause)
                    await self._act(visitor)
                await visitor.settled()
                self.check(visitor)
        except Lost as lost:
            self.seen.lost.append(f"{self.name}: {lost}")

    async def _bring(self, visitor: Visitor) -> None:
        source = visitor.widget(f"source.{self.lang}")
        await visitor.set(source, string_array_value=[source.body.options[1].content])
        await visitor.until(lambda: any(visitor.all("file_uploader")))
        uploader = next(visitor.all("file_uploader"))
        await visitor.upload(uploader, "picture.png", self.own_picture(), "image/png")
        self.picture = "own"
        await self._shown(visitor)

    async def _act(self, visitor: Visitor) -> None:
        dice = self._dice.random()
        if dice < 0.76:
            await self._click(visitor)
        elif dice < 0.86:
            await self._change_version(visitor)
        elif dice < 0.94 and not self.owns:
            await self._change_picture(visitor)
        else:
            await self._look_deeper(visitor)

    async def _click(self, visitor: Visitor) -> None:
        cell = self._dice.randrange(6, 40), self._dice.randrange(6, 40)
        if cell == self.cell:
            return
        began = time.perf_counter()
        await visitor.pin(cell)
        await visitor.until(lambda: f"({cell[0]}, {cell[1]})" in visitor.words())
        self.seen.clicks.append(time.perf_counter() - began)
        self.cell = cell
        await visitor.until(lambda: self._addressed(visitor))  # written after the panel is read
        self.check(visitor)

    async def _change_version(self, visitor: Visitor) -> None:
        self.version = self._dice.choice([v for v in VERSIONS if v != self.version])
        widget, n = visitor.widget(f"version.{self.lang}"), VERSIONS.index(self.version)
        began = time.perf_counter()
        await visitor.set(widget, string_array_value=[widget.body.options[n].content])
        await self._shown(visitor, began)

    async def _change_picture(self, visitor: Visitor) -> None:
        self.picture = self._dice.choice([p.id for p in gallery() if p.id != self.picture])
        began = time.perf_counter()
        await visitor.set(visitor.widget(f"take.{self.picture}"), trigger_value=True)
        self.cell = None
        await self._shown(visitor, began)

    async def _look_deeper(self, visitor: Visitor) -> None:
        widget = visitor.widget(f"deep.{self.lang}")
        self._deep = "" if self._deep else self._dice.choice(DEEP)
        chosen = [widget.body.options[DEEP.index(self._deep)].content] if self._deep else []
        await visitor.set(widget, string_array_value=chosen)

    async def _shown(self, visitor: Visitor, began: float | None = None) -> None:
        """Waits for the explorer of the chosen picture and version.

        A new explorer beside a new address is not enough: it may be of the run before, and only have come late.
        """
        wanted = f"picture={self.picture}&version={self.version}&"
        await visitor.until(lambda: drawn_for(visitor, wanted))
        if began is not None:
            self.seen.changes.append(time.perf_counter() - began)
        self.check(visitor)

    def _addressed(self, visitor: Visitor) -> bool:
        """Whether the address has the pinned cell."""
        return self.cell is not None and f"at={4 * self.cell[0]}%2C{4 * self.cell[1]}" in visitor.query

    def check(self, visitor: Visitor) -> None:
        """Is what is shown this session's own?"""
        header, sections = decode(payload_of(explorer_of(visitor)))
        if header["version"] != self.version:
            self.seen.wrong.append(f"{self.name}: shown {header['version']}, chosen {self.version}")
        shown = whose(bytes(sections[header["picture"]["section"]]))
        if shown != (self.number if self.picture == "own" else self.picture):
            self.seen.wrong.append(f"{self.name}: shown the picture of {shown}, chosen {self.picture}")
        if self.cell and not self._addressed(visitor):
            self.seen.wrong.append(f"{self.name}: pinned {self.cell}, address {visitor.query}")


def colour_of(number: int) -> np.ndarray[Any, Any]:
    """The mean colour of a session's own picture, 55 or more from that of any other of ninety."""
    n = number // 3
    return np.array([40 + 55 * (n % 4), 40 + 55 * (n // 4 % 4), 40 + 90 * (n // 16 % 3)], dtype=np.float64)


def whose(file: bytes) -> str | int | None:
    """Whose picture it is: its id in the gallery, or the number of the session that brought it; None if nobody's."""
    for picture in gallery():
        if file == Path(asset(picture.file)).read_bytes():
            return picture.id
    mean = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"), dtype=np.float64).mean((0, 1))
    owners = range(0, 3 * 48, 3)
    return next((n for n in owners if bool((abs(mean - colour_of(n)) < TOLERANCE).all())), None)


def explorer_of(visitor: Visitor) -> Drawn | None:
    """The explorer, as drawn last."""
    return next(
        (d for d in visitor.all("bidi_component") if d.body.component_name.endswith("dcnviz_explorer")), None
    )


def drawn_for(visitor: Visitor, wanted: str) -> bool:
    """Whether the explorer was drawn when the address already had this part."""
    drawn = explorer_of(visitor)
    return drawn is not None and wanted in drawn.address


def payload_of(drawn: Drawn | None) -> bytes:
    """Its payload, without the name of its channel."""
    if drawn is None:
        raise Lost("there is no explorer on the page")
    data: bytes = drawn.body.bytes
    return data[data.index(b"DCNV") :]
