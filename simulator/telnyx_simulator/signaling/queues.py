"""Queues of calls."""

from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part


class Queues(Part):
    """Queues of calls."""

    def first(self, name: str, *, beside: Leg) -> Leg:
        raise rest.refused("no_resource")

    def take(self, leg: Leg, reason: str, now: int) -> list[Event]:
        return []
