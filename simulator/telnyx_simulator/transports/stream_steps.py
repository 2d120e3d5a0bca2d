"""What a scenario does to the streams of a leg now: the step `stream`, and the line of the WebSocket's plane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.media import STREAM_ERRORS
from telnyx_simulator.media.messages import CONNECTED, Outbound
from telnyx_simulator.media.treatment import Token
from telnyx_simulator.signaling import identifiers, inputs
from telnyx_simulator.signaling.stream import Stream
from telnyx_simulator.transports.streams import Socket

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

# What the peer sees where a close frame has no code, and where there is no close frame (RFC 6455, 7.1.5).
NO_STATUS: Final = 1005
NO_CLOSE_FRAME: Final = 1006


class NoStream(Exception):
    """There is no WebSocket on which a step could do something; the text is for the scenario's author."""


class StreamSteps:
    def __init__(self, session: "Session", draws: Draws) -> None:
        self._session = session
        self._streams = session.streams
        self._draws = draws
        self._replays = 0
        # Legs whose line was cut before there was a connection to cut.
        self._cut_next: set[str] = set()

    def step(self, call_leg_id: str, argument: Mapping[str, Any]) -> None:
        if "open" in argument:
            token = Token(argument.get("token") or Token.OWN)
            self._session.spawn(self._replay(self._last(call_leg_id), token))
            return
        socket = self._streams.of_leg(call_leg_id)
        if socket is None:
            raise NoStream("this call has no open stream")
        match argument:
            case {"send": message}:
                self._streams.put_in(socket, message, "step")
            case {"error": int(code)}:
                self._error(socket, code)
            case {"close": int(code)}:
                self._close(socket, code)
            case _:
                raise ValueError(f"a stream step is one of send, error, close and open, not {dict(argument)}")

    def _error(self, socket: Socket, code: int) -> None:
        if code not in STREAM_ERRORS:
            raise ValueError(f"unknown stream error {code}; known are {', '.join(map(str, STREAM_ERRORS))}")
        outbound = self._session.far_ends.of(socket.stream.call_leg_id).outbound
        assert outbound is not None
        socket.connection.send(outbound.error(code))
        self._streams.note("sent", socket, {"message": {"error": code}, "why": "step"})

    def _close(self, socket: Socket, code: int) -> None:
        """Telnyx closes in mid-call, without a `stop`."""
        self._streams.gone(socket, "telnyx", code)
        if code == NO_CLOSE_FRAME:
            socket.connection.abort()
        else:
            socket.connection.close(None if code == NO_STATUS else code)
        self._session.feed(inputs.StreamClosed(socket.stream_id, "telnyx"))

    def _last(self, call_leg_id: str) -> Stream:
        streams = [stream for stream in self._session.switch.streams.values() if stream.call_leg_id == call_leg_id]
        if not streams:
            raise NoStream("this call never had a stream, so none can be opened again")
        return streams[-1]

    async def _replay(self, stream: Stream, token: Token) -> None:
        """Say what was said when the stream was opened, in the hope that the application takes it for another one."""
        self._replays += 1
        draws = self._draws.within(stream.call_leg_id)
        stream_id = identifiers.random_uuid(draws, "stream_id of a replay", self._replays)
        outbound = Outbound(stream_id)
        socket = Socket(self._streams, stream, stream_id=stream_id, replay=outbound)
        if not await self._streams.dial(socket, token):
            return
        self._streams.opened(socket, token)
        socket.connection.send(CONNECTED)
        if start := self._streams.starts.get(stream.stream_id):
            socket.connection.send(outbound.start(start))
            self._streams.note("started", socket, {"start": start})
        if not self._session.switch.legs[stream.call_leg_id].is_alive:
            self._streams.end_leg(stream.call_leg_id)

    # The line

    def set_line(self, call_leg_id: str, impairments: Sequence[Mapping[str, Any]]) -> None:
        """A cut ends the connection that there is, or else the next one; what opens after it is whole again."""
        self._cut_next.discard(call_leg_id)
        for one in impairments:
            match one["kind"]:
                case "clean":
                    self._session.note("line", "clean", {"plane": "websocket"}, call=call_leg_id)
                case "cut":
                    self._cut_next.add(call_leg_id)
                    self.cut_if_due(call_leg_id)
                case kind:
                    raise NotImplementedError(f"not built yet: {kind} on the plane websocket")

    def cut_if_due(self, call_leg_id: str) -> None:
        """To be asked whenever a stream has opened."""
        sockets = [one for one in self._streams.sockets.values() if one.stream.call_leg_id == call_leg_id]
        if call_leg_id not in self._cut_next or not sockets:
            return
        self._cut_next.discard(call_leg_id)
        self._session.note("line", "cut", {"plane": "websocket", "toward": "both"}, call=call_leg_id)
        for socket in sockets:
            self._streams.gone(socket, "network", None)
            socket.connection.abort()
            if socket.replay is None:
                # Telnyx notices, and tells it as it tells of an application that closes (assumed).
                self._session.feed(inputs.StreamClosed(socket.stream_id, "network"))
