"""What needs a brain: AI assistants, conversation relay, payment. A scenario supplies what it would say."""

from telnyx_simulator.signaling.part import Part


class Assistants(Part):
    """What needs a brain: AI assistants, conversation relay, payment. A scenario supplies what it would say."""
