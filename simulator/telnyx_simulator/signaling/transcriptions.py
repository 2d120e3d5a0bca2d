"""What is said, as text."""

from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part


class Transcriptions(Part):
    """What is said, as text."""

    def spoke(self, leg: Leg, transcript: str | None, now: int) -> list[Event]:
        return []
