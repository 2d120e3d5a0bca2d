"""The media streams of one switch: asked for by a command, opened by the transports, started once the leg is answered.

Theory of operation. A stream is dialed a moment after the command. Opened while the call is still bridging it waits:
`start` follows the answer (reported). It ends with its leg, by a command, or when its WebSocket closes; one that never
started leaves no webhook behind but that of its failure (reported either way: assumed).
"""

from collections.abc import Callable
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import events, identifiers, options, payloads
from telnyx_simulator.signaling.agenda import Agenda
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.signaling.legs import Legs
from telnyx_simulator.signaling.stream import Stream, StreamState

# Tell the application of an event of a leg and its stream, at a moment.
Tell = Callable[[Leg, str, Stream, int], list[Event]]


class Streams(dict[str, Stream]):
    """Streams by `stream_id`. `user_id` is the account's, which stands in `start` and `stop`."""

    def __init__(self, legs: Legs, draws: Draws, *, agenda: Agenda, tell: Tell, user_id: str) -> None:
        super().__init__()
        self._legs = legs
        self._draws = draws
        self._agenda = agenda
        self._tell = tell
        self._user_id = user_id

    def all_of(self, leg: Leg) -> list[Stream]:
        """Every stream that the leg ever had, oldest first."""
        return [stream for stream in self.values() if stream.call_leg_id == leg.call_leg_id]

    def now_of(self, leg: Leg) -> Stream | None:
        """The stream that the leg has now."""
        return next((stream for stream in self.all_of(leg) if stream.state is not StreamState.ENDED), None)

    def request(self, leg: Leg, given: dict[str, Any], now: int) -> None:
        """A command may ask for a stream; it is dialed later."""
        stream_id = identifiers.random_uuid(self._draws.within(leg.call_leg_id), "stream_id", len(self.all_of(leg)))
        stream = options.stream_of(leg, given, stream_id)
        if stream is not None:
            self[stream_id] = stream
            self._agenda.at(now + limits.STREAM_OPEN_DELAY_MS * MS_NS, lambda at: self._dial(stream))

    def _dial(self, stream: Stream) -> list[Event]:
        return [events.StreamRequested(stream)] if stream.state is StreamState.OPENING else []

    def accepted(self, stream: Stream, now: int) -> list[Event]:
        if stream.state is not StreamState.OPENING:
            return []
        stream.state = StreamState.OPEN
        answered = self._legs[stream.call_leg_id].state is LegState.ANSWERED
        return self.start(stream, now) if answered else []

    def start(self, stream: Stream, now: int) -> list[Event]:
        leg = self._legs[stream.call_leg_id]
        stream.state = StreamState.STARTED
        webhooks = self._tell(leg, "streaming.started", stream, now)
        return [*webhooks, events.StreamStarted(stream, payloads.stream_start(leg, stream, self._user_id))]

    def refused(self, stream: Stream, now: int) -> list[Event]:
        if stream.state is not StreamState.OPENING:
            return []
        stream.state = StreamState.ENDED
        return self._tell(self._legs[stream.call_leg_id], "streaming.failed", stream, now)

    def end(self, stream: Stream, now: int, *, by: str) -> list[Event]:
        if stream.state is StreamState.ENDED:
            return []
        leg, was = self._legs[stream.call_leg_id], stream.state
        stream.state = StreamState.ENDED
        stop = None
        if was is StreamState.STARTED and by == "telnyx":
            stop = {"user_id": self._user_id, "call_control_id": leg.call_control_id}
        ended: list[Event] = [events.StreamEnded(stream, stop, by)]
        return ended + (self._tell(leg, "streaming.stopped", stream, now) if was is StreamState.STARTED else [])
