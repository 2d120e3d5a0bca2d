"""What Telnyx plays, connects and records on the legs of one run: events of the switch, carried into the media."""

from typing import TYPE_CHECKING

from telnyx_simulator.signaling import events

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session


class Sounds:
    """The media side of announcements, bridges, conferences and recordings."""

    def __init__(self, session: "Session") -> None:
        self._session = session

    def carry(self, event: events.OfSound) -> None:
        """Carry out one event."""
