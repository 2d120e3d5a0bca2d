"""Queues of calls."""

from telnyx_simulator.signaling.part import Part


class Queues(Part):
    """Queues of calls."""
