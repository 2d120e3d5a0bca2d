"""Legs that are connected with each other: bridge, transfer, refer."""

from telnyx_simulator.signaling.part import Part


class Bridges(Part):
    """Legs that are connected with each other: bridge, transfer, refer."""
