"""Sounds that Telnyx plays: speak, playback, and whatever else is heard of it."""

from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.part import Part


class Announcements(Part):
    """Sounds that Telnyx plays: speak, playback, and whatever else is heard of it."""

    def ready(self, news: inputs.SoundReady, now: int) -> list[Event]:
        return []

    def failed(self, news: inputs.SoundFailed, now: int) -> list[Event]:
        return []
