"""Answering machine detection."""

from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part


class Detection(Part):
    """Answering machine detection."""

    def beeped(self, leg: Leg, now: int) -> list[Event]:
        return []

    def spoke(self, leg: Leg, now: int) -> list[Event]:
        return []
