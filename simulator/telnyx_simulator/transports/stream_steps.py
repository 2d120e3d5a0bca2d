"""What a scenario does to the streams of a leg now: the step `stream`, and the line of the WebSocket's plane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.media import STREAM_ERRORS
from telnyx_simulator.media.impairments.line import BOTH, expanded
from telnyx_simulator.media.impairments.pipe import Pipe, Stall
from telnyx_simulator.media.messages import CONNECTED, Outbound
from telnyx_simulator.media.treatment import Token
from telnyx_simulator.signaling import identifiers, inputs
from telnyx_simulator.signaling.stream import Stream
from telnyx_simulator.transports.sockets import Line, Socket

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

# What the peer sees where a close frame has no code, and where there is no close frame (RFC 6455, 7.1.5).
NO_STATUS: Final = 1005
NO_CLOSE_FRAME: Final = 1006

WEBSOCKET: Final = "websocket"
_ENDINGS: Final = ("cut", "half_open")
_LASTING: Final = ("stall", "bandwidth", "slow_reader")


class NoStream(Exception):
    """There is no WebSocket on which a step could do something; the text is for the scenario's author."""


class StreamSteps:
    def __init__(self, session: "Session", draws: Draws) -> None:
        self._session = session
        self._streams = session.streams
        self._draws = draws
        self._replays = 0
        # How a leg's connection ends, where there is none yet: `cut`, `half_open`.
        self._next: dict[str, str] = {}
        # What is done to every connection of a leg.
        self._lasting: dict[str, list[dict[str, Any]]] = {}
        # How long after its handshake a leg's next connection carries nothing yet.
        self.late_accept_ns: dict[str, int] = {}

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
        socket.send(outbound.error(code))
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
        streams = [
            stream for stream in self._session.switch.streams.by_id.values() if stream.call_leg_id == call_leg_id
        ]
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
        socket.send(CONNECTED)
        if start := self._streams.starts.get(stream.stream_id):
            socket.send(outbound.start(start))
            self._streams.note("started", socket, {"start": start})
        if not self._session.switch.legs[stream.call_leg_id].is_alive:
            self._streams.end_leg(stream.call_leg_id)

    # The line

    def set_line(self, call_leg_id: str, impairments: Sequence[Mapping[str, Any]]) -> None:
        """What ends a connection ends the one that there is, or else the next; what opens after it is whole again.

        Stalls and bandwidth are those of every connection of the leg from now on.
        """
        self._next.pop(call_leg_id, None)
        self._lasting.pop(call_leg_id, None)
        whole = expanded(impairments, WEBSOCKET)
        ends = [one["kind"] for one in whole if one["kind"] in _ENDINGS]
        if ends:
            self._next[call_leg_id] = ends[-1]
        self.late_accept_ns[call_leg_id] = max((one.get("late_ns", 0) for one in whole), default=0)
        self._lasting[call_leg_id] = [one for one in whole if one["kind"] in _LASTING]
        if unknown := [one["kind"] for one in whole if one["kind"] not in {*_ENDINGS, *_LASTING, "late_accept"}]:
            raise ValueError(f"unknown impairment of a WebSocket: {unknown[0]}")
        if whole != [{"kind": "cut", "toward": BOTH}]:  # a cut stands in the trace when it comes
            from_frame = self._session.far_ends.of(call_leg_id).next_tick
            body = {"plane": WEBSOCKET, "from_frame": from_frame, "impairments": whole}
            self._session.note("line", "impaired" if whole else "clean", body, call=call_leg_id)
        for socket in self._of_leg(call_leg_id):
            self.begin_line(socket)
        self.end_if_due(call_leg_id)

    def begin_line(self, socket: Socket) -> None:
        """A connection is there: it has the line that its leg has. How that ends it, `end_if_due` tells later."""
        found = self._lasting.get(socket.stream.call_leg_id, [])
        socket.set_line(_line_of(found, self._session.clock.now_ns()) if found else None)

    def end_if_due(self, call_leg_id: str) -> None:
        """To be asked whenever a stream has opened."""
        sockets = self._of_leg(call_leg_id)
        if call_leg_id not in self._next or not sockets:
            return
        kind = self._next.pop(call_leg_id)
        body = {"plane": WEBSOCKET, "toward": BOTH, "from_frame": self._session.far_ends.of(call_leg_id).next_tick}
        self._session.note("line", kind, body | {"impairments": [{"kind": kind}]}, call=call_leg_id)
        for socket in sockets:
            if kind == "half_open":
                socket.fall_silent()
                continue
            self._streams.gone(socket, "network", None)
            socket.connection.abort()
            if socket.replay is None:
                # Telnyx notices, and tells it as it tells of an application that closes (assumed).
                self._session.feed(inputs.StreamClosed(socket.stream_id, "network"))

    def _of_leg(self, call_leg_id: str) -> list[Socket]:
        return [one for one in self._streams.sockets.values() if one.stream.call_leg_id == call_leg_id]


def _line_of(impairments: Sequence[Mapping[str, Any]], now_ns: int) -> Line:
    """A stall that comes again comes for the first time after as long; one that does not comes now."""
    stalls = tuple(
        Stall(begins_ns=now_ns + (every_ns or 0), stall_ns=one["stall_ns"], every_ns=every_ns)
        for one in impairments
        if one["kind"] == "stall"
        for every_ns in [one.get("every_ns")]
    )
    both = [one["kbit_per_s"] for one in impairments if one["kind"] == "bandwidth"]
    ours = [one["kbit_per_s"] for one in impairments if one["kind"] == "slow_reader"]
    return Line(
        Pipe(stalls=stalls, kbit_per_s=min(both, default=None)),
        Pipe(stalls=stalls, kbit_per_s=min([*both, *ours], default=None)),
        is_slow=bool(ours),
    )
