"""Recordings of legs and conferences."""

from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.part import Part


class Recordings(Part):
    """Recordings of legs and conferences."""

    def ready(self, news: inputs.RecordingReady, now: int) -> list[Event]:
        return []

    def failed(self, news: inputs.RecordingFailed, now: int) -> list[Event]:
        return []

    def silent(self, news: inputs.Silent, now: int) -> list[Event]:
        return []
