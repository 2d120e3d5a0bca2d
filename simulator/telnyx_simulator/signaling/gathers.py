"""Digits gathered by command."""

from telnyx_simulator.signaling.part import Part


class Gathers(Part):
    """Digits gathered by command."""
