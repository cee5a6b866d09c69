"""The networks behind the pages: torch in the background, and what they saw, kept for the next person who asks.

The page paints before torch is imported. The first screen comes from a file (:mod:`dcnviz.ui.first_view`); everything
else is computed once and kept, by a digest of the picture's content.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from dcnviz.data.assets import asset
from dcnviz.data.pictures import gallery, load_picture
from dcnviz.ui.explorer.fields import encode_recording
from dcnviz.ui.faults import MissingError
from dcnviz.ui.queue import Full
from dcnviz.ui.shelf import Shelf

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.models import Network
    from dcnviz.recording import Recording

Pixels = npt.NDArray[np.uint8]
THUMBNAIL = 240  # pixels: twice as many as the gallery shows it on


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture on its way through the pages.

    Attributes:
        id: its id in the gallery, or "own".
        pixels: ``(H, W, 3)`` uint8 RGB.
        digest: of the pixels: what caches know it by.
        file: the bytes a browser can show.
        mime: their type.
        alt: alternative text.
    """

    id: str
    pixels: Pixels
    digest: str
    file: bytes
    mime: str
    alt: str


def digest_of(pixels: Pixels) -> str:
    """Names a picture by its content. Streamlit's own hash looks at a sample of large arrays only."""
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:32]


@st.cache_resource(max_entries=40, show_spinner=False)
def from_gallery(picture_id: str, lang: str) -> Shown:
    """A bundled picture.

    Raises:
        KeyError: if there is none of that id.
        MissingError: if its file is missing or damaged.
    """
    about = {p.id: p for p in gallery()}[picture_id]
    pixels = _loaded(picture_id)
    alt = about.alt_zh if lang == "zh" else about.alt_en
    mime = "image/png" if about.file.endswith(".png") else "image/webp"
    return Shown(picture_id, pixels, digest_of(pixels), asset(about.file).read_bytes(), mime, alt)


@st.cache_resource(show_spinner=False)
def thumbnail(picture_id: str) -> bytes:
    """A bundled picture, small, as JPEG: Streamlit would make one of a WebP anew in every run of a page.

    Raises:
        MissingError: if its file is missing or damaged.
    """
    picture = Image.fromarray(_loaded(picture_id))
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _loaded(picture_id: str) -> Pixels:
    try:
        return load_picture(picture_id)
    except Exception as error:  # damaged pictures raise many kinds
        raise MissingError("picture", picture_id) from error


def from_person(pixels: Pixels, alt: str) -> Shown:
    """A picture that somebody gave, already decoded."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=92)
    return Shown("own", pixels, digest_of(pixels), buffer.getvalue(), "image/webp", alt)


class _Waker:
    """Imports torch on a thread of its own: soon after the first page, or at once if somebody cannot wait."""

    PAUSE = 1.0  # seconds that belong to the browser, which loads its scripts on the same cores

    def __init__(self) -> None:
        self.done = threading.Event()
        self.hurry = threading.Event()
        threading.Thread(target=self._work, name="dcnviz-waker", daemon=True).start()

    def _work(self) -> None:
        import gc

        self.hurry.wait(self.PAUSE)
        try:
            import torch

            from dcnviz import recording  # noqa: F401  # imported for what it takes to import

            # Two threads that spin for each other on a busy machine cost 0.6 to 280 ms a call; one stays at 0.9.
            torch.set_num_threads(1)
            gc.collect()
            gc.freeze()  # what was imported stays: no later collection has to walk over it
        finally:
            self.done.set()


@st.cache_resource(show_spinner=False)
def waker() -> _Waker:
    """Starts the background import, once a process."""
    return _Waker()


def awake() -> bool:
    """Whether torch is there, so that nothing below has to wait for its import."""
    return waker().done.is_set()


def wait() -> None:
    """Waits until torch is there, without pressing: for what stands below the first screen."""
    waker().done.wait()


def hurry() -> None:
    """Waits until torch is there, and lets its import begin at once: for what a person waits for."""
    waker().hurry.set()
    waker().done.wait()


_TURN = threading.RLock()
PATIENCE = 40.0  # seconds


@contextmanager
def turn() -> Iterator[None]:
    """Short work that a page cannot be drawn without, as a network's look at a picture, runs one piece at a time.

    Two on the same cores would both take twice as long. What takes long stands in the queue (`dcnviz.ui.heavy`).

    Raises:
        Full: if the turn does not come in time.
    """
    if not _TURN.acquire(timeout=PATIENCE):
        raise Full("the computer is busy with what others asked for.")
    try:
        yield
    finally:
        _TURN.release()


@dataclass(frozen=True, eq=False)
class Trained:
    """A network on its way through the pages.

    Attributes:
        key: what caches know it by: the version of a bundled one, a digest of somebody's file.
        version: "conv", "v1", "v2", "v3" or "v4".
        own: the network itself, if it came from somebody's file.
    """

    key: str
    version: str
    own: Network | None = None

    def model(self) -> Network:
        """The network, ready to look."""
        return bundled(self.version) if self.own is None else self.own


@st.cache_resource(show_spinner=False)
def bundled(version: str) -> Network:
    """A trained network that comes with dcnviz, on the best device there is.

    Raises:
        MissingError: if its file is missing or damaged.
    """
    hurry()
    import torch

    from dcnviz.models import CheckpointError, load

    try:
        return load(version, "cuda" if torch.cuda.is_available() else "cpu")  # type: ignore[arg-type]  # checked there
    except CheckpointError as error:
        raise MissingError("checkpoint", version) from error


def present(trained: Trained) -> None:
    """Says at once, before torch is there, that a network's file is not.

    Raises:
        MissingError: if so.
    """
    try:
        if trained.own is None:
            asset(f"checkpoints/{trained.version}.safetensors")
    except FileNotFoundError as error:
        raise MissingError("checkpoint", trained.version) from error


RECORDINGS: Shelf[Recording] = Shelf(600_000_000)
PAYLOADS: Shelf[bytes] = Shelf(100_000_000)


def recording(trained: Trained, shown: Shown) -> Recording:
    """What a network's layers did on a picture."""
    key = trained.key, shown.digest
    if (kept := RECORDINGS.get(key)) is not None:
        RECORDINGS.put(key, kept, bytes_of(kept))  # more than before, if its samplings were asked for more
        return kept
    model = trained.model()
    from dcnviz.recording import look

    with turn():
        if (kept := RECORDINGS.get(key)) is None:  # else somebody else asked for the same meanwhile
            kept = look(model, shown.pixels)
            RECORDINGS.put(key, kept, bytes_of(kept))
    return kept


def bytes_of(recorded: Recording) -> int:
    """Of its picture, of its samplings' tensors as far as they were worked out, and of those of its operator calls."""
    parts = (recorded, *recorded.values(), *recorded.calls.values())
    tensors = [value for part in parts for value in vars(part).values() if hasattr(value, "untyped_storage")]
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return sum(storages.values())


def payload(trained: Trained, shown: Shown, group: int | None = None) -> bytes:
    """The explorer's payload of a picture and a network; of all offset groups, or of one."""
    key = trained.key, shown.digest, group
    if (kept := PAYLOADS.get(key)) is None:
        kept = encode_recording(recording(trained, shown), shown, trained.version, group)
        PAYLOADS.put(key, kept, len(kept))
    return kept
