"""The WebSockets between the legs of one run and the application.

Theory of operation. The switch says when a stream is to be dialed, to start and to end, and `media` what goes over it.
A treatment has Telnyx depart from the truth as a stream opens and starts; what else a scenario does to a stream, now,
comes from `stream_steps`. A *replay* is a second WebSocket to the URL of a stream, with a stream id of its own: nobody
listens to it, and it closes with the leg.
"""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.limits import STREAM_HANDSHAKE_MS
from telnyx_simulator.facts.media import AUTH_TOKEN_HEADER, WITHOUT_RTP_MESSAGES
from telnyx_simulator.media.messages import BINARY, Inbound, Malformed, Media, read, unreadable
from telnyx_simulator.media.treatment import StreamTreatment, Token
from telnyx_simulator.signaling import inputs, payloads
from telnyx_simulator.signaling.stream import Stream, StreamState
from telnyx_simulator.transports import entries
from telnyx_simulator.transports.ports import StreamNotOpened
from telnyx_simulator.transports.sockets import Socket

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

# The key in the `dtmf` message that a scenario puts in: nobody pressed any.
_DIGIT: Final = "1"
# The assumption on what is no MP3 in mp3 mode, where it is an error.
_NOT_MP3: Final = {"invalid_media": 100004, "unknown_error": 100002}


