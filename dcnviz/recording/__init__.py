"""Sampling out of any model."""

from dcnviz.recording.archive import RecordingError
from dcnviz.recording.look import look
from dcnviz.recording.record import record
from dcnviz.recording.recording import Recording
from dcnviz.recording.watch import watch

__all__ = ["Recording", "RecordingError", "look", "record", "watch"]
