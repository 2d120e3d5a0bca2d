"""The media streams of one switch: asked for by a command, opened by the transports, started once the leg is answered.

Theory of operation. A stream is dialed a moment after the command. Opened while the call is still bridging it waits:
`start` follows the answer (reported). It ends with its leg, by a command, or when its WebSocket closes; one that never
started leaves no webhook behind but that of its failure (reported either way: assumed).
"""

from typing import Any

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import events, identifiers, options, payloads, rest
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.stream import Stream, StreamState


class Streams(Part):
    """At most one at a time on a leg."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._user_id = board.account.user_id
        self.by_id: dict[str, Stream] = {}
        self.acts = {
            "streaming_start": self._streaming_start,
            "streaming_stop": self._streaming_stop,
        }

    def all_of(self, leg: Leg) -> list[Stream]:
        """Every stream that the leg ever had, oldest first."""
        return [stream for stream in self.by_id.values() if stream.call_leg_id == leg.call_leg_id]

    def now_of(self, leg: Leg) -> Stream | None:
        """The stream that the leg has now."""
        return next((stream for stream in self.all_of(leg) if stream.state is not StreamState.ENDED), None)

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """A command may ask for a stream; it is dialed later."""
        stream_id = identifiers.random_uuid(
            self.board.draws.within(leg.call_leg_id), "stream_id", len(self.all_of(leg))
        )
        stream = options.stream_of(leg, given, stream_id)
        if stream is not None:
            self.by_id[stream_id] = stream
            self.board.agenda.at(now + limits.STREAM_OPEN_DELAY_MS * MS_NS, lambda at: self._dial(stream))
        return []

    def _dial(self, stream: Stream) -> list[Event]:
        return [events.StreamRequested(stream)] if stream.state is StreamState.OPENING else []

    def accepted(self, stream: Stream, now: int) -> list[Event]:
        if stream.state is not StreamState.OPENING:
            return []
        stream.state = StreamState.OPEN
        answered = self.board.legs[stream.call_leg_id].state is LegState.ANSWERED
        return self.start(stream, now) if answered else []

    def start(self, stream: Stream, now: int) -> list[Event]:
        leg = self.board.legs[stream.call_leg_id]
        stream.state = StreamState.STARTED
        webhooks = self.board.tell(leg, "streaming.started", now, stream=stream)
        return [*webhooks, events.StreamStarted(stream, payloads.stream_start(leg, stream, self._user_id))]

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        stream = self.now_of(leg)
        return self.start(stream, now) if stream is not None and stream.state is StreamState.OPEN else []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        stream = self.now_of(leg)
        return self.end(stream, now, by="telnyx") if stream else []

    def refused(self, stream: Stream, now: int) -> list[Event]:
        if stream.state is not StreamState.OPENING:
            return []
        stream.state = StreamState.ENDED
        return self.board.tell(self.board.legs[stream.call_leg_id], "streaming.failed", now, stream=stream)

    def end(self, stream: Stream, now: int, *, by: str) -> list[Event]:
        if stream.state is StreamState.ENDED:
            return []
        leg, was = self.board.legs[stream.call_leg_id], stream.state
        stream.state = StreamState.ENDED
        stop = None
        if was is StreamState.STARTED and by == "telnyx":
            stop = {"user_id": self._user_id, "call_control_id": leg.call_control_id}
        ended: list[Event] = [events.StreamEnded(stream, stop, by)]
        return ended + (
            self.board.tell(leg, "streaming.stopped", now, stream=stream) if was is StreamState.STARTED else []
        )

    def _streaming_start(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        if self.now_of(leg) is not None:
            raise rest.refused("media_streaming_used")
        options.apply(leg, given)
        return self.asked(leg, given, now)

    def _streaming_stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        stream = self.now_of(leg)
        if stream is None or given.get("stream_id", stream.stream_id) != stream.stream_id:
            return []
        return self.end(stream, now, by="telnyx")
