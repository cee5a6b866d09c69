"""Sampling out of any model."""

from dcnviz.recording.adapters import Adapter, connected, register_adapter
from dcnviz.recording.archive import RecordingError
from dcnviz.recording.look import look
from dcnviz.recording.record import record
from dcnviz.recording.recording import Recording
from dcnviz.recording.watch import watch

__all__ = [
    "Adapter",
    "Recording",
    "RecordingError",
    "connected",
    "look",
    "record",
    "register_adapter",
    "watch",
]
