"""The process of one live training: orders come in as lines, what happens goes out as messages.

A process of its own, so that a training neither takes the interpreter from the pages nor the server with it when it
dies; and it ends by itself when the server is gone, because then its standard input is.

:mod:`dcnviz.training.host` starts it and talks to it.
"""

from __future__ import annotations

import copy
import io
import json
import os
import queue
import signal
import struct
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, TextIO

HEAD = struct.Struct(">II")
"""In front of each message: bytes of its JSON, bytes of the timeline behind it (0: none)."""

KEEP_EVERY = 5  # frames between two savings of what is kept
NICE = 5  # pages come first


def send(file: IO[bytes], about: dict[str, Any], timeline: bytes = b"") -> None:
    """Writes one message."""
    text = json.dumps(about).encode()
    file.write(HEAD.pack(len(text), len(timeline)) + text + timeline)
    file.flush()


def receive(file: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Reads one message; None at the end.

    >>> send(file := io.BytesIO(), {"state": "running"})
    >>> _ = file.seek(0)
    >>> receive(file), receive(file)
    (({'state': 'running'}, b''), None)
    """
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    text, rest = HEAD.unpack(head)
    return json.loads(file.read(text)), file.read(rest)


class Worker:
    """Does what the orders say: "run", "pause", "step", "stop".

    Args:
        recipe: fields of a :class:`dcnviz.training.LiveRecipe`.
        folder: where the network and the timeline are kept, or None.
        token: under which name.
        orders: from the host.
        out: to the host.
    """

    def __init__(
        self, recipe: dict[str, Any], folder: str | None, token: str, orders: queue.Queue[str], out: IO[bytes]
    ) -> None:
        from dcnviz.training.live import LiveRecipe, LiveTraining

        self.folder = Path(folder) if folder else None
        self.token, self.orders, self.out = token, orders, out
        self.training = LiveTraining(LiveRecipe(**recipe))
        self.mode, self.sent, self.saved = "run", 0, -1

    def work(self) -> None:
        """Until the budget is used up or "stop" comes."""
        self.tell("running")
        while not self.training.done:
            waiting = self.mode == "pause"
            if waiting:
                self.tell("paused")
            with suppress(queue.Empty):
                self.mode = self.orders.get(block=waiting)
            if self.mode == "stop":
                break
            if self.mode != "pause":
                self.training.step()
                if self.mode == "step":
                    self.mode = "pause"
                    self.training.frame()
                self.tell("running")
        self.training.frame()
        self.tell("finished" if self.training.done else "stopped")

    def tell(self, state: str) -> None:
        """Says how far it is, with the frames that the host has not got yet."""
        training = self.training
        about = {"state": state, "progress": training.progress, "steps": training.step_number}
        timeline = training.timeline()
        if (self.folder and state != "running") or len(timeline.frames) - self.saved > KEEP_EVERY:
            self.keep()
        fresh = timeline.frames[self.sent :]
        packed = io.BytesIO()
        if fresh:
            replace(timeline, frames=fresh).save(packed)
        self.sent = len(timeline.frames)
        send(self.out, about, packed.getvalue())

    def keep(self) -> None:
        """Writes the network and the timeline, for whoever asks for them later.

        Where that cannot be done, the training goes on, and the server's log says why nothing of it is kept.
        """
        from safetensors import SafetensorError

        from dcnviz.training.kept import keep

        if not self.folder or self.saved == len(self.training.frames):
            return
        network = copy.deepcopy(self.training.network).eval()
        network.unit_scale()
        try:
            keep(self.folder, self.token, network, self.training.timeline())
        except (OSError, SafetensorError) as problem:  # the disk is full, most of the time
            print(f"dcnviz: this training is not kept any more: {problem}", file=sys.stderr)
            self.folder = None
        self.saved = len(self.training.frames)


def listen(lines: TextIO, orders: queue.Queue[str]) -> None:
    """Passes orders on; the end of the input is one, too."""
    for line in lines:
        orders.put(line.strip())
    orders.put("stop")


def main() -> int:
    """Reads what to do from the first line of the input."""
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints must not come among the messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's; when it ends, so does this
    given = json.loads(sys.stdin.readline())
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    orders: queue.Queue[str] = queue.Queue()
    threading.Thread(target=listen, args=(sys.stdin, orders), daemon=True).start()
    import torch

    from dcnviz.training.live import Diverged

    torch.set_num_threads(given["threads"])
    worker = None
    try:
        worker = Worker(given["recipe"], given["folder"], given["token"], orders, out)
        worker.work()
    except Diverged as problem:
        send(out, {"state": "failed", "error": str(problem), "diverged": True})
    except BrokenPipeError:  # the server died; what was learned is there for who comes back
        if worker is not None:
            worker.keep()
        return 1
    except Exception as problem:  # whatever it died of, the host shall say so
        send(out, {"state": "failed", "error": f"{type(problem).__name__}: {problem}", "diverged": False})
        raise
    return 0
