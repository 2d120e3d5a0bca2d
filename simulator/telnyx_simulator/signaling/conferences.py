"""Conferences, their participants, and what is played to them."""

from telnyx_simulator.signaling.part import Part


class Conferences(Part):
    """Conferences, their participants, and what is played to them."""
