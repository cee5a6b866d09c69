"""The networks behind the pages: torch in the background, and what they saw, kept for the next person who asks.

The page paints before torch is imported. The first screen comes from a file (:mod:`dcnviz.ui.first_view`); everything
else is computed once and kept, by a digest of the picture's content.
"""

from __future__ import annotations

import hashlib
import io
import threading
import time
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
from dcnviz.ui.explorer.payload import Affine, LayerField, encode

if TYPE_CHECKING:  # torch is not imported before the page is painted
    from dcnviz.geometry import MapToPicture
    from dcnviz.models import Network
    from dcnviz.recording import Recording
    from dcnviz.sampling import Sampling

Pixels = npt.NDArray[np.uint8]


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
    """
    about = {p.id: p for p in gallery()}[picture_id]
    pixels = load_picture(picture_id)
    alt = about.alt_zh if lang == "zh" else about.alt_en
    mime = "image/png" if about.file.endswith(".png") else "image/webp"
    return Shown(picture_id, pixels, digest_of(pixels), asset(about.file).read_bytes(), mime, alt)


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


class Busy(ValueError):
    """Too much is being computed for others; the same may succeed a little later."""


_TURN = threading.RLock()
PATIENCE = 40.0  # seconds


@contextmanager
def turn() -> Iterator[None]:
    """Heavy work runs one piece at a time in this process.

    Two on the same cores would both take twice as long, and pages that only show what is kept would stutter.

    Raises:
        Busy: if the turn does not come in time.
    """
    if not _TURN.acquire(timeout=PATIENCE):
        raise Busy("the computer is busy with what others asked for.")
    try:
        yield
    finally:
        _TURN.release()


def give_way() -> None:
    """Lets others have their turn in the middle of a long one; called by who has it."""
    _TURN.release()
    time.sleep(0.002)
    _TURN.acquire()


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
        dcnviz.models.CheckpointError: if its file is missing or damaged.
    """
    hurry()
    import torch

    from dcnviz.models import load

    return load(version, "cuda" if torch.cuda.is_available() else "cpu")  # type: ignore[arg-type]  # checked there


def recording(trained: Trained, shown: Shown) -> Recording:
    """What a network's layers did on a picture."""
    return _recording(trained.key, shown.digest, trained, shown.pixels)


@st.cache_resource(max_entries=10, show_spinner=False)
def _recording(key: str, digest: str, _trained: Trained, _pixels: Pixels) -> Recording:
    model = _trained.model()
    from dcnviz.recording import look

    with turn():
        return look(model, _pixels)


def payload(trained: Trained, shown: Shown, group: int | None = None) -> bytes:
    """The explorer's payload of a picture and a network; of all offset groups, or of one."""
    return _payload(trained.key, shown.digest, group, trained, shown)


@st.cache_resource(max_entries=24, show_spinner=False)
def _payload(key: str, digest: str, group: int | None, _trained: Trained, _shown: Shown) -> bytes:
    return encode_recording(recording(_trained, _shown), _shown, _trained.version, group)


def encode_recording(recorded: Recording, shown: Shown, version: str, group: int | None = None) -> bytes:
    """A recording's fields as the explorer's payload."""
    masked = version not in ("conv", "v1")
    fields = [
        field_of(name, sampling, recorded.to_picture[name], group=group, masked=masked)
        for name, sampling in recorded.items()
    ]
    height, width = shown.pixels.shape[:2]
    return encode(shown.file, shown.mime, (height, width), fields, version=version)


def field_of(
    name: str,
    sampling: Sampling,
    place: MapToPicture,
    *,
    image: int = 0,
    group: int | None = None,
    masked: bool = True,
) -> LayerField:
    """One layer as plain numpy, for one input of the batch, with all offset groups or one."""
    first = 0 if group is None else min(group, sampling.groups - 1)
    groups, g = slice(first, None if group is None else first + 1), sampling.geometry
    return LayerField(
        name=name,
        offsets=sampling.offsets[image, groups].numpy(),
        mask=sampling.mask[image, groups].numpy() if masked else None,
        kernel=g.kernel_size,
        stride=g.stride,
        padding=g.padding,
        dilation=g.dilation,
        input_size=sampling.input_size,
        to_picture=_affine(place),
        cell_to_picture=_affine(place if sampling.anchors is not None else place.after(g)),
        anchors=None if sampling.anchors is None else sampling.anchors[image].numpy(),
    )


def _affine(place: MapToPicture) -> Affine:
    return Affine(place.jump, place.start)