class Streams:
    def __init__(self, session: "Session", draws: Draws) -> None:
        # What is open now, by stream id.
        self.sockets: dict[str, Socket] = {}
        # What was said under `start`, by stream id.
        self.starts: dict[str, dict[str, Any]] = {}
        self.clock = session.clock
        self._session = session
        self._draws = draws
        self._treatments: dict[str, StreamTreatment] = {}
        self._is_over: dict[str, asyncio.Event] = {}

    def of_leg(self, call_leg_id: str) -> Socket | None:
        """The WebSocket of the stream that the leg has now."""
        return self.sockets.get(self._session.far_ends.of(call_leg_id).stream_id or "")

    def send(self, stream_id: str | None, messages: Sequence[bytes]) -> None:
        socket = self.sockets.get(stream_id or "")
        if socket is not None:
            for message in messages:
                socket.send(message)

    def close(self) -> None:
        for socket in self.sockets.values():
            socket.end()
            socket.connection.close()

    def fail(self, error: Exception) -> None:
        self._session.fail(error)

    # The life of a stream

    def treat(self, call_leg_id: str, treatment: Mapping[str, Any]) -> None:
        self._treatments[call_leg_id] = StreamTreatment.from_json(treatment)

    async def open(self, stream: Stream) -> None:
        treatment = self._treatment(stream)
        await self._late(stream, treatment.open_delay_ns)
        if stream.state is not StreamState.OPENING:
            return
        if treatment.fail is not None:
            self.note("failed", Socket(self, stream, stream_id=stream.stream_id), {"failure": treatment.fail})
            self._session.feed(inputs.StreamRefused(stream.stream_id))
            return
        codecs, far_ends = self._codecs(stream), self._session.far_ends
        prepare = far_ends.of(stream.call_leg_id).prepare
        await self._session.clock.in_thread(prepare, codecs["sent_codec"], codecs["returned_codec"])
        socket = Socket(self, stream, stream_id=stream.stream_id)
        if not await self.dial(socket, treatment.token):
            self._session.feed(inputs.StreamRefused(stream.stream_id))
            return
        if not await self._accepted(socket):
            return
        self.opened(socket, treatment.token)
        first = far_ends.of(stream.call_leg_id).open_stream(
            stream.stream_id,
            sent_codec=codecs["sent_codec"],
            returned_codec=codecs["returned_codec"],
            track=stream.track,
            is_heard=stream.is_heard(self._assumed("target_legs_default")),
            reaches_peer=stream.reaches_peer(self._assumed("target_legs_default")),
            refuses_short=self._assumed("short_media") == "refused",
            not_mp3=_NOT_MP3.get(self._assumed("return_without_rtp")),
            skip=treatment.skip,
        )
        self.send(stream.stream_id, first)
        self._session.feed(inputs.StreamAccepted(stream.stream_id))

    async def _accepted(self, socket: Socket) -> bool:
        """A line may keep the application waiting behind its handshake; whether the stream is still wanted then."""
        stream = socket.stream
        if wait_ns := self._session.steps.late_accept_ns.pop(stream.call_leg_id, 0):
            await self._late(stream, wait_ns)
        if stream.state is not StreamState.OPENING:
            socket.connection.close()  # the call, or the stream, ended while we dialed
            return False
        if socket.is_gone:
            self.note("refused", socket, {"url": stream.url, "failure": "closed before it carried anything"})
            self._session.feed(inputs.StreamRefused(stream.stream_id))
            return False
        return True

    def start(self, stream: Stream, body: dict[str, Any]) -> None:
        told = body | {"media_format": payloads.media_format(self._codecs(stream)["announced"])}
        if self._treatment(stream).start_delay_ns:
            self._session.spawn(self._start_late(stream, told))
        else:
            self._start(stream, told)

    async def _start_late(self, stream: Stream, body: dict[str, Any]) -> None:
        await self._late(stream, self._treatment(stream).start_delay_ns)
        if stream.state is StreamState.STARTED:
            self._start(stream, body)

    def _start(self, stream: Stream, body: dict[str, Any]) -> None:
        treatment, socket = self._treatment(stream), self.sockets.get(stream.stream_id)
        if socket is None:
            return  # what was sent before made it close
        self.starts[stream.stream_id] = body
        for message in treatment.before_start:
            self.put_in(socket, message, "before_start")
        self.send(stream.stream_id, self._session.far_ends.of(stream.call_leg_id).start_stream(body))
        if "start" not in treatment.skip:
            self.note("started", socket, {"start": body})

    def end(self, stream: Stream, stop: dict[str, Any] | None, by: str) -> None:
        self._over(stream).set()
        far_ends = self._session.far_ends
        leg_media = far_ends.of(stream.call_leg_id)
        if leg_media.pace is not None and leg_media.stream_id == stream.stream_id:
            body = {"stream_id": stream.stream_id} | entries.playout(leg_media.pace)
            self._session.note("far_end", "playout", body, call=stream.call_leg_id)
        last = leg_media.end_stream(stop)
        if lateness := far_ends.lateness_of(stream.stream_id):
            body = {"stream_id": stream.stream_id} | lateness
            self._session.note("stream", "lateness", body, call=stream.call_leg_id)
        socket = self.sockets.get(stream.stream_id)
        if socket is not None and by == "telnyx":
            socket.flush()
            self.send(stream.stream_id, last)
            socket.flush()
            self.gone(socket, by, None)
            socket.connection.close()

    def end_leg(self, call_leg_id: str) -> None:
        """Replays have no stream that could end."""
        for socket in [one for one in self.sockets.values() if one.replay and one.stream.call_leg_id == call_leg_id]:
            self.gone(socket, "telnyx", None)
            socket.connection.close()

    def _assumed(self, fact: str) -> str:
        return self._session.switch.rules.assumed(fact)

    def has_begun(self, call_leg_id: str) -> bool:
        """Whether the application could hear this leg by now: media flow to it, or a stream is over already."""
        streams = [
            stream for stream in self._session.switch.streams.by_id.values() if stream.call_leg_id == call_leg_id
        ]
        is_over = any(stream.state is StreamState.ENDED for stream in streams)
        return is_over or self._session.far_ends.of(call_leg_id).has_started

    async def _late(self, stream: Stream, delay_ns: int) -> None:
        """Wait, but no longer than there is a stream."""
        if delay_ns:
            clock = self._session.clock
            await clock.wait_for(self._over(stream), clock.now_ns() + delay_ns)

    def _over(self, stream: Stream) -> asyncio.Event:
        return self._is_over.setdefault(stream.stream_id, asyncio.Event())

    def _treatment(self, stream: Stream) -> StreamTreatment:
        return self._treatments.get(stream.call_leg_id, StreamTreatment())

    def _codecs(self, stream: Stream) -> dict[str, str]:
        """What is really sent and what `start` says of it; how what comes back is read and what was asked for."""
        treatment = self._treatment(stream)
        sent = treatment.stream_codec or stream.sent_codec
        return {
            "sent_codec": sent,
            "announced": treatment.announces or sent,
            "returned_codec": treatment.return_codec or stream.returned_codec,
            "asked_codec": stream.returned_codec,
        }

    # WebSockets

    def note(self, kind: str, socket: Socket, body: dict[str, Any]) -> None:
        about = {"stream_id": socket.stream_id} | socket.again
        self._session.note("stream", kind, about | body, call=socket.stream.call_leg_id)

    async def dial(self, socket: Socket, token: Token) -> bool:
        """Whether the application accepted."""
        stream, value = socket.stream, self._token(socket.stream, token)
        headers = {} if value is None else {AUTH_TOKEN_HEADER: value}
        try:
            socket.connection = await self._session.carrier.streams.open(
                stream.url, headers, socket, STREAM_HANDSHAKE_MS * 1_000_000
            )
        except StreamNotOpened as error:
            self.note("refused", socket, self._about(socket, token) | {"failure": str(error)})
            return False
        return True

    def _token(self, stream: Stream, token: Token) -> str | None:
        match token:
            case Token.OWN:
                return stream.auth_token
            case Token.NONE:
                return None
            case Token.WRONG:
                return self._draws.within(stream.call_leg_id).octets("wrong token", size=16).hex()

    def _about(self, socket: Socket, token: Token) -> dict[str, Any]:
        """`has_token`: the application asked for one, so that there is something to leave out."""
        stream = socket.stream
        return {"url": stream.url, "token": token.value, "has_token": stream.auth_token is not None}

    def opened(self, socket: Socket, token: Token) -> None:
        stream = socket.stream
        self.sockets[socket.stream_id] = socket
        more = {"mode": stream.mode, "track": stream.track, "target_legs": stream.target_legs}
        self.note("opened", socket, self._about(socket, token) | self._codecs(stream) | more)
        self._session.steps.begin_line(socket)
        socket.begin()

    def gone(self, socket: Socket, by: str, code: int | None) -> None:
        """The WebSocket is closed, or about to be; whatever still comes of it is no news."""
        socket.end()
        del self.sockets[socket.stream_id]
        self.note("tally", socket, socket.tally.body())
        self.note("closed", socket, {"by": by, "code": code})
        for what in ("to_app", "from_app"):
            self._session.trace.rest(f"{socket.stream_id}.{what}")

    def put_in(self, socket: Socket, message: Any, why: str) -> None:
        """A message that Telnyx would not send now: a mapping as it is, or a word, well-formed as of now."""
        session, stream = self._session, socket.stream
        leg, leg_media = session.switch.legs[stream.call_leg_id], session.far_ends.of(stream.call_leg_id)
        outbound, send = leg_media.outbound, socket.send
        assert outbound is not None
        match message:
            case "media":
                send(leg_media.extra_frame())
            case "start":
                body = payloads.stream_start(leg, stream, session.switch.account.user_id)
                body |= {"media_format": payloads.media_format(self._codecs(stream)["announced"])}
                send(outbound.start(self.starts.get(stream.stream_id, body)))
            case "stop":
                user_id = session.switch.account.user_id
                send(outbound.stop({"user_id": user_id, "call_control_id": leg.call_control_id}))
            case "dtmf":
                send(outbound.dtmf(_DIGIT, payloads.iso_us(session.clock.unix_ns())))
            case {"text": str(text), **more} if not more:
                send(text.encode(errors="surrogatepass"))
            case {"binary": str(data), **more} if not more:
                socket.send_binary(base64.b64decode(data))
            case _:
                send(json.dumps(message).encode())
        self.note("sent", socket, {"message": message, "why": why})

    # What goes out, and what comes in

    def sent(self, socket: Socket, payload: bytes, due_ns: int, leaves_ns: int) -> None:
        """A frame that was said at `due_ns` leaves now; it was to leave at `leaves_ns`."""
        self._session.far_ends.sent(socket.stream_id, payload, due_ns, leaves_ns)

    def failed(self, error: Exception) -> None:
        """A mistake of ours in what a line held back."""
        self._session.failure = self._session.failure or error

    def note_stall(self, socket: Socket, begins_ns: int, ends_ns: int) -> None:
        body = {"plane": "websocket", "stream_id": socket.stream_id, "begins_ns": begins_ns, "ends_ns": ends_ns}
        self._session.note("line", "stalled", body, call=socket.stream.call_leg_id)

    def take_text(self, socket: Socket, text: bytes, came_ns: int | None = None) -> None:
        """`came_ns`: when it left the application, if the line held it back since then."""
        if not self._is_open(socket):
            return
        now, stream = self._session.clock.now_ns(), socket.stream
        message: Inbound
        if socket.replay is None:
            message, replies = self._session.far_ends.of(stream.call_leg_id).receive(text, now)
        else:
            message = read(text)
            replies = [socket.replay.error(message.code)] if isinstance(message, Malformed) else []
        self.send(socket.stream_id, replies)
        if isinstance(message, Media):
            left_ns = -1 if came_ns is None else came_ns
            self._session.trace.frame(f"{socket.stream_id}.from_app", now, left_ns, message.payload)
        self._note_message(socket, message, len(text), came_ns)
        if stream.mode != "rtp" and isinstance(message, Media) and message.flaw and socket.replay is None:
            socket.not_mp3 += 1
            if socket.not_mp3 == WITHOUT_RTP_MESSAGES and self._assumed("return_without_rtp") == "closed":
                self._session.feed(inputs.StreamClosed(stream.stream_id, "telnyx"))

    def take_binary(self, socket: Socket, size: int) -> None:
        if not self._is_open(socket):
            return
        outbound = socket.replay or self._session.far_ends.of(socket.stream.call_leg_id).outbound
        if outbound is not None:
            self.send(socket.stream_id, [outbound.error(BINARY.code)])
        self._note_message(socket, BINARY, size)

    def take_malformed(self, socket: Socket, problem: str) -> None:
        """Something that could not be read, so that the WebSocket is closed: there is nobody left to get an error."""
        if self._is_open(socket):
            self._note_message(socket, unreadable(problem), None)

    def take_close(self, socket: Socket, code: int | None) -> None:
        """The application closed the WebSocket, or is gone."""
        if not self._is_open(socket):
            return
        self.gone(socket, "application", code)
        if socket.replay is None:
            self._session.feed(inputs.StreamClosedByApplication(socket.stream_id))

    def _is_open(self, socket: Socket) -> bool:
        """Whether what comes of it is still news."""
        return self.sockets.get(socket.stream_id) is socket

    def _note_message(self, socket: Socket, message: Inbound, size: int | None, left_ns: int | None = None) -> None:
        """`left_ns`: when it left the application, if the line held it back since then."""
        if body := socket.tally.of(message, size):
            self.note("message", socket, body if left_ns is None else body | {"left_ns": left_ns})
