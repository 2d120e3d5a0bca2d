"""The stream dialer of the wall lane. The only module that knows picows, which hands out frames: messages that come in
fragments are put together here.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSProtocolError,
    WSTransport,
    ws_connect,
)

from telnyx_simulator.transports.clock import SECOND_NS, limit
from telnyx_simulator.transports.ports import StreamConnection, StreamListener, StreamNotOpened
from telnyx_simulator.transports.targets import Rewrite, why_refused

# Beyond any legitimate message: 30 s of L16 at 48 kHz is 3.8 MB of base64.
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
_TOO_BIG = (
    f"a message of more than {MESSAGE_BYTES_MAX // 2**20} MB, at which the WebSocket was closed; "
    "a message holds at most 30 s of audio, which are less than 4 MB in any codec"
)
# What a close frame without a status stands for (RFC 6455, 7.1.5).
NO_STATUS = 1005


class WebSocketStreams:
    """Dials `ws://` and `wss://` URLs. `rewrite` maps a public URL to the local one it stands for."""

    def __init__(self, rewrite: Rewrite | None = None) -> None:
        self._rewrite = rewrite
        self._watches: set[asyncio.Task[None]] = set()

    async def open(
        self, url: str, headers: Mapping[str, str], listener: StreamListener, timeout_ns: int
    ) -> StreamConnection:
        if refusal := why_refused(url, self._rewrite) or _why_not_sent(headers):
            raise StreamNotOpened(refusal)
        local = self._rewrite(url) if self._rewrite else url
        try:
            # The limit covers TCP and TLS as well, which picows leaves to others.
            async with limit(timeout_ns):
                transport, peer = await ws_connect(
                    lambda: _Peer(listener),
                    local,
                    extra_headers=dict(headers),
                    max_redirects=0,
                    max_frame_size=MESSAGE_BYTES_MAX,
                    websocket_handshake_timeout=timeout_ns / SECOND_NS,
                    use_aiofastnet=False,
                    # Pings are answered here, so that a connection can be half-open.
                    enable_auto_pong=False,
                    logger_name="telnyx_simulator.stream",
                )
        except TimeoutError as error:
            late = f"the WebSocket handshake was not over within {timeout_ns / SECOND_NS:g} s"
            raise StreamNotOpened(late) from error
        except ConnectionRefusedError as error:
            raise StreamNotOpened(f"nobody listens at {local}") from error
        except (WSError, OSError, ValueError) as error:
            raise StreamNotOpened(_sentence(error)) from error
        if not isinstance(peer, _Peer):  # picows gives None where the connection was lost in mid-handshake
            raise StreamNotOpened("the application closed the connection without an answer to the WebSocket handshake")
        watch = asyncio.create_task(peer.watch(transport))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        asyncio.get_running_loop().call_soon(peer.begin)
        return _Connection(transport, peer)


def _why_not_sent(headers: Mapping[str, str]) -> str | None:
    """Why headers cannot be sent: what would end a line would smuggle in headers of its own."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            return f"the value of {name} cannot stand in an HTTP header: it holds more than printable ASCII"
    return None


def _sentence(error: Exception) -> str:
    """What went wrong, on one line."""
    if isinstance(error, WSHandshakeError) and error.response is not None and error.response.status != 101:
        return f"the application answered the WebSocket handshake with {int(error.response.status)}, not 101"
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def _code_of(close: WSFrame) -> int:
    payload = close.get_payload_as_bytes()
    return int.from_bytes(payload[:2]) if len(payload) >= 2 else NO_STATUS


def _not_taken(error: WSProtocolError) -> str:
    if error.code == WSCloseCode.MESSAGE_TOO_BIG:
        return _TOO_BIG
    return f"what is no WebSocket frame, at which the WebSocket was closed (RFC 6455): {error}"


class _Connection:
    def __init__(self, transport: WSTransport, peer: "_Peer") -> None:
        self._transport = transport
        self._peer = peer

    def send(self, text: bytes) -> None:
        if not self._transport.is_disconnected:
            self._transport.send(WSMsgType.TEXT, text)

    def send_binary(self, data: bytes) -> None:
        if not self._transport.is_disconnected:
            self._transport.send(WSMsgType.BINARY, data)

    def close(self, code: int | None = None) -> None:
        if self._transport.is_disconnected:
            return
        # A close frame without a payload is what the other side reports as 1005. Codes are sent as they are given,
        # also those that have no place on the wire: that is what whoever gives them wants to see.
        self._transport.send(WSMsgType.CLOSE, b"" if code is None else code.to_bytes(2))
        self._transport.disconnect()

    def pause_reading(self) -> None:
        if not self._transport.is_disconnected:
            self._transport.underlying_transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_disconnected:
            self._transport.underlying_transport.resume_reading()

    def fall_silent(self) -> None:
        self._peer.is_silent = True

    def abort(self) -> None:
        if not self._transport.is_disconnected:
            self._transport.disconnect(graceful=False)


class _Peer(WSListener):
    """Puts messages together. What comes before `begin`, on the heels of the handshake, waits for it."""

    def __init__(self, listener: StreamListener) -> None:
        super().__init__()
        self.is_silent = False
        self._listener = listener
        self._parts: list[bytes] = []
        self._size = 0
        self._kind = WSMsgType.TEXT
        self._code: int | None = None
        self._problem: str | None = None
        self._early: list[Callable[[], None]] | None = []

    async def watch(self, transport: WSTransport) -> None:
        """Tell of the end of the connection; and before it of what was wrong with what came in, if that ended it."""
        # Only this waiting tells what picows took offense at; and asyncio complains of an exception that nobody took.
        with contextlib.suppress(Exception):
            try:
                await transport.wait_disconnected()
            except WSProtocolError as error:
                self._problem = self._problem or _not_taken(error)
        if self._problem is not None and self._code is None:  # what follows a close frame is nothing (RFC 6455, 5.5.1)
            self._tell(partial(self._listener.on_malformed, self._problem))
        self._tell(partial(self._listener.on_closed, self._code))

    def begin(self) -> None:
        """From now on the listener is told at once; whoever opened the connection holds it by now."""
        early, self._early = self._early or [], None
        for news in early:
            self._tell(news)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        # picows would log what we raise, and close the stream: as if the application had.
        try:
            self._take(transport, frame)
        except Exception as error:
            self._listener.on_failure(error)

    def _take(self, transport: WSTransport, frame: WSFrame) -> None:
        if self._problem is not None or self._code is not None:
            return
        match frame.msg_type:
            case WSMsgType.TEXT | WSMsgType.BINARY:
                self._kind, self._parts, self._size = frame.msg_type, [], 0
            case WSMsgType.CONTINUATION:
                pass
            case WSMsgType.PING:
                if not self.is_silent:
                    transport.send_pong(frame.get_payload_as_bytes())
                return
            case WSMsgType.CLOSE if self.is_silent:
                # It gets no answer, and the connection beneath stays until the application gives that up as well.
                self._code = _code_of(frame)
                self._tell(partial(self._listener.on_closed, self._code))
                return
            case WSMsgType.CLOSE:
                # Else it echoes ours, and tells nothing. picows parses ahead: by what it found behind this frame it may
                # have sent one already, so what counts is which came first.
                if transport.close_handshake.recv_then_sent:
                    self._code = _code_of(frame)
                    transport.send(WSMsgType.CLOSE, b"")
                transport.disconnect()
                return
            case _:
                return
        self._parts.append(frame.get_payload_as_bytes())
        self._size += frame.payload_size
        if self._size > MESSAGE_BYTES_MAX:
            self._problem, self._parts = _TOO_BIG, []
            transport.send_close(WSCloseCode.MESSAGE_TOO_BIG)
            transport.disconnect()
        elif frame.fin:
            message, self._parts, self._size = b"".join(self._parts), [], 0
            if self._kind == WSMsgType.TEXT:
                self._tell(partial(self._listener.on_text, message))
            else:
                self._tell(partial(self._listener.on_binary, len(message)))

    def _tell(self, news: Callable[[], None]) -> None:
        if self._early is not None:
            self._early.append(news)
            return
        try:
            news()
        except Exception as error:
            self._listener.on_failure(error)
